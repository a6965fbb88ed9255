"""Edits at addresses: what they make of a text, and that nothing else changes in it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix, Overlap, Splice
from crslint.fix.draft import Draft
from crslint.fix.occupied import Occupied
from crslint.fix.sites import Sheets
from crslint.source.parser import parse
from crslint.source.sheet import Sheet


def edited(text: str, *edits: tuple[Any, ...], path: str = "a.yaml") -> str:
    """Each edit is (kind, the address behind the document's index, value)."""
    draft = Draft(Sheets(lambda _: text))
    draft.add([Edit(kind, f"{path}:0{at}", *to) for kind, at, *to in edits])
    return draft.texts().get(path, text) or ""


DOCUMENT = """\
apiVersion: v1
kind: Secret  # why
metadata:
  name: x  # the name
  # note
  labels: {}
spec:
  list:
  - a  # one
  - b
  flow: [1, 2]  # f
  map: {a: 1, b: "2"}
  empty:
  deep:
    only: 1  # keep me
text: |
  a
last: 'x'
"""


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (("set", "#/kind", "ConfigMap"), "kind: Secret  # why", "kind: ConfigMap  # why"),
        (("set", "#/kind", "true"), "kind: Secret  # why", 'kind: "true"  # why'),
        (("set", "#/kind", True), "kind: Secret  # why", "kind: true  # why"),
        (("set", "#/last", "it's"), "last: 'x'", "last: 'it''s'"),
        (("set", "#/last", 5), "last: 'x'", "last: 5"),
        (("set", "#/text", "a\nb\n"), "text: |\n  a\n", "text: |\n  a\n  b\n"),
        (("set", "#/metadata/namespace", "d"), "name\n", "name\n  namespace: d\n"),
        (("set", "#/metadata/annotations/a", "b"), "labels: {}\n", "labels: {}\n  annotations:\n    a: b\n"),
        (("set", "#/metadata/labels/a", "b"), "labels: {}\n", "labels:\n    a: b\n"),
        (("set", "#/spec/map/c", [1]), 'b: "2"}', 'b: "2", c: [1]}'),
        (("set", "#/spec/map/a", "yes"), "{a: 1,", '{a: "yes",'),
        (("set", "#/spec/empty", [{"a": 1, "b": [2]}]), "empty:\n", "empty:\n  - a: 1\n    b:\n    - 2\n"),
        (("set", "#/spec/empty/a/b", {}), "empty:\n", "empty:\n    a:\n      b: {}\n"),
        (("set", "#/spec/list", ["a", "c", "d"]), "  - b\n", "  - c\n  - d\n"),
        (("set", "#/spec/list", ["b"]), "  - a  # one\n", "  # one\n"),
        (("set", "#/spec/flow", [1, 3, 2]), "[1, 2]", "[1, 3, 2]"),
        (("set", "#/spec/flow", ["a"]), "[1, 2]", "[a]"),
        (("set", "#/spec/deep", "x"), "deep:\n    only: 1  # keep me\n", "deep: x  # keep me\n"),
        (("append", "#/spec/list", "c"), "  - b\n", "  - b\n  - c\n"),
        (("append", "#/spec/list", {"a": 1, "b": 2}), "  - b\n", "  - b\n  - a: 1\n    b: 2\n"),
        (("append", "#/spec/flow", 3), "[1, 2]", "[1, 2, 3]"),
        (("append", "#/spec/empty", "x"), "empty:\n", "empty:\n  - x\n"),
        (("append", "#/spec/more", "x"), "keep me\n", "keep me\n  more:\n  - x\n"),
        (("insert-before", "#/spec/list/0", "c"), "  - a  # one", "  - c\n  - a  # one"),
        (("insert-after", "#/spec/list/0", "c"), "# one\n", "# one\n  - c\n"),
        (("insert-before", "#/spec/flow/1", 3), "[1, 2]", "[1, 3, 2]"),
        (("remove", "#/kind"), "kind: Secret  # why\n", "# why\n"),
        (("remove", "#/metadata/labels"), "  labels: {}\n", ""),
        (("remove", "#/spec/list/1"), "  - b\n", ""),
        (("remove", "#/spec/flow/0"), "[1, 2]", "[2]"),
        (("remove", "#/spec/map/b"), '{a: 1, b: "2"}', "{a: 1}"),
        (("remove", "#/spec/deep/only"), "deep:\n    only: 1  # keep me\n", "deep: {}  # keep me\n"),
        (("remove", "#/text"), "text: |\n  a\n", ""),
        (("rename", "#/spec/flow", "other"), "flow:", "other:"),
        (("rename", "#/spec/map/a", "yes"), "{a: 1", '{"yes": 1'),
    ],
)
def test_one_edit(edit: tuple[Any, ...], old: str, new: str) -> None:
    assert DOCUMENT.count(old) == 1, old
    assert edited(DOCUMENT, edit) == DOCUMENT.replace(old, new)
    crlf = edited(DOCUMENT.replace("\n", "\r\n"), edit)
    assert crlf == DOCUMENT.replace(old, new).replace("\n", "\r\n")
    assert edited("\ufeff" + DOCUMENT, edit) == "\ufeff" + DOCUMENT.replace(old, new)
    # The last line without its line break.
    assert edited(DOCUMENT[:-1], edit) == DOCUMENT[:-1].replace(old, new) or "last" in edit[1]


def test_several_edits_of_one_text() -> None:
    text = edited(
        DOCUMENT,
        ("set", "#/metadata/namespace", "d"),
        ("remove", "#/spec/list/0"),
        ("append", "#/spec/list", "c"),
        ("append", "#/spec/list", "d"),
        ("rename", "#/last", "end"),
    )
    assert "  - b\n  - c\n  - d\n" in text
    assert "  # one\n" in text
    assert text.endswith("end: 'x'\n")


def test_the_first_entry_behind_a_dash() -> None:
    text = "a:\n- name: x  # c\n  # d\n  ns: y\n- z: 1\n"
    assert edited(text, ("remove", "#/a/0/name")) == "a:\n- # c\n  # d\n  ns: y\n- z: 1\n"
    assert edited(text, ("remove", "#/a/1/z")) == text.replace("z: 1", "{}")
    assert edited(text, ("set", "#/a/1/b", 2)) == text + "  b: 2\n"


def test_the_end_of_the_text() -> None:
    assert edited("a: 1\nb: 2", ("set", "#/c", 3)) == "a: 1\nb: 2\nc: 3"
    assert edited("a: 1\nb: 2", ("remove", "#/b")) == "a: 1"
    assert edited("a: 1\nb: 2  # c", ("remove", "#/b")) == "a: 1\n# c"
    assert edited("a: 1\nb: |\n  x", ("set", "#/c", 3)) == "a: 1\nc: 3\nb: |\n  x"
    assert edited("a: 1\nb: |+\n  x\n\n", ("set", "#/c", 3)) == "a: 1\nb: |+\n  x\n\nc: 3\n"


JSON = """\
{
  "apiVersion": "v1",
  "metadata": {"name": "x"},
  "list": [
    1,
    2
  ]
}
"""


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (("set", "#/metadata/namespace", "d"), '{"name": "x"}', '{"name": "x", "namespace": "d"}'),
        (("append", "#/list", {"a": 1}), "    2\n", '    2,\n    {\n      "a": 1\n    }\n'),
        (("set", "#/spec/a", ["b"]), "  ]\n}", '  ],\n  "spec": {\n    "a": [\n      "b"\n    ]\n  }\n}'),
        (("remove", "#/list"), ',\n  "list": [\n    1,\n    2\n  ]', ""),
        (("remove", "#/apiVersion"), '"apiVersion": "v1",\n  ', ""),
        (("set", "#/metadata/name", "1"), '"x"', '"1"'),
        (("set", "#/metadata/name", 1), '"x"', "1"),
    ],
)
def test_json(edit: tuple[Any, ...], old: str, new: str) -> None:
    assert edited(JSON, edit, path="a.json") == JSON.replace(old, new)


def test_compact_json_stays_compact() -> None:
    text = '[{"kind":"A","metadata":{"name":"x"}},{"kind":"B","metadata":{"name":"y"}}]'
    host = f"kind: ConfigMap\ndata:\n  a: '{text}'\n"
    found = edited(host, ("set", "!/data/a:0#/1/metadata/namespace", "d"))
    assert found == host.replace('"name":"y"', '"name":"y","namespace":"d"')


INNER = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: x
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: y
data:
  k: "v"
"""
# As kubectl writes it: a line that begins with blanks begins with a backslash.
_LINES = [f"\\{line}" if line.startswith(" ") else line for line in INNER.replace('"', "'").splitlines()]
QUOTED = "\\n\\\n    ".join(_LINES) + "\\n"


@pytest.mark.parametrize(
    ("host", "change"),
    [
        (
            "kind: ConfigMap\ndata:\n  a.yaml: |\n" + "".join(f"    {line}\n" for line in INNER.splitlines()),
            [("      name: x\n", "      name: x\n      namespace: d\n"), ('k: "v"', 'k: "w"')],
        ),
        (
            f'kind: ConfigMap\ndata:\n  a.yaml: "{QUOTED}"\n',
            [("name: x\\n", "name: x\\n  namespace: d\\n"), ("k: 'v'", "k: 'w'")],
        ),
    ],
)
def test_inside_a_payload(host: str, change: list[tuple[str, str]]) -> None:
    found = edited(host, ("set", "!/data/a.yaml:0#/metadata/namespace", "d"), ("set", "!/data/a.yaml:1#/data/k", "w"))
    for old, new in change:
        assert host.count(old) == 1
        host = host.replace(old, new)
    assert found == host


def test_base64() -> None:
    encoded = base64.b64encode(INNER.encode()).decode()
    found = edited(f"kind: Secret\ndata:\n  a.yaml: {encoded}  # c\n", ("set", "!/data/a.yaml:1#/data/k", "w"))
    wanted = base64.b64encode(INNER.replace('"v"', '"w"').encode()).decode()
    assert found == f"kind: Secret\ndata:\n  a.yaml: {wanted}  # c\n"
    wrapped = "\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    host = "kind: Secret\ndata:\n  a.yaml: |\n" + "".join(f"    {line}\n" for line in wrapped.split("\n"))
    lines = edited(host, ("set", "!/data/a.yaml:1#/data/k", "w")).splitlines()
    assert "".join(line.strip() for line in lines[3:]) == wanted
    assert {len(line) for line in lines[3:-1]} == {68}


def test_values_in_an_application_in_a_payload() -> None:
    text = """\
        kind: ConfigMap
        data:
          root.yaml: |
            kind: Application
            spec:
              source:
                helm:
                  values: |
                    # the agents
                    k8sServiceHost: a  # old
                    ipam:
                      mode: kubernetes
        """
    found = edited(
        dedent(text),
        ("set", "!/data/root.yaml:0!/spec/source/helm/values:0#/k8sServiceHost", "10.0.0.1"),
        ("set", "!/data/root.yaml:0!/spec/source/helm/values:0#/bgpControlPlane/enabled", True),
        ("set", "!/data/root.yaml:0#/metadata/name", "x"),
    )
    body = f"{' ' * 14}mode: kubernetes\n"
    assert found == dedent(text).replace("k8sServiceHost: a  #", "k8sServiceHost: 10.0.0.1  #").replace(
        body, body + "            bgpControlPlane:\n              enabled: true\n    metadata:\n      name: x\n"
    )


@pytest.mark.parametrize(
    ("text", "edit", "reason"),
    [
        ("a: &x {b: 1}\nc: *x\n", ("set", "#/c/b", 2), "/c comes from an alias: what it stands for is used elsewhere"),
        ("a: &x {b: 1}\nc: *x\n", ("set", "#/a/b", 2), "/a has the anchor &x, and what has it is used elsewhere too"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", ("remove", "#/c/b"), "/c/b comes from a merge key"),
        ("a: [1]\n", ("set", "#/a/3", 2), "/a has no item 3"),
        ("a: [1]\n", ("append", "#/a/0", 2), "/a/0 is no list"),
        ("a: 1\n", ("set", "#/a/b", 2), "/a is no mapping"),
        ("a: 1\nb: 2\n", ("rename", "#/a", "b"), "there is a b beside it already"),
        ("a: 1\n", ("remove", "#/b"), "/b is not there"),
        ("a: [1,  # one\n  2]\n", ("remove", "#/a/0"), "a comment stands between the entries"),
    ],
)
def test_what_is_refused(text: str, edit: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(CannotFix, match=re.escape(reason)):
        edited(text, edit)


def test_an_alias_is_replaced_and_a_merged_value_overridden() -> None:
    assert edited("a: &x 1\nc: *x\n", ("set", "#/c", 2)) == "a: &x 1\nc: 2\n"
    assert edited("a: &x {b: 1}\nc: {<<: *x}\n", ("set", "#/c/b", 2)) == "a: &x {b: 1}\nc: {<<: *x, b: 2}\n"
    assert edited("a: &x 1\n", ("set", "#/a", 2)) == "a: &x 2\n"


def test_overlaps_are_refused_whole() -> None:
    draft = Draft(Sheets(lambda _: "a: {b: 1, c: 2}\nd: 3\n"))
    draft.add([Edit("set", "a.yaml:0#/a/b", 5)])
    with pytest.raises(Overlap):
        draft.add([Edit("set", "a.yaml:0#/d", 9), Edit("remove", "a.yaml:0#/a/b")])
    assert draft.texts() == {"a.yaml": "a: {b: 5, c: 2}\nd: 3\n"}


def test_the_same_edit_of_two_findings_is_made_once() -> None:
    draft = Draft(Sheets(lambda _: "a: [1]\n"))
    draft.add([Edit("append", "a.yaml:0#/a", 2)])
    draft.add([Edit("append", "a.yaml:0#/a", 2), Edit("append", "a.yaml:0#/a", 3)])
    assert draft.texts() == {"a.yaml": "a: [1, 2, 3]\n"}


SCALARS = st.sampled_from(
    [None, True, 1, -2, 1.5, "a", "b c", "", "true", "1", "x: y", "é", "a\nb\n", "- z", "it's", "#"]
)
KEYS = st.sampled_from(["a", "b", "c", "name", "yes", "x/y", "~t"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=9,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def steps_in(data: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    if isinstance(data, dict):
        found += [steps for key, value in data.items() for steps in steps_in(value, (*path, key))]
    elif isinstance(data, list):
        found += [steps for index, value in enumerate(data) for steps in steps_in(value, (*path, str(index)))]
    return found


def value_at(data: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


@st.composite
def edits_of(draw: Callable[..., Any], data: Any) -> tuple[Any, ...]:
    """One edit that makes sense for the data."""
    steps = draw(st.sampled_from(steps_in(data)))
    value = value_at(data, steps)
    if isinstance(value, list) and draw(st.booleans()):
        return ("append", steps, draw(VALUES))
    if isinstance(value, dict) and draw(st.booleans()):
        fresh = draw(KEYS.filter(lambda key: key not in value))
        return ("set", (*steps, fresh, *draw(st.sampled_from([(), ("q",), ("q", "r")]))), draw(VALUES))
    if not steps:
        return ("set", (draw(KEYS),), draw(VALUES))
    kinds = ["set", "remove"]
    parent = value_at(data, steps[:-1])
    kinds += ["insert-before", "insert-after"] if isinstance(parent, list) else ["rename"]
    kind = draw(st.sampled_from(kinds))
    if kind == "rename":
        return (kind, steps, draw(KEYS.filter(lambda key: key not in parent)))
    return (kind, steps) if kind == "remove" else (kind, steps, draw(VALUES))


@st.composite
def texts(draw: Callable[..., Any]) -> tuple[str, Any]:
    """A document as somebody may have written it, and its data."""
    data = draw(DOCUMENTS)
    if draw(st.booleans()):
        text = json.dumps(data, ensure_ascii=False, indent=draw(st.sampled_from([None, 2, 4])))
        return text + draw(st.sampled_from(["", "\n"])), data
    text = yaml.dump(
        data,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=draw(st.sampled_from([True, False, None])),
        indent=draw(st.integers(2, 4)),
        default_style=draw(st.sampled_from([None, None, '"', "'"])),
    )
    if draw(st.booleans()):
        text = text.rstrip("\n") if draw(st.booleans()) else text + "\n"
    return text, data


@given(st.data())
def test_any_edit_does_what_it_says_and_nothing_else(data: st.DataObject) -> None:
    """The draft itself compares the data: it must have nothing to object."""
    text, content = data.draw(texts())
    read = dict(parse(text, lambda _: "").documents)[0]
    if read != content:
        return
    kind, steps, *to = data.draw(edits_of(content))
    layered = data.draw(st.booleans())
    at = "#" + address.pointer(steps)
    if layered:
        host = {"kind": "ConfigMap", "data": {"x": "# apiVersion: kind, longer than 32 bytes\n" + text}}
        text = yaml.dump(host, default_style=data.draw(st.sampled_from([None, '"', "'", "|", ">"])))
        at = f"!/data/x:0{at}"
    edited(text, (kind, at, *to))


def test_values_of_a_proxy() -> None:
    text = "kind: HelmChartProxy\nspec:\n  valuesTemplate: |\n    a: 1  # one\n"
    found = edited(text, ("set", "!/spec/valuesTemplate:0#/b/c", "{{ .Cluster.metadata.name }}"))
    assert found == text + '    b:\n      c: "{{ .Cluster.metadata.name }}"\n'


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6)), max_size=12),
    st.tuples(st.integers(0, 60), st.integers(0, 6)),
)
def test_what_is_taken(taken: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    sheet = Sheet("x" * 70)
    occupied = Occupied()
    there: list[Splice] = []
    for start, length in taken:
        splice = Splice(start, start + length, "")
        if not occupied.same_place(sheet, (splice,), None):
            occupied.take(sheet, (splice,), None, moves=False)
            there.append(splice)
    wanted = Splice(asked[0], sum(asked), "")
    assert occupied.same_place(sheet, (wanted,), None) == any(wanted.touches(one.start, one.end) for one in there)
