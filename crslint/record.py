"""Frozen, slotted records: what ``@dataclass(frozen=True, slots=True)`` makes, without its cost at import.

The standard decorator compiles six methods for each class, half a millisecond; a hundred classes would be half of the
time that linting one small file may take. Here the methods are shared, and ``__init__`` is compiled for a class with
many records only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")

MISSING: Any = object()


class Field:
    """One field of a record: ``type`` is the annotation as written, ``metadata`` whatever was given to ``field``.

    ``derive`` computes a derived field from the record, None for all others.
    """

    __slots__ = ("default", "default_factory", "derive", "kw_only", "metadata", "name", "type")

    def __init__(self, default: Any, default_factory: Any, metadata: Mapping[str, Any], derive: Any = None) -> None:
        self.name = ""
        self.type = ""
        self.kw_only = False
        self.default = default
        self.default_factory = default_factory
        self.derive = derive
        self.metadata = metadata

    @property
    def required(self) -> bool:
        return self.default is MISSING and self.default_factory is MISSING and self.derive is None


def field(
    *,
    default: Any = MISSING,
    default_factory: Callable[[], Any] = MISSING,
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    return Field(default, default_factory, metadata or {})


def derived(derive: Callable[[Any], Any], *, metadata: Mapping[str, Any] | None = None) -> Any:
    """A field that follows from the others: computed when it is first read, and kept.

    It is no argument of the record, and two records are equal without it.
    """
    return Field(MISSING, MISSING, metadata or {}, derive)


@overload
def record(cls: type[T], /) -> type[T]: ...


@overload
def record(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Makes a record of a class: frozen, slotted, compared and hashed by its fields, picklable."""
    return _made(cls, False) if cls is not None else lambda each: _made(each, kw_only)


def fields(item: object) -> tuple[Field, ...]:
    """The fields of a record or of its class, inherited ones first."""
    found: tuple[Field, ...] = item.__record_fields__  # type: ignore[attr-defined]
    return found


def replace(item: T, /, **changes: Any) -> T:
    """A copy with some fields changed."""
    names: tuple[str, ...] = item.__record_names__  # type: ignore[attr-defined]
    return type(item)(**{**{name: getattr(item, name) for name in names}, **changes})


def _made(cls: type, kw_only: bool) -> type:
    bases = reversed(cls.__mro__[1:])
    inherited = {each.name: each for base in bases for each in getattr(base, "__record_fields__", ())}
    own: dict[str, Field] = {}
    for name, annotation in cls.__annotations__.items():
        if annotation.startswith("ClassVar"):
            continue
        given = cls.__dict__.get(name, MISSING)
        made = given if isinstance(given, Field) else Field(given, MISSING, {})
        made.name, made.type, made.kw_only = name, annotation, kw_only
        own[name] = made
    body = {name: value for name, value in cls.__dict__.items() if name not in own and name not in _DROPPED}
    body["__slots__"] = tuple(name for name in own if name not in inherited)
    every = tuple({**inherited, **own}.values())
    body["__record_fields__"] = every
    body["__record_given__"] = given_fields = tuple(each for each in every if each.derive is None)
    body["__record_names__"] = tuple(each.name for each in given_fields)
    for name, method in _SHARED.items():
        body.setdefault(name, method)
    if any(each.derive for each in every):
        body["__getattr__"] = _derive
    made_class = type(cls)(cls.__name__, cls.__bases__, body)
    made_class.__qualname__ = cls.__qualname__
    made_class.__init__ = _first_init(made_class)  # type: ignore[misc]
    return made_class


_DROPPED = frozenset({"__dict__", "__weakref__"})
# From so many records on, compiling costs less than it saves.
_MANY = 60


def _first_init(cls: type) -> Callable[..., None]:
    """An ``__init__`` for the first records of a class, which makes way for the compiled one when they become many."""
    calls = 0
    plan: _Plan | None = None

    def first(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal calls, plan
        calls += 1
        if calls > _MANY:
            if cls.__init__ is first:  # type: ignore[misc]
                cls.__init__ = _compiled_init(cls)  # type: ignore[misc]
            cls.__init__(self, *args, **kwargs)  # type: ignore[misc]
        else:
            plan = plan or _Plan(cls)
            plan.fill(self, args, kwargs)

    return first


class _Plan:
    """How to fill the slots of a record without code made for its class: twice as slow, and nothing to compile."""

    def __init__(self, cls: type) -> None:
        every: tuple[Field, ...] = cls.__record_given__  # type: ignore[attr-defined]
        self._count = len(every)
        self._positional = [each.name for each in every if not each.kw_only]
        self._defaults = {each.name: each.default for each in every if each.default is not MISSING}
        self._factories = {each.name: each.default_factory for each in every if each.default_factory is not MISSING}
        self._is_post = hasattr(cls, "__post_init__")

    def fill(self, item: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        values = {**self._defaults, **kwargs}
        twice = False
        if args:
            twice = not kwargs.keys().isdisjoint(self._positional[: len(args)])
            values |= zip(self._positional, args, strict=False)
        for name, make in self._factories.items():
            if name not in values:
                values[name] = make()
        if len(values) != self._count or len(args) > len(self._positional) or twice:
            raise TypeError(f"{item.__class__.__qualname__}() got other arguments than it has fields: {[*values]}")
        # Setting gives None: this is a loop that the interpreter does not see.
        any(map(object.__setattr__, repeat(item), values, values.values()))
        if self._is_post:
            item.__post_init__()


def _compiled_init(cls: type) -> Callable[..., None]:
    space: dict[str, Any] = {"MISSING_": MISSING}
    positional: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for each in cls.__record_given__:  # type: ignore[attr-defined]
        name = each.name
        if each.default_factory is not MISSING:
            space[f"make_{name}"] = each.default_factory
            parameter, value = f"{name}=MISSING_", f"make_{name}() if {name} is MISSING_ else {name}"
        elif each.default is not MISSING:
            space[f"default_{name}"] = each.default
            parameter, value = f"{name}=default_{name}", name
        else:
            parameter, value = name, name
        (named if each.kw_only else positional).append(parameter)
        # The slot itself: object.__setattr__ would look for it each time.
        space[f"set_{name}"] = getattr(cls, name).__set__
        lines.append(f"    set_{name}(self, {value})")
    parameters = ["self", *positional, *(["*", *named] if named else [])]
    post = ["    self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    source = f"def __init__({', '.join(parameters)}):\n" + "\n".join([*lines, *post] or ["    pass"])
    exec(source, space)  # noqa: S102  # names of fields alone, as the standard library does
    made: Callable[..., None] = space["__init__"]
    return made


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__record_names__])


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__record_names__)
    return f"{self.__class__.__qualname__}({inside})"


def _frozen(self: Any, name: str, *_value: Any) -> None:
    raise AttributeError(f"{self.__class__.__name__} is frozen: cannot change {name}")


def _restore(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(self.__record_names__, state, strict=True):
        object.__setattr__(self, name, value)


def _derive(self: Any, name: str) -> Any:
    """Called for a slot that holds nothing yet."""
    for each in self.__record_fields__:
        if each.name == name and each.derive is not None:
            value = each.derive(self)
            object.__setattr__(self, name, value)
            return value
    raise AttributeError(f"{self.__class__.__name__} has no attribute {name!r}")


_SHARED = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__getstate__": _values,
    "__setstate__": _restore,
}
