"""Text to data: the structure is PyYAML's, the scalars are go-yaml's, every fault has its place."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from crslint.source import scalars
from crslint.source.document import Json
from crslint.source.parser import Parsed, SyntaxFault, compose, parse

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def read(text: str) -> Parsed:
    return parse(text, lambda index: f"f.yaml:{index}#")


def data(text: str) -> list[Json]:
    parsed = read(text)
    assert not parsed.problems
    return [value for _, value in parsed.documents]


def faults(text: str) -> list[tuple[str, str, str]]:
    """(code, reason, what stands at its span)."""
    problems = read(text).problems
    return [(item.code, str(item.parameters["reason"]), text[slice(*item.span or (0, 0))]) for item in problems]


def test_documents_are_counted_as_pyyaml_counts_them() -> None:
    parsed = read("# comment\n---\n---\na: 1\n---\n# nothing\n---\n- b\n...\n---\nc\n")
    assert parsed.documents == ((0, None), (1, {"a": 1}), (2, None), (3, ["b"]), (4, "c"))
    assert read("").documents == ()
    assert read("# only a comment\n").documents == ()


def test_data_is_plain() -> None:
    (value,) = data("a: [1, x, {b: ~}]\n'c': !!str 2\nd: &d {e: 1.5}\nf: *d\n")
    seen: list[Json] = [value]
    while seen:
        item = seen.pop()
        assert type(item) in (dict, list, str, int, float, bool, type(None))
        if isinstance(item, dict):
            assert {type(key) for key in item} == {str}
        seen += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()


def test_collector_is_as_it_was_after_parsing() -> None:
    assert gc.isenabled()
    read("a: [")
    assert gc.isenabled()
    gc.disable()
    try:
        read("a: 1")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_keys_become_the_strings_of_json() -> None:
    text = '1: a\n012: b\nyes: c\n1.50: d\n2024-01-02: e\n"x": f\n!!str 7: g\n.inf: h\n1e7: i\n'
    keys = ["1", "10", "true", "1.5", "2024-01-02", "x", "7", ".inf", "1e+07"]
    assert data(text) == [dict(zip(keys, "abcdefghi", strict=True))]


def test_tags() -> None:
    text = 'a: !!str 1\nb: !!int "3"\nc: !Sub 12\nd: ! "12"\ne: !!float 3\nf: !!set {g}\nh: !!seq [1]\n'
    assert data(text) == [{"a": "1", "b": 3, "c": "12", "d": 12, "e": 3.0, "f": {"g": None}, "h": [1]}]


def test_merges() -> None:
    text = "b: &b {x: 1, z: 2}\na: {x: 3, <<: *b}\nc: {<<: [*b, {w: 1, x: 9}]}\nd: {!!merge <<: *b}\ne: {'<<': 1}\n"
    (value,) = data(text)
    assert value == {
        "b": {"x": 1, "z": 2},
        "a": {"x": 3, "z": 2},
        "c": {"w": 1, "x": 1, "z": 2},
        "d": {"x": 1, "z": 2},
        "e": {"<<": 1},
    }
    assert faults("a: {<<: 1}") == [("YML001", "a merge needs a mapping or a list of mappings", "1")]
    assert faults("a: {<<: [1]}") == [("YML001", "a merge needs a mapping or a list of mappings", "1")]


def test_an_anchor_may_be_defined_again() -> None:
    text = "a: &x 1\nb: *x\nc: &x {d: 2}\ne: *x\n---\nf: &y [!!str 1, ! 2]\ng: &y {}\nh: *y\n"
    assert data("first: doc\n---\n" + text) == [
        {"first": "doc"},
        {"a": 1, "b": 1, "c": {"d": 2}, "e": {"d": 2}},
        {"f": ["1", 2], "g": {}, "h": {}},
    ]
    broken = "a: &x 1\nb: &x 2\nc: [\n"
    assert faults(broken) == [("YML001", "'[' is not closed", "[")]
    unknown = "a: &x 1\nb: &x 2\n---\nc: *x\n"
    assert [item.at for item in read(unknown).problems] == ["f.yaml:1#"]


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("a: b: c\n", "a ': ' where no key can be: quote the value, or indent it right", ":"),
        ("a:\n\t- b\n", "a tab cannot indent", "\t"),
        ("a: @b\n", "a value cannot begin with '@'; quote it", "@"),
        ("a: `b`\n", "a value cannot begin with '`'; quote it", "`"),
        ('a: "b\nc: d\n', "the quote is not closed", '"'),
        ("a: 'b\n", "the quote is not closed", "'"),
        ("a: [1, 2\n", "'[' is not closed", "["),
        ("a: {b: 1\n", "'{' is not closed", "{"),
        ("a: [\n", "'[' is not closed", "["),
        ("a: &x [b, !y {c: [\n# end\n", "'[' is not closed", "["),
        ("a: [1, !y {c: [2], \n\n", "'{' is not closed", "{"),
        ("a: {b: [1]\n---\nc: 1\n", "'{' is not closed", "{"),
        ("[1:", "'[' is not closed", "["),
        ("a: {b: [&x c: {d: 1}, e: ", "'[' is not closed", "["),
        ("a: 'b\n---\nc: 1\n", "the quote is not closed", "'"),
        ("a: [1, 2\nb: 3\n", "',' or ']' is expected here", ":"),
        ("a: *nope\n", "the alias names no anchor before it; quote a value that begins with '*'", "*"),
        ("a: &\n", "'&' and '*' need a name; quote a value that begins so", ""),
        ("a: !x!y z\n", "the tag's handle is not declared; quote a value that begins with '!'", "!"),
        ('a: "\\q"\n', "unknown escape in a double-quoted value", "\\"),
        ('a: "\\uZZ"\n', "an escape in a double-quoted value needs hexadecimal digits", "Z"),
        ('a: "\\ud800"\n', "the escape is no character", "d"),
        ("a: b\0c\n", "the character U+0000 is not allowed in YAML", "\0"),
        ("a: \ud800\n", "the character U+D800 is not allowed in YAML", "\ud800"),
        ("\ufeffa: {b: [c\n", "'[' is not closed", "["),
        ("\ufeffa: \x07\n", "the character U+0007 is not allowed in YAML", "\x07"),
        ("a\nb: c\n", "a ': ' where no key can be: quote the value, or indent it right", ":"),
        ("a: 1\nb\nc: 2\n", "a key without ':', or a line indented too little", "c"),
        ("a: 1\n b: 2\n", "a ': ' where no key can be: quote the value, or indent it right", ":"),
        ("a: |\n  x\n y\n", "neither a key nor the end of the mapping: mend the indentation, or quote the value", "y"),
        ("- a\nb: c\n", "neither '-' nor the end of the list: mend the indentation", "b"),
        ("? [a]\n: b\n", "a key is a mapping or a list; quote a value that begins with a bracket", "[a]"),
        ("&a [*a]", "the anchored value contains itself", "&a [*a]"),
        ("a: &a\n  b: {<<: *a}\n", "the anchored value contains itself", "&a\n  b: {<<: *a}\n"),
        ("a: !!int x\n", "the value is a string, but its tag says !!int", "!!int x"),
    ],
)
def test_faults(text: str, reason: str, place: str) -> None:
    ((code, told, span),) = faults(text)
    assert (code, told, span.rstrip("\n")) == ("YML001", reason, place.rstrip("\n"))


def test_what_only_kubernetes_refuses_is_a_fault_of_its_objects() -> None:
    kubernetes = "apiVersion: v1\nkind: X\n"
    assert faults(kubernetes + "~: x\n") == [("YML001", "a key is null; Kubernetes takes strings only", "~")]
    reason = ".inf is a number that JSON and Kubernetes do not have; quote it"
    assert faults(kubernetes + "a: .inf\n") == [("YML001", reason, ".inf")]
    assert data("~: x\na: .inf\n") == [{"null": "x", "a": float("inf")}]


def test_a_document_that_cannot_be_data_is_left_out_alone() -> None:
    parsed = read("a: 1\n---\n[b]: c\n---\nd: 2\n")
    assert parsed.documents == ((0, {"a": 1}), (2, {"d": 2}))
    assert [item.at for item in parsed.problems] == ["f.yaml:1#"]


def test_a_fault_of_syntax_keeps_what_is_before_it() -> None:
    parsed = read("a: 1\n---\nb: 2\n---\nc: [\n---\nd: 4\n")
    assert parsed.documents == ((0, {"a": 1}), (1, {"b": 2}))
    assert [item.at for item in parsed.problems] == ["f.yaml:2#"]
    with pytest.raises(SyntaxFault):
        list(compose("a: ["))


def test_duplicate_keys() -> None:
    text = "a: 1\nb:\n- c: 1\n  d: {e: 1, 'e': 2}\n  c: 2\n  c: 3\na: 2\n1: x\n'1': z\n"
    parsed = read(text)
    assert parsed.documents[0][1] == {"a": 2, "b": [{"c": 3, "d": {"e": 2}}], "1": "z"}
    keys = {"'e'": text.index("'e'"), "c2": text.index("c: 2"), "c3": text.index("c: 3"), "'1'": text.index("'1'")}
    found = [
        (item.at, item.span, *(place.span for place in item.related if place.at == item.at)) for item in parsed.problems
    ]
    first = text.index("c: 1")
    assert found == [
        ("f.yaml:0#/b/0/d/e", (keys["'e'"], keys["'e'"] + 3), (text.index("e: 1"), text.index("e: 1") + 1)),
        ("f.yaml:0#/b/0/c", (keys["c2"], keys["c2"] + 1), (first, first + 1)),
        ("f.yaml:0#/b/0/c", (keys["c3"], keys["c3"] + 1), (first, first + 1)),
        ("f.yaml:0#/a", (text.index("a: 2"), text.index("a: 2") + 1), (0, 1)),
        ("f.yaml:0#/1", (keys["'1'"], keys["'1'"] + 3), (text.index("1: x"), text.index("1: x") + 1)),
    ]
    assert {item.code for item in parsed.problems} == {"YML002"}
    assert {item.parameters["separator"] for item in parsed.problems} == {False}


def test_a_missing_separator_is_one_finding() -> None:
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"
    two = "kind: Secret\napiVersion: v1\nmetadata: {name: b, name: c}\n"
    (nested, merged) = read(one + two).problems
    assert nested.at == "f.yaml:0#/metadata/name"
    assert (merged.at, merged.span) == ("f.yaml:0#/kind", (len(one), len(one) + 4))
    assert merged.parameters["separator"] is True
    assert [place.span for place in merged.related] == [(15, 19)]
    only_metadata = read(one + "metadata: {name: b}\n").problems
    assert [item.parameters["separator"] for item in only_metadata] == [False]


def test_positions_count_characters_of_the_text() -> None:
    text = "\ufeffa: é😀\r\nb: {c: x\u2028y}\n---\n\ufeffd: \x85  e\n"
    nodes = dict(compose(text))
    spans = [
        text[value.start_mark.index : value.end_mark.index]
        for root in nodes.values()
        if isinstance(root, yaml.MappingNode)
        for _, value in root.value
        if value.start_mark is not None
    ]
    assert spans[0] == "é😀"
    assert spans[1] == "{c: x\u2028y}"
    assert spans[2] == "e"


def test_json_that_libyaml_refuses() -> None:
    text = (
        '{\n\t"a": "\\ud83d\\ude00", "b": [1, 2.50, -3e2, true, false, null, "\\ud800", {}, []],\n\t"a": "\\u00e9"}\n'
    )
    parsed = read(text)
    assert parsed.documents == ((0, {"a": "é", "b": [1, 2.5, -300.0, True, False, None, "�", {}, []]}),)
    (problem,) = parsed.problems
    assert (problem.code, text[slice(*problem.span or ())], problem.span[0] if problem.span else 0) == (
        "YML002",
        '"a"',
        text.rindex('"a"'),
    )
    assert data('{"a": "\\ud83d\\ude00"}\n{"b": 1} [2]') == [{"a": "😀"}, {"b": 1}, [2]]
    assert data('\ufeff{"\\ud83d\\ude00": 1}') == [{"😀": 1}]


@pytest.mark.parametrize(
    "text", ['{"a": "\\ud800",}', '{"a" "\\ud800"}', '["\\ud800" 1]', '{"\\ud800": 01}', '{"\\ud800": "']
)
def test_broken_json_is_a_fault_of_yaml(text: str) -> None:
    assert [code for code, _, _ in faults(text)] == ["YML001"]


FILES = [
    path
    for path in sorted(SHARED.rglob("*"))
    if path.suffix in (".yaml", ".yml", ".json") and path.stat().st_size < 60_000
] + sorted((SHARED / "payloads").glob("argocd-install-v3*"))

# Tags that PyYAML builds sets and pairs from; go-yaml does not look at the tags of collections.
OTHER_STRUCTURE = {"2XXW", "J7PZ"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
def test_structure_is_pyyamls_on_everything_it_loads() -> None:
    compared = 0
    for path in FILES:
        text = path.read_bytes().decode()
        try:
            theirs = list(yaml.load_all(text, yaml.CSafeLoader))
        except (yaml.YAMLError, ValueError, TypeError):
            continue
        if path.parent.name not in OTHER_STRUCTURE:
            assert [_differs(one, two) for one, two in zip(data_of(text), theirs, strict=True)] == [None] * len(theirs)
            compared += 1
    assert compared > 1000


def data_of(text: str) -> list[Json]:
    return [value for _, value in read(text).documents]


def _differs(ours: Json, theirs: object) -> object:
    """What differs beyond the table of scalars, None where nothing does."""
    if isinstance(theirs, dict):
        if not isinstance(ours, dict) or len(ours) != len(theirs):
            return ours, theirs
        pairs = zip(ours.items(), theirs.items(), strict=True)
        return next((at for (k, v), (key, value) in pairs if (at := _key(k, key) or _differs(v, value))), None)
    if isinstance(theirs, list):
        if not isinstance(ours, list) or len(ours) != len(theirs):
            return ours, theirs
        return next((at for v, value in zip(ours, theirs, strict=True) if (at := _differs(v, value))), None)
    if type(ours) is type(theirs) and (ours == theirs or ours != ours):
        return None
    if isinstance(theirs, str):
        return None if ours == scalars.plain(theirs) else (ours, theirs)
    # Dates, base 60 and binary, which PyYAML has types for.
    return None if isinstance(ours, str) else (ours, theirs)


def _key(ours: str, theirs: object) -> object:
    known = {"null"} if theirs is None else {str(theirs), json.dumps(theirs, default=str)}
    if isinstance(theirs, str):
        plain = scalars.plain(theirs)
        known.add("null" if plain is None else scalars.key(plain))
    if isinstance(theirs, float):
        known.add(scalars.key(theirs))
    return None if ours in known else (ours, theirs)


TEXT = st.text(st.sampled_from("abyn019.:-#'\"\\{}[],&*!|>%@` \n\té😀\x85\u2028"), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(
    values=st.lists(VALUES, min_size=1, max_size=3),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    flow=st.sampled_from([None, True, False]),
    indent=st.integers(2, 6),
    width=st.integers(20, 90),
    unicode=st.booleans(),
    line_break=st.sampled_from(["\n", "\r\n"]),
)
def test_what_pyyaml_dumps_is_read_back(
    values: list[object], style: str | None, flow: bool | None, indent: int, width: int, unicode: bool, line_break: str
) -> None:
    text = yaml.dump_all(
        values,
        Dumper=yaml.CSafeDumper,
        default_style=style,
        default_flow_style=flow,
        indent=indent,
        width=width,
        allow_unicode=unicode,
        line_break=line_break,
        explicit_start=True,
    )
    theirs = list(yaml.load_all(text, yaml.CSafeLoader))
    parsed = read(text)
    assume(not any(item.code == "YML002" for item in parsed.problems))
    assert not parsed.problems
    assert [_differs(one, two) for one, two in zip(data_of(text), theirs, strict=True)] == [None] * len(theirs)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=8,
    )
)
def test_json_is_read_alike_by_both_readers(value: object) -> None:
    text = json.dumps(value, ensure_ascii=True)
    wrapped = f"[{text}]"
    expected = json.loads(wrapped, parse_int=_go_number)
    assert _differs(data_of(wrapped)[0], expected) is None


def _go_number(digits: str) -> scalars.Scalar:
    return scalars.plain(digits)


@given(st.text(max_size=40) | TEXT)
def test_no_text_raises(text: str) -> None:
    parsed = read(text)
    for problem in parsed.problems:
        start, end = problem.span or (-1, -1)
        assert 0 <= start <= end <= len(text)


def _positions(node: yaml.Node) -> Iterator[int]:
    yield node.start_mark.index if node.start_mark else -1
    if isinstance(node, yaml.CollectionNode):
        for item in node.value:
            for child in item if isinstance(item, tuple) else (item,):
                yield from _positions(child)


def test_json_nodes_stand_where_yaml_nodes_would() -> None:
    text = '{"a": [1, {"b": "c"}], "d": null}'
    tabbed = text.replace("{", "{\t").replace('"c"', '"\\ud83d\\ude00"')
    plain = [root for _, root in compose(tabbed.replace("\\ud83d\\ude00", "xxxxxxxxxxxx"))]
    escaped = [root for _, root in compose(tabbed)]
    assert [list(_positions(root)) for root in plain if root] == [list(_positions(root)) for root in escaped if root]
