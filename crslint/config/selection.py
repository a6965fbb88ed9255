"""Which rules run where, and how severe they are there.

Precedence: command line > what is mandatory > the last matching entry of `paths` > top level. Within one of these a
longer prefix beats a shorter one, and ignore wins ties. A level that selects decides alone; one that only adds or
ignores leaves the rest to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from crslint.config.model import ALL, Config, PathSettings, Profile
from crslint.finding import SEVERITIES, Severity
from crslint.row import NamedTuple


class CommandLine(NamedTuple):
    """What the options of a run say; ``select`` is None where not given."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: Profile | None = None


class Selection(NamedTuple):
    config: Config = Config()
    command_line: CommandLine = CommandLine()

    @property
    def profile(self) -> Profile:
        return self.command_line.profile or self.config.profile

    def anywhere(self) -> Callable[[str, str], bool]:
        """Whether a rule (its code, its profile) is selected for any file at all."""
        selectors = [self._selector(settings) for settings in (None, *self.config.paths)]
        return lambda code, profile: any(selects(code, profile) for selects in selectors)

    def selects(self, code: str, profile: str, path: str) -> bool:
        """Whether a rule is selected for a file (path relative to the root)."""
        return self._selector(self.settings(path))(code, profile)

    def severity(self, code: str, default: Severity, path: str) -> Severity:
        """``default`` is what the rule says of this finding."""
        settings = self.settings(path)
        levels = (settings.severity if settings else {}, self.config.severity)
        asked = next((level[best] for level in levels if (best := longest(code, level))), default)
        # What is mandatory is not off.
        found = default if asked == "off" else asked
        policy = self.config.policy
        least = [policy.severity[floor]] if (floor := longest(code, policy.severity)) else []
        if code.startswith(policy.mandatory):
            least.append(default)
        return max(found, *least, key=SEVERITIES.index) if least else found

    def mandatory(self, code: str) -> bool:
        """Whether nothing in the files may suppress the findings of a rule, or leave it out."""
        return code.startswith((*self.config.mandatory, *self.config.policy.mandatory))

    def unmatched(self, codes: Sequence[str]) -> list[str]:
        """The codes and prefixes on the command line's select options that no rule begins with."""
        asked = (*(self.command_line.select or ()), *self.command_line.extend_select)
        return [prefix for prefix in asked if prefix != ALL and not any(code.startswith(prefix) for code in codes)]

    def settings(self, path: str) -> PathSettings | None:
        """Those of `paths` that hold for a file."""
        return next((item for item in reversed(self.config.paths) if matcher(item.pattern)(path)), None)

    def _selector(self, settings: PathSettings | None) -> Callable[[str, str], bool]:
        line, demanded = self.command_line, (*self.config.mandatory, *self.config.policy.mandatory)
        given = _Level(line.select, line.extend_select, line.ignore)
        left = [_Level(self.config.select, (), self.config.ignore, self.config.severity)]
        if settings is not None:
            left.insert(0, _Level(settings.select, (), settings.ignore, settings.severity))
        usual, mandatory = [given, *left], [given, _Level(demanded), *left]
        is_strict = self.profile == "strict"

        def selects(code: str, profile: str) -> bool:
            in_profile = is_strict or profile == "default"
            is_demanded = code in demanded or (in_profile and self.mandatory(code))
            return _decided(code, mandatory if is_demanded else usual, in_profile)

        return selects


class _Level(NamedTuple):
    """What one place says of selection; a severity of `off` ignores, unless a level above gave another."""

    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = MappingProxyType({})


def _decided(code: str, levels: Iterable[_Level], in_profile: bool) -> bool:
    graded = False
    for level in levels:
        chosen = _weight(code, (*(level.select or ()), *level.extend), in_profile)
        ignored = _weight(code, level.ignore, True)
        best = longest(code, level.severity)
        if best and not graded:
            graded = True
            ignored = max(ignored, len(best)) if level.severity[best] == "off" else ignored
        if chosen >= 0 or ignored >= 0:
            return chosen > ignored
        if level.select is not None:
            return False
    return False


def _weight(code: str, prefixes: Sequence[str], in_profile: bool) -> int:
    """The length of the longest prefix of a code, 0 for ALL, -1 where none is."""
    best = -1
    for prefix in prefixes:
        if prefix == ALL:
            best = max(best, 0 if in_profile else -1)
        elif code.startswith(prefix):
            best = max(best, len(prefix))
    return best


def longest(code: str, prefixes: Mapping[str, object]) -> str:
    """The longest prefix of a code; empty where none is."""
    return max((prefix for prefix in prefixes if code.startswith(prefix)), key=len, default="")


@cache
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path matches a pattern as .gitignore understands it."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern]).match_file
