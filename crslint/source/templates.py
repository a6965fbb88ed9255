"""Templates that are no YAML: Helm and Go (``{{ }}``), Jinja (``{% %}``), envsubst (``${VAR}``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crslint.source.fault import SyntaxFault
from crslint.source.parser import parse

# How a marker opens and closes, and what none of its kind goes across.
_KINDS = (("{{", "}}", "\n---"), ("{%", "%}", "\n---"), ("{#", "#}", "\n---"), ("${", "}", "\n"))

# Noncharacters for what a marker hides: any character but a line break, and a line break.
_HIDDEN, _BROKEN = "\ufdd0", "\ufdd1"
_ALONE = re.compile(rf"^[ \t]*[{_HIDDEN}{_BROKEN}][{_HIDDEN}{_BROKEN} \t]*$", re.MULTILINE)


def template_marker(text: str, fault: SyntaxFault) -> tuple[str, tuple[int, int]] | None:
    """The kind and the span of the first template marker if markers are why the text cannot be parsed, else None.

    They are if the fault is gone, or comes later, once each marker is a word of the same length, or blank where it
    stands alone on its lines.
    """
    for nested in (True, False):
        found = min(((*span, kind) for kind in _KINDS for span in _spans(text, kind, nested)), default=None)
        if found is None:
            continue
        left = parse(_without_markers(text, nested), str).fault
        if left is None or left.offset > fault.offset:
            start, end, (opening, closing, _) = found
            # Not the marker itself: it may hold the default value of a Secret.
            return f"{opening} {closing}", (start, end)
    return None


def _without_markers(text: str, nested: bool) -> str:
    for kind in _KINDS:
        pieces, done = [], 0
        for start, end in _spans(text, kind, nested):
            hidden = re.sub(r"[^\n]", _HIDDEN, text[start:end]).replace("\n", _BROKEN)
            pieces += [text[done:start], hidden]
            done = end
        text = "".join((*pieces, text[done:]))
    text = _ALONE.sub(lambda match: match[0].replace(_HIDDEN, " ").replace(_BROKEN, "\n"), text)
    return text.replace(_HIDDEN, "x").replace(_BROKEN, "x")


def _spans(text: str, kind: tuple[str, str, str], nested: bool) -> Iterator[tuple[int, int]]:
    """Markers of one kind; ``nested`` tells whether one may hold others (Helm writes ``{{ `{{ x }}` }}``)."""
    opening, closing, border = kind
    start = depth = 0
    for match in re.finditer("|".join(map(re.escape, (opening, closing, border))), text):
        if match[0] == opening:
            depth = depth + 1 if nested else 1
            start = match.start() if depth == 1 else start
        elif match[0] == closing and depth:
            depth -= 1
            if depth == 0:
                yield start, match.end()
        elif match[0] == border:
            depth = 0
