"""Payload values, read as the ClusterResourceSet controller reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from payload_values import HOST, JSON, OBJECT, OTHER, described, names, read

from crslint.source.document import Document
from crslint.source.payload import chunks, is_json_list
from crslint.source.places import looks_like_manifest

DATA = Path(__file__).parents[1].parent / "shared" / "data"
VECTORS = DATA / "payload-vectors.json"

# facts/capi.md 1.2: the kinds that come first, per key, in this order; all others in written order.
FIRST = "Namespace CustomResourceDefinition StorageClass PersistentVolume PersistentVolumeClaim Secret ConfigMap"
FIRST += " ServiceAccount LimitRange Pod ReplicaSet Endpoint"


def place(document: Document) -> int:
    kind = described(document)["kind"]
    order = FIRST.split()
    return order.index(kind) if kind in order else len(order)


def vectors() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text()) if VECTORS.exists() else []


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared data is absent")
def test_every_vector_is_read_as_the_controller_reads_it() -> None:
    for vector in vectors():
        layers = [read(vector["data"][key]) for key in sorted(vector["data"], key=str.encode)]
        refused = any(layer.refused for layer in layers)
        objects = [
            described(document)
            for layer in layers
            for document in sorted((item for item in layer.documents if isinstance(item.data, dict)), key=place)
        ]
        assert refused == vector["refused"], vector["name"]
        assert refused or objects == vector["objects"], vector["name"]


@given(
    st.text(st.sampled_from("ab01:-.[]{}\"'|>#%&*!?~<\n\r\t \ufeff\x85\u2028\ud800\\,/"), max_size=80), st.booleans()
)
def test_no_text_raises(text: str, beside: bool) -> None:
    layer = read(OBJECT + text if beside else text)
    for problem in layer.problems:
        assert problem.span is None or 0 <= problem.span[0] <= problem.span[1] <= len(OBJECT) + len(text)
    assert layer.size >= 0


@pytest.mark.parametrize("value", ["", "\n", "{}", "v1", "a" * 31, "é" * 15])
def test_a_value_under_32_bytes_is_refused(value: str) -> None:
    refused = read(value).refused
    assert refused is not None
    assert (refused.kind, refused.at, refused.span) == ("short-value", HOST, None)
    assert str(len(value.encode())) in refused.reason


def test_size_counts_bytes() -> None:
    assert read((b"\xff" * 40).decode("utf-8", "surrogateescape")).size == 40
    assert read("# " + "é" * 20).size == 42
    assert read("# " + "é" * 15).refused is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[" + " " * 40, True),
        (" \t\r\n\v\f\x85\xa0\u2003[" + " " * 40, True),
        (" " * 31 + "[" + " " * 9, True),
        (" " * 32 + "[" + " " * 9, False),
        ("\xa0" * 15 + "  [", False),
        ("\x1c[" + " " * 40, False),
        ("\ufeff[" + " " * 40, False),
    ],
)
def test_a_json_list_shows_within_32_bytes(value: str, expected: bool) -> None:
    assert is_json_list(value) is expected


def test_elements_of_a_json_list_are_pointers() -> None:
    layer = read(f" [{JSON}, null, {JSON}]\n")
    assert [document.at for document in layer.documents] == [
        f"payload.yaml:0!/data/a:0#/{number}" for number in (0, 1, 2)
    ]
    assert layer.documents[1].data == {}
    assert (layer.refused, layer.ignored) == (None, None)


@pytest.mark.parametrize(
    ("value", "place", "span"),
    [
        (f"[{JSON}", "#", (1 + len(JSON), 1 + len(JSON))),
        (f"[{JSON}] x", "#", (3 + len(JSON), 4 + len(JSON))),
        (f"[{JSON},]", "#", (1 + len(JSON), 2 + len(JSON))),
        (f'[{JSON}, {{"a": 1, \n}}]', "#", (10 + len(JSON), 11 + len(JSON))),
        ("[{apiVersion: v1, kind: Namespace, metadata: {name: a}}]", "#", (2, 12)),
        (f"[{JSON}, 7]", "#/1", None),
        (f"[{JSON}, [{JSON}]]", "#/1", None),
        (f'[{JSON}, "a"]', "#/1", None),
        (f"\xa0[{JSON}]", "#", (0, 1)),
        (f'[{JSON}, {{"a": NaN}}]', "#", (9 + len(JSON), 12 + len(JSON))),
        ('[{"a": "NaN", "b": "NaN NaN", "c": NaN}]', "#", (35, 38)),
        (f'[{JSON}, {{"a": 1e999}}]', "#", (9 + len(JSON), 14 + len(JSON))),
        (f'[{JSON}, {{"a": {"9" * 5000}}}]', "#", (9 + len(JSON), 5009 + len(JSON))),
    ],
)
def test_what_is_no_json_list_of_objects_is_ignored(value: str, place: str, span: tuple[int, int] | None) -> None:
    layer = read(value)
    assert layer.refused is None
    assert layer.ignored is not None
    assert (layer.ignored.kind, layer.ignored.at) == ("json-list", f"payload.yaml:0!/data/a:0{place}")
    assert layer.ignored.span == span
    assert layer.documents == ()


def test_a_big_number_in_a_json_list_is_a_number() -> None:
    (document,) = read(f'[{{"a": {"9" * 100}, "kind": "Foo", "b": -12}}]').documents
    assert document.data == {"a": 1e100, "kind": "Foo", "b": -12}


def test_a_list_nested_too_deep_is_neither_refused_nor_ignored() -> None:
    for depth in (300, 100_000):
        layer = read('[{"kind": ' + "[" * depth + "]" * depth + "}]")
        assert [problem.code for problem in layer.problems] == ["YML005"]
        assert (layer.refused, layer.ignored, layer.documents) == (None, None, ())


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a\n---\nb\n", ["a\n", "b\n"]),
        ("---\na\n---\nb", ["---\na\n", "b"]),
        ("a\n---\n---\nb\n", ["a\n", "---\nb\n"]),
        ("---\n---\n---\n", ["---\n", "---\n"]),
        ("a\n--- # why\nb\n", ["a\n", "b\n"]),
        ("a\n---\t \xa0\r\nb\n", ["a\n", "b\n"]),
        ("a\r---\rb\n", ["a\r---\rb\n"]),
        (" ---\na\n", [" ---\na\n"]),
        ("\ufeff---\na\n---\nb\n", ["\ufeff---\na\n", "b\n"]),
        ("a\n---", ["a\n"]),
        ("", []),
        ("a\n" + "b" * 4096, ["a\n"]),
        ("a\n" + "b" * 8192, ["a\n"]),
        ("b" * 4096, []),
        ("a\n" + "b" * 4096 + "\n", ["a\n" + "b" * 4096 + "\n"]),
        ("a\n" + "b" * 4097, ["a\n" + "b" * 4097]),
        ("é" * 2048, []),
        ("é" * 4096, []),
        ("b" * 4095 + "\r", ["b" * 4095 + "\r"]),
        ("b" * 4095 + "\r" + "b" * 4095, []),
        ("b" * 4095 + "\r" + "b" * 4094, ["b" * 4095 + "\r" + "b" * 4094]),
    ],
)
def test_chunks(value: str, texts: list[str]) -> None:
    assert [value[chunk.start : chunk.end] for chunk in chunks(value)] == texts


@pytest.mark.parametrize("line", ["---foo", "--- !tag", "-----BEGIN CERTIFICATE-----", "---\x1c", "--- foo # bar"])
def test_text_after_a_separator_is_refused_and_the_rest_still_read(line: str) -> None:
    value = f"{OBJECT}{line}\n{OTHER}"
    layer = read(value)
    assert layer.refused is not None
    assert (layer.refused.kind, layer.refused.at) == ("separator", "payload.yaml:0!/data/a:1#")
    assert layer.refused.span is not None
    assert value[slice(*layer.refused.span)] == line
    assert names(layer) == ["settings", "other"]
    assert [document.at for document in layer.documents] == [f"payload.yaml:0!/data/a:{index}#" for index in (0, 2)]


def test_documents_count_chunks_also_empty_ones() -> None:
    layer = read(f"# a\n---\n{OBJECT}---\n# b\n---\n---\n{OTHER}---\n")
    assert [document.at for document in layer.documents] == [f"payload.yaml:0!/data/a:{index}#" for index in (1, 3)]
    assert layer.problems == ()
    assert layer.refused is None


@pytest.mark.parametrize(
    ("value", "kept", "lines"),
    [
        (f"{OBJECT}...\n{OTHER}", ["settings"], 4),
        (f"{OBJECT}... # done\n{OTHER}---\n{OTHER}", ["settings", "other"], 4),
        (f"{OBJECT}...\nnot: [yaml\n", ["settings"], 1),
        (f"---\n...\n{OTHER}", [], 4),
        (f"{OBJECT}\r...\n{OTHER}", ["settings"], 4),
    ],
)
def test_what_follows_a_document_end_is_dropped_and_told(value: str, kept: list[str], lines: int) -> None:
    layer = read(value)
    assert layer.refused is None
    assert names(layer) == kept
    (problem,) = layer.problems
    assert (problem.code, problem.at, problem.parameters["lines"]) == ("PAY018", "payload.yaml:0!/data/a:0#", lines)
    assert problem.span is not None
    assert value[slice(*problem.span)] == "..."


def test_after_a_bare_cr_a_separator_also_begins_the_document() -> None:
    layer = read(f"# a\r---\r{OBJECT}")
    assert names(layer) == ["settings"]
    assert layer.problems == ()


def test_after_a_bare_cr_a_separator_ends_the_document_too() -> None:
    value = OBJECT.replace("\n", "\r") + "---\r" + OTHER.replace("\n", "\r")
    layer = read(value)
    assert names(layer) == ["settings"]
    (problem,) = layer.problems
    assert problem.span is not None
    assert (problem.code, value[slice(*problem.span)]) == ("PAY018", "---")


@pytest.mark.parametrize(
    "value", [f"{OBJECT}...\n", f"{OBJECT}...\n# end\n\n", f"{OBJECT}data:\n  a: |\n    ...\n", f"{OBJECT}x: ...\n"]
)
def test_a_document_end_with_nothing_after_it_is_nothing_to_tell(value: str) -> None:
    layer = read(value)
    assert names(layer) == ["settings"]
    assert layer.problems == ()


def test_duplicate_keys_are_lenient_and_told_where_they_stand() -> None:
    value = f"{OBJECT}---\n{OTHER}data:\n  a: 1\n  a: 2\n"
    layer = read(value)
    assert layer.refused is None
    (problem,) = layer.problems
    assert (problem.code, problem.at) == ("YML002", "payload.yaml:0!/data/a:1#/data/a")
    assert problem.span == (value.rindex("a: 2"), value.rindex("a: 2") + 1)
    assert problem.related[0].span == (value.index("a: 1"), value.index("a: 1") + 1)
    assert isinstance(layer.documents[1].data, dict)
    assert layer.documents[1].data["data"] == {"a": 2}


def test_the_last_line_ends_with_a_line_break_for_the_controller() -> None:
    (document,) = read(f"{OBJECT}text: |\n  one").documents
    assert isinstance(document.data, dict)
    assert document.data["text"] == "one\n"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("Using Cilium version 1.14.5 as asked\n", "a string"),
        ("- apiVersion: v1\n", "a list"),
        ("12345678901234567890\n", "a number"),
        ("yes\n", "a boolean"),
    ],
)
def test_a_document_that_is_no_mapping_is_refused(document: str, reason: str) -> None:
    layer = read(f"{OBJECT}---\n{document}---\n{OTHER}")
    assert layer.refused is not None
    assert (layer.refused.kind, layer.refused.at) == ("not-mapping", "payload.yaml:0!/data/a:1#")
    assert reason in layer.refused.reason
    assert names(layer) == ["settings", "", "other"]


def test_what_does_not_parse_is_refused_and_the_rest_still_read() -> None:
    value = f"{OBJECT}---\na: b: c\n---\n{OTHER}"
    layer = read(value)
    assert layer.refused is not None
    assert (layer.refused.kind, layer.refused.at) == ("syntax", "payload.yaml:0!/data/a:1#")
    assert layer.refused.span is not None
    assert layer.refused.span[0] == value.index(": c")
    assert [problem.code for problem in layer.problems] == ["YML001"]
    assert layer.problems[0].span == layer.refused.span
    assert names(layer) == ["settings", "other"]


def test_a_directive_is_refused() -> None:
    value = f"# x\n%YAML 1.1\n---\n{OBJECT}"
    layer = read(value)
    assert layer.refused is not None
    assert (layer.refused.kind, layer.problems) == ("directive", ())
    assert layer.refused.span is not None
    assert value[slice(*layer.refused.span)] == "%YAML 1.1"
    assert names(layer) == ["settings"]


def test_what_follows_the_first_document_is_not_read() -> None:
    value = "  apiVersion: v1\n  kind: Thing\nmetadata:\n  name: settings\n"
    layer = read(value)
    assert layer.refused is None
    assert [document.data for document in layer.documents] == [{"apiVersion": "v1", "kind": "Thing"}]
    (problem,) = layer.problems
    assert problem.code == "YML001"
    assert problem.span is not None
    assert problem.span[0] == value.index("metadata")


def test_whether_a_value_may_hold_manifests() -> None:
    assert looks_like_manifest(OBJECT)
    assert looks_like_manifest(JSON)
    assert not looks_like_manifest("#!/bin/sh\nkind=x\n")


@pytest.mark.skipif(not (DATA / "payloads").exists(), reason="the shared data is absent")
def test_real_manifests_are_read_like_any_yaml() -> None:
    for path in sorted((DATA / "payloads").glob("*v3.*.yaml")):
        text = path.read_text()
        layer = read(text)
        assert layer.refused is None
        assert layer.problems == ()
        expected = [item for item in yaml.load_all(text, yaml.CBaseLoader) if item]
        assert [described(document) for document in layer.documents] == [
            described(Document("", item)) for item in expected
        ]
