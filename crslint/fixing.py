"""One run of `fix`: what is found is mended, in memory, and linted again until nothing more can be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

from crslint import address
from crslint.config.selection import CommandLine, Selection
from crslint.finding import Finding
from crslint.fix.passes import Linted, Mended, mended
from crslint.fix.told import Teller, Told
from crslint.known import Base, base_of, news
from crslint.policy.check import Judge, Raws
from crslint.policy.evaluation import Evaluator
from crslint.policy.ruleset import RuleSet
from crslint.report.sources import Texts
from crslint.row import NamedTuple
from crslint.run import (
    CLEAN,
    FINDINGS,
    INTERNAL,
    NOTHING,
    Clock,
    Judged,
    Options,
    Outcome,
    UsageError,
    chosen_rules,
    is_grave,
    is_reported,
    read_fleet,
    resolved,
    suppressions_of,
)
from crslint.schema.fault import SchemaFileError
from crslint.scope import Scope
from crslint.source.tree import Tree
from crslint.validated import validated


class Fixed(NamedTuple):
    """``held_back`` are unsafe and were not asked for; ``contents`` are the new texts of the files that change, by
    path, None for one that goes; ``before`` is the tree as it was read. ``left`` counts findings without a fix."""

    mended: Mended
    held_back: tuple[Told, ...]
    left: int
    before: Tree
    contents: Mapping[str, bytes | None]
    exit_code: int
    notes: tuple[str, ...] = ()


def fix(scope: Scope, options: Options, *, unsafe: bool = False, clock: Clock | None = None) -> Fixed | Outcome:
    """Nothing is written. An Outcome where the configuration is wrong; raises UsageError."""
    clock = clock or Clock()
    chosen = chosen_rules(scope, options, clock)
    return chosen if isinstance(chosen, Outcome) else mend(scope, options, chosen[0], unsafe=unsafe, clock=clock)


def mend(
    scope: Scope,
    options: Options,
    rules: RuleSet,
    *,
    unsafe: bool,
    clock: Clock | None = None,
    evaluator: Evaluator | None = None,
    only: str = "",
) -> Fixed:
    """With these rules, whose the ``evaluator`` is; all that is found counts, also where ``only`` one code is fixed.

    Raises UsageError.
    """
    clock = clock or Clock()
    tree, _ = read_fleet(scope, options, None, clock)
    base = (
        base_of(scope, options, rules, Selection(scope.config, options.command_line), clock)
        if options.base is not None
        else None
    )
    linter = Linter(scope, options, rules, base, evaluator)
    clock.enter("judging")
    try:
        start = linter.lint(tree)
        clock.enter("fixing")
        found = mended(
            start,
            linter.lint,
            lambda item: _is_wanted(scope, item, unsafe=unsafe) and only in ("", item.code),
            lambda finding: unsafe or (finding.fix is not None and finding.fix.safety == "safe"),
        )
    except SchemaFileError as error:
        raise UsageError(str(error)) from None
    after = found.after
    held, left = _not_fixed(scope, found, unsafe=unsafe)
    return Fixed(
        mended=found,
        held_back=held,
        left=left,
        before=tree,
        contents=_changed(tree, after.tree),
        exit_code=_exit_code(scope, options, after, failed=linter.failed or bool(rules.faults)),
        notes=tuple(f"a rule of crslint cannot be used: {fault}" for fault in rules.faults),
    )


class Linter:
    """Lints trees that hardly differ. What the command line leaves out is no reason to bring it about, so that all
    rules of the configuration count."""

    def __init__(
        self,
        scope: Scope,
        options: Options,
        rules: RuleSet,
        base: Base | None = None,
        evaluator: Evaluator | None = None,
    ) -> None:
        given = options.command_line
        every = (*(given.select or ()), *given.extend_select)
        self._scope = scope
        self._options = options
        self._rules = rules
        self._base = base
        self._narrow = Selection(scope.config, given)
        wide = Selection(scope.config, CommandLine(extend_select=every, profile=given.profile))
        evaluator = evaluator or Evaluator(item for rule in rules.rules.values() for item in rule.expressions())
        self._everything = Judge(rules, wide, evaluator, traced=scope.only is not None)
        self._judge = Judge(rules, self._narrow, evaluator)
        self.failed = False

    def lint(self, tree: Tree) -> Linted:
        fleet = resolved(self._scope, tree)
        schemas = validated(fleet, self._scope.config, files=self._options.schema_files)
        written = (problem for file in tree.files for problem in file.problems)
        raws = self._everything.raws(fleet, (*written, *schemas.problems))
        selected = tuple(raw for raw in raws.findings if self._selects(raw.code, raw.at))
        texts = Texts(tree.text, tree.files)
        suppressions = suppressions_of(self._scope, self._narrow, tree, schemas.not_checked, lambda: texts.locator)
        narrow = Raws(selected, (), (), raws.unanswered)
        standing = self._judge.standing(narrow, suppressions)
        judged = Judged(tree, fleet, texts, schemas, self._judge, narrow, standing)
        known = news(judged, self._narrow, self._rules, self._options, self._base, whole=self._scope.whole)
        verdict = self._judge.concluded(known.standing, narrow)
        self.failed = self.failed or bool(raws.failures)
        # Only what stands has the faults of suppressions.
        places = {(raw.code, raw.at, raw.span) for raw in (*raws.findings, *standing)}
        faults = Counter((code, address.path_of(at)) for code, at, _ in places)
        findings = tuple(item for item in verdict.findings if is_reported(self._scope, item))
        everything = partial(self._everything.verdict, Raws(raws.findings, (), (), raws.unanswered))
        return Linted(tree, fleet, findings, faults, lambda: everything().findings)

    def _selects(self, code: str, at: str) -> bool:
        rule = self._rules.rules.get(code)
        return rule is None or self._narrow.selects(code, rule.profile, address.path_of(at))


def _is_wanted(scope: Scope, finding: Finding, *, unsafe: bool) -> bool:
    if finding.fix is None or finding.suppressed or not scope.reports(address.path_of(finding.at)):
        return False
    return unsafe or finding.fix.safety == "safe"


def _not_fixed(scope: Scope, found: Mended, *, unsafe: bool) -> tuple[tuple[Told, ...], int]:
    teller = Teller(found.after.tree)
    held, left = [], 0
    for finding in found.after.findings:
        if finding.suppressed or finding.severity == "info":
            continue
        if finding.fix is None:
            left += 1
        elif not _is_wanted(scope, finding, unsafe=unsafe):
            held.append(teller.told(finding))
    return tuple(held), left


def _changed(before: Tree, after: Tree) -> dict[str, bytes | None]:
    written = {path: content for path, content in after.kept.items() if before.kept.get(path) != content}
    return {path: None if path in after.gone else written[path] for path in sorted({*written, *after.gone})}


def _exit_code(scope: Scope, options: Options, after: Linted, *, failed: bool) -> int:
    if failed:
        return INTERNAL
    if not any(scope.reports(file.path) for file in after.tree.files):
        return NOTHING
    fail_on = options.fail_on or scope.config.fail_on
    return FINDINGS if any(is_grave(finding, fail_on) for finding in after.findings) else CLEAN
