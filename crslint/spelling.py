"""What somebody probably meant to write."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, also where only the case differs; None where nothing is near."""
    import difflib

    words = list(known)
    folded = {item.casefold(): item for item in words}
    if word.casefold() in folded:
        return folded[word.casefold()]
    return next(iter(difflib.get_close_matches(word, words, n=1, cutoff=0.6)), None)
