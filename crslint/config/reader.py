"""A configuration file as a Config, or its faults with their places."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crslint import address
from crslint.config.model import CODE, Config, ExternalObject, Off, PathSettings, Policy, Reading
from crslint.config.shape import Shape, Words
from crslint.data import data_dir
from crslint.finding import Problem, Severity
from crslint.row import NamedTuple
from crslint.source.parser import compose, parse


class Single(NamedTuple):
    """The one document of a file; ``base`` is its address, ``data`` is None where the file is empty or refused."""

    data: dict[str, Any] | None
    base: str
    text: str
    problems: tuple[Problem, ...] = ()


def read_config(file: Path, name: str) -> Reading:
    """``name`` is the file's path in addresses; raises OSError where it cannot be read."""
    single = read_single(file, name, "config", Words())
    if single.problems:
        return Reading(Config(), single.text, single.problems)
    return Reading(config_of(single.data or {}, file), single.text)


def read_single(file: Path, name: str, schema: str, words: Words) -> Single:
    """A file that is one document of the shape ``schemas/<schema>.json``, or its faults with their places.

    Raises OSError where it cannot be read.
    """
    content = file.read_bytes()
    base = address.document(name, 0)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", errors="replace")
        offset = len(content[: error.start].decode("utf-8"))
        problem = Problem(CODE, base, {"reason": "not UTF-8"}, (offset, offset + 1))
        return Single(None, base, text, (problem,))
    parsed = parse(text, lambda index: address.document(name, index))
    if parsed.problems:
        problems = (Problem(CODE, item.at, {"reason": _reason(item)}, item.span) for item in parsed.problems)
        return Single(None, base, text, tuple(problems))
    documents = [(index, data) for index, data in parsed.documents if data is not None]
    if not documents:
        return Single(None, base, text)
    index, data = documents[0]
    shape = _schema(schema)
    if parsed.is_plain and len(documents) == 1 and not Shape(shape, None, words).faults(data):
        assert isinstance(data, dict)
        return Single(data, address.document(name, index), text)
    nodes = dict(compose(text))
    root = nodes[index]
    assert root is not None
    if len(documents) > 1:
        second = nodes[documents[1][0]]
        at = address.document(name, documents[1][0])
        start = second.start_mark.index if second else 0
        reason = f"the second document of the file; {words.file} is one document"
        return Single(None, base, text, (Problem(CODE, at, {"reason": reason}, (start, start)),))
    base = address.document(name, index)
    found = Shape(shape, root, words).faults(data)
    if found:
        problems = (Problem(CODE, address.at(base, each.path), {"reason": each.reason}, each.span) for each in found)
        return Single(None, base, text, tuple(problems))
    assert isinstance(data, dict)
    return Single(data, base, text)


def read_policy(file: Path, name: str) -> tuple[Policy, str, tuple[Problem, ...]]:
    """With its text and what is wrong with it; raises OSError where it cannot be read."""
    single = read_single(file, name, "policy", Words("the policy", "policy key", "a policy"))
    data = single.data or {}
    default = Policy()
    policy = Policy(
        file=file,
        mandatory=tuple(data.get("mandatory", ())),
        rules=tuple(data.get("rules", ())),
        severity=data.get("severity", {}),
        exclude=tuple(data.get("exclude", ())),
        fail_on=data.get("failOn", default.fail_on),
    )
    return policy, single.text, single.problems


def config_of(data: Mapping[str, Any], file: Path | None = None) -> Config:
    """``data`` agrees with schemas/config.json."""
    default = Config()
    return Config(
        file=file,
        versions=data.get("versions", {}),
        clusters={name: settings.get("versions", {}) for name, settings in data.get("clusters", {}).items()},
        repositories=data.get("repositories", {}),
        exclude=tuple(data.get("exclude", ())),
        profile=data.get("profile", default.profile),
        select=tuple(data.get("select", default.select)),
        ignore=tuple(data.get("ignore", ())),
        severity=_severities(data.get("severity", {})),
        paths=tuple(_path_settings(pattern, settings) for pattern, settings in data.get("paths", {}).items()),
        components=tuple(data.get("bootstrap", {}).get("components", default.components)),
        advertise=data.get("advertise", {}),
        external=tuple(
            ExternalObject(item["kind"], item.get("namespace", ""), item["name"]) for item in data.get("external", ())
        ),
        rules=tuple(data.get("rules", ())),
        schemas=tuple(data.get("schemas", ())),
        mandatory=tuple(data.get("mandatory", ())),
        fail_on=data.get("failOn", default.fail_on),
    )


def _path_settings(pattern: str, data: Mapping[str, Any]) -> PathSettings:
    select: Iterable[str] | None = data.get("select")
    return PathSettings(
        pattern=pattern,
        versions=data.get("versions", {}),
        select=None if select is None else tuple(select),
        ignore=tuple(data.get("ignore", ())),
        severity=_severities(data.get("severity", {})),
        suppress=data.get("suppress", {}),
    )


def _severities(data: Mapping[str, Any]) -> dict[str, Severity | Off]:
    """By code or prefix; YAML reads `off` as false."""
    return {code: "off" if severity is False else severity for code, severity in data.items()}


def _schema(name: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads((data_dir("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def _reason(problem: Problem) -> str:
    """What the parser found, in words: a syntax error, a limit, or a duplicate key."""
    reason = problem.parameters.get("reason")
    return str(reason) if reason else f'"{problem.parameters.get("key")}" is written twice'
