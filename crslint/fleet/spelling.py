"""Which name may have been meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_ALIKE = 0.8


def meant(name: str, known: Iterable[str]) -> str | None:
    """The name that differs as a typo does: in letters of one word, or by one word.

    Names that differ in digits alone are versions of each other, not typos, and ``nutanix-csi-secret`` is no typo of
    ``nutanix-ccm-secret``: the words that differ must be alike by themselves.
    """
    alike = [(_likeness(name, other), other) for other in known if other != name and _is_typo(name, other)]
    return max(alike)[1] if alike else None


def slipped(name: str, other: str) -> bool:
    """Whether one letter was lost, added or swapped in one long word: no two things are named like that on purpose."""
    mine, theirs = _words(name), _words(other)
    differing = [pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]]
    if len(mine) != len(theirs) or len(differing) != 1 or min(map(len, differing[0])) < 5 or not _is_typo(name, other):
        return False
    one, another = differing[0]
    return _one_edit(one, another) and (len(one) != len(another) or sorted(one) == sorted(another))


def _is_typo(name: str, other: str) -> bool:
    if abs(len(name) - len(other)) > 12 or _without_digits(name) == _without_digits(other):
        return False
    mine, theirs = _words(name), _words(other)
    differing = [word for word in mine if word not in theirs], [word for word in theirs if word not in mine]
    match tuple(map(len, differing)):
        case (0, 0):
            return True
        case (1, 1):
            one, another = differing[0][0], differing[1][0]
            return "".join(mine) == "".join(theirs) or are_alike(one, another, _ALIKE) or _one_edit(one, another)
        case (0, 1) | (1, 0):
            return min(len(mine), len(theirs)) >= 2
    return name.replace("-", "") == other.replace("-", "") or are_alike(name, other, 0.95)


def _one_edit(one: str, other: str) -> bool:
    """Whether one letter was changed, added, lost or swapped in a word of at least four."""
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    mine, theirs = one[start:], other[start:]
    return (
        mine[1:] == theirs[1:]
        or mine[1:] == theirs
        or mine == theirs[1:]
        or (mine[:2] == theirs[1::-1] and mine[2:] == theirs[2:])
    )


def _likeness(one: str, other: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def are_alike(one: str, other: str, least: float) -> bool:
    """Whether the likeness is at least that: it is no more than the letters that both have."""
    common = sum(min(one.count(letter), other.count(letter)) for letter in set(one))
    most = 2.0 * common / (len(one) + len(other) or 1)
    return most >= least and _likeness(one, other) >= least


# A name that is missing is compared with many, and the same many for each name that is missing.
@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[-._]", name.lower()) if word)


@lru_cache(maxsize=4096)
def _without_digits(name: str) -> str:
    return re.sub(r"\d+", "", name)
