"""Faults that were there before: as many of each kind as were known are taken out of what a run says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from crslint.finding import Suppression
from crslint.policy.merge import Raw

# What a fault is known by, from its code and its address: the same in another run.
Key = Callable[[str, str], str]


class Known:
    """``counts`` are the known faults by key. They are left out, or suppressed where ``mark`` is given; ``left`` are
    those that were not met again."""

    def __init__(
        self,
        counts: Mapping[str, int],
        key: Key,
        mark: Suppression | None = None,
        exempt: Callable[[Raw], bool] = lambda _raw: False,
    ) -> None:
        self.left = Counter(counts)
        self._key = key
        self._mark = mark
        self._exempt = exempt

    def applied(self, raws: Iterable[Raw]) -> Iterator[Raw]:
        """What several clusters say of one place is one fault."""
        decided: dict[tuple[object, ...], bool] = {}
        for raw in raws:
            if raw.suppressed or self._exempt(raw):
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


def faults(raws: Iterable[Raw]) -> list[Raw]:
    """One for each place and code that is not suppressed."""
    return list({(raw.code, raw.at, raw.span): raw for raw in raws if not raw.suppressed}.values())
