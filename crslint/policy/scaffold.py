"""`rules new`: a rule folder to begin with, whose examples pass as they are."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"(?P<code>(?:[A-Z]{3}|X[A-Z0-9]{1,7})[0-9]{3})-(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)")
_LONGEST = 40

_RULE = """\
apiVersion: 1
code: {code}
name: {name}
title: The name of a ClusterResourceSet begins with its number
severity: warning
why: |
  Say what breaks, for whom, and how one would notice.
for: resourceSet
check: |
  resourceSet.number != null
at: |
  at(resourceSet.at, ["metadata", "name"])
message: |
  the name "{{resourceSet.name}}" has no number, such as 01-{{resourceSet.name}}
"""

_SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta1
kind: ClusterResourceSet
metadata:
  name: {name}
  namespace: default
spec:
  clusterSelector:
    matchLabels:
      cni: cilium
  strategy: ApplyOnce
  resources:
    - kind: ConfigMap
      name: cilium
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: cilium
  namespace: default
data:
  namespace.yaml: |
    apiVersion: v1
    kind: Namespace
    metadata:
      name: cilium
"""


class ScaffoldError(Exception):
    """Why no folder was made."""


def new_rule(parent: Path, folder_name: str) -> list[Path]:
    """Makes ``parent/CODE-name`` and gives the files in it; raises ScaffoldError and OSError."""
    match = _NAME.fullmatch(folder_name)
    if match is None:
        raise ScaffoldError(
            f'"{folder_name}" is no CODE-name, such as XTEAM001-strategy-not-apply-once: X and letters, three digits'
        )
    if len(folder_name) > _LONGEST:
        raise ScaffoldError(f"{folder_name} is longer than {_LONGEST} characters")
    folder = parent / folder_name
    if folder.exists():
        raise ScaffoldError(f"{folder} exists")
    texts = {
        "rule.yaml": _RULE.format(**match.groupdict()),
        "bad/unnumbered/set.yaml": _SET.format(name=f"cilium  # expect: {match['code']}"),
        "good/numbered/set.yaml": _SET.format(name="01-cilium"),
    }
    files = []
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        files.append(file)
    return files
