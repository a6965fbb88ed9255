"""Label selectors exactly as apimachinery reads them: LabelSelectorAsSelector and the validation behind it.

The source is k8s.io/apimachinery ``pkg/apis/meta/v1/helpers.go``, ``pkg/labels/selector.go`` and
``pkg/util/validation``. Template variables are the one addition: equal spellings are equal, anything else that a
variable could become is UNKNOWN.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from crslint.fleet import values
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.record import record
from crslint.row import NamedTuple

Labels = Mapping[str, str] | Unknown

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_NAME})?"
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_CHARACTERS = (
    "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_NAME_FAULT = (
    f"must {_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME}')"
)
_VALUE_FAULT = (
    f"a valid label must be an empty string or {_CHARACTERS} "
    f"(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{_VALUE}')"
)
_SUBDOMAIN_FAULT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)


class Requirement(NamedTuple):
    key: str
    operator: str
    values: frozenset[str] = frozenset()


class Selector(NamedTuple):
    """All requirements must hold, without any it matches everything; ``nothing`` is a selector that is not written."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    @property
    def everything(self) -> bool:
        return not self.requirements and not self.nothing


@record
class Invalid:
    """``reason`` is what Kubernetes says; ``path`` leads to the first wrong value, ``detail`` says in short what is."""

    reason: str
    path: tuple[str | int, ...] = ()
    value: str = ""
    detail: str = ""


def read_selector(data: object) -> Selector | Invalid | Unknown:
    """A LabelSelector as plain data; UNKNOWN where it has a wrong type somewhere, which a schema complains about."""
    if data is None:
        return Selector(nothing=True)
    labels, expressions = values.mapping(data, "matchLabels"), values.items(data, "matchExpressions")
    if isinstance(labels, Unknown) or isinstance(expressions, Unknown):
        return UNKNOWN
    written = [_Written(("matchLabels", key), key, "In", [value]) for key, value in labels.items()]
    for place, expression in enumerate(expressions):
        if not isinstance(expression, dict):
            return UNKNOWN
        operands = expression.get("values")
        operands = [] if operands is None else operands
        path = ("matchExpressions", place)
        written.append(_Written(path, expression.get("key"), expression.get("operator"), operands))
    if not all(_well_typed(one) for one in written):
        return UNKNOWN
    for one in written:
        faults = _faults(one)
        if faults:
            return _invalid(faults)
    return Selector(tuple(Requirement(one.key, one.operator, frozenset(one.values)) for one in written))


def match(selector: Selector, labels: Labels) -> bool | Unknown:
    if selector.nothing:
        return False
    answer: bool | Unknown = True
    for requirement in selector.requirements:
        one = _holds(requirement, labels)
        if one is False:
            return False
        if isinstance(one, Unknown):
            answer = UNKNOWN
    return answer


class LabelIndex:
    """Many label sets, selected from at a cost that follows the number of possible matches.

    A template variable is filed under the value None, labels of which not even the keys are known apart.
    """

    def __init__(self, labelled: Sequence[Labels]) -> None:
        self._labelled = labelled
        self._by_pair: dict[tuple[str, str | None], list[int]] = defaultdict(list)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._open: list[int] = []
        for place, labels in enumerate(labelled):
            if isinstance(labels, Unknown) or any(values.is_template(key) for key in labels):
                self._open.append(place)
                continue
            for key, value in labels.items():
                self._by_key[key].append(place)
                self._by_pair[key, None if values.is_template(value) else value].append(place)

    def select(self, selector: Selector) -> tuple[list[int], list[int]]:
        """The places that match and those of which it cannot be told, each in order."""
        matching: list[int] = []
        unsure: list[int] = []
        for place in self._candidates(selector):
            answer = match(selector, self._labelled[place])
            if isinstance(answer, Unknown):
                unsure.append(place)
            elif answer:
                matching.append(place)
        return matching, unsure

    def _candidates(self, selector: Selector) -> Sequence[int]:
        if selector.nothing:
            return ()
        groups = [
            self._group(one)
            for one in selector.requirements
            if one.operator in ("In", "Exists") and not values.is_template(one.key)
        ]
        if not groups:
            return range(len(self._labelled))
        smallest = min(groups, key=lambda lists: sum(map(len, lists)))
        return sorted({*chain.from_iterable(smallest), *self._open})

    def _group(self, one: Requirement) -> list[Sequence[int]]:
        if one.operator == "Exists" or any(map(values.is_template, one.values)):
            return [self._by_key.get(one.key, ())]
        return [self._by_pair.get((one.key, value), ()) for value in (*one.values, None)]


class _Written(NamedTuple):
    """A requirement as it is written, of any type, its operands in order."""

    path: tuple[str | int, ...]
    key: Any
    operator: Any
    values: Any


def _well_typed(one: _Written) -> bool:
    texts = (one.key, one.operator, *one.values) if isinstance(one.values, list) else (None,)
    return all(isinstance(text, str) for text in texts)


def _holds(requirement: Requirement, labels: Labels) -> bool | Unknown:
    if isinstance(labels, Unknown):
        return UNKNOWN
    value = labels.get(requirement.key)
    if value is None and (values.is_template(requirement.key) or any(map(values.is_template, labels))):
        return UNKNOWN
    match requirement.operator:
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "In":
            return value is not None and _among(value, requirement.values)
    within = value is not None and _among(value, requirement.values)
    return UNKNOWN if isinstance(within, Unknown) else not within


def _among(value: str, wanted: frozenset[str]) -> bool | Unknown:
    if value in wanted:
        return True
    return UNKNOWN if values.is_template(value) or any(map(values.is_template, wanted)) else False


@record
class _Fault:
    """``field`` and ``details`` as Kubernetes words them, ``field`` empty for the operator."""

    path: tuple[str | int, ...]
    field: str
    value: object
    details: tuple[str, ...]
    brief: str


def _faults(one: _Written) -> list[_Fault]:
    if one.operator not in _OPERATORS:
        detail = "is not a valid label selector operator"
        brief = f"is no operator ({', '.join(_OPERATORS)})"
        return [_Fault((*one.path, "operator"), "", one.operator, (detail,), brief)]
    in_labels = one.path[0] == "matchLabels"
    key_path = one.path if in_labels else (*one.path, "key")
    faults = []
    if details := _key_faults(one.key):
        faults.append(_Fault(key_path, "key", one.key, details, "is no label key"))
    takes_values = one.operator in ("In", "NotIn")
    if takes_values and not one.values:
        details = ("for 'in', 'notin' operators, values set can't be empty",)
        faults.append(_Fault((*one.path, "values"), "values", None, details, f"{one.operator} needs values"))
    elif one.values and not takes_values:
        details = ("values set must be empty for exists and does not exist",)
        faults.append(_Fault((*one.path, "values"), "values", one.values, details, f"{one.operator} takes no values"))
    for place, value in enumerate(one.values):
        if details := _value_faults(value):
            path = one.path if in_labels else (*one.path, "values", place)
            faults.append(_Fault(path, f"values[{place}][{one.key}]", value, details, _value_brief(value)))
    return faults


def _invalid(faults: Sequence[_Fault]) -> Invalid:
    said = list(dict.fromkeys(map(_said, faults)))
    first = faults[0]
    value = first.value if isinstance(first.value, str) else ""
    return Invalid(said[0] if len(said) == 1 else f"[{', '.join(said)}]", first.path, value, first.brief)


def _said(fault: _Fault) -> str:
    details = "; ".join(fault.details)
    if not fault.field:
        return f"{_quoted(fault.value)} {details}"
    return f"{fault.field}: Invalid value: {_quoted(fault.value)}: {details}"


@lru_cache(maxsize=4096)
def _key_faults(key: str) -> tuple[str, ...]:
    if values.is_template(key):
        return ()
    faults: list[str] = []
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        hint = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (f"a valid label key {_NAME_FAULT} {hint}",)
    if slash and not prefix:
        faults.append("prefix part must be non-empty")
    elif slash:
        if _length(prefix) > 253:
            faults.append("prefix part must be no more than 253 bytes")
        if not _pattern(_SUBDOMAIN).fullmatch(prefix):
            faults.append(f"prefix part {_SUBDOMAIN_FAULT}")
    if not name:
        faults.append("name part must be non-empty")
    elif _length(name) > 63:
        faults.append("name part must be no more than 63 bytes")
    if not is_name(name):
        faults.append(f"name part {_NAME_FAULT}")
    return tuple(faults)


@lru_cache(maxsize=4096)
def _value_faults(value: str) -> tuple[str, ...]:
    if values.is_template(value):
        return ()
    faults = ("must be no more than 63 bytes",) if _length(value) > 63 else ()
    return faults if not value or is_name(value) else (*faults, _VALUE_FAULT)


def is_name(text: str) -> bool:
    """Whether it has the characters of a label's name, which are those of a label value that is not empty."""
    return _pattern(_NAME).fullmatch(text) is not None


def _value_brief(value: str) -> str:
    if _length(value) > 63:
        return "is longer than the 63 bytes of a label value"
    return "is no label value"


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
