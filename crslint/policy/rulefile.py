"""rule.yaml read with positions: what is wrong in it is said at its line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from crslint.data import data_dir
from crslint.policy.rule import RuleFault
from crslint.record import record
from crslint.source.parser import SyntaxFault, compose, parse
from crslint.spelling import nearest

Steps = tuple[str | int, ...]


class RuleFileError(Exception):
    """A rule.yaml that cannot be used."""

    def __init__(self, fault: RuleFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@record
class RuleSource:
    """A valid rule.yaml: ``data`` as the schema says, ``nodes`` where each value was written."""

    path: Path
    text: str
    data: Mapping[str, Any]
    nodes: Mapping[Steps, yaml.Node]

    def block(self, steps: Steps) -> str:
        """The text of an expression or template; raises RuleFileError where it is no literal block scalar."""
        node = self.nodes[steps]
        if not isinstance(node, yaml.ScalarNode) or node.style != "|":
            name = _name(steps)
            raise self.error(steps, f"{name} must be a block scalar: `{name}: |` and the text below it")
        return str(node.value)

    def error(self, steps: Steps, reason: str, offset: int = 0) -> RuleFileError:
        """``offset`` is a place in the value of a block scalar."""
        node = self.nodes[steps]
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if isinstance(node, yaml.ScalarNode) and node.style == "|":
            before = node.value[:offset]
            line += 1 + before.count("\n")
            column = self._indent(node) + offset - (before.rfind("\n") + 1) + 1
        return RuleFileError(RuleFault(self.path, line, column, reason))

    def _indent(self, node: yaml.ScalarNode) -> int:
        lines = self.text.split("\n")[node.start_mark.line + 1 :]
        first = next((line for line in lines if line.strip()), "")
        held = next((line for line in node.value.split("\n") if line.strip()), "")
        return len(first) - len(first.lstrip(" ")) - (len(held) - len(held.lstrip(" ")))


def read_rule_file(path: Path, content: bytes) -> RuleSource:
    """Raises RuleFileError."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        roots = [root for _, root in compose(text)]
    except UnicodeDecodeError as error:
        raise RuleFileError(RuleFault(path, 1, 1, f"not UTF-8: {error.reason}")) from error
    except SyntaxFault as fault:
        raise RuleFileError(RuleFault(path, *_position(text, fault.offset), fault.reason)) from fault
    if len(roots) != 1 or not isinstance(roots[0], yaml.MappingNode):
        raise RuleFileError(RuleFault(path, 1, 1, "a rule.yaml is one document, a mapping"))
    nodes = dict(_nodes(roots[0], ()))
    for steps, node in nodes.items():
        _plain(RuleSource(path, text, {}, nodes), steps, node)
    data = parse(text, lambda _index: "").documents[0][1]
    source = RuleSource(path, text, data if isinstance(data, dict) else {}, nodes)
    _validate(source)
    return source


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _nodes(node: yaml.Node, steps: Steps) -> Iterator[tuple[Steps, yaml.Node]]:
    yield steps, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _nodes(value, (*steps, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _nodes(value, (*steps, index))


def _plain(source: RuleSource, steps: Steps, node: yaml.Node) -> None:
    """Refuses what would make another thing of the text than its author sees."""
    tag: object = node.tag  # compose() leaves an untagged node none
    if isinstance(tag, str):
        reason = f"a YAML tag ({tag}): write an expression as a block scalar, {_name(steps)}: |"
        raise source.error(steps, reason)
    if not isinstance(node, yaml.MappingNode):
        return
    if node.flow_style:
        raise source.error(steps, f"{_name(steps)} in flow style: a {{ begins a mapping; use a block scalar")
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            mark = key.start_mark
            raise RuleFileError(RuleFault(source.path, mark.line + 1, mark.column + 1, f"{key.value} is written twice"))
        if isinstance(value, yaml.Node):
            seen.add(str(key.value))


def _validate(source: RuleSource) -> None:
    if _validator().is_valid(source.data):
        return
    # The slow one words what is wrong.
    import jsonschema
    from jsonschema.exceptions import relevance

    errors = sorted(jsonschema.Draft202012Validator(_schema()).iter_errors(source.data), key=relevance, reverse=True)
    # A misspelt key is also a missing one: the spelling is what helps.
    error = next((error for error in errors if error.validator == "additionalProperties"), errors[0])
    while error.context and error.validator == "$ref":
        error = error.context[0]
    steps: Steps = tuple(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        known = list(error.schema.get("properties", ()))
        extra = next(key for key in error.instance if key not in known)
        near = nearest(str(extra), known)
        hint = f"; did you mean {near}?" if near else f"; known are {', '.join(known)}"
        raise _at_key(source, (*steps, extra), f"unknown key {extra}{hint}")
    if error.validator == "not" and "engine" in source.data:
        raise source.error(steps, "an engine rule has no for, when, each, check and at: the engine finds its faults")
    if error.validator == "enum" and steps == ("fix", "transform"):
        near = nearest(str(error.instance), error.validator_value)
        hint = f"; did you mean {near}?" if near else f"; known are {', '.join(error.validator_value)}"
        raise source.error(steps, f"no transform {error.instance}{hint}")
    if error.validator == "oneOf" and steps == ("fix",):
        raise source.error(steps, "a fix has exactly one of edits, transform and create")
    if error.validator == "type" and error.schema.get("description", "").startswith(("CEL", "Text")):
        source.block(steps)
    reason = re.sub(r"^'(\w+)' is a required property$", r"\1 is missing", error.message)
    raise source.error(steps, f"{_name(steps)}: {reason}" if steps else reason)


def _at_key(source: RuleSource, steps: Steps, reason: str) -> RuleFileError:
    parent = source.nodes[steps[:-1]]
    keys = [key for key, _ in parent.value if str(key.value) == str(steps[-1])]
    mark = keys[0].start_mark if keys else parent.start_mark
    return RuleFileError(RuleFault(source.path, mark.line + 1, mark.column + 1, reason))


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema())


@cache
def _schema() -> Any:
    return json.loads((data_dir("schemas") / "rule.json").read_text(encoding="utf-8"))


def _name(steps: Steps) -> str:
    """``fix.edits[0].set`` for people."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".") or "the rule"
