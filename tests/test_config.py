"""The configuration: found, read, refused with positions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crslint.config.discovery import find_config, find_root
from crslint.config.model import ExternalObject, PathSettings
from crslint.config.reader import read_config
from crslint.config.shape import Shape, dotted
from crslint.data import data_dir

SCHEMA = json.loads((data_dir("schemas") / "config.json").read_text(encoding="utf-8"))

COMPLETE = """\
versions: {kubernetes: "1.33", capi: "1.10"}
clusters: {default/prod-01: {versions: {cilium: "1.16.0"}}}
repositories:
  https://github.com/your-org/cluster-configs: cluster-configs
exclude: ["**/testdata/**"]
profile: strict
select: [ALL]
ignore: [APP015]
severity: {CRS011: info, CRS013: off}
paths: {"legacy/**": {ignore: [SEC001], select: [CRS], severity: {PAY: off}, versions: {cilium: "1.14"}}}
bootstrap: {components: [cni]}
advertise: {bgp-advertise: external}
external: [{kind: ConfigMap, namespace: default, name: made-elsewhere}, {kind: Secret, name: anywhere}]
rules: [policy/]
schemas: [crds/]
mandatory: [SEC]
failOn: warning
"""


def faults(tmp_path: Path, text: str | bytes) -> list[tuple[str, str]]:
    """What is underlined, and the reason."""
    file = tmp_path / "crslint.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    reading = read_config(file, "crslint.yaml")
    found = []
    for problem in reading.problems:
        assert problem.code == "CFG002"
        assert problem.span is not None
        found.append((reading.text[slice(*problem.span)], str(problem.parameters["reason"])))
    return found


def test_every_key_is_read(tmp_path: Path) -> None:
    file = tmp_path / "crslint.yaml"
    file.write_text(COMPLETE, encoding="utf-8")
    reading = read_config(file, "crslint.yaml")
    assert reading.problems == ()
    config = reading.config
    assert config.file == file
    assert config.versions == {"kubernetes": "1.33", "capi": "1.10"}
    assert config.clusters == {"default/prod-01": {"cilium": "1.16.0"}}
    assert config.repositories == {"https://github.com/your-org/cluster-configs": "cluster-configs"}
    assert config.exclude == ("**/testdata/**",)
    assert (config.profile, config.fail_on) == ("strict", "warning")
    assert (config.select, config.ignore, config.mandatory) == (("ALL",), ("APP015",), ("SEC",))
    assert config.severity == {"CRS011": "info", "CRS013": "off"}
    assert config.paths == (PathSettings("legacy/**", {"cilium": "1.14"}, ("CRS",), ("SEC001",), {"PAY": "off"}),)
    assert (config.components, config.advertise) == (("cni",), {"bgp-advertise": "external"})
    assert config.external == (
        ExternalObject("ConfigMap", "default", "made-elsewhere"),
        ExternalObject("Secret", "", "anywhere"),
    )
    assert (config.rules, config.schemas) == (("policy/",), ("crds/",))


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}\n"])
def test_everything_is_optional(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("failon: error", "failon", '"failon" is no configuration key; did you mean "failOn"?'),
        ("verions: {}", "verions", '"verions" is no configuration key; did you mean "versions"?'),
        ("versions: {cilum: '1.2'}", "cilum", '"cilum" is no key of versions; did you mean "cilium"?'),
        ("profile: strictt", "strictt", 'profile is "strictt"; it must be default or strict; did you mean "strict"?'),
        (
            "versions: {kubernetes: 1.30}",
            "1.30",
            'versions.kubernetes is 1.30, a number; it must be text; write it in quotes: "1.30"',
        ),
        (
            "versions: {cilium: latest}",
            "latest",
            'versions.cilium is "latest"; it must be a release such as "1.33" or "v1.33.4"',
        ),
        ("ignore: CRS001", "CRS001", 'ignore is "CRS001"; it must be a list'),
        ("ignore:\n", "", "ignore is empty; it must be a list"),
        (
            "ignore: [crs001]",
            "crs001",
            'ignore[0] is "crs001"; it must be a code or a prefix of codes, such as CRS or CRS001',
        ),
        ("external: [{kind: ConfigMap}]", "{kind: ConfigMap}", "external[0] lacks name"),
        ("clusters: {prod: {}}", "prod", '"prod" is no name for an entry of clusters; it must be namespace/name'),
        ("- failOn: error", "- failOn: error", "the configuration is a list; it must be a mapping"),
        ("text", "text", 'the configuration is "text"; it must be a mapping'),
        ("paths:\n  'a/**':\n    - x\n", "- x", 'paths["a/**"] is a list; it must be a mapping'),
        ("failOn: error\nfailOn: info\n", "failOn", '"failOn" is written twice'),
    ],
)
def test_a_fault_is_underlined_and_explained(tmp_path: Path, text: str, place: str, reason: str) -> None:
    assert faults(tmp_path, text) == [(place, reason)]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    assert [place for place, _ in faults(tmp_path, "a: 1\nprofile: x\nrules: y\n")] == ["a", "x", "y"]


def test_a_second_document_is_refused(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, "failOn: error\n---\nfailOn: info\n")
    assert found[1] == "the second document of the file; a configuration is one document"


def test_what_is_not_yaml_or_not_text_is_refused(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "a: [b\n")) == 1
    assert faults(tmp_path, b"failOn: \xff\n") == [("\N{REPLACEMENT CHARACTER}", "not UTF-8")]
    assert len(faults(tmp_path, "[" * 60_000)) == 1


def test_yaml_off_means_off(tmp_path: Path) -> None:
    file = tmp_path / "crslint.yaml"
    file.write_text('severity: {CRS011: off, CRS013: "off", CRS001: warning}\n', encoding="utf-8")
    config = read_config(file, "crslint.yaml").config
    assert (config.ignore, config.severity) == ((), {"CRS011": "off", "CRS013": "off", "CRS001": "warning"})


def test_dotted_names_places_as_people_write_them() -> None:
    assert dotted(("paths", "legacy/**", "ignore", 0)) == 'paths["legacy/**"].ignore[0]'


leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["", "CRS", "crs", "1.30", "a/b", "error"]))
keys = st.sampled_from(
    [*SCHEMA["properties"], "kubernetes", "cilium", "kind", "name", "CRS001", "a/b", "components", "x"]
)
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(keys, inner, max_size=3)), max_leaves=6
)


@given(st.dictionaries(keys, values, max_size=3))
def test_the_check_agrees_with_the_shipped_schema(data: dict[str, Any]) -> None:
    root = yaml.compose(yaml.safe_dump(data), Loader=yaml.SafeLoader)
    assert root is not None
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(data)
    assert (Shape(SCHEMA, root).faults(data) == []) == valid
    assert (Shape(SCHEMA, None).faults(data) == []) == valid


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_nearest_configuration_up_to_the_repository_wins(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    inner = repository / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "crslint.yaml").touch()
    assert find_config(inner) == tmp_path / "crslint.yaml"
    (repository / ".git").mkdir()
    assert find_config(inner) is None
    (repository / ".crslint.yaml").touch()
    assert find_config(inner / "file.yaml") == repository / ".crslint.yaml"
    (repository / "a" / "crslint.yaml").touch()
    assert find_config(inner) == repository / "a" / "crslint.yaml"


def test_the_root_is_of_the_configuration_else_the_repository_else_the_paths(tmp_path: Path) -> None:
    one, two = tmp_path / "r" / "a" / "one", tmp_path / "r" / "a" / "two"
    one.mkdir(parents=True)
    two.mkdir()
    (one / "x.yaml").touch()
    assert find_root([one / "x.yaml"], None) == one
    assert find_root([one, two], None) == tmp_path / "r" / "a"
    (tmp_path / "r" / ".git").mkdir()
    assert find_root([one, two], None) == tmp_path / "r"
    assert find_root([one, two], tmp_path / "r" / "a" / "crslint.yaml") == tmp_path / "r" / "a"
    assert find_root([two], one / "crslint.yaml") == tmp_path / "r"
