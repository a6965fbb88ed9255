"""The two template languages of ApplicationSets, filled in with the parameters of one element.

Without `goTemplate`, `{{name}}` is replaced where `name` is a parameter and stays as it is elsewhere; with it every
text is a Go template (facts/argocd.md 2.11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crslint.fleet import gofunctions, gotemplate
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gotemplate import Action, Call, Fault, Field, Inner, Literal, Operand
from crslint.record import record

# As Argo CD looks for templates: on one line.
_TEMPLATED = re.compile(r"\{\{.*\}\}")
_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@record
class Params:
    """The parameters of one element: nested for Go templates, else by their full names.

    ``values`` may hold UNKNOWN; there may be more of those that begin with a prefix in ``open``. A ``sample`` stands
    for elements of which nothing else is known. ``at`` is where the element is written, or the generator.
    """

    values: Mapping[str, Any]
    open: tuple[str, ...] = ()
    sample: bool = False
    at: str = ""

    def may_have(self, name: str) -> bool:
        """Whether it cannot be told that there is no such parameter."""
        return any(name.startswith(prefix) or prefix.startswith(f"{name}.") for prefix in self.open)


@record
class Use:
    """A parameter that a template asks for: ``state`` is given, absent or open (it may be there)."""

    name: str
    tag: str
    state: str


@record
class Rendering:
    """``text`` is UNKNOWN where it cannot be told; ``fault`` is why text/template refuses it."""

    text: str | Unknown
    uses: tuple[Use, ...] = ()
    fault: Fault | None = None


def is_templated(text: str) -> bool:
    return "{{" in text and _TEMPLATED.search(text) is not None


def render(text: str, params: Params, *, go: bool) -> Rendering:
    if "{{" not in text:
        return Rendering(text)
    return _go(text, params) if go else _fast(text, params)


def rendered(value: Any, params: Params, *, go: bool) -> Any:
    """All texts of a structure, keys too."""
    match value:
        case str():
            return render(value, params, go=go).text
        case list():
            return [rendered(item, params, go=go) for item in value]
        case dict():
            return {_key(key, params, go=go): rendered(item, params, go=go) for key, item in value.items()}
    return value


def texts(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each text of a structure and the way to it."""
    match value:
        case str():
            yield steps, value
        case list():
            for number, item in enumerate(value):
                yield from texts(item, (*steps, number))
        case dict():
            for key, item in value.items():
                yield from texts(item, (*steps, key))


def tags(text: str) -> list[str]:
    """What stands between `{{` and `}}`, without blanks."""
    return [match[1].strip() for match in _TAG.finditer(text)]


def _key(key: str, params: Params, *, go: bool) -> str:
    text = render(key, params, go=go).text if "{{" in key else key
    return key if isinstance(text, Unknown) else text


def _fast(text: str, params: Params) -> Rendering:
    if not is_templated(text):
        return Rendering(text)
    parts: list[Any] = []
    uses: list[Use] = []
    end = 0
    for match in _TAG.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        name = match[1].strip()
        value = params.values.get(name)
        if isinstance(value, (str, Unknown)):
            uses.append(Use(name, match[0], "given"))
            parts.append(value)
        elif not name:
            parts.append(match[0])
        else:
            unsure = params.may_have(name)
            uses.append(Use(name, match[0], "open" if unsure else "absent"))
            parts.append(UNKNOWN if unsure else match[0])
    parts.append(text[end:])
    if "{{" in text[end:]:
        # An unclosed tag: the whole text is refused.
        return Rendering(UNKNOWN, tuple(uses))
    return Rendering(_joined(parts), tuple(uses))


def _go(text: str, params: Params) -> Rendering:
    template = gotemplate.parse(text)
    if isinstance(template, Fault):
        return Rendering(UNKNOWN, (), template)
    evaluation = _Evaluation(params)
    parts = [part if isinstance(part, str) else evaluation.printed(part) for part in template.parts]
    return Rendering(_joined(parts) if template.plain else UNKNOWN, tuple(evaluation.uses) if template.plain else ())


def _joined(parts: list[Any]) -> str | Unknown:
    return UNKNOWN if any(part is UNKNOWN for part in parts) else "".join(parts)


class _Evaluation:
    """The values of one template's actions; the fields whose absence an action does not provide for are its uses."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self.uses: list[Use] = []

    def printed(self, action: Action) -> Any:
        self._tag = action.text
        return gofunctions.shown(self._pipeline(action.pipeline, guarded=_is_guarded(action.pipeline)))

    def _pipeline(self, pipeline: tuple[Operand, ...], *, guarded: bool) -> Any:
        if isinstance(pipeline[0], Literal) and pipeline[0].value is None:
            return UNKNOWN
        value = self._value(pipeline[0], (), guarded=guarded)
        for command in pipeline[1:]:
            value = self._value(command, (value,), guarded=guarded)
        return value

    def _value(self, operand: Operand, fed: tuple[Any, ...], *, guarded: bool) -> Any:
        match operand:
            case Literal() if not fed:
                return operand.value
            case Field(steps=steps) if not fed:
                return self._field(steps, guarded=guarded)
            case Inner(pipeline=pipeline, steps=steps) if not fed:
                value = self._pipeline(pipeline, guarded=guarded or _is_guarded(pipeline))
                for step in steps:
                    value = value.get(step, UNKNOWN) if isinstance(value, dict) else UNKNOWN
                return value
            case Call(name=name, operands=operands):
                # A map's missing key is no fault for `index`, but the map itself must be there.
                arguments = [self._value(item, (), guarded=guarded) for item in operands]
                return gofunctions.call(name, [*arguments, *fed])
        return UNKNOWN

    def _field(self, steps: tuple[str, ...], *, guarded: bool) -> Any:
        value: Any = self._params.values
        for number, step in enumerate(steps):
            if value is UNKNOWN:
                return UNKNOWN
            if not isinstance(value, Mapping):
                self._absent(steps, "absent", guarded=guarded)
                return UNKNOWN
            if step not in value:
                state = "open" if self._params.may_have(".".join(steps[: number + 1])) else "absent"
                return self._absent(steps, state, guarded=guarded)
            value = value[step]
        if value is not None:
            self._use(steps, "given")
        if isinstance(value, int) and not isinstance(value, bool):
            # Numbers of the input are floats in Go: no function that wants an integer takes them.
            return float(value) if abs(value) < 2**53 else UNKNOWN
        return dict(value) if isinstance(value, Mapping) else value

    def _absent(self, steps: tuple[str, ...], state: str, *, guarded: bool) -> Any:
        if not guarded:
            self._use(steps, state)
        return None if state == "absent" and guarded else UNKNOWN

    def _use(self, steps: tuple[str, ...], state: str) -> None:
        if steps:
            self.uses.append(Use(".".join(steps), self._tag, state))


_PROVIDING = frozenset(
    {"and", "coalesce", "default", "dig", "empty", "get", "hasKey", "kindIs", "not", "or", "ternary"}
)


def _is_guarded(pipeline: tuple[Operand, ...]) -> bool:
    """Whether it provides for a parameter that is not there."""
    return any(isinstance(item, Call) and item.name in _PROVIDING for item in pipeline)
