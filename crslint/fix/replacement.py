"""A value in the place of another."""

from __future__ import annotations

from typing import Any

from yaml.nodes import CollectionNode, ScalarNode, SequenceNode

from crslint.fix.change import CannotFix, Splice
from crslint.fix.insertion import all_quoted, is_json
from crslint.fix.layout import as_lines, comments, line_end, margin
from crslint.fix.removal import emptied
from crslint.fix.sites import Site
from crslint.fix.style import Style, block_lines, flow_text, in_quotes, is_block, json_text, scalar_text
from crslint.source import scalars
from crslint.source.layer import content_start
from crslint.source.rewrite import rewrite
from crslint.source.text import BREAK, BREAKS


def replaced(site: Site, value: object, style: Style) -> list[Splice]:
    """What stands at a site becomes a value, in the style of what is there."""
    node = site.node
    alias = bool(site.children and site.children[-1].alias)
    is_collection = isinstance(value, dict | list) and bool(value)
    if site.in_flow() or (isinstance(node, CollectionNode) and node.flow_style and is_json(site)):
        written = json_text(value, None, spaced=True) if is_json(site) else flow_text(value, style)
        if isinstance(node, ScalarNode) and isinstance(value, str) and not alias:
            return [_scalar(site, node, value, style, flow=True)]
        return [_spaced(site, site.span, written)]
    if is_collection:
        assert isinstance(value, dict | list)
        return _block(site, value, style)
    if isinstance(node, ScalarNode) and not alias and not isinstance(value, dict | list):
        if isinstance(value, str) and not node.style and is_block(value) and site.children and site.children[-1].key:
            return _literal(site, value, style)
        return [_scalar(site, node, value, style, flow=False)]
    written = _short(value, style)
    if isinstance(node, CollectionNode) and not node.flow_style and not alias:
        return [emptied(site, written, style.line_break)]
    return [_spaced(site, site.span, written)]


def _short(value: object, style: Style) -> str:
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return scalar_text(value, style.quote, flow=False)


def _spaced(site: Site, span: tuple[int, int], written: str) -> Splice:
    """An empty value begins right behind the colon or dash."""
    start, end = span
    if start == end and site.sheet.text[start - 1 : start] not in (" ", "\t"):
        written = f" {written}"
    if start == end and site.sheet.text[start : start + 1] not in ("", *BREAKS) and not site.in_flow():
        written = f"{written} "
    return Splice(start, end, written)


def _scalar(site: Site, node: ScalarNode, value: object, style: Style, *, flow: bool) -> Splice:
    text = site.sheet.text
    start, end = site.shift + node.start_mark.index, site.shift + int(node.end_mark.index)
    if start == end:
        start = end = site.span[0]
        return _spaced(site, (start, end), _new_scalar(site, value, style, flow=flow))
    if isinstance(value, str) and node.style and not _is_tagged(node):
        span, written = rewrite(text, (start, end), node.style, node.value, value)
        return Splice(*span, written)
    start = start if _is_tagged(node) else content_start(text, start)
    written = _new_scalar(site, value, style, flow=flow)
    if node.style in ("|", ">"):
        start, end = start, site.span[1]
        if text[end - 1] in BREAKS:
            end -= 2 if text.endswith("\r\n", 0, end) else 1
    return Splice(start, end, written)


def _literal(site: Site, value: str, style: Style) -> list[Splice]:
    """Lines in the place of a plain scalar: a literal block below its key, whose comment stays behind the header."""
    text = site.sheet.text
    start, end = site.span
    stop, _ = line_end(text, end)
    below = margin(text, (site.children[-1].key or (start,))[0]) + " " * style.step
    lines = as_lines(value.removesuffix("\n").split("\n"), below)
    header = Splice(start, end, "|" if value.endswith("\n") else "|-")
    return [header, Splice(stop, stop, "".join(f"{style.line_break}{line}" for line in lines))]


def _new_scalar(site: Site, value: object, style: Style, *, flow: bool) -> str:
    if is_json(site) and site.in_flow():
        return in_quotes(value, '"') if isinstance(value, str) else json_text(value, None, spaced=True)
    above = site.up() if site.children else site
    quoted = bool(site.children) and isinstance(above.node, SequenceNode) and all_quoted(above)
    return scalar_text(value, style.quote, flow=flow, quoted=quoted)


def _block(site: Site, value: dict[str, Any] | list[Any], style: Style) -> list[Splice]:
    """A collection on lines of its own, below the key, or behind the dash."""
    text = site.sheet.text
    start, end = site.span
    lines = block_lines(value, style)
    if comments(site, start, end):
        raise CannotFix("a comment stands in what would be replaced")
    child = site.children[-1] if site.children else None
    if child is None or child.key is None:
        first, *rest = lines
        below = margin(text, start)
        ended = style.line_break if text[end - 1 : end] in tuple(BREAKS) and start < end else ""
        written = first + "".join(f"{style.line_break}{line}" for line in as_lines(rest, below)) + ended
        return [_spaced(site, (start, end), written)]
    colon = text.index(":", child.key[1]) + 1
    if BREAK.search(text, colon, start):
        # A comment behind the key stays there.
        colon = line_end(text, colon)[0]
        if comments(site, colon, start):
            raise CannotFix("a comment stands in what would be replaced")
    below = margin(text, child.key[0]) + " " * (style.step if isinstance(value, dict) else style.dash)
    written = "".join(f"{style.line_break}{line}" for line in as_lines(lines, below))
    if start < end and text[end - 1] in BREAKS:
        return [Splice(colon, end, written + style.line_break)]
    stop, _ = line_end(text, end)
    return [Splice(colon, end, ""), Splice(stop, stop, written)]


def is_null(site: Site) -> bool:
    """Whether nothing is written at a site, or null."""
    node = site.node
    if not isinstance(node, ScalarNode) or node.style:
        return False
    return not _is_tagged(node) and scalars.plain(node.value) is None


def _is_tagged(node: ScalarNode) -> bool:
    tag: object = node.tag  # compose() leaves an untagged node none
    return isinstance(tag, str)
