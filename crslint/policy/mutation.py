"""Are a rule's examples strong enough? Each change of its conditions must turn one of them red."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crslint.config.selection import CommandLine, Selection
from crslint.policy.check import Judge, Raws
from crslint.policy.evaluation import Evaluator
from crslint.policy.examples import Case, as_expected
from crslint.policy.expression import ExpressionError, compile_expression
from crslint.policy.rule import Rule
from crslint.policy.ruleset import RuleSet
from crslint.policy.tokens import operands


def survivors(rule: Rule, cases: Sequence[Case], rules: RuleSet, evaluator: Evaluator) -> Iterator[str]:
    """The mutations that change nothing that the examples expect."""
    for what, mutant in mutants(rule):
        mutated = RuleSet({**rules.rules, rule.code: mutant})
        if not any(_is_red(mutant, case, mutated, evaluator) for case in cases):
            yield what


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The check replaced by true and by false; `when`, and each operand of a top-level `&&`, replaced by true."""
    assert rule.check is not None
    for constant in ("true", "false"):
        yield f"check replaced by {constant}", rule._replace(check=compile_expression(constant, rule.entity))
    for operand, text in _without_one(rule.check.text):
        yield from _mutant(rule, "check", operand, text)
    if rule.when is not None:
        parts = list(_without_one(rule.when.text)) or [(rule.when.text, "true")]
        for operand, text in parts:
            yield from _mutant(rule, "when", operand, text)


def _mutant(rule: Rule, slot: str, operand: str, text: str) -> Iterator[tuple[str, Rule]]:
    """Nothing where the operand's absence does not compile: it cannot be left out then."""
    try:
        expression = compile_expression(text, rule.entity, each=slot == "check")
    except ExpressionError:
        return
    what = f"{slot}: `{' '.join(operand.split())}` replaced by true"
    yield what, rule._replace(check=expression) if slot == "check" else rule._replace(when=expression)


def _without_one(text: str) -> Iterator[tuple[str, str]]:
    """Each operand of a top-level `&&`, and the expression with true in its stead."""
    parts = operands(text)
    if len(parts) < 2:
        return
    for index, part in enumerate(parts):
        left = [f"({other})" if position != index else "true" for position, other in enumerate(parts)]
        yield part, " && ".join(left)


def _is_red(mutant: Rule, case: Case, rules: RuleSet, evaluator: Evaluator) -> bool:
    selection = Selection(case.sample.config, CommandLine(extend_select=(mutant.code,)))
    alone = Judge(RuleSet({mutant.code: mutant}), selection, evaluator).raws(case.sample.fleet)
    if alone.failures:
        return True
    others = tuple(raw for raw in case.raws.findings if raw.code != mutant.code)
    own = tuple(raw for raw in alone.findings if raw.code == mutant.code)
    judge = Judge(rules, selection, evaluator)
    evaluator.fleet = case.sample.fleet
    verdict = judge.verdict(Raws((*others, *own), (), ()), case.suppressions)
    found = (item for item in verdict.findings if item.code == mutant.code and not item.suppressed)
    return not as_expected(mutant.code, case, found)
