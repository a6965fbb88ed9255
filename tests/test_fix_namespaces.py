"""A Namespace that nobody brings, added to payloads as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import check
from payload_trees import config_map, documents, manifest, resource_set
from test_fix import fix

ADDED = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: tools\n"
AGENT = manifest()
OTHER = manifest(name="other")


def lacking(folder: Path, value: str) -> Path:
    """A payload with one value, in double quotes so that it may hold anything."""
    written = value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    written = written.replace("\ufeff", "\\ufeff")
    head = config_map({}).removesuffix("data:\n")
    (folder / "set.yaml").write_text(resource_set("payload"))
    (folder / "payload.yaml").write_text(f'{head}data: {{a.yaml: "{written}"}}\n')
    assert len(check(folder).of("PAY010")) == 1
    return folder / "payload.yaml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (AGENT, f"{ADDED}---\n{AGENT}"),
        (f"---\n{AGENT}", f"{ADDED}---\n{AGENT}"),
        (f"# ours\n---\n{AGENT}", f"{ADDED}---\n# ours\n---\n{AGENT}"),
        (documents(AGENT, OTHER), f"{ADDED}---\n{documents(AGENT, OTHER)}"),
        (AGENT.replace("\n", "\r\n"), f"{ADDED}---\n{AGENT}".replace("\n", "\r\n")),
    ],
)
def test_it_is_the_first_document(tmp_path: Path, before: str, after: str) -> None:
    path = lacking(tmp_path, before)
    text = path.read_text()
    fix(tmp_path, "--unsafe", "--select", "PAY010")
    start, end = (part.replace("\n", "\\n").replace("\r", "\\r") for part in (before, after))
    assert text.count(start) == 1
    assert path.read_text() == text.replace(start, end)
    assert check(tmp_path).of("PAY010") == []
    assert fix(tmp_path, "--unsafe", "--diff", "--select", "PAY010").out == ""


def test_two_namespaces_in_one_payload(tmp_path: Path) -> None:
    lacking(tmp_path, AGENT)
    (tmp_path / "payload.yaml").write_text(config_map({"a.yaml": documents(AGENT, manifest(namespace="store"))}))
    fix(tmp_path, "--unsafe", "--select", "PAY010")
    assert [item for item in check(tmp_path).findings if item["code"].startswith("PAY")] == []
    text = (tmp_path / "payload.yaml").read_text()
    assert [text.count(f"kind: Namespace\n    metadata:\n      name: {name}\n") for name in ("store", "tools")] == [
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("namespace", "beside", "reason"),
    [
        ("kube-sistem", "", "the namespace kube-system may be meant"),
        ("tools", manifest("Namespace", "tools", ""), "beside.yaml has that Namespace, which may come to the cluster"),
        (
            "tools",
            manifest(
                "ApplicationSet",
                "all",
                "argocd",
                "argoproj.io/v1alpha1",
                "spec:\n  generators: [{list: {elements: [{at: tools}]}}]\n  goTemplate: true\n  template:\n"
                "    metadata: {name: '{{ .at }}'}\n    spec:\n      project: platform\n"
                "      source: {repoURL: https://charts.example.com, chart: tools, targetRevision: 1.2.3}\n"
                "      destination: {server: https://kubernetes.default.svc, namespace: '{{ .at }}'}\n"
                "      syncPolicy: {syncOptions: [CreateNamespace=true]}\n",
            ),
            "ApplicationSet argocd/all may create that namespace",
        ),
    ],
)
def test_where_it_is_doubtful_nothing_is_added(tmp_path: Path, namespace: str, beside: str, reason: str) -> None:
    lacking(tmp_path, manifest(namespace=namespace))
    (tmp_path / "beside.yaml").write_text(beside)
    text = (tmp_path / "payload.yaml").read_text()
    ran = fix(tmp_path, "--unsafe", "--select", "PAY010")
    assert reason in ran.out
    assert (tmp_path / "payload.yaml").read_text() == text


def test_a_name_that_no_namespace_can_have(tmp_path: Path) -> None:
    lacking(tmp_path, manifest(namespace="Tools_1"))
    assert [item["fix"] for item in check(tmp_path).of("PAY010")] == [None]
