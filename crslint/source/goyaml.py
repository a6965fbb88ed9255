"""Text decoded as sigs.k8s.io/yaml decodes it: the first document, and where go-yaml is stricter or laxer than libyaml.

Sources: go.yaml.in/yaml/v2 v2.4.3 (``decode.go``, ``resolve.go``, ``scannerc.go``) and sigs.k8s.io/yaml v1.6.0
(``yaml.go``: the YAML becomes JSON, which has no null or composite keys and no infinities).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from crslint.finding import Problem
from crslint.record import record, replace
from crslint.source.document import Json
from crslint.source.parser import Parsed, SyntaxFault, compose, parse

if TYPE_CHECKING:
    import yaml

    from crslint.source.objections import Objection

# Text without any of these has nothing to object to; each pattern begins with a literal, which keeps its search fast.
_MARKS = ("!!", "!<", "<<", "\\/", ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
# They are compiled with the first text that is not plain.
_KEYS = tuple(rf"{start}[ \t]*:(?=[\s,\]}}]|$)" for start in ("~", "null", "Null", "NULL", r"\]", "}", r"&[\w-]+", "!"))
_OPEN_TAG = re.compile(r"![^\s{}]*\Z")
_LONGEST_TAG = 200
_TAG = r"![^\s,]*,"
_LONE_KEY = r"(?:~|null|Null|NULL)(?=[ \t]*[,}])"
_JSON = r"[ \t\r\n\ufeff]*\{"
_APOSTROPHE = re.compile(r"(?<!\\)((?:\\\\)*)\\'")

# What stands for what libyaml does not take, or reads otherwise, while a text is parsed; of the same length.
_COLON, _BOM, _ESCAPE, _ESCAPED = "\ue001", "\ue000", "\\P", "\u2029"
_BREAKS = {"\x85": "\ue002", "\u2028": "\ue003", "\u2029": "\ue004", "\ufeff": _BOM}
_ORIGINALS = {_COLON: ":", _BOM: "\ufeff", _ESCAPE: "\\'", _ESCAPED: "'"}
_ATTEMPTS = 16


@record
class Decoded:
    """The first document of a text: ``data`` is None where there is none, or where it cannot be read.

    ``fault`` is why it cannot be read, ``objection`` why go-yaml refuses it although it can. Spans count in the text.
    """

    data: Json
    problems: tuple[Problem, ...] = ()
    fault: SyntaxFault | None = None
    objection: Objection | None = None


def decode(text: str, at: str) -> Decoded:
    """``at`` is the document's address. Never raises.

    What follows the first document is not read by go-yaml, whatever it is; a fault there is among the problems.
    """
    text, parsed = _parsed(text, at)
    if not parsed.documents or parsed.documents[0][0] != 0:
        return Decoded(None, parsed.problems, parsed.fault)
    data = parsed.documents[0][1]
    if data is None or parsed.is_plain or not _suspect(text):
        return Decoded(data, parsed.problems)
    from crslint.source.objections import objection

    return Decoded(data, parsed.problems, objection=objection(next(compose(text))[1], text))


def first_root(text: str) -> yaml.Node | None:
    """The first document of a text with positions; None where ``decode`` finds none."""
    for _ in range(_ATTEMPTS):
        try:
            return next(compose(text), (0, None))[1]
        except SyntaxFault as fault:
            tolerated = _tolerated(text, fault)
        if tolerated is None:
            return None
        text = tolerated
    return None


def decode_json(text: str, at: str) -> Decoded:
    """The same for a text that is known to be JSON, in which YAML's further line breaks are characters as any other."""
    substituted = (
        text.translate({ord(char): substitute for char, substitute in _BREAKS.items()})
        if any(char in text for char in _BREAKS)
        else text
    )
    parsed = parse(substituted, lambda _: at)
    data = parsed.documents[0][1] if parsed.documents else None
    if substituted is not text:
        data = _restored(data, {substitute: original for original, substitute in _BREAKS.items()})
    return Decoded(data, parsed.problems, parsed.fault)


def _parsed(text: str, at: str) -> tuple[str, Parsed]:
    """The text as it could be parsed, and what came of it."""
    original = text
    if "\ufeff" in text[1:]:
        text = text[0] + text[1:].replace("\ufeff", _BOM)
    parsed = parse(text, lambda _: at)
    for _ in range(_ATTEMPTS):
        if parsed.documents or parsed.fault is None:
            break
        tolerated = _tolerated(text, parsed.fault)
        if tolerated is None:
            break
        text = tolerated
        parsed = parse(text, lambda _: at)
    if text is original:
        return text, parsed
    documents = tuple((index, _restored(data, _ORIGINALS)) for index, data in parsed.documents)
    return text, replace(parsed, documents=documents)


def _tolerated(text: str, fault: SyntaxFault) -> str | None:
    """The text with what stands at a fault replaced, where libyaml refuses it and go-yaml does not."""
    offset = fault.offset
    char, following = text[offset : offset + 1], text[offset + 1 : offset + 2]
    if char == ":" and following in tuple(",[]{}") and "unexpected ':'" in fault.reason:
        return f"{text[:offset]}{_COLON}{text[offset + 1 :]}"
    if char == "\\" and following == "'" and _ESCAPE not in text and _ESCAPED not in text:
        return _APOSTROPHE.sub(r"\1\\P", text)
    if char in ("[", "]", ",") and _OPEN_TAG.search(text, max(0, offset - _LONGEST_TAG), offset):
        return f"{text[:offset]}_{text[offset + 1 :]}"
    return None


def _restored(data: Json, originals: Mapping[str, str]) -> Json:
    if isinstance(data, dict):
        return {str(_restored(key, originals)): _restored(value, originals) for key, value in data.items()}
    if isinstance(data, list):
        return [_restored(item, originals) for item in data]
    if isinstance(data, str):
        for substitute, original in originals.items():
            data = data.replace(substitute, original)
    return data


def _suspect(text: str) -> bool:
    """Whether there can be an objection to the text; cheap."""
    return (
        re.match(_JSON, text) is not None
        or any(mark in text for mark in _MARKS)
        or any(re.search(key, text) for key in _KEYS)
        or (
            "}" in text
            and any(text[: match.start()].rstrip(" \t")[-1:] in "{," for match in re.finditer(_LONE_KEY, text))
        )
        or ("?" in text and _questionable(text))
        or re.search(_TAG, text) is not None
    )


def _questionable(text: str) -> bool:
    """Whether a question mark may begin a complex key, or stands in a plain scalar of a flow collection."""
    at = text.find("?")
    while at >= 0:
        if at == 0 or text[at - 1] in " \t\r\n{[,-":
            return True
        start = text.rfind("\n", 0, at) + 1
        line = text[start:at]
        if ("{" in line or "[" in line) and "'" not in line and '"' not in line:
            return True
        before = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : start].partition(" #")[0]
        if before.rstrip()[-1:] in (",", "[", "{"):
            return True
        at = text.find("?", at + 1)
    return False
