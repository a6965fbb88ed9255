"""The real Argo CD and Cilium manifests, in ConfigMaps as kubectl writes them, judged at the exact character."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from checking import DATA, Checked, check

ARGOCD = DATA / "payloads" / "argocd-install-v3.5.1.yaml"
CILIUM = DATA / "payloads" / "cilium-1.14.5-as-in-the-pattern.yaml"
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: argocd\n"
FOLDED, ONE_LINE = 80, 10**9

pytestmark = pytest.mark.skipif(not ARGOCD.exists(), reason="the real payloads are not here")

MANAGEMENT = """\
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata:
  name: prod-01
  namespace: default
  labels: {bootstrap: "true"}
spec:
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3Cluster, name: prod-01}
---
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata:
  name: bootstrap
  namespace: default
spec:
  clusterSelector:
    matchLabels: {bootstrap: "true"}
  strategy: ApplyOnce
  resources:
    - {kind: ConfigMap, name: cilium}
    - {kind: ConfigMap, name: argocd}
"""


class Kubectl(yaml.CSafeDumper):
    """Writes what `kubectl create configmap --dry-run=client -o yaml` writes: literal where libyaml allows it, else
    double-quoted, folded over many lines by older releases and on one line by newer ones."""


def _string(dumper: yaml.CSafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Kubectl.add_representer(str, _string)


def config_map(name: str, key: str, value: str, width: int) -> str:
    document = {
        "apiVersion": "v1",
        "data": {key: value},
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
    }
    return yaml.dump(document, Dumper=Kubectl, width=width, allow_unicode=True)


def places(text: str, key: str, value: str) -> list[tuple[int, int]]:
    """Line and column, both from 1, of each character of the value in the ConfigMap's text: read from the text itself,
    without a YAML parser."""
    start = text.index(f"  {key}: ") + len(key) + 4
    found = _literal(text, start) if text[start] == "|" else _quoted(text, start)
    decoded = "".join(char for char, _ in found)
    assert decoded == value
    starts = [match.end() for match in re.finditer("^", text, re.MULTILINE)]
    result, line = [], 0
    for _, offset in found:
        while line + 1 < len(starts) and starts[line + 1] <= offset:
            line += 1
        result.append((line + 1, offset - starts[line] + 1))
    return result


def _literal(text: str, start: int) -> list[tuple[str, int]]:
    found = []
    offset = text.index("\n", start) + 1
    for line in text[offset:].splitlines(keepends=True):
        if line.strip() and not line.startswith("    "):
            break
        found += [(char, offset + 4 + index) for index, char in enumerate(line[4:] or "\n")]
        offset += len(line)
    return found


_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", " ": " ", "0": "\0"}


def _quoted(text: str, start: int) -> list[tuple[str, int]]:
    found = []
    offset = start + 1
    while text[offset] != '"':
        if text[offset] == "\\" and text[offset + 1] == "\n":
            offset = re.compile(" *").match(text, offset + 2).end()  # type: ignore[union-attr]
        elif text[offset] == "\\":
            found.append((_ESCAPES[text[offset + 1]], offset))
            offset += 2
        elif text[offset] == "\n":
            found.append((" ", offset))
            offset = re.compile(" *").match(text, offset + 1).end()  # type: ignore[union-attr]
        else:
            found.append((text[offset], offset))
            offset += 1
    return found


class Bundle:
    """A management repository with both payloads; ``width`` is where kubectl folds double-quoted scalars."""

    def __init__(self, folder: Path, width: int) -> None:
        self.values = {"argocd": NAMESPACE + ARGOCD.read_text(), "cilium": CILIUM.read_text()}
        self.texts = {name: config_map(name, f"{name}.yaml", value, width) for name, value in self.values.items()}
        (folder / "management.yaml").write_text(MANAGEMENT)
        for name, text in self.texts.items():
            (folder / f"{name}.yaml").write_text(text)
        self.checked: Checked = check(folder)

    def place(self, name: str, offset: int) -> tuple[int, int]:
        return places(self.texts[name], f"{name}.yaml", self.values[name])[offset]

    def offset(self, name: str, pattern: str) -> list[int]:
        return [match.start(1) for match in re.finditer(pattern, self.values[name], re.MULTILINE)]


@pytest.fixture(scope="module", params=[FOLDED, ONE_LINE], ids=["folded", "one-line"])
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return Bundle(tmp_path_factory.mktemp("bundle"), request.param)


def place(finding: dict[str, object]) -> tuple[object, ...]:
    return finding["path"], finding["line"], finding["column"]


def test_kubectl_writes_cilium_in_quotes_and_argocd_as_a_block(bundle: Bundle) -> None:
    assert 'cilium.yaml: "' in bundle.texts["cilium"]
    assert "argocd.yaml: |" in bundle.texts["argocd"]


def test_missing_separator_before_the_first_crd(bundle: Bundle) -> None:
    (finding,) = bundle.checked.of("YML002")
    second = bundle.offset("argocd", r"^(apiVersion)")[1]
    line, column = bundle.place("argocd", second)
    assert place(finding) == ("argocd.yaml", line, column)
    assert (finding["endLine"], finding["endColumn"]) == (line, column + len("apiVersion"))
    assert "---" in finding["message"]
    assert finding["severity"] == "error"


def test_too_large_with_both_sizes(bundle: Bundle) -> None:
    (finding,) = bundle.checked.of("PAY001")
    assert place(finding)[:2] == ("argocd.yaml", 3)
    assert f"{len(bundle.values['argocd'].encode()):,}" in finding["message"]
    documents = [document for document in yaml.load_all(bundle.values["argocd"], Loader=yaml.CSafeLoader) if document]
    compact = json.dumps(documents, separators=(",", ":"), ensure_ascii=False)
    (stated,) = [int(number.replace(",", "")) for number in re.findall(r"would be ([\d,]+)", finding["message"])]
    assert abs(stated - len(compact.encode())) < 2000  # a controller's JSON escapes <, > and & or not
    assert stated < 1_048_576


def test_objects_without_a_namespace_are_one_finding(bundle: Bundle) -> None:
    (finding,) = bundle.checked.of("PAY003")
    assert finding["count"] == 50
    assert finding["clusters"] == ["default/prod-01"]
    line = finding["line"]
    assert isinstance(line, int)
    document = bundle.texts["argocd"].splitlines()[line - 1 :]
    assert document[0] == "    metadata:"
    assert finding["column"] == 5


def test_bgp_config_is_mounted_beside_the_bgp_control_plane(bundle: Bundle) -> None:
    """Nobody brings it either, but that is the same fault."""
    agent, operator = bundle.offset("cilium", r"name: (bgp-config)$")
    (finding,) = bundle.checked.of("CIL006")
    assert finding["severity"] == "error"
    assert finding["path"] == "cilium.yaml"
    assert finding["count"] == 2
    assert place(finding)[1:] == min(bundle.place("cilium", offset) for offset in (agent, operator))
    layer = finding["layer"]
    line = bundle.values["cilium"].splitlines()[layer["line"] - 1]
    assert line[layer["column"] - 1 :] == "bgp-config"
    assert not [other for other in bundle.checked.of("PAY014") if "bgp-config" in other["message"]]


def test_nothing_else_is_an_error(bundle: Bundle) -> None:
    codes = {finding["code"] for finding in bundle.checked.findings if finding["severity"] == "error"}
    assert {code for code in codes if code.startswith(("YML", "PAY"))} == {
        "YML002",
        "PAY001",
        "PAY003",
    }
