"""Which findings are suppressed, by what, and which suppressions are faults themselves (CFG001)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from crslint import address
from crslint.config.selection import Selection, longest, matcher
from crslint.finding import Problem, Spot, Suppression
from crslint.policy.merge import Raw, upward
from crslint.policy.rule import Rule
from crslint.row import NamedTuple
from crslint.source.document import Suppressing
from crslint.spelling import nearest

if TYPE_CHECKING:
    from crslint.source.position import Locator

CODE = "CFG001"

# What crslint says of its own configuration is not a fault of the documents.
_OWN = "CFG"
_WITHOUT = "; nothing is suppressed without one"
_FORMS = {
    "comment": "write `crslint: ignore[CODE] reason`",
    "annotation": 'write "CODE: reason"',
    "configuration": "write CODE: reason",
}

# In the place of a line: an annotation speaks for a whole document.
_DOCUMENT = 0

Line = tuple[str, int]
Used = set[tuple[str, ...]]


class Reach(NamedTuple):
    """What a run looked at: only where a rule ran can a suppression of it be superfluous.

    ``paths`` are the files that were read, ``partial`` those of which something was not checked; ``whole`` is false
    where other documents might exist. ``config`` is the address of the configuration.
    """

    paths: Sequence[str] = ()
    partial: Collection[str] = ()
    whole: bool = True
    config: str = ""


class Suppressions:
    """Those of one run."""

    def __init__(self, asked: Iterable[Suppressing], selection: Selection, locator: Locator, reach: Reach) -> None:
        self._asked = tuple(asked)
        self._selection = selection
        self._locator = locator
        self._reach = reach
        self._found: dict[tuple[str, Spot | None], Collection[Line]] = {}
        # Comments by the line that they speak for, annotations by their document, and which codes any comment names.
        self._said: dict[tuple[str, str, int], list[Suppressing]] = {}
        self._commented: set[tuple[str, str]] = set()
        for each in self._asked:
            for code in each.codes if each.reason else ():
                self._said.setdefault((code, each.scope, each.line), []).append(each)
                if each.kind == "comment":
                    self._commented.add((address.path_of(each.at), code))
        self._configured = any(settings.suppress for settings in selection.config.paths)

    def suppressed(self, raws: Sequence[Raw]) -> tuple[list[Raw], Used]:
        """The same ones, where each that is suppressed says by what, and which suppressions were of use."""
        used: Used = set()
        # File by file: each is composed once.
        order = sorted(range(len(raws)), key=lambda number: address.path_of(raws[number].at))
        found = {number: self._suppression(raws[number], used) for number in order}
        return [raw._replace(suppressed=found[number]) for number, raw in enumerate(raws)], used

    def _suppression(self, raw: Raw, used: Used) -> Suppression | None:
        path = address.path_of(raw.at)
        if raw.code.startswith(_OWN) or self._selection.mandatory(raw.code):
            return None
        found = None
        for each in self._speaking(raw, path):
            used.add(_key(each, raw.code))
            found = found or Suppression(each.kind, each.reason)
        settings = self._selection.settings(path)
        prefix = longest(raw.code, settings.suppress) if settings else ""
        if settings and prefix:
            used.add((settings.pattern, prefix))
            found = found or Suppression("configuration", settings.suppress[prefix])
        return found

    def _speaking(self, raw: Raw, path: str) -> Iterator[Suppressing]:
        if not self._said:
            return
        for line in self._lines(raw) if (path, raw.code) in self._commented else ():
            yield from self._said.get((raw.code, *line), ())
        for above in upward(raw.at):
            yield from self._said.get((raw.code, above, _DOCUMENT), ())

    def _lines(self, raw: Raw) -> Collection[Line]:
        slot = raw.at, raw.span
        if slot not in self._found:
            # The line of a finding is often that of its key.
            self._found[slot] = tuple(dict.fromkeys(self._lines_of(raw)))
        return self._found[slot]

    def _lines_of(self, raw: Raw) -> Iterator[Line]:
        """Where a comment may speak for a finding: on its line, and on those of its key and of the keys whose values it
        lies in."""
        yield self._line(raw.at, raw.span)
        at: str | None = raw.at
        while at is not None:
            yield self._line(at, "key")
            at = address.host_of(at)

    def _line(self, at: str, span: Spot | None) -> Line:
        """In the innermost text that the address lies in."""
        place, host = self._locator.locate(at, span), address.host_of(at)
        where = place.inner if host and place.inner else place.range
        return host or address.document(address.path_of(at), 0), where.line

    def faults(self, used: Used, rules: Mapping[str, Rule], ran: Callable[[Rule], bool]) -> Iterator[Problem]:
        """``ran`` says whether a rule can have answered for every entity."""
        return _Faults(self._selection, self._reach, used, rules, ran).of(self._asked)


class _Faults(NamedTuple):
    selection: Selection
    reach: Reach
    used: Used
    rules: Mapping[str, Rule]
    ran: Callable[[Rule], bool]

    def of(self, asked: Iterable[Suppressing]) -> Iterator[Problem]:
        for each in asked:
            yield from self._written(each)
        for settings in self.selection.config.paths:
            for prefix, reason in settings.suppress.items():
                steps = ("paths", settings.pattern, "suppress", prefix)
                why = self._fault_of_prefix(settings.pattern, prefix, reason)
                if why:
                    yield Problem(CODE, address.at(self.reach.config, steps), {"reason": why})

    def _written(self, each: Suppressing) -> Iterator[Problem]:
        said: list[tuple[int, str]] = []
        if not each.codes:
            said.append((0, f"a suppression that names no rule: {_FORMS[each.kind]}"))
        elif not each.reason:
            said.append((0, f"the suppression of {', '.join(each.codes)} has no reason{_WITHOUT}"))
        else:
            for number, code in enumerate(each.codes, 1):
                why = self._fault(each, code)
                if why:
                    said.append((number, why))
        if each.kind == "comment":
            for number, why in said:
                yield Problem(CODE, each.at, {"reason": why}, each.spans[number])
        elif said:
            yield Problem(CODE, each.at, {"reason": "; ".join(why for _, why in said)})

    def _fault(self, each: Suppressing, code: str) -> str:
        rule = self.rules.get(code)
        if rule is None:
            return _unknown(code, self.rules)
        if why := self._forbidden(code):
            return why
        path = address.path_of(each.at)
        if _key(each, code) in self.used or not self._ran(rule, path):
            return ""
        return f"the suppression of {code} suppresses nothing: the rule finds nothing here"

    def _fault_of_prefix(self, pattern: str, prefix: str, reason: str) -> str:
        meant = [rule for code, rule in self.rules.items() if code.startswith(prefix)]
        if not meant:
            return _unknown(prefix, self.rules)
        if not reason.strip():
            return f"the suppression of {prefix} has no reason"
        if why := self._forbidden(prefix):
            return why
        if (pattern, prefix) in self.used or not self.reach.whole:
            return ""
        matches = matcher(pattern)
        paths = [path for path in self.reach.paths if matches(path)]
        if any(not self._ran(rule, path) for path in paths for rule in meant):
            return ""
        return f'the suppression of {prefix} suppresses nothing in "{pattern}"'

    def _forbidden(self, code: str) -> str:
        if code.startswith(_OWN):
            return f"{code} cannot be suppressed: it is no fault of the documents"
        return f"{code} is mandatory: it cannot be suppressed" if self.selection.mandatory(code) else ""

    def _ran(self, rule: Rule, path: str) -> bool:
        if not self.reach.whole or (rule.engine and path in self.reach.partial):
            return False
        return self.selection.selects(rule.code, rule.profile, path) and self.ran(rule)


def _key(each: Suppressing, code: str) -> tuple[str, ...]:
    return each.at, str(each.spans[:1]), each.reason, code


def _unknown(code: str, rules: Mapping[str, Rule]) -> str:
    """Nothing for the code of a rule of the user's where none of those is loaded."""
    if code.startswith("X") and not any(known.startswith("X") for known in rules):
        return ""
    near = nearest(code.upper(), rules)
    return f'"{code}" names no rule' + (f'; did you mean "{near}"?' if near else "")
