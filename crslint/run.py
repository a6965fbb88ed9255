"""One run: documents, fleet, rules, places."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crslint import address
from crslint.config.model import FailOn
from crslint.config.selection import CommandLine, Selection
from crslint.configured import configured_rules
from crslint.finding import SEVERITIES, Finding, NotChecked, Problem
from crslint.fleet.entity import Entity
from crslint.fleet.fleet import Fleet, resolve
from crslint.fleet.settings import External, FleetSettings
from crslint.policy.check import Judge, Raws, judge
from crslint.policy.merge import Raw
from crslint.policy.rules import load_rules
from crslint.policy.ruleset import RuleSet
from crslint.policy.sources import ABSENCE
from crslint.record import replace
from crslint.report.result import Located, Omission, Result, Summary, counted
from crslint.report.sources import Texts
from crslint.row import NamedTuple
from crslint.schema.fault import SchemaFileError
from crslint.schema.validation import Judgement
from crslint.scope import Scope, named
from crslint.source.document import Document
from crslint.source.lookup import Lookup
from crslint.source.tree import Tree, read_tree
from crslint.validated import validated

if TYPE_CHECKING:
    from crslint.known import Base
    from crslint.policy.suppression import Suppressions
    from crslint.source.position import Locator

CLEAN, FINDINGS, USAGE, NOTHING, INTERNAL = 0, 1, 2, 3, 70

_UNREAD = ("YML001", "YML005")

EMPTY = Fleet(entities={}, problems=(), whole=False, payload_documents=0)


class Options(NamedTuple):
    """``fail_on`` is None where the configuration decides; ``cached`` allows what was read of the files to
    be kept; ``schema_files`` come before the configuration's. ``baseline`` is a file of known faults, ``record`` one
    to write them to, ``base`` a revision of Git whose faults are known. ``edits``: what fixes do to texts is wanted
    too. ``render``: kustomizations and charts of Applications are rendered."""

    command_line: CommandLine = CommandLine()
    fail_on: FailOn | None = None
    jobs: int = 1
    cached: bool = True
    schema_files: tuple[Path, ...] = ()
    baseline: Path | None = None
    record: Path | None = None
    base: str | None = None
    edits: bool = False
    render: bool = False


class Outcome(NamedTuple):
    """``notes`` are for stderr, ``baseline`` is the text of the one that was asked for."""

    result: Result
    exit_code: int
    notes: tuple[str, ...] = ()
    baseline: str | None = None


class Judged(NamedTuple):
    """One tree and what the rules say of it, before anything of it is merged and placed."""

    tree: Tree
    fleet: Fleet
    texts: Texts
    schemas: Judgement
    judge: Judge
    raws: Raws
    standing: Sequence[Raw]


class Clock:
    """Which stage a run is in, and how long each took: ``stages`` are (name, seconds)."""

    def __init__(self, entered: Callable[[str], None] = lambda _name: None) -> None:
        self._entered = entered
        self._start = time.perf_counter()
        self._names: list[tuple[str, float]] = []

    def enter(self, stage: str) -> None:
        self._names.append((stage, time.perf_counter()))
        self._entered(stage)

    @property
    def milliseconds(self) -> int:
        return int((time.perf_counter() - self._start) * 1000)

    @property
    def stages(self) -> list[tuple[str, float]]:
        ends = [*(begin for _, begin in self._names[1:]), time.perf_counter()]
        return [(name, end - begin) for (name, begin), end in zip(self._names, ends, strict=True)]


class UsageError(Exception):
    """What was asked for cannot be done."""


class Entities(NamedTuple):
    """``chain`` gives the documents that an address lies in, from the file inward."""

    entities: tuple[Entity, ...]
    chain: Callable[[str], Sequence[Document]]


def check(scope: Scope, options: Options, stdin: bytes | None = None, clock: Clock | None = None) -> Outcome:
    """The whole pipeline; raises nothing for any input."""
    clock = clock or Clock()
    chosen = chosen_rules(scope, options, clock)
    if isinstance(chosen, Outcome):
        return chosen
    rules, selection = chosen
    base = None
    if options.base is not None:
        from crslint.known import base_of

        base = base_of(scope, options, rules, selection, clock)
    judged = judged_tree(scope, options, rules, selection, stdin, clock, base)
    tree, fleet, texts = judged.tree, judged.fleet, judged.texts
    standing, recorded = judged.standing, None
    notes = [f"a rule of crslint cannot be used: {fault}" for fault in rules.faults]
    if base is not None or options.baseline or options.record:
        from crslint.known import news

        standing, recorded, known = news(judged, selection, rules, options, base, whole=scope.whole)
        notes += known
    verdict = judged.judge.concluded(standing, judged.raws)
    clock.enter("locating")
    placed = _located(scope, texts, fleet, verdict.findings)
    findings = tuple(item for item in placed if is_reported(scope, item.finding))
    if options.edits:
        findings = _with_edits(scope, findings, tree, fleet, texts)
    unread = (entry for file in tree.files for entry in file.not_checked)
    unrendered = [item.entry for item in fleet.unrendered]
    notes += sorted({item.reason for item in fleet.unrendered})
    omissions = (*unread, *unrendered, *judged.schemas.not_checked, *verdict.not_checked)
    counts = counted(findings)
    result = Result(
        findings=findings,
        summary=Summary(
            files=len(tree.files),
            documents=sum(document.data is not None for file in tree.files for document in file.documents),
            payload_documents=fleet.payload_documents,
            clusters=len(fleet.entities.get("cluster", ())),
            errors=counts["error"],
            warnings=counts["warning"],
            infos=counts["info"],
            suppressed=counts["suppressed"],
            fixable=sum(item.finding.fix is not None and item.finding.suppressed is None for item in findings),
            duration_ms=clock.milliseconds,
        ),
        omissions=_omissions(scope, omissions),
        sources=texts,
        rules=rules.rules,
    )
    nothing = scope.only is None and not any(scope.reports(file.path) for file in tree.files)
    if nothing:
        notes.append("no YAML or JSON found")
    fail_on = options.fail_on or scope.config.fail_on
    code = NOTHING if nothing else CLEAN
    if any(is_grave(item.finding, fail_on) for item in findings):
        code = FINDINGS
    if verdict.failed or rules.faults:
        code = INTERNAL
    return Outcome(result, code, tuple(notes), recorded)


def chosen_rules(scope: Scope, options: Options, clock: Clock) -> tuple[RuleSet, Selection] | Outcome:
    """All rules, and which of them are asked for; an Outcome where the configuration is wrong. Raises UsageError."""
    clock.enter("loading rules")
    rules, problems = configured_rules(scope)
    if problems:
        return misconfigured(scope, problems, rules)
    selection = Selection(scope.config, options.command_line)
    if unmatched := selection.unmatched(list(rules.rules)):
        raise UsageError(f"no rule begins with {', '.join(unmatched)}; `crslint rules` lists all")
    return rules, selection


def judged_tree(
    scope: Scope,
    options: Options,
    rules: RuleSet,
    selection: Selection,
    stdin: bytes | None,
    clock: Clock,
    base: Base | None = None,
) -> Judged:
    """With ``base``, the rules also see what changed since."""
    tree, fleet = read_fleet(scope, options, stdin, clock)
    if base is not None:
        fleet = _with_changes(scope, tree, fleet, base)
    clock.enter("validating")
    try:
        schemas = validated(fleet, scope.config, files=options.schema_files)
    except SchemaFileError as error:
        raise UsageError(str(error)) from None
    clock.enter("judging")
    written = (problem for file in tree.files for problem in file.problems)
    texts = base.texts(tree) if base is not None else Texts(tree.text, tree.files)
    suppressions = suppressions_of(scope, selection, tree, schemas.not_checked, lambda: texts.locator)
    judge = Judge(rules, selection, traced=scope.only is not None)
    raws = judge.raws(fleet, (*written, *schemas.problems))
    return Judged(tree, fleet, texts, schemas, judge, raws, judge.standing(raws, suppressions))


def _with_changes(scope: Scope, tree: Tree, fleet: Fleet, base: Base) -> Fleet:
    from crslint.fleet.changes import changes

    whole = scope.whole and unread(tree) <= base.unread
    return replace(fleet, entities={**fleet.entities, "change": changes(base.fleet, fleet, base.name, whole=whole)})


def unread(tree: Tree) -> frozenset[str]:
    """The files of which something could not be read, whatever the reason."""
    faulty = (file for file in tree.files if file.not_checked or any(each.code in _UNREAD for each in file.problems))
    return frozenset(file.path for file in faulty)


def suppressions_of(
    scope: Scope,
    selection: Selection,
    tree: Tree,
    not_checked: Iterable[NotChecked],
    locator: Callable[[], Locator],
) -> Suppressions | None:
    """None where nothing asks for any."""
    asked = [each for file in tree.files for each in file.suppressing]
    if not asked and not any(settings.suppress for settings in scope.config.paths):
        return None
    from crslint.policy.suppression import Reach, Suppressions

    entries = (*not_checked, *(entry for file in tree.files for entry in file.not_checked))
    config = scope.config.file
    reach = Reach(
        paths=[file.path for file in tree.files],
        partial={entry.path for entry in entries},
        whole=scope.whole,
        config=address.document(named(config, scope.root), 0) if config else "",
    )
    return Suppressions(asked, selection, locator(), reach)


def read_fleet(scope: Scope, options: Options, stdin: bytes | None, clock: Clock) -> tuple[Tree, Fleet]:
    """What was read and what it comes to."""
    clock.enter("reading")
    config = scope.config
    own = (config.file, options.baseline, options.record)
    tree = read_tree(
        scope.root,
        scope.read,
        excludes=(*config.exclude, *_examples_of_rules(scope)),
        skipped=[named(Path(os.path.abspath(file)), scope.root) for file in own if file],
        jobs=options.jobs,
        stdin=stdin if scope.stdin else None,
    )
    clock.enter("resolving")
    return tree, resolved(scope, tree, render=options.render)


def _examples_of_rules(scope: Scope) -> Iterator[str]:
    """Patterns for the examples of the user's rules, which are wrong on purpose. Where a policy is in force, the tree
    cannot take files out of sight by calling them so."""
    config = scope.config
    if config.policy.file:
        return
    for name in config.rules:
        folder = named((config.folder or scope.root) / name, scope.root)
        if not folder.startswith(".."):
            base = "" if folder == "." else "/" + re.sub(r"([\\\[\]*?!# ])", r"\\\1", folder)
            yield from (f"{base}{depth}/{kind}/" for depth in ("", "/*", "/*/*") for kind in ("bad", "good", "fixed"))


def resolved(scope: Scope, tree: Tree, *, render: bool = False) -> Fleet:
    config = scope.config
    renderer = None
    if render:
        from crslint.render.renderer import Renderer

        renderer = Renderer(scope.root, tree.content)
    settings = FleetSettings(
        versions=config.versions,
        cluster_versions=config.clusters,
        external=tuple(External(item.kind, item.namespace, item.name) for item in config.external),
        repositories=config.repositories,
        components=config.components,
        folder=bool(scope.read) or scope.isolated,
    )
    return resolve(tree.files, settings, tree.text, tree.listing, renderer)


def entities(scope: Scope, kind: str, options: Options, stdin: bytes | None, clock: Clock) -> Entities:
    """The entities of one kind whose place the run is to report about."""
    tree, fleet = read_fleet(scope, options, stdin, clock)
    if options.base is not None:
        from crslint.known import base_of

        fleet = _with_changes(scope, tree, fleet, base_of(scope, options, RuleSet(), Selection(scope.config), clock))
    found = (item for item in fleet.entities.get(kind, ()) if scope.reports(address.path_of(item.at)))
    return Entities(tuple(found), Lookup(tree.files).chain)


def misconfigured(
    scope: Scope,
    problems: Sequence[Problem] = (),
    rules: RuleSet | None = None,
    texts: Texts | None = None,
) -> Outcome:
    """Nothing is judged with a configuration that is wrong: its faults are the report. ``texts`` are those of the
    files, where they are not as they lie below the root."""
    rules = rules or load_rules()
    texts = texts or Texts(lambda path: (scope.root / path).read_bytes().decode("utf-8", "replace"))
    verdict = judge(EMPTY, problems or scope.reading.problems, rules, Selection())
    findings = _located(scope, texts, EMPTY, verdict.findings)
    return Outcome(Result(findings, Summary(errors=len(findings)), (), texts, rules.rules), USAGE)


def _located(scope: Scope, texts: Texts, fleet: Fleet, findings: Sequence[Finding]) -> tuple[Located, ...]:
    if not findings:
        return ()
    from crslint.report.located import Placer

    return Placer(texts.lookup, texts.locator, scope.displayed, lambda at: identify(fleet, at)).located(findings)


def identify(fleet: Fleet, at: str) -> tuple[str, str]:
    """What people call the object at an address, and what is stable of it; empty for what is none."""
    entity = fleet.entity(at, "object")
    if entity is None:
        return "", ""
    facts = entity.facts()
    return entity.id, "/".join(str(facts.get(name) or "") for name in ("group", "kind", "namespace", "name"))


def _with_edits(
    scope: Scope, findings: Sequence[Located], tree: Tree, fleet: Fleet, texts: Texts
) -> tuple[Located, ...]:
    from crslint.report.edits import EditTexts

    edits = EditTexts(tree, fleet, texts, scope.displayed)
    return tuple(item._replace(edits=edits.of(item.finding)) for item in findings)


def is_reported(scope: Scope, finding: Finding) -> bool:
    places = (finding.at, *(item.at for item in finding.related))
    if any(map(scope.reports, {*map(address.path_of, places), *finding.sources})):
        return True
    return ABSENCE in finding.sources and scope.lost()


def is_grave(finding: Finding, fail_on: FailOn) -> bool:
    if fail_on == "never" or finding.suppressed:
        return False
    return SEVERITIES.index(finding.severity) >= SEVERITIES.index(fail_on)


def _omissions(scope: Scope, entries: Iterable[NotChecked]) -> tuple[Omission, ...]:
    shown = (Omission(scope.displayed(entry.path), entry) for entry in entries if scope.reports(entry.path))
    return tuple(sorted(shown, key=lambda item: (item.path, item.entry.at or "", item.entry.reason)))
