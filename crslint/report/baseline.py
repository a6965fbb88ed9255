"""The baseline: a file of known faults, described by `schemas/baseline.json`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from crslint.report.json import dumped
from crslint.row import NamedTuple

_VERSION = 1


class Entry(NamedTuple):
    """Faults that share a fingerprint; the rest is for people, and says what was known of the first of them."""

    path: str
    code: str
    object: str
    fingerprint: str
    times: int = 1


class BaselineError(Exception):
    """A file that is no baseline."""


def collected(faults: Iterable[Entry]) -> list[Entry]:
    """Sorted, one for each fingerprint."""
    first: dict[str, Entry] = {}
    counts: Counter[str] = Counter()
    for entry in faults:
        first.setdefault(entry.fingerprint, entry)
        counts[entry.fingerprint] += entry.times
    return sorted(entry._replace(times=counts[entry.fingerprint]) for entry in first.values())


def render(entries: Iterable[Entry]) -> str:
    """The same text for the same faults, one line for each so that merges and reviews are easy."""
    lines = [json.dumps(_plain(entry)) for entry in entries]
    body = ",\n    ".join(lines)
    text = f'{{\n  "version": {_VERSION},\n  "findings": [\n    {body}\n  ]\n}}\n'
    return text if lines else dumped({"version": _VERSION, "findings": []})


def read(text: str) -> list[Entry]:
    """Raises BaselineError."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BaselineError(f"it is no JSON: {error}") from None
    except RecursionError:
        raise BaselineError("it is nested too deep") from None
    if not isinstance(data, dict) or data.get("version") != _VERSION or not isinstance(data.get("findings"), list):
        raise BaselineError(f'it has no "version": {_VERSION} and no list of findings')
    return [_entry(item, number) for number, item in enumerate(data["findings"])]


def _plain(entry: Entry) -> Mapping[str, object]:
    plain: dict[str, object] = {"code": entry.code, "path": entry.path, "object": entry.object}
    plain["fingerprint"] = entry.fingerprint
    return {**plain, "count": entry.times} if entry.times > 1 else plain


def _entry(item: object, number: int) -> Entry:
    match item:
        case {"code": str(code), "path": str(path), "object": str(name), "fingerprint": str(fingerprint), **rest}:
            count = rest.get("count", 1)
            if rest.keys() <= {"count"} and isinstance(count, int) and not isinstance(count, bool) and count > 0:
                return Entry(path, code, name, fingerprint, count)
    raise BaselineError(f"finding {number} is not what `--write-baseline` writes")
