"""Text of the input in reports for people, and numbers with their nouns."""

from __future__ import annotations


def harmless(text: str) -> str:
    """Control characters, line breaks, marks that reorder text and lone surrogates as visible escapes."""
    return text if text.isascii() and text.isprintable() else "".join(map(shown, text))


def shown(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    from unicodedata import category

    if category(char)[0] not in "CZ" and char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
