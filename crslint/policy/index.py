"""Compiled rules on disk: one file for each folder of rules, rebuilt when anything that it was made from changes.

The file is a checksum and, as Python marshals it, what the rules were made from and the rules themselves: their
outlines, and each whole as bytes. It lies in the user's own cache folder, as private as compiled modules; without a
usable one, rules are compiled each time.

Files that nobody touched since are not read again. Others are, and where they say what they said, the rules still hold.
"""

from __future__ import annotations

import marshal
import os
import sys
from binascii import crc32
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crslint import __version__
from crslint.cache import read_cached, write_cached
from crslint.policy.ruleset import Known, Outline
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.policy.rule import Rule

# Raise it when expressions are read into other trees, or the file holds something else.
_FORMAT = 8
_CHECKSUM = 4
# What changed so shortly before it was looked at may change again without a trace: clocks of file systems are coarse.
_SETTLED = 2 * 10**9
_PACKAGE = Path(__file__).parent.parent

Stamp = tuple[str, int, int, int, int]
"""A path, and what of a file or folder changes with its content."""


class Index(NamedTuple):
    """``stamps`` are of everything that was looked at, empty where that may still have been changing; ``origin`` is a
    digest of what was read. ``places`` are the rules' folders below the one of the index."""

    edition: tuple[object, ...]
    stamps: tuple[Stamp, ...]
    origin: bytes
    places: tuple[str, ...]
    outlines: tuple[tuple[Any, ...], ...]
    packed: tuple[bytes, ...]

    def is_untouched(self) -> bool:
        try:
            return bool(self.stamps) and all(_stamp(stamp[0]) == stamp for stamp in self.stamps)
        except OSError:
            return False

    def rules(self, folder: Path) -> list[Known]:
        return [
            (Outline(*outline), partial(_unpacked, f"{folder}{place}", content))
            for place, outline, content in zip(self.places, self.outlines, self.packed, strict=True)
        ]


def index_name(folder: Path) -> str:
    """The name under which the rules of a folder are kept."""
    return f"rules-{crc32(os.fsencode(folder.absolute())):08x}.index"


def read(folder: Path) -> Index | None:
    """None where there is no file, or one that is not ours alone, broken or of another crslint."""
    content = read_cached(index_name(folder)) or b""
    body = memoryview(content)[_CHECKSUM:]
    if _checksum(body) != content[:_CHECKSUM]:
        return None
    index = Index(*marshal.loads(body))  # noqa: S302  # the user's alone
    return index if index.edition == _edition(folder) else None


def write(folder: Path, index: Index) -> bool:
    """False where the cache folder cannot be written."""
    fields: tuple[Any, ...] = tuple(index)
    body = marshal.dumps(fields)
    return write_cached(index_name(folder), _checksum(body) + body)


def made(folder: Path, stamps: tuple[Stamp, ...], origin: bytes, rules: Iterable[Rule]) -> Index:
    from crslint.policy.packing import packed
    from crslint.policy.ruleset import outline

    rules = tuple(rules)
    places = tuple(rule.folder.removeprefix(str(folder)) for rule in rules)
    outlines = tuple(tuple(outline(rule)) for rule in rules)
    return Index(_edition(folder), stamps, origin, places, outlines, tuple(map(packed, rules)))


def stamps_of(paths: Iterable[str], since: int) -> tuple[Stamp, ...]:
    """Stamps of what was looked at from a moment on (nanoseconds of the epoch), and of what expressions are checked
    against; none where any of that may change once more and look the same."""
    try:
        found = tuple(map(_stamp, (*map(os.path.abspath, paths), *_checked_against())))
    except OSError:
        return ()
    return found if all(max(stamp[1], stamp[2]) <= since - _SETTLED for stamp in found) else ()


def origin_of(files: Sequence[tuple[Path, bytes]]) -> bytes:
    """A digest of the rules' text and of everything that their compilation depends on."""
    from hashlib import sha256

    from crslint.fleet.entity import facts_of
    from crslint.fleet.reference import ENTITIES
    from crslint.policy.functions import FUNCTIONS
    from crslint.policy.packing import SHAPES

    facts = [
        (name, item.name, item.type, item.metadata.get("entity", ""))
        for name, entity in ENTITIES.items()
        for item in facts_of(entity)
    ]
    functions = [(item.name, item.overloads) for item in FUNCTIONS]
    engine = os.stat(_library())
    made = sha256(repr((engine.st_size, engine.st_mtime_ns, SHAPES, facts, functions)).encode())
    for path, content in files:
        made.update(b"\0%b\0%d\0" % (os.fsencode(path), len(content)))
        made.update(content)
    return made.digest()


def _checksum(body: bytes | memoryview) -> bytes:
    return crc32(body, _FORMAT).to_bytes(_CHECKSUM, "big")


def _edition(folder: Path) -> tuple[object, ...]:
    return __version__, sys.implementation.cache_tag, sys.prefix, str(folder.absolute())


def _stamp(path: str) -> Stamp:
    status = os.stat(path)
    return path, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _checked_against() -> Iterator[str]:
    """The modules with facts and functions, and the library that checks expressions."""
    for pattern in ("fleet/reference.py", "fleet/entities/*.py", "policy/functions.py"):
        yield from map(str, sorted(_PACKAGE.glob(pattern)))
    yield _library()


def _library() -> str:
    from crslint.policy.cel import library

    return library()


def _unpacked(folder: str, content: bytes) -> Rule:
    from crslint.policy.packing import unpacked

    return unpacked(folder, content)
