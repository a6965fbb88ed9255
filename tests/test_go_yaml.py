"""What the YAML of the controller takes and refuses, and libyaml does not."""

from __future__ import annotations

import pytest
from payload_values import JSON, OBJECT, names, read


@pytest.mark.parametrize(
    "line",
    [
        "~: 1",
        "null: x",
        "a: {~}",
        "a: {?}",
        "&a: x",
        "? [a]\n: b",
        "{a: b}: c",
        "a: .inf",
        "a: -.INF",
        'a: "x\\/y"',
        "a: !!int abc",
        'a: !!binary "####"',
        "<<: x",
        "<<: [x]",
        "a: *nowhere",
        "a: [:]",
        "a: {b: !c, d: e}",
        "a: [b,\n  c?d]",
        "a: {b: c?d}",
    ],
)
@pytest.mark.parametrize("start", [OBJECT, "metadata:\n  name: settings\nkinds: none\n"])
def test_what_go_yaml_refuses(line: str, start: str) -> None:
    refused = read(f"{start}{line}\n").refused
    assert refused is not None
    assert refused.kind in ("syntax", "decode")
    assert refused.span is not None


@pytest.mark.parametrize(
    "line",
    [
        '"null": x',
        "? x\n: b",
        ".inf: a",
        'a: ".inf"',
        'a: "x\\\\/y"',
        "a: '{b: c?d}'",
        "a: what?",
        "a: !!float 1",
        "a: !!binary aGk=",
        "a: !foo bar",
        "<<: {x: y}",
        "<<: [{x: y}, {z: y}]",
        'a: {"b": null, c: ~}',
        "a: |\n  null: x\n  {~}",
        "yes: no",
        "a: {b:, c: d}",
        "a: [b:]",
        'a: "it\\\'s"',
        "a: ![]",
        "a: !b,c d",
    ],
)
def test_what_go_yaml_takes(line: str) -> None:
    layer = read(f"{OBJECT}{line}\n")
    assert layer.refused is None
    assert names(layer) == ["settings"]


def test_what_go_yaml_alone_takes_is_read_as_it_stands() -> None:
    value = OBJECT + "a: {b:, c: \"it\\'s\"}\nd: |\n  echo \\'\n\ufeffe: f\n"
    (document,) = read(value).documents
    assert isinstance(document.data, dict)
    assert document.data["a"] == {"b:": None, "c": "it's"}
    assert document.data["d"] == "echo \\'\n"
    assert document.data["\ufeffe"] == "f"
    (document,) = read(f'[{JSON[:-1]}, "\x85a\u2028": "\ufeff\u2029b"}}]').documents
    assert isinstance(document.data, dict)
    assert document.data["\x85a\u2028"] == "\ufeff\u2029b"


def test_json_that_libyaml_does_not_read_is_refused_where_it_is_an_object_and_taken_in_a_list() -> None:
    value = JSON[:-1] + ', "data": {"a": "\\ud83d\\ude00"}}'
    refused = read(value).refused
    assert refused is not None
    assert refused.span is not None
    assert value[refused.span[0] :].startswith("\\ud83d")
    assert names(read(f"[{value}]")) == ["settings"]
