"""What the generators of ApplicationSets give."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

import pytest
from resolving import only, resolved

from crslint.fleet.entities.gitops import ApplicationSet
from crslint.fleet.entity import Unknown
from crslint.fleet.settings import FleetSettings

URL = "https://github.com/example/apps"
SETTINGS = FleetSettings(repositories={URL: "."})
GIT = f"git:\n  repoURL: {URL}\n  revision: main\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {a: b}\n"


def application_set(generators: str, name: str, *, go: bool = False, files: Mapping[str, str] = {}) -> ApplicationSet:
    """``generators`` are the items of the list, ``name`` is the template's."""
    text = textwrap.dedent(
        f"""\
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {{name: set, namespace: argocd}}
        spec:
          goTemplate: {str(go).lower()}
          template:
            metadata: {{name: '{name}'}}
            spec:
              project: default
              source: {{repoURL: {URL}, path: .}}
              destination: {{server: 'https://kubernetes.default.svc'}}
          generators:
        """
    ) + textwrap.indent(generators, "    ")
    found = only(resolved({"set.yaml": text, **files}, SETTINGS), "applicationSet")
    assert isinstance(found, ApplicationSet)
    return found


def names(found: ApplicationSet) -> list[str | None]:
    return [row["name"] for row in found.applications]


def item(kind: str) -> str:
    return "- " + textwrap.indent(kind, "  ")[2:]


def directories(*rows: str) -> str:
    return item(GIT + "  directories:\n" + "".join(f"  - {row}\n" for row in rows))


def files_of(*rows: str) -> str:
    return item(GIT + "  files:\n" + "".join(f"  - {row}\n" for row in rows))


LIST = item("list:\n  elements:\n  - {cluster: dev, values: {env: test}}\n  - {cluster: prod, values: {env: live}}\n")


@pytest.mark.parametrize(
    ("go", "name"), [(False, "{{cluster}}-{{values.env}}"), (True, "{{.cluster}}-{{.values.env}}")]
)
def test_elements_of_a_list(go: bool, name: str) -> None:
    found = application_set(LIST, name, go=go)
    assert (names(found), found.complete) == (["dev-test", "prod-live"], True)
    assert found.applications[1]["at"] == "set.yaml:0#/spec/generators/0/list/elements/1"


TREE = dict.fromkeys(("web/Dev_1/a.yaml", "web/prod/a.yaml", "web/prod/deep/a.yaml", "web/.hidden/a.yaml"), OBJECT)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["path: web/*"], ["Dev_1", "prod"]),
        (["path: web/*", "{path: web/prod, exclude: true}"], ["Dev_1"]),
        (["path: web/*/*"], ["deep"]),
        (["path: '*'"], ["web"]),
        (["path: web/p?od"], ["prod"]),
        (["path: web/**"], ["Dev_1", "prod"]),
        (["path: web/prod"], ["prod"]),
        (["path: none/*"], []),
        (["path: ../*"], []),
    ],
)
def test_directories_of_git(rows: list[str], expected: list[str]) -> None:
    found = application_set(directories(*rows), "{{path.basename}}", files=TREE)
    assert (names(found), found.complete) == (expected, True)


@pytest.mark.parametrize(
    ("go", "name"),
    [
        (False, "{{path}} {{path[1]}} {{path.basenameNormalized}}"),
        (True, "{{.path.path}} {{index .path.segments 1}} {{.path.basenameNormalized}}"),
    ],
)
def test_parameters_of_a_directory(go: bool, name: str) -> None:
    found = application_set(directories("path: web/D*"), name, go=go, files=TREE)
    assert names(found) == ["web/Dev_1 Dev_1 dev-1"]


CONFIGS = {
    "clusters/a/config.json": '{"cluster": {"name": "a", "size": 3}, "tags": ["x", "y"]}',
    "clusters/b/config.json": '[{"cluster": {"name": "b1", "size": 1}}, {"cluster": {"name": "b2", "size": 2}}]',
}


@pytest.mark.parametrize(
    ("go", "name"),
    [
        (False, "{{cluster.name}}-{{cluster.size}}-{{path.filename}}"),
        (True, "{{.cluster.name}}-{{.cluster.size}}-{{.path.filename}}"),
    ],
)
def test_files_of_git(go: bool, name: str) -> None:
    found = application_set(files_of("path: clusters/*/config.json"), name, go=go, files=CONFIGS)
    assert (names(found), found.complete) == (["a-3-config.json", "b1-1-config.json", "b2-2-config.json"], True)


def test_a_list_in_a_file_is_flattened() -> None:
    found = application_set(files_of("path: clusters/a/config.json"), "{{tags.1}}", files=CONFIGS)
    assert names(found) == ["y"]


def test_a_star_crosses_folders_by_default_only() -> None:
    found = application_set(
        files_of("path: clusters/*.json"), "{{path.filename}}", files={**CONFIGS, "clusters/c.json": '{"cluster": {}}'}
    )
    assert (names(found), found.complete) == (["c.json"], False)


def test_a_repository_that_is_not_at_hand() -> None:
    found = application_set(directories("path: web/*").replace(URL, "https://example.org/other"), "{{path.basename}}")
    assert (names(found), found.complete) == ([], False)


def test_a_revision_that_is_not_at_hand() -> None:
    found = application_set(directories("path: web/*").replace("main", "v1.0.0"), "{{path.basename}}", files=TREE)
    assert (names(found), found.complete) == ([], False)


MATRIX = item(
    "matrix:\n  generators:\n  - list:\n      elements: [{cluster: dev}, {cluster: prod}]\n"
    "  - list:\n      elements: [{app: web}, {app: '{{cluster}}-db'}]\n"
)


def test_a_matrix_fills_in_its_second_generator() -> None:
    found = application_set(MATRIX, "{{cluster}}/{{app}}")
    assert names(found) == ["dev/web", "dev/dev-db", "prod/web", "prod/prod-db"]


MERGE = item(
    "merge:\n  mergeKeys: [cluster]\n  generators:\n  - list:\n      elements: [{cluster: dev, size: s}, "
    "{cluster: prod, size: s}]\n  - list:\n      elements: [{cluster: prod, size: l}]\n"
)


def test_a_merge_overrides_by_key() -> None:
    assert names(application_set(MERGE, "{{cluster}}-{{size}}")) == ["dev-s", "prod-l"]


def test_a_merge_with_what_is_not_known() -> None:
    kinds = "  - list:\n      elements: [{cluster: dev, size: s}]\n  - clusters: {}\n"
    text = f"merge:\n  mergeKeys: [cluster]\n  generators:\n{kinds}"
    found = application_set(item(text), "{{cluster}}-{{size}}-{{name}}")
    assert (names(found), found.complete) == ([None], True)


def test_the_selector_of_a_generator() -> None:
    found = application_set(LIST + "  selector: {matchLabels: {cluster: prod}}\n", "{{cluster}}")
    assert (names(found), found.complete) == (["prod"], True)


SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: prod
  namespace: argocd
  labels: {argocd.argoproj.io/secret-type: cluster, env: live}
stringData: {name: hidden-name, server: 'https://192.0.2.1:6443'}
"""


def test_clusters_are_known_by_their_labels_alone() -> None:
    text = item("clusters:\n  selector: {matchLabels: {env: live}}\n")
    found = application_set(text, "{{metadata.labels.env}}-web", files={"secret.yaml": SECRET})
    assert (names(found), found.complete) == (["live-web"], False)
    assert names(application_set(text, "{{name}}", files={"secret.yaml": SECRET})) == [None]


def test_the_own_cluster_has_no_selector() -> None:
    assert names(application_set(item("clusters: {}\n"), "{{name}}")) == ["in-cluster"]
    assert names(application_set(item("clusters:\n  values: {env: test}\n"), "{{values.env}}")) == ["test"]


def test_the_template_of_a_generator_wins() -> None:
    own = LIST + "    template:\n      metadata: {name: 'own-{{cluster}}'}\n      spec: {}\n"
    assert names(application_set(own, "{{cluster}}")) == ["own-dev", "own-prod"]


def test_many_elements_are_shown_in_part() -> None:
    rows = "".join(f"  - {{cluster: c{number}}}\n" for number in range(3000))
    found = application_set(item("list:\n  elements:\n" + rows), "{{cluster}}")
    assert (len(found.applications), found.complete) == (100, False)


@pytest.mark.parametrize(
    "generator", ["7", "{}", "list: 7", "git: {directories: 7}", "matrix: {generators: [1, 2]}", "plugin: {}"]
)
def test_generators_of_which_nothing_is_known(generator: str) -> None:
    found = application_set(f"- {generator}\n", "{{cluster}}")
    assert (names(found), found.complete) == ([], False)
    assert not isinstance(found.placeholders, Unknown)
    assert [row["fault"] for row in found.placeholders] == [None]


def row_of(found: ApplicationSet, field: str) -> dict[str, Any]:
    rows = getattr(found, field)
    assert len(rows) == 1
    return dict(rows[0])


@pytest.mark.parametrize(
    ("go", "name", "mended"),
    [
        (False, "{{.path.basename}}-{{path}}", "{{path.basename}}-{{path}}"),
        (False, "{{ index .path.segments 0 }}-{{ path }}", "{{ path[0] }}-{{ path }}"),
        (True, "{{path.basename}}-{{.path.path}}", "{{.path.basename}}-{{.path.path}}"),
        (True, "{{path}}-{{path[0]}}", "{{.path.path}}-{{index .path.segments 0}}"),
    ],
)
def test_the_other_syntax_is_turned(go: bool, name: str, mended: str) -> None:
    found = application_set(directories("path: web/*"), name, go=go, files=TREE)
    assert (row_of(found, "placeholders")["fault"], row_of(found, "placeholders")["mended"]) == ("syntax", mended)


def matrix(*children: object) -> dict[str, object]:
    return {"matrix": {"generators": list(children)}}


def listed(key: str, *texts: str) -> dict[str, object]:
    return {"list": {"elements": [{key: text} for text in texts]}}


def test_generators_that_multiply_are_followed_in_part() -> None:
    many = [str(number) for number in range(2000)]
    inner = matrix(listed("b", *many), {**listed("c", "{{a}}"), "selector": {"matchLabels": {"c": "none"}}})
    found = application_set(f"- {json.dumps(matrix(listed('a', *many[:600]), inner))}\n", "{{a}}")
    assert (names(found), found.complete) == ([], False)


def test_deeply_nested_generators_are_unknown() -> None:
    nested = listed("a", "b")
    for _ in range(20):
        nested = matrix(nested, listed("c", "d"))
    found = application_set(f"- {json.dumps(nested)}\n", "{{a}}")
    assert (names(found), found.complete) == ([], False)
