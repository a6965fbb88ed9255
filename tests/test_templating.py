"""The two template languages of ApplicationSets, compared with what text/template, sprig and fasttemplate print."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.fleet import gotemplate
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.templating import Params, render

NESTED: dict[str, Any] = {
    "name": "Prod-01",
    "count": 30,
    "million": 1_000_000,
    "on": True,
    "nothing": None,
    "path": {"path": "web/prod", "basename": "prod", "segments": ["web", "prod"]},
    "metadata": {"labels": {"env": "live", "a/b": "c"}},
    "vague": UNKNOWN,
}
FLAT: dict[str, Any] = {"name": "prod", "path": "web/prod", "path[0]": "web", "values.env": "live", "vague": UNKNOWN}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{.name}}-web", "Prod-01-web"),
        ("{{ $.name }}", "Prod-01"),
        ("{{ .name | lower | trunc 4 }}", "prod"),
        ("a {{- .name -}} b", "aProd-01b"),
        ("{{/* nothing */}}{{ .count }}", "30"),
        ("{{ .million }}", UNKNOWN),
        ("{{ .on }}", "true"),
        ("{{ .nothing }}", "<no value>"),
        ("{{ index .path.segments 1 }}", "prod"),
        ('{{ index .metadata.labels "a/b" }}', "c"),
        ('{{ .region | default "eu" }}', "eu"),
        ('{{ printf "%s/%s" .path.basename .metadata.labels.env }}', "prod/live"),
        ('{{ (splitList "/" .path.path) | join "-" }}', "web-prod"),
        ('{{ trimSuffix "prod" .path.path | trimAll "/" }}', "web"),
        ('{{ "}}" }}', "}}"),
        ("{{ normalize .name }}", "prod-01"),
        ('{{ replace "-" "_" .name | upper | quote }}', '"PROD_01"'),
        ('{{ ternary "a" "b" (eq .name "Prod-01") }}', "a"),
        ("{{ .vague }}", UNKNOWN),
        ("{{ sha256sum .name }}", UNKNOWN),
        ("{{ if .on }}a{{ end }}", UNKNOWN),
        ("{{ $x := .name }}{{ $x }}", UNKNOWN),
        ("{{ trunc .count .name }}", UNKNOWN),
        ("{{ .gone }}", UNKNOWN),
    ],
)
def test_go_templates(text: str, expected: object) -> None:
    assert render(text, Params(NESTED), go=True).text == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{name}}", 'function "name" not defined'),
        ("{{path.basename}}", 'function "path" not defined'),
        ("{{.path[0]}}", 'bad character "["'),
        ("{{.my-key}}", 'bad character "-"'),
        ("{{ .name", "unclosed action"),
        ("{{}}", "missing value for command"),
        ("{{ (.name }}", "unclosed left paren"),
        ("{{ .name) }}", 'unexpected ")"'),
        ("{{ if nope .name }}{{ end }}", 'function "nope" not defined'),
    ],
)
def test_what_is_no_go_template(text: str, reason: str) -> None:
    fault = render(text, Params(NESTED), go=True).fault
    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize(
    ("text", "name", "state"),
    [
        ("{{ .name }}", "name", "given"),
        ("{{ .nam | lower }}", "nam", "absent"),
        ("{{ .path.nam }}", "path.nam", "absent"),
        ("{{ .name.x }}", "name.x", "absent"),
        ("{{ .metadata.labels.region }}", "metadata.labels.region", "open"),
    ],
)
def test_the_parameters_that_a_go_template_asks_for(text: str, name: str, state: str) -> None:
    (use,) = render(text, Params(NESTED, open=("metadata.labels.",)), go=True).uses
    assert (use.name, use.state) == (name, state)


def test_a_parameter_with_a_default_need_not_be_there() -> None:
    assert render('{{ .gone | default "x" }}', Params(NESTED), go=True).uses == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{name}}-{{ path }}", "prod-web/prod"),
        ("{{path[0]}}/{{values.env}}", "web/live"),
        ("{{.name}}", "{{.name}}"),
        ("{{ gone }}/{{name}}", "{{ gone }}/prod"),
        ("{{ }}", "{{ }}"),
        ("{{name", "{{name"),
        ("{{vague}}", UNKNOWN),
        ("{{name}} {{", UNKNOWN),
        ("{{name\n}}", "{{name\n}}"),
    ],
)
def test_flat_templates(text: str, expected: object) -> None:
    assert render(text, Params(FLAT), go=False).text == expected


def test_what_may_be_a_parameter_is_left_open() -> None:
    found = render("{{metadata.labels.env}}", Params(FLAT, open=("metadata.labels.",)), go=False)
    assert (found.text, [use.state for use in found.uses]) == (UNKNOWN, ["open"])


PIECES = st.sampled_from(
    ["{{", "}}", "{{-", "-}}", ".a", ".b", " ", "|", "(", ")", '"', "`", "lower", "x", "$", ":=", "\n", "if", "[0]"]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.booleans())
def test_no_text_is_too_odd(text: str, go: bool) -> None:
    found = render(text, Params({"a": "x", "b": {"c": 1}}), go=go).text
    assert found is UNKNOWN or isinstance(found, str)
    if "{{" not in text:
        assert found == text


def test_deep_parentheses_are_not_followed() -> None:
    text = "{{ " + "(" * 5000 + ".name" + ")" * 5000 + " }}"
    assert render(text, Params(NESTED), go=True).text is UNKNOWN


def test_templates_are_parsed_once() -> None:
    assert gotemplate.parse("{{ .name }}-once") is gotemplate.parse("{{ .name }}-once")
