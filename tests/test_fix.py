"""`crslint fix` as people run it: what is written, what is not, and what is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checking import CHECKOUT, check
from linting import Ran, crslint_in
from rule_folders import load_folder, rule_text, write_rule

from crslint.fix.change import CannotFix
from crslint.fix.diff import unified_diff
from crslint.fix.transforms import TRANSFORMS
from crslint.fix.transforms.numbers import _numbered
from crslint.fix.writing import write

SET = """\
# the bootstrap of our clusters
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata:
  name: cni
  namespace: default
spec:
  clusterSelector:
    matchLabels: {cni: cilium}
  resources:
    - kind: ConfigMap
      name: cilium  # made elsewhere
    - {kind: ConfigMap, name: cilium}
  strategy: Reconcile
"""
ONCE = SET.replace("    - {kind: ConfigMap, name: cilium}\n", "")


def fix(folder: Path, *arguments: str) -> Ran:
    ran = crslint_in(folder, "fix", *arguments)
    assert "internal error" not in ran.err, ran.err
    return ran


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "set.yaml").write_text(SET)
    (folder / "note.txt").write_text("not linted\n")
    return folder


def test_safe_fixes_in_place(bundle: Path) -> None:
    done = fix(bundle, ".")
    assert (bundle / "set.yaml").read_text() == ONCE
    assert done.out.splitlines()[:2] == [
        "fixed[CRS012] set.yaml:13:7: remove the second entry",
        "held back[CRS001] set.yaml:13:13: set strategy to ApplyOnce",
    ]
    assert done.out.splitlines()[-1].startswith(
        "1 finding fixed in 1 file, 1 held back (unsafe: --unsafe applies them)"
    )
    assert done.code == 1


def test_unsafe_fixes_are_asked_for_and_twice_is_once(bundle: Path) -> None:
    fix(bundle, "--unsafe")
    text = (bundle / "set.yaml").read_text()
    assert text == ONCE.replace("Reconcile", "ApplyOnce")
    again = fix(bundle, "--unsafe")
    assert (bundle / "set.yaml").read_text() == text
    assert again.out.splitlines()[-1].startswith("0 findings fixed")


def test_only_what_is_selected(bundle: Path) -> None:
    fix(bundle, "--unsafe", "--select", "CRS001")
    assert (bundle / "set.yaml").read_text() == SET.replace("Reconcile", "ApplyOnce")


def test_diff_writes_nothing_and_patch_takes_it(bundle: Path) -> None:
    done = fix(bundle, "--diff", "--unsafe")
    assert (bundle / "set.yaml").read_text() == SET
    assert done.code == 1
    patch = shutil.which("patch")
    if patch is not None:
        subprocess.run([patch, "-s", "-p1"], cwd=bundle, input=done.out.encode(), check=True)
        assert (bundle / "set.yaml").read_text() == ONCE.replace("Reconcile", "ApplyOnce")
        assert fix(bundle, "--diff", "--unsafe").code == 0


def test_the_whole_bundle_into_another_folder(bundle: Path, tmp_path: Path) -> None:
    (bundle / ".gitignore").write_text("ignored/\n")
    (bundle / "ignored").mkdir()
    (bundle / "ignored" / "a.yaml").write_text("a: 1\n")
    out = tmp_path / "out"
    fix(bundle, "--output-dir", str(out))
    assert (bundle / "set.yaml").read_text() == SET
    assert (out / "set.yaml").read_text() == ONCE
    assert sorted(path.name for path in out.rglob("*")) == [".gitignore", "note.txt", "set.yaml"]
    again = fix(bundle, "--output-dir", str(out))
    assert (again.code, "it is not empty" in again.err) == (2, True)
    inside = fix(bundle, "--output-dir", "inside")
    assert (inside.code, "it must lie outside what is read" in inside.err) == (2, True)


def test_reports_tell_the_edits(bundle: Path) -> None:
    payload = "kind: Secret\napiVersion: v1\nmetadata: {name: s, namespace: default}\nstringData:\n  a: x\n"
    (bundle / "secret.yaml").write_text(payload)
    (bundle / "set.yaml").write_text(SET.replace("{kind: ConfigMap, name: cilium}", "{kind: Secret, name: s}"))
    edits = {finding["code"]: finding["fix"]["edits"] for finding in check(bundle).findings if finding["fix"]}
    strategy = {"startLine": 14, "startColumn": 13, "endLine": 14, "endColumn": 22, "replacement": "ApplyOnce"}
    assert edits["CRS001"] == [{"path": "set.yaml", **strategy}]
    kind = {"startLine": 5, "startColumn": 7, "endLine": 5, "endColumn": 7}
    (written,) = edits["CRS005"]
    assert written == {"path": "secret.yaml", **kind, "replacement": "\ntype: addons.cluster.x-k8s.io/resource-set"}


def test_modes_stay(bundle: Path) -> None:
    (bundle / "set.yaml").chmod(0o640)
    fix(bundle)
    assert stat.S_IMODE((bundle / "set.yaml").stat().st_mode) == 0o640
    assert sorted(path.name for path in bundle.iterdir()) == ["note.txt", "set.yaml"]


def test_links_are_not_written_through(bundle: Path, tmp_path: Path) -> None:
    hidden = bundle / ".hidden"
    hidden.mkdir()
    (bundle / "set.yaml").rename(tmp_path / "set.yaml")
    (bundle / "set.yaml").symlink_to(tmp_path / "set.yaml")
    done = fix(bundle, "set.yaml")
    assert (tmp_path / "set.yaml").read_text() == SET
    assert (done.code, "set.yaml is not written" in done.err) == (2, True)


@pytest.mark.parametrize("path", ["../out.yaml", "link/in.yaml", "link.yaml"])
def test_paths_that_are_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "in.yaml").write_text("a: 1\n")
    (tmp_path / "out.yaml").write_text("a: 1\n")
    (root / "link").symlink_to("folder")
    (root / "link.yaml").symlink_to("folder/in.yaml")
    with pytest.raises(CannotFix):
        write(root, path, b"a: 2\n", b"a: 1\n")
    assert (root / "folder" / "in.yaml").read_text() == (tmp_path / "out.yaml").read_text() == "a: 1\n"


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 3\n")
    with pytest.raises(CannotFix, match="changed meanwhile"):
        write(tmp_path, "a.yaml", b"a: 2\n", b"a: 1\n")
    assert (tmp_path / "a.yaml").read_text() == "a: 3\n"


def test_killed_at_any_moment_each_file_is_old_or_new(tmp_path: Path) -> None:
    """Many files are written in a process that is killed in the middle, several times."""
    names = [f"{number:03}.yaml" for number in range(400)]
    old, new = b"a: 1\n" * 2000, b"b: 2\n" * 3000
    script = (
        "import sys; from pathlib import Path; from crslint.fix.writing import write\n"
        "print('ready', flush=True)\n"
        f"for name in {names!r}:\n"
        f"    write(Path(sys.argv[1]), name, {b'b: 2' + bytes([10])!r} * 3000, {b'a: 1' + bytes([10])!r} * 2000)\n"
    )
    seen = set()
    for attempt in range(4):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(old)
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        with subprocess.Popen([sys.executable, "-c", script, folder], stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.02 * (attempt + 1))
            child.send_signal(signal.SIGKILL)
            child.wait()
        contents = [(folder / name).read_bytes() for name in names]
        assert set(contents) <= {old, new}
        seen.add(contents.count(new))
        assert all(path.suffix != ".yaml" for path in folder.iterdir() if path.name not in names)
    assert any(0 < count < len(names) for count in seen)


def test_what_is_hidden_is_not_in_a_diff() -> None:
    before = "a: 1\nsecret: x\nb: 1\nc: 1\n"
    start = before.index("x")
    text, hidden = unified_diff("a.yaml", before, "a: 2\nsecret: y\nb: 2\nc: 1\n", [(start, start + 1)])
    assert hidden == 1
    assert "secret" not in text
    text, hidden = unified_diff("a.yaml", before, "a: 2\nsecret: x\nb: 2\nc: 1\n", [(start, start + 1)])
    assert hidden == 0
    assert text == "--- a/a.yaml\n+++ b/a.yaml\n@@ -1 +1 @@\n-a: 1\n+a: 2\n@@ -3,2 +3,2 @@\n-b: 1\n+b: 2\n c: 1\n"


def test_rules_name_transforms_that_exist() -> None:
    schema = json.loads((CHECKOUT / "schemas" / "rule.json").read_text())
    assert schema["properties"]["fix"]["properties"]["transform"]["enum"] == sorted(TRANSFORMS)
    for transform in TRANSFORMS.values():
        assert callable(transform.changes)


def test_a_rule_that_names_another_is_refused(tmp_path: Path) -> None:
    fix = "fix:\n  safety: safe\n  title: |\n    mend\n  transform: repack-json-lists\n"
    write_rule(tmp_path, rule_text(extra=fix))
    ((), (fault,)) = load_folder(tmp_path, cached=False)
    assert fault.reason == "no transform repack-json-lists; did you mean repack-json-list?"
    assert (fault.line, fault.column) == (19, 14)


def test_sets_of_one_name_are_numbered_by_their_places() -> None:
    places = ["a.yaml:0#/metadata/name", "b.yaml:0#/metadata/name"]
    for order in (places, places[::-1]):
        first: dict[str, set[str]] = {at: set() for at in order}
        assert _numbered(dict.fromkeys(order, "cni"), first) == {places[0]: "01-cni", places[1]: "02-cni"}


HIDDEN = """\
apiVersion: v1
kind: Secret
metadata:
  name: cilium
  namespace: default
type: addons.cluster.x-k8s.io/resource-set
stringData:
  objects.yaml: |
    apiVersion: v1
    kind: Namespace
    metadata:
      name: hush
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: agent
"""


def test_values_of_secrets_are_fixed_and_not_shown(bundle: Path) -> None:
    (bundle / "set.yaml").write_text(ONCE.replace("Reconcile", "ApplyOnce").replace("ConfigMap", "Secret"))
    (bundle / "secret.yaml").write_text(HIDDEN)
    shown = fix(bundle, "--diff", "--unsafe")
    assert shown.out == ""
    assert "1 change in a Secret is not shown" in shown.err
    (finding,) = [item for item in check(bundle).findings if item["code"] == "PAY003"]
    assert finding["fix"]["edits"] is None
    fix(bundle, "--unsafe")
    wanted = HIDDEN.replace("name: agent\n", "name: agent\n      namespace: hush\n")
    assert (bundle / "secret.yaml").read_text() == wanted


def test_a_file_without_documents_is_deleted_and_forgotten(tmp_path: Path) -> None:
    source = CHECKOUT / "rules" / "crs" / "CRS011-order-across-sets" / "bad" / "crd-and-namespace"
    folder = tmp_path / "bundle"
    shutil.copytree(source, folder)
    first, second = (folder / "crs.yaml").read_text().split("---\n")
    (folder / "crs.yaml").write_text(first)
    (folder / "root.yaml").write_text(f"# the root comes last\n{second}")
    files = sorted(path.name for path in folder.glob("*.yaml"))
    listed = "".join(f"  - {name}\n" for name in files)
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
    (folder / "kustomization.yaml").write_text(head + listed)
    shown = fix(folder, "--diff", "--unsafe", "--select", "CRS011")
    assert "--- a/root.yaml\n+++ /dev/null\n" in shown.out
    fix(folder, "--unsafe", "--select", "CRS011")
    assert not (folder / "root.yaml").exists()
    assert (folder / "kustomization.yaml").read_text() == head + listed.replace("  - root.yaml\n", "")
    assert (folder / "crs.yaml").read_text() == first + "    # the root comes last\n    # expect: CRS011@7\n" + (
        "    - kind: ConfigMap\n      name: root\n"
    )
