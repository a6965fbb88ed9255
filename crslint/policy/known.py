"""Faults that were there before: as many of each kind as were known are taken out of what a run says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from crslint.finding import Suppression
from crslint.policy.merge import Raw

# What a fault is known by, from its code and its address: the same in another run.
Key = Callable[[str, str], str]


def is_loud(raw: Raw) -> bool:
    return raw.suppressed is None


class Known:
    """``counts`` are the known faults by key, of those that ``takes`` accepts. They are left out, or suppressed where
    ``mark`` is given; ``left`` are those that were not met again."""

    def __init__(
        self,
        counts: Mapping[str, int],
        key: Key,
        mark: Suppression | None = None,
        takes: Callable[[Raw], bool] = is_loud,
    ) -> None:
        self.left = Counter(counts)
        self._key = key
        self._mark = mark
        self._takes = takes

    def applied(self, raws: Iterable[Raw]) -> Iterator[Raw]:
        """What several clusters say of one place is one fault."""
        decided: dict[tuple[object, ...], bool] = {}
        for raw in raws:
            if not self._takes(raw):
                yield raw
                continue
            slot = raw.code, raw.at, raw.span
            if slot not in decided:
                key = self._key(raw.code, raw.at)
                decided[slot] = self.left[key] > 0
                self.left[key] -= decided[slot]
            if not decided[slot]:
                yield raw
            elif self._mark:
                yield raw._replace(suppressed=self._mark)


def faults(raws: Iterable[Raw], *, loud: bool = True) -> list[Raw]:
    """One for each place and code: of what is suppressed, or of what is not."""
    return list({(raw.code, raw.at, raw.span): raw for raw in raws if is_loud(raw) is loud}.values())
