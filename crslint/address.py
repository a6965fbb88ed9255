"""Addresses: one string for everything that can be pointed at.

``<path>:<index>{!<pointer>:<index>}#<pointer>``, for example
``management/cilium.yaml:0!/data/cilium.yaml:12#/data/enable-bgp-control-plane``: document 0 of the file, inside its
``/data/cilium.yaml`` document 12, inside that the value at ``/data/enable-bgp-control-plane``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from crslint.record import record

STDIN = "-"

_ESCAPED = {ord(char): f"%{ord(char):02X}" for char in "%:!#"}
_ESCAPED |= {code: f"%{code:02X}" for code in (*range(32), 127)}
# os.fsdecode() maps the undecodable byte 0xNN of a file name to U+DCNN.
_ESCAPED |= {0xDC00 + byte: f"%{byte:02X}" for byte in range(0x80, 0x100)}
_POINTER = {ord("~"): "~0", ord("/"): "~1"} | _ESCAPED


@record
class Address:
    """The parts of an address: ``pointer`` holds decoded steps, each layer is (steps to the host scalar, index)."""

    path: str
    index: int
    layers: tuple[tuple[tuple[str, ...], int], ...]
    pointer: tuple[str, ...]


@lru_cache(maxsize=1024)
def encode_path(path: str) -> str:
    return path if _is_plain(path) else path.translate(_ESCAPED)


def decode_path(text: str) -> str:
    """The inverse of ``encode_path``; a percent code of 80 and above is an undecodable byte of the file name."""
    return _unescape(text)


def pointer(steps: Iterable[str | int]) -> str:
    """An RFC 6901 pointer with the characters that an address reserves percent-encoded."""
    return _pointer(tuple(steps))


@lru_cache(maxsize=8192)
def _pointer(steps: tuple[str | int, ...]) -> str:
    return "".join(map(_step, steps))


def steps(text: str) -> tuple[str, ...]:
    """The decoded steps of a pointer; the empty pointer has none."""
    if not text:
        return ()
    return tuple(_unescape(step).replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))


def document(path: str, index: int) -> str:
    """The address of a whole document; ``path`` is a plain path relative to the root (or ``-``)."""
    return f"{encode_path(path)}:{index}#"


def layer(host: str, index: int) -> str:
    """The address of document ``index`` inside the scalar at ``host``."""
    outer, _, inner = host.partition("#")
    return f"{outer}!{inner}:{index}#"


def at(base: str, path: Iterable[str | int]) -> str:
    return base + _pointer(tuple(path))


@lru_cache(maxsize=4096)
def parse(text: str) -> Address:
    """Raises ValueError for a string that is no address."""
    outer, mark, inner = text.partition("#")
    if not mark:
        raise ValueError(f"no address: {text!r}")
    file, *hosts = outer.split("!")
    path, index = _indexed(file)
    layers = tuple((steps(host), number) for host, number in map(_indexed, hosts))
    return Address(decode_path(path), index, layers, steps(inner))


def unparse(address: Address) -> str:
    layers = "".join(f"!{pointer(host)}:{number}" for host, number in address.layers)
    return f"{encode_path(address.path)}:{address.index}{layers}#{pointer(address.pointer)}"


@lru_cache(maxsize=65536)
def path_of(text: str) -> str:
    """The plain path of the file that an address lies in."""
    return decode_path(text.partition("#")[0].partition("!")[0].rpartition(":")[0])


def document_of(text: str) -> str:
    """The address of the (innermost) document that an address lies in."""
    return text.partition("#")[0] + "#"


def host_of(text: str) -> str | None:
    """The address of the scalar that holds the innermost document, None where it lies directly in a file."""
    outer, mark, last = text.partition("#")[0].rpartition("!")
    return f"{outer}#{last.rpartition(':')[0]}" if mark else None


def within(text: str, ancestor: str) -> bool:
    """Whether ``text`` is ``ancestor`` or lies below it, also through layers."""
    if text == ancestor:
        return True
    outer, _, inner = ancestor.partition("#")
    below = (f"{outer}#{inner}/", f"{outer}!{inner}/", f"{outer}!{inner}:") if inner else (f"{outer}#", f"{outer}!")
    return text.startswith(below)


@lru_cache(maxsize=65536)
def _step(step: str | int) -> str:
    text = str(step)
    plain = "~" not in text and "/" not in text and _is_plain(text)
    return f"/{text if plain else text.translate(_POINTER)}"


def _is_plain(text: str) -> bool:
    """Whether it holds nothing that is escaped, in a fraction of the time of escaping it."""
    return text.isascii() and text.isprintable() and not ("%" in text or ":" in text or "!" in text or "#" in text)


def _indexed(text: str) -> tuple[str, int]:
    head, mark, index = text.rpartition(":")
    if not mark or not index.isdigit():
        raise ValueError(f"no address: {text!r}")
    return head, int(index)


def _unescape(text: str) -> str:
    if "%" not in text:
        return text
    head, *parts = text.split("%")
    decoded = [head]
    for part in parts:
        code = int(part[:2], 16)
        decoded.append(chr(code if code < 0x80 else 0xDC00 + code) + part[2:])
    return "".join(decoded)
