"""Text to plain data: PyYAML's C composer with our own resolver, limits and walk."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from crslint.finding import Problem
from crslint.source import scalars
from crslint.source.document import Json

DEPTH_LIMIT = 250


class SyntaxFault(Exception):
    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Parsed:
    documents: tuple[tuple[int, Json], ...] = ()
    problems: tuple[Problem, ...] = ()


class _Composer(CParser):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def resolve(self, kind: object, value: object, implicit: tuple[bool, bool]) -> object:
        return implicit[0] if kind is ScalarNode else None

    def descend_resolver(self, parent: object, index: object) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise SyntaxFault(f"nested deeper than {DEPTH_LIMIT} levels", parent.start_mark.index)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def compose(text: str) -> Iterator[tuple[int, yaml.Node | None]]:
    if text.startswith("\ufeff"):
        text = "\n" + text[1:]
    try:
        composer = _Composer(text)
        index = 0
        while composer.check_node():
            yield index, composer.get_node()
            index += 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SyntaxFault(error.problem or error.context or "not YAML", mark.index if mark else 0) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise SyntaxFault(str(error), 0) from None


def parse(text: str, at: Callable[[int], str]) -> Parsed:
    documents: list[tuple[int, Json]] = []
    problems: list[Problem] = []
    collecting = gc.isenabled()
    gc.disable()
    index = -1
    try:
        for index, node in compose(text):
            documents.append((index, _Walk(at(index), problems).value(node)))
    except SyntaxFault as fault:
        span = (fault.offset, fault.offset)
        problems.append(Problem("YML001", at(index + 1), {"reason": fault.reason}, span))
    finally:
        if collecting:
            gc.enable()
    return Parsed(tuple(documents), tuple(problems))


class _Walk:
    def __init__(self, at: str, problems: list[Problem]) -> None:
        self.at = at
        self.problems = problems

    def value(self, node: yaml.Node | None) -> Json:
        if node is None:
            return None
        if isinstance(node, ScalarNode):
            return scalars.plain(node.value) if node.tag is True or node.tag is None else node.value
        if isinstance(node, SequenceNode):
            return [self.value(item) for item in node.value]
        data: dict[str, Json] = {}
        for key_node, value_node in node.value:
            written = self.value(key_node)
            try:
                key = scalars.key(written)
            except ValueError:
                key = "null"
            if key in data:
                first = self.at
                self.problems.append(
                    Problem("YML002", first, {"key": key}, (key_node.start_mark.index, key_node.end_mark.index))
                )
            data[key] = self.value(value_node)
        return data
