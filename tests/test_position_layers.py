"""Locations in layers: the exact place of an address in a value of its file, through scalars of every style."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from cutter import PATH, Cutter, cut, locator
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from crslint import address
from crslint.finding import Range
from crslint.source.parser import compose
from crslint.source.payload import chunks
from crslint.source.position import Locator

PAYLOADS = Path(__file__).parents[1].parent / "shared" / "data" / "payloads"
HOST = f"{PATH}:0#/data/a.yaml"
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: payload\ndata:\n  a.yaml: "

has_payloads = pytest.mark.skipif(not PAYLOADS.exists(), reason="the shared data is absent")


INNER = """\
# inner
apiVersion: v1
kind: Thing
---
metadata:
  name: it's "x"  \

  text: |
    one
      two
items: [a, 'b c']
"""


def block(text: str, style: str, header: str | None = None, indent: int = 4, line_break: str = "\n") -> str:
    """A host with the text in a literal or folded scalar."""
    lines = text.split("\n")
    if header is None:
        header = "+" if text.endswith("\n\n") else "" if text.endswith("\n") else "-"
    body = [" " * indent + line if line else "" for line in lines]
    if style == ">":
        body = [
            item
            for number, line in enumerate(body)
            for item in (
                [line, ""] if number + 1 < len(lines) and folds(lines[number], lines[number + 1 :]) else [line]
            )
        ]
    return (HEAD + style + header + "\n" + "\n".join(body)).replace("\n", line_break)


def folds(line: str, following: list[str]) -> bool:
    """Whether a folded scalar would join a line with the next one that is not empty."""
    next_line = next((item for item in following if item), "")
    return bool(line) and line[0] not in " \t" and next_line[:1] not in ("", " ", "\t")


def quoted(text: str, width: float = float("inf")) -> str:
    """As kubectl writes a payload that no block scalar can hold."""
    return HEAD + yaml.dump(
        text, Dumper=yaml.CDumper, default_style='"', width=min(width, 10**9), allow_unicode=True
    ).replace("\n", "\n  ")


STYLES: dict[str, Callable[[str], str]] = {
    "literal": lambda text: block(text, "|"),
    "literal-crlf": lambda text: block(text, "|", line_break="\r\n"),
    "literal-indicator": lambda text: block(text, "|", "2+  # why"),
    "folded": lambda text: block(text, ">"),
    "double-line": quoted,
    "double-folded": lambda text: quoted(text, 80),
    "json": lambda text: json.dumps({"kind": "ConfigMap", "data": {"a.yaml": text}}),
    "json-pretty": lambda text: json.dumps({"kind": "ConfigMap", "data": {"a.yaml": text}}, indent=2),
}


def scalars_of(text: str) -> Iterator[tuple[str, ScalarNode, ScalarNode | None]]:
    """Every scalar of every chunk with its address in the layer, and its key."""
    for index, chunk in enumerate(chunks(text)):
        at = address.layer(HOST, index)
        for _, root in compose(text[chunk.start : chunk.end]):
            waiting: list[tuple[yaml.Node, str, ScalarNode | None]] = [(root, at, None)] if root else []
            while waiting:
                node, place, key = waiting.pop()
                if isinstance(node, MappingNode):
                    waiting += [(value, address.at(place, (name.value,)), name) for name, value in node.value]
                elif isinstance(node, SequenceNode):
                    waiting += [(item, address.at(place, (number,)), None) for number, item in enumerate(node.value)]
                elif isinstance(node, ScalarNode):
                    yield place, node, key


def read_back(piece: str, style: str) -> str:
    """The inner text that a piece of the host stands for; of a block scalar, from the start of its line."""
    if style.startswith("literal"):
        return "\n".join(line[4:] for line in piece.replace("\r\n", "\n").split("\n"))
    if style == "folded":
        return str(yaml.load(">4\n" + piece.replace("\n", "\n"), yaml.CBaseLoader)) if piece else ""
    quote = "'" if style.startswith("single") else '"'
    return str(yaml.load(quote + piece + quote, yaml.CBaseLoader))


def prove(text: str, host: str, style: str) -> int:
    """Every scalar's outer range stands for the inner text that parses to its value, and every key's; their number."""
    (node,) = [value for key, value in next(compose(host))[1].value if key.value == "data"]  # type: ignore[union-attr]
    assert node.value[0][1].value == text
    found = locator(host)
    outer, inner = Cutter(host), Cutter(text)
    count = 0
    for at, scalar, key in scalars_of(text):
        where = found.locate(at)
        assert where.exact
        assert not where.absent
        assert where.layer == "/data/a.yaml"
        assert where.inner is not None
        assert read_back_range(outer, where.range, style) == inside(inner, where.inner, style)
        assert yaml.load(inner.cut(where.inner), yaml.CBaseLoader) in (scalar.value, None), at
        assert scalar.value == "" or inner.cut(where.inner)
        if key is not None:
            written = found.key_range(at)
            assert written is not None
            assert yaml.load(inside_key(outer, written, style), yaml.CBaseLoader) == key.value
        count += 1
    return count


def read_back_range(outer: Cutter, where: Range, style: str) -> str:
    return read_back(outer.from_line_start(where) if style in BLOCKS else outer.cut(where), style)


def inside(inner: Cutter, where: Range, style: str) -> str:
    return inner.from_line_start(where) if style in BLOCKS else inner.cut(where)


def inside_key(outer: Cutter, where: Range, style: str) -> str:
    piece = outer.cut(where)
    return piece if style in BLOCKS else read_back(piece, style)


BLOCKS = ("literal", "literal-crlf", "literal-indicator", "folded")


@pytest.mark.parametrize("style", STYLES)
def test_every_scalar_of_a_layer(style: str) -> None:
    assert prove(INNER, STYLES[style](INNER), style) == 6


@has_payloads
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["cilium-1.14.5-native-bgp", "argocd-namespace-install-v3.2.12"])
def test_every_scalar_of_a_real_manifest(name: str, style: str) -> None:
    text = (PAYLOADS / f"{name}.yaml").read_text()
    assert prove(text, STYLES[style](text), style) > 700


@has_payloads
@pytest.mark.parametrize("style", ["literal", "double-line"])
def test_every_scalar_of_the_largest_manifest(style: str) -> None:
    text = (PAYLOADS / "argocd-install-v3.5.1.yaml").read_text()
    assert prove(text, STYLES[style](text), style) > 15_000


@has_payloads
@pytest.mark.parametrize("width", [10**9, 80])
@pytest.mark.parametrize("name", ["cilium-1.14.5-native-bgp", "argocd-namespace-install-v3.2.12"])
def test_every_scalar_of_a_real_manifest_in_single_quotes(name: str, width: int) -> None:
    """As one line of JSON for each object: single quotes cannot hold indented lines."""
    objects = yaml.load_all((PAYLOADS / f"{name}.yaml").read_text(), yaml.CBaseLoader)
    text = "\n---\n".join(json.dumps(item) for item in objects if item) + "\n"
    host = HEAD + yaml.dump(text, Dumper=yaml.CDumper, default_style="'", width=width).replace("\n", "\n  ")
    assert prove(text, host, "single") > 700


def test_a_base64_value_is_shown_as_a_whole() -> None:
    encoded = base64.b64encode(INNER.encode()).decode()
    text = f"kind: Secret\ndata:\n  a.yaml: {encoded}\n"
    found = locator(text).locate(f"{HOST}".replace("#", "!", 1) + ":1#/metadata/name")
    assert Cutter(text).cut(found.range) == encoded
    assert found.inner is not None
    assert Cutter(INNER).cut(found.inner) == 'it\'s "x"'
    assert (found.exact, found.absent, found.layer) == (False, False, "/data/a.yaml")
    assert locator(text).key_range(f"{HOST}".replace("#", "!", 1) + ":1#/metadata/name") is None


def test_a_payload_that_only_go_yaml_reads() -> None:
    text = block('a: "it\\\'s"\nb: {c:, d: e}\nname: x\n', "|")
    assert cut(text, f"{PATH}:0!/data/a.yaml:0#/name") == "x"
    assert cut(text, f"{PATH}:0!/data/a.yaml:0#/b/d") == "e"


def test_a_layer_in_a_layer() -> None:
    innermost = block(INNER, "|")
    middle = quoted(innermost, 80)
    text = block(middle, "|", "+", indent=7)
    at = f"{PATH}:0!/data/a.yaml:0!/data/a.yaml:0!/data/a.yaml:1#/metadata/name"
    found = locator(text).locate(at)
    assert Cutter(text).cut(found.range) == 'it\'s \\"x\\"'
    assert found.inner is not None
    assert Cutter(INNER).cut(found.inner) == 'it\'s "x"'
    assert found.layer == "/data/a.yaml!/data/a.yaml!/data/a.yaml"


def test_elements_of_a_json_list() -> None:
    value = '[{"kind": "A"}, null, {"kind": "B", "list": [1, {"x": "y"}]}]'
    text = quoted(value)
    for pointer, expected in (
        ("/2/kind", '\\"B\\"'),
        ("/2/list/1/x", '\\"y\\"'),
        ("/1", "null"),
        ("/0", '{\\"kind\\": \\"A\\"}'),
    ):
        assert cut(text, f"{PATH}:0!/data/a.yaml:0#{pointer}") == expected


def test_json_with_surrogate_escapes() -> None:
    value = json.dumps({"kind": "A", "text": "😀", "name": "x"})
    text = json.dumps({"kind": "ConfigMap", "data": {"a.yaml": value, "é😀": "z"}})
    assert cut(text, f"{PATH}:0!/data/a.yaml:0#/name") == '\\"x\\"'
    assert cut(text, f"{PATH}:0#/data/é😀") == '"z"'


def test_a_span_in_a_layer() -> None:
    text = block(INNER, "|")
    start = INNER.index("two")
    found = locator(text).locate(f"{PATH}:0!/data/a.yaml:1#", (start, start + 3))
    assert Cutter(text).cut(found.range) == "two"
    assert found.inner == Range(9, 7, 9, 10)


def test_a_span_of_a_host() -> None:
    text = block(INNER, "|")
    found = locator(text).locate(f"{PATH}:0#/data", (0, 10))
    assert Cutter(text).cut(found.range) == "apiVersion"


def test_what_is_absent_in_a_layer() -> None:
    text = block(INNER, "|")
    found = locator(text).locate(f"{PATH}:0!/data/a.yaml:1#/metadata/namespace")
    line = text[: text.index("    metadata:\n      name: it")].count("\n") + 1
    assert found.range == Range(line, 5, line, 5)
    assert found.inner == Range(5, 1, 5, 1)
    assert found.absent


def test_a_host_behind_a_tag_and_an_anchor() -> None:
    text = "data:\n  a.yaml: &text !!str |\n    a: 1\n    b: 2\n  other: *text\n"
    assert cut(text, f"{PATH}:0!/data/a.yaml:0#/b") == "2"
    assert cut(text, f"{PATH}:0!/data/other:0#/b") == "2"
    assert cut(text, f"{PATH}:0#/data/other") == "*text"


def test_values_of_a_chart_are_one_document() -> None:
    """Not what the controller would make of them: a comment before the first `---` is no document."""
    values = "        # c\n        ---\n        ipam:\n          mode: kubernetes\n"
    text = f"kind: Application\nspec:\n  sources:\n  - helm:\n      values: |\n{values}"
    place = Locator(lambda _: text).locate("a.yaml:0!/spec/sources/0/helm/values:0#/ipam/mode")
    assert (place.range.line, place.range.column, place.absent, place.exact) == (9, 17, False, True)
