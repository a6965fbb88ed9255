"""New entries and items, laid out as the collection is that they come into."""

from __future__ import annotations

from collections.abc import Sequence

from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from crslint.fix.change import Splice
from crslint.fix.layout import (
    Entry,
    as_lines,
    begins_line,
    ends_its_line,
    entries,
    is_open_block,
    line_end,
    line_start,
    margin,
)
from crslint.fix.sites import Site
from crslint.fix.style import Style, block_entry, block_item, flow_text, in_quotes, json_text, key_text
from crslint.source import scalars
from crslint.source.text import BREAK, BREAKS

# Where a key is usually looked for: right behind these.
FOLLOWS = {"namespace": "name"}


def inserted_entry(site: Site, key: str, value: object, style: Style) -> list[Splice]:
    """A new entry of the non-empty mapping at a site."""
    found = entries(site)
    place = _usual_place(found, site, key)
    if _is_flow(site):
        return _into_flow(site, found, place, _flow_entry(site, key, value, style), style)
    lines = block_entry(key, value, style, quoted=all_quoted(site))
    return [_into_block(site, found, place, lines, style)]


def inserted_item(site: Site, index: int, value: object, style: Style) -> list[Splice]:
    """A new item of the non-empty list at a site, before the item ``index``."""
    found = entries(site)
    if _is_flow(site):
        written = _flow_value(site, value, style, quoted=all_quoted(site))
        return _into_flow(site, found, index, written, style)
    text = site.sheet.text
    entry = found[0]
    on_its_line = not BREAK.search(text, entry.start, max(entry.value[0], entry.start))
    gap = entry.value[0] - entry.start - 1 if on_its_line and entry.value[0] > entry.start + 1 else 1
    lines = block_item(value, style, gap=gap, quoted=all_quoted(site))
    return [_into_block(site, found, index, lines, style)]


def all_quoted(site: Site) -> bool:
    """Whether every text among the values of a collection stands in quotes, and there are such."""
    values = [child.node for child in site.entries().values() if not child.merged and child.alias is None]
    texts = [node for node in values if isinstance(node, ScalarNode) and (node.style or _reads_as_text(node))]
    least = 2 if isinstance(site.node, MappingNode) else 1
    return len(texts) >= least and all(node.style in ("'", '"') for node in texts)


def _reads_as_text(node: ScalarNode) -> bool:
    return isinstance(scalars.plain(node.value), str)


def _usual_place(found: Sequence[Entry], site: Site, key: str) -> int:
    before = site.entries().get(FOLLOWS.get(key, ""))
    for number, entry in enumerate(found):
        if before is not None and entry.child == before:
            return number + 1
    return len(found)


def _into_block(site: Site, found: Sequence[Entry], place: int, lines: list[str], style: Style) -> Splice:
    text = site.sheet.text
    indentation = margin(text, found[0].start)
    if place == len(found) and is_open_block(text, found[-1]):
        place -= 1
    if place == 0 or (place < len(found) and is_open_block(text, found[place - 1])):
        return _before(site, found[place], lines, indentation, style)
    before = found[place - 1]
    if ends_its_line(text, before):
        written = "".join(f"{line}{style.line_break}" for line in as_lines(lines, indentation))
        return Splice(before.end, before.end, written)
    end, _ = line_end(text, before.end)
    return Splice(end, end, "".join(f"{style.line_break}{line}" for line in as_lines(lines, indentation)))


def _before(site: Site, entry: Entry, lines: list[str], indentation: str, style: Style) -> Splice:
    """Above the comments that stand above an entry, where it begins its line."""
    text = site.sheet.text
    if not begins_line(text, entry.start):
        first, *rest = [*lines, ""]
        written = first + "".join(f"{style.line_break}{line}" for line in as_lines(rest[:-1], indentation))
        return Splice(entry.start, entry.start, f"{written}{style.line_break}{indentation}")
    start = line_start(text, entry.start)
    while start > 0:
        above = line_start(text, start - (2 if text.endswith("\r\n", 0, start) else 1))
        if not text[above:start].startswith(f"{indentation}#"):
            break
        start = above
    mark = "\ufeff" if text.startswith("\ufeff", start) else ""
    start += len(mark)
    return Splice(start, start, "".join(f"{line}{style.line_break}" for line in as_lines(lines, indentation)))


def _is_flow(site: Site) -> bool:
    return isinstance(site.node, CollectionNode) and bool(site.node.flow_style)


def is_json(site: Site) -> bool:
    """Whether what stands at a site is written as JSON: keys in double quotes, in a flow collection."""
    text = site.sheet.text
    for node in (site.root, *(child.node for child in site.children)):
        if isinstance(node, MappingNode) and node.flow_style and node.value:
            return text.startswith('"', site.shift + node.value[0][0].start_mark.index)
    root = site.root
    return isinstance(root, CollectionNode) and bool(root.flow_style)


def _flow_entry(site: Site, key: str, value: object, style: Style) -> str:
    if is_json(site):
        name, gap = in_quotes(key, '"'), " " if _is_spaced(site) else ""
        return f"{name}:{gap}{_flow_value(site, value, style)}"
    return f"{key_text(key, style.quote)}: {_flow_value(site, value, style, quoted=all_quoted(site))}"


def _flow_value(site: Site, value: object, style: Style, *, quoted: bool = False) -> str:
    if is_json(site):
        found = entries(site)
        lined = bool(found) and _on_own_line(site, found)
        below = margin(site.sheet.text, found[-1].start) if lined and isinstance(value, dict | list) and value else None
        return json_text(value, below, spaced=_is_spaced(site)).replace("\n", style.line_break)
    return in_quotes(value, style.quote) if quoted and isinstance(value, str) else flow_text(value, style)


def _is_spaced(site: Site) -> bool:
    """Whether blanks follow colons (of JSON), as far as that can be seen."""
    text = site.sheet.text
    items = site.node.value if isinstance(site.node, SequenceNode) else ()
    for node in (site.node, *items, site.root, *(child.node for child in site.children)):
        if isinstance(node, MappingNode) and node.value:
            end = site.shift + node.value[0][0].end_mark.index
            return text[text.index(":", end) + 1 : text.index(":", end) + 2] in (" ", "\t", *BREAKS)
    return True


def _on_own_line(site: Site, found: Sequence[Entry]) -> bool:
    before = found[-2].end if len(found) > 1 else site.span[0]
    return BREAK.search(site.sheet.text, before, found[-1].start) is not None


def _into_flow(site: Site, found: Sequence[Entry], place: int, written: str, style: Style) -> list[Splice]:
    text = site.sheet.text
    lined = _on_own_line(site, found)
    below = f"{style.line_break}{margin(text, found[-1].start)}"
    gap = below if lined else " " if not is_json(site) or _is_spaced(site) else ""
    if place < len(found):
        start = found[place].start
        return [Splice(start, start, f"{written},{gap}")]
    end = found[-1].end
    if lined and text[end : end + 1] in ("", " ", "\t", *BREAKS):
        stop = _end_of_comment(text, end)
        if stop is not None:
            return [Splice(end, end, ","), Splice(stop, stop, f"{below}{written}")]
    return [Splice(end, end, f",{gap}{written}")]


def _end_of_comment(text: str, offset: int) -> int | None:
    """Where a comment behind a value ends."""
    end = offset
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    if end == offset or text[end : end + 1] != "#":
        return None
    line_break = BREAK.search(text, end)
    return line_break.start() if line_break else len(text)
