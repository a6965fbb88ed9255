"""Templates that are no YAML: Helm and Go (``{{ }}``), Jinja (``{% %}``), envsubst (``${VAR}``)."""

from __future__ import annotations

import re

from crslint.source.fault import SyntaxFault
from crslint.source.parser import parse

# Not across a line that begins a document: an unclosed brace must not swallow what follows.
_MARKER = re.compile(r"\{\{(?:(?!\n---).)*?\}\}|\{%(?:(?!\n---).)*?%\}|\{#(?:(?!\n---).)*?#\}|\$\{[^}\n]*\}", re.DOTALL)
_ALONE = re.compile(rf"^[ \t]*(?:(?:{_MARKER.pattern})[ \t]*)+$", re.DOTALL | re.MULTILINE)
_TEXT = re.compile(r"[^\n]")


def template_marker(text: str, fault: SyntaxFault) -> tuple[str, tuple[int, int]] | None:
    """The kind and the span of the first template marker if markers are why the text cannot be parsed, else None.

    They are if the fault is gone, or comes later, once each marker is a word of the same length, or blank where it
    stands alone on its lines.
    """
    first = _MARKER.search(text)
    if first is None:
        return None
    blanked = _ALONE.sub(lambda match: _TEXT.sub(" ", match[0]), text)
    plain = _MARKER.sub(lambda match: "x" * len(match[0]), blanked)
    left = parse(plain, str).fault
    if left is not None and left.offset <= fault.offset:
        return None
    # What stands inside may be a Secret's default value.
    kind = "${ }" if first[0][0] == "$" else f"{first[0][:2]} {first[0][-2:]}"
    return kind, first.span()
