"""Rendering with the user's own programs: what comes of it, and what they never get."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crslint.render.process import find_program, run
from crslint.render.renderer import Release, Renderer
from crslint.run import Options, Outcome, check
from crslint.scope import scope

needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="neither kustomize nor kubectl is installed"
)
needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="the stubs are shell scripts")

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: platform
  source:
    repoURL: https://git.example.org/configs
    targetRevision: HEAD
    path: {path}
  destination: {{server: https://kubernetes.default.svc, namespace: web}}
"""
PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: platform, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{server: https://kubernetes.default.svc, namespace: web}]
"""
SERVICE = """\
# the port of the service
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports: [{port: 80}]
"""
OTHER_NAMESPACE = "- op: add\n  path: /metadata/namespace\n  value: other\n"
PATCHED = "resources: [../base]\npatches:\n  - path: patch.yaml\n    target: {kind: Service}\n"


def tree(folder: Path, files: dict[str, str], **paths: str) -> Path:
    """A repository with an Application for each path, in a project that permits one namespace."""
    everything = {
        "crslint.yaml": 'repositories: {"https://git.example.org/configs": .}\n',
        "project.yaml": PROJECT,
        **{f"{name}.yaml": APPLICATION.format(name=name, path=path) for name, path in paths.items()},
        **files,
    }
    for name, text in everything.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def rendered(folder: Path, *, render: bool = True) -> Outcome:
    return check(scope(["."], folder), Options(render=render))


def found(outcome: Outcome) -> list[str]:
    return [
        f"{item.finding.code} {item.place.path}:{item.place.location.range.line}"
        for item in outcome.result.findings
        if item.finding.severity != "info"
    ]


def unrendered(outcome: Outcome) -> list[tuple[str, str]]:
    entries = (item for item in outcome.result.omissions if item.entry.reason == "not-rendered")
    return [(item.path, item.entry.at or "") for item in entries]


BASE = {"apps/base/kustomization.yaml": "resources: [service.yaml]\n", "apps/base/service.yaml": SERVICE}


@needs_kustomize
def test_what_a_patch_changes_is_found_where_the_object_is_written(tmp_path: Path) -> None:
    files = {**BASE, "apps/over/kustomization.yaml": PATCHED, "apps/over/patch.yaml": OTHER_NAMESPACE}
    tree(tmp_path, files, web="apps/over")
    assert found(rendered(tmp_path, render=False)) == []
    outcome = rendered(tmp_path)
    assert (found(outcome), unrendered(outcome)) == (["APP017 apps/base/service.yaml:2"], [])


@needs_kustomize
def test_names_with_a_prefix_and_what_generators_make(tmp_path: Path) -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: web}\nrules: []\n"
    overlay = (
        "resources: [../base, roles.yaml]\nnamePrefix: prod-\n"
        "configMapGenerator:\n  - name: settings\n    files: [settings.ini]\n"
    )
    files = {
        **BASE,
        "apps/over/kustomization.yaml": overlay,
        "apps/over/settings.ini": "level=info\n",
        "apps/over/roles.yaml": role.replace("name: web", "name: other") + "---\n" + role,
    }
    tree(tmp_path, files, web="apps/over")
    assert found(rendered(tmp_path)) == ["APP017 apps/over/roles.yaml:1"]


@needs_kustomize
def test_a_file_that_two_folders_change_stands_for_neither(tmp_path: Path) -> None:
    files = dict(BASE)
    for name, namespace in (("one", "other"), ("two", "third")):
        files[f"apps/{name}/kustomization.yaml"] = PATCHED
        files[f"apps/{name}/patch.yaml"] = OTHER_NAMESPACE.replace("other", namespace)
    tree(tmp_path, files, one="apps/one", two="apps/two")
    outcome = rendered(tmp_path)
    assert (found(outcome), unrendered(outcome)) == ([], [])


REFUSED = {
    "remote-resource": ("resources: [../base, https://git.example.org/more//deploy]\n", "nothing is fetched"),
    "remote-file": ("resources: [../base]\ncrds: [https://git.example.org/crd.json]\n", "nothing is fetched"),
    "outside": ("resources: [../base, ../../../outside]\n", "names ../../../outside, which lies outside of the tree"),
    "absolute": ("resources: [../base]\ncomponents: [/etc]\n", "names /etc, which lies outside of the tree"),
    "absent": ("resources: [../base, absent.yaml]\n", "absent.yaml"),
    "charts": ("resources: [../base]\nhelmCharts:\n  - {name: web, version: 1.0.0}\n", "--enable-helm"),
    "program": ("resources: [../base]\ntransformers: [run.yaml]\n", ""),
}


@needs_kustomize
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_rendered_is_counted(name: str, tmp_path: Path) -> None:
    text, reason = REFUSED[name]
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kustomization.yaml").write_text("resources: []\n")
    witness = tmp_path / "witness"
    files = {
        **BASE,
        "apps/over/kustomization.yaml": text,
        "apps/over/run.yaml": (
            "apiVersion: example.com/v1\nkind: Run\nmetadata:\n  name: run\n  annotations:\n"
            "    config.kubernetes.io/function: |\n      exec:\n        path: ./run.sh\n"
        ),
        "apps/over/run.sh": f"#!/bin/sh\n: > {witness}\n",
    }
    root = tree(tmp_path / "root", files, web="apps/over")
    (root / "apps/over/run.sh").chmod(0o755)
    outcome = rendered(root)
    assert unrendered(outcome) == [("web.yaml", "web.yaml:0#/spec/source/path")]
    assert [note for note in outcome.notes if "apps/over is not rendered: " in note and reason in note] != []
    assert not witness.exists()


@needs_kustomize
def test_the_tree_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", os.fspath(temporary))
    files = {**BASE, "apps/over/kustomization.yaml": PATCHED, "apps/over/patch.yaml": OTHER_NAMESPACE}
    root = tree(tmp_path / "root", files, web="apps/over")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    rendered(root)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert list(temporary.iterdir()) == []


def test_without_a_program_everything_is_not_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    root = tree(tmp_path / "root", dict(BASE), web="apps/base")
    outcome = rendered(root)
    assert unrendered(outcome) == [("web.yaml", "web.yaml:0#/spec/source/path")]
    assert outcome.notes == ("apps/base is not rendered: neither kustomize nor kubectl is installed",)


Stub = Callable[[str, str], Path]


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stub:
    """Puts a shell script of some name on PATH, and nothing else."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", os.fspath(programs))

    def made(name: str, script: str) -> Path:
        place = programs / name
        place.write_text(f"#!/bin/sh\n{script}")
        place.chmod(0o755)
        return place

    return made


@needs_shell
def test_a_program_gets_an_environment_of_its_own(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    program = stub("tell", 'echo "$HOME|$PATH|$HTTPS_PROXY|$AWS_SECRET_ACCESS_KEY|$KUBECONFIG|$PWD|$(/bin/cat)"\n')
    home = tmp_path / "home"
    home.mkdir()
    ran = run([os.fspath(program)], home)
    expected = f"{home}|{home}/no-programs|http://127.0.0.1:9||{os.devnull}|{home}|\n"
    assert ran.output == expected.encode()


@needs_shell
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("while :; do :; done\n", "runs too long"),
        ("while :; do echo 0123456789012345678901234567890123456789; done\n", "writes more than 1,000,000 bytes"),
        ("echo first >&2; echo second >&2; exit 3\n", "first second"),
        ("exit 4\n", "ends with exit code 4"),
    ],
    ids=["endless", "chatty", "failing", "silent"],
)
def test_a_program_is_bounded(script: str, reason: str, stub: Stub, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    begin = time.monotonic()
    ran = run([os.fspath(stub("bad", script))], home, seconds=1.0, most=1_000_000)
    assert (ran.output, ran.reason) == (None, reason)
    assert time.monotonic() - begin < 20


@needs_shell
def test_no_program_of_the_tree_is_run(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = stub("kustomize", "exit 0\n")
    assert find_program("kustomize", tmp_path / "root") == os.fspath(program)
    assert find_program("kustomize", tmp_path) is None
    monkeypatch.chdir(program.parent)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "")))
    assert find_program("kustomize", tmp_path / "root") is None


# What helm prints for a chart, with its own command line in a ConfigMap: helm itself is not needed for this.
HELM = """\
echo '---'
echo '# Source: web/templates/settings.yaml'
echo 'apiVersion: v1'
echo 'kind: ConfigMap'
echo 'metadata:'
echo '  name: settings'
echo '  namespace: other'
echo 'data:'
echo "  arguments: '$*'"
echo "  values: '$(/bin/cat values.json)'"
echo '---'
echo '# Source: web/templates/role.yaml'
echo 'apiVersion: rbac.authorization.k8s.io/v1'
echo 'kind: ClusterRole'
echo 'metadata: {name: web}'
"""
CHART = {
    "apps/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "apps/web/values.yaml": "replicas: 1\n",
    "apps/web/production.yaml": "replicas: 2\nimage: {tag: v1}\n",
    "apps/web/templates/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n",
    "apps/web/templates/role.yaml": "kind: ClusterRole\nmetadata: {name: {{ .Release.Name }}}\n",
    "apps/web/templates/_names.tpl": '{{ define "name" }}web{{ end }}\n',
}


@needs_shell
def test_a_chart_is_given_to_helm_with_its_values(stub: Stub, tmp_path: Path) -> None:
    stub("helm", HELM)
    root = tree(tmp_path / "root", dict(CHART), web="apps/web")
    renderer = Renderer(root, lambda path: (root / path).read_bytes())
    rendering = renderer.helm("apps/web", list(CHART), Release("web", "shop", {"replicas": 2}, "1.33"))
    assert rendering.pieces is not None
    settings, role = rendering.pieces
    assert settings.data["data"] == {
        "arguments": "template web tree/apps/web --namespace shop --values values.json --include-crds "
        "--kube-version 1.33",
        "values": '{"replicas": 2}',
    }
    assert (settings.origin, role.origin) == ("apps/web/templates/settings.yaml", "apps/web/templates/role.yaml")


@needs_shell
def test_what_a_chart_makes_is_found_at_its_template(stub: Stub, tmp_path: Path) -> None:
    stub("helm", HELM)
    root = tree(tmp_path / "root", dict(CHART), web="apps/web")
    helm = "    helm:\n      valueFiles: [production.yaml]\n      parameters: [{name: image.tag, value: v2}]\n"
    text = (root / "web.yaml").read_text().replace("    path: apps/web\n", f"    path: apps/web\n{helm}")
    (root / "web.yaml").write_text(text)
    outcome = rendered(root)
    assert unrendered(outcome) == []
    assert found(outcome) == ["APP017 apps/web/templates/role.yaml:1", "APP017 apps/web/templates/settings.yaml:1"]


ODD = ["null", "5", "[5]", "{a: b}"]


@needs_shell
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "shape",
    [
        "%s",
        "{releaseName: %s}",
        "{namespace: %s}",
        "{valueFiles: %s}",
        "{values: %s}",
        "{valuesObject: %s}",
        "{parameters: %s}",
    ],
)
def test_odd_values_of_a_source_are_no_accident(shape: str, odd: str, stub: Stub, tmp_path: Path) -> None:
    stub("helm", HELM)
    root = tree(tmp_path / "root", dict(CHART), web="apps/web")
    text = (root / "web.yaml").read_text()
    (root / "web.yaml").write_text(
        text.replace("    path: apps/web\n", f"    path: apps/web\n    helm: {shape % odd}\n")
    )
    assert rendered(root).exit_code in (0, 1)


@needs_shell
@pytest.mark.parametrize("name", ["--post-renderer", "-f", "web;true", "Web", ""])
def test_a_name_that_helm_could_take_for_an_option_is_refused(name: str, stub: Stub, tmp_path: Path) -> None:
    stub("helm", HELM)
    renderer = Renderer(tmp_path / "root", lambda _path: b"")
    rendering = renderer.helm("apps/web", [], Release(name, "shop", {}))
    assert rendering.pieces is None
    assert "none that helm takes" in rendering.reason
