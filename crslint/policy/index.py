"""Compiled rules on disk: one file for each folder of rules, rebuilt when anything that it was made from changes.

The file is a checksum, the rules as Python marshals them, and what they were made from. It lies in the user's own cache
folder, as private as compiled modules; without a usable one, rules are compiled each time.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from crslint import __version__
from crslint.cache import read_cached, write_cached
from crslint.fleet.reference import ENTITIES
from crslint.policy.cel import library_stamp
from crslint.policy.functions import FUNCTIONS
from crslint.policy.rule import Downgrade, EditPlan, Expression, FixPlan, RelatedPlan, Rule, Template
from crslint.record import fields

# Raise it when expressions are read into other trees.
_FORMAT = 7
_CHECKSUM = 4


def made_from(files: Iterable[tuple[Path, bytes]]) -> list[bytes]:
    """The rules' text and everything that their compilation depends on, whole: nothing can be mistaken for it.

    In pieces, as it is a megabyte and the machine charges for each page of another copy.
    """
    facts = [
        (name, item.name, item.type, item.metadata.get("entity", ""))
        for name, entity in ENTITIES.items()
        for item in fields(entity)
    ]
    functions = [(item.name, item.overloads) for item in FUNCTIONS]
    places = [kind._fields for kind in (Rule, Expression, RelatedPlan, FixPlan, EditPlan)]
    versions = (_FORMAT, __version__, sys.implementation.cache_tag, library_stamp())
    parts = [repr((versions, places, facts, functions)).encode()]
    for path, content in files:
        parts += [b"\0%b\0%d\0" % (os.fsencode(path), len(content)), content]
    return parts


def index_name(folder: Path) -> str:
    """The name under which the rules of a folder are kept."""
    return f"rules-{zlib.crc32(os.fsencode(folder.absolute())):08x}.index"


def load(name: str, origin: Sequence[bytes], folders: Sequence[str]) -> list[Rule] | None:
    """The rules of those folders; None where the file is not there, not ours alone, broken or made from other text."""
    content = read_cached(name) or b""
    end = place = len(content) - sum(map(len, origin))
    for piece in origin:
        if place < _CHECKSUM or not content.startswith(piece, place):
            return None
        place += len(piece)
    body = memoryview(content)[_CHECKSUM:end]
    if zlib.crc32(body).to_bytes(_CHECKSUM, "big") != content[:_CHECKSUM]:
        return None
    return [_rule(folder, data) for folder, data in zip(folders, marshal.loads(body), strict=True)]  # noqa: S302


def store(name: str, origin: Sequence[bytes], rules: Iterable[Rule]) -> bool:
    """False where the cache folder cannot be written."""
    body = marshal.dumps([_written(rule) for rule in rules])
    return write_cached(name, zlib.crc32(body).to_bytes(_CHECKSUM, "big") + body + b"".join(origin))


def _written(value: Any) -> Any:
    """A rule, or a part of one, as plain tuples: those that have names are told apart by their place."""
    return tuple(map(_written, value)) if isinstance(value, tuple) else value


def _rule(folder: str, data: tuple[Any, ...]) -> Rule:
    rule = Rule(*data)
    return rule._replace(
        folder=folder,
        message=_template(rule.message),
        downgrade=rule.downgrade and Downgrade(rule.downgrade[0], Expression(*rule.downgrade[1])),
        related=tuple([RelatedPlan(Expression(*at), _template(label)) for at, label in rule.related]),
        fix=rule.fix and _fix(rule.fix),
        when=rule.when and Expression(*rule.when),
        each=rule.each and Expression(*rule.each),
        check=rule.check and Expression(*rule.check),
        at=rule.at and Expression(*rule.at),
        span=rule.span and Expression(*rule.span),
        group=rule.group and Expression(*rule.group),
    )


def _template(data: tuple[Any, ...]) -> Template:
    (parts,) = data
    return Template(tuple([part if isinstance(part, str) else Expression(*part) for part in parts]))


def _fix(data: tuple[Any, ...]) -> FixPlan:
    fix = FixPlan(*data)
    return fix._replace(
        safety=fix.safety if isinstance(fix.safety, str) else Expression(*fix.safety),
        title=_template(fix.title),
        when=fix.when and Expression(*fix.when),
        edits=tuple([EditPlan(kind, Expression(*at), to and Expression(*to)) for kind, at, to in fix.edits]),
        into=fix.into and Expression(*fix.into),
    )
