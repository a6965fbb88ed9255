"""The example of the pattern document, put together from its own text with the real manifests of Cilium and Argo CD.

`document.yaml` lists what is found in it, and for each defect that the facts files prove and a file can show, by which
of these findings it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest
import yaml
from checking import DATA, Checked, check

PATTERN = DATA.parent / "pattern"
PAYLOADS = DATA / "payloads"
TABLE = yaml.load(Path(__file__).with_name("document.yaml").read_text(), yaml.CSafeLoader)

pytestmark = pytest.mark.skipif(not PATTERN.exists(), reason="the pattern document is not here")


def blocks(text: str) -> Iterator[str]:
    """The YAML of the document: fenced, or written by a command."""
    yield from (match[1] for match in re.finditer(r"```yaml\n(.*?)```", text, re.DOTALL))
    yield from (match[1] for match in re.finditer(r"<<EOF\n(.*?)EOF\n", text, re.DOTALL))


def assembled(folder: Path) -> Path:
    """Step 1 to 4 of the document, file by file; its sketch of the rest of the control plane stays a sketch."""
    (document,) = PATTERN.iterdir()
    found = list(blocks(document.read_text()))

    def one(*words: str) -> str:
        (text,) = [text for text in found if all(word in text for word in words)]
        return text

    namespace, root = one("kind: Namespace"), one("name: cluster-bootstrap", "finalizers")
    argo = namespace + (PAYLOADS / "argocd-install-v3.5.1.yaml").read_text()
    cilium = (PAYLOADS / "cilium-1.14.5-as-in-the-pattern.yaml").read_text()
    files = {
        "management/sets.yaml": one("01-cilium-cni"),
        "management/cilium.yaml": config_map("cilium-cni-manifests", "cilium.yaml", cilium),
        "management/argocd.yaml": config_map("argocd-install-manifests", "argocd.yaml", argo),
        "management/root.yaml": config_map("argocd-bootstrap-app-production", "bootstrap-app.yaml", root),
        "management/cluster.yaml": one("kind: Cluster\n"),
    }
    for text in found:
        if named := re.match(r"# ((?:base|environments)/\S+)\n", text):
            files[f"cluster-configs/{named[1]}"] = text
    # What the tree of step 3 has besides.
    files["cluster-configs/base/cilium-bgp/common/bgp-advertisements.yaml"] = ADVERTISEMENTS
    files["cluster-configs/base/cilium/kustomization.yaml"] = "resources: []\n"
    files["cluster-configs/base/cilium/values.yaml"] = "ipam:\n  mode: kubernetes\n"
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def config_map(name: str, key: str, value: str) -> str:
    head = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: default\ndata:\n  {key}: |\n"
    return head + indent(value, "    ")


ADVERTISEMENTS = dedent("""\
    apiVersion: cilium.io/v2alpha1
    kind: CiliumBGPAdvertisement
    metadata: {name: common}
    spec:
      advertisements:
        - advertisementType: Service
          service: {addresses: [LoadBalancerIP]}
          selector: {matchLabels: {bgp-advertise: external}}
    """)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return check(assembled(tmp_path_factory.mktemp("document")), "--profile", "strict")


def test_exactly_what_was_read_is_found(checked: Checked) -> None:
    found = [f"{item['code']} {item['path']}:{item['line']}:{item['column']}" for item in checked.findings]
    assert sorted(found) == sorted(TABLE["found"])


def variant(folder: Path, name: str) -> Path:
    assembled(folder)
    applications = folder / "cluster-configs/environments/production/applications"
    match name:
        case "advanced":
            (document,) = PATTERN.iterdir()
            snippets = [text for text in blocks(document.read_text()) if is_snippet(text)]
            for number, text in enumerate(snippets):
                (applications / f"snippet-{number}.yaml").write_text(text)
        case "two-clusters":
            text = (folder / "management/cluster.yaml").read_text()
            second = text.replace("prod-cluster-01", "prod-cluster-02").replace("10.244.", "10.245.")
            (folder / "management/second.yaml").write_text(second)
        case "upgrade":
            file = applications / "cilium.yaml"
            file.write_text(file.read_text().replace("targetRevision: 1.14.5", "targetRevision: 1.15.0"))
    return folder


def is_snippet(text: str) -> bool:
    """Whether it is a manifest of Argo CD that the document puts into no file."""
    named = text.startswith(("# base/", "# environments/"))
    return "kind: Application" in text and not named and "finalizers" not in text


@pytest.mark.parametrize("name", ["advanced", "two-clusters", "upgrade"])
def test_what_comes_in_addition(name: str, tmp_path: Path) -> None:
    findings = check(variant(tmp_path, name), "--profile", "strict").findings
    found = {f"{item['code']} {item['path']}:{item['line']}:{item['column']}" for item in findings}
    assert sorted(found - set(TABLE["found"])) == sorted(set(TABLE[name]))


@pytest.mark.parametrize("facts", ["argocd", "capi", "cilium"])
def test_every_defect_that_the_facts_prove_is_told(facts: str) -> None:
    text = (PATTERN.parent / "facts" / f"{facts}.md").read_text()
    listed = text.partition("## (a) Defects")[2].partition("\n## ")[0]
    numbers = re.findall(r"^(?:\| (S\d+) \||(\d+)\. )", listed, re.MULTILINE)
    assert [str(key) for key in TABLE["defects"][facts]] == [one or other for one, other in numbers]
    for told in TABLE["defects"][facts].values():
        if match := re.fullmatch(r"(?:([a-z-]+) )?([A-Z]{3}\d{3} \S+:\d+:\d+)", told):
            assert match[2] in TABLE[match[1] or "found"]
