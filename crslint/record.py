"""Frozen, slotted records: what ``@dataclass(frozen=True, slots=True)`` is to a type checker, made faster.

The standard decorator compiles six methods for each class, half a millisecond; a hundred classes would be half of the
time that linting one small file may take. Here the methods are shared, and so is the code of ``__init__`` among classes
with as many fields. That nobody changes a record is left to mypy: a method that refuses it would make each record twice
as dear, and a run makes ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")

MISSING: Any = object()


class Field:
    """One field of a record: ``type`` is the annotation as written, ``metadata`` whatever was given to ``field``.

    ``derive`` computes a derived field from the record, None for all others.
    """

    __slots__ = ("default", "derive", "kw_only", "metadata", "name", "type")

    def __init__(self, default: Any, metadata: Mapping[str, Any], derive: Any = None) -> None:
        self.name = ""
        self.type = ""
        self.kw_only = False
        self.default = default
        self.derive = derive
        self.metadata = metadata

    @property
    def required(self) -> bool:
        return self.default is MISSING and self.derive is None


def field(*, default: Any = MISSING, metadata: Mapping[str, Any] | None = None) -> Any:
    """All records that are not given the field share its default, which nobody changes either."""
    return Field(default, metadata or {})


def derived(derive: Callable[[Any], Any], *, metadata: Mapping[str, Any] | None = None) -> Any:
    """A field that follows from the others: computed when it is first read, and kept.

    It is no argument of the record, and two records are equal without it.
    """
    return Field(MISSING, metadata or {}, derive)


@overload
def record(cls: type[T], /) -> type[T]: ...


@overload
def record(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Makes a record of a class: slotted, compared and hashed by its fields, picklable."""
    return _made(cls, False) if cls is not None else lambda each: _made(each, kw_only)


def fields(item: object) -> tuple[Field, ...]:
    """The fields of a record or of its class, inherited ones first."""
    found: tuple[Field, ...] = item.__record_fields__  # type: ignore[attr-defined]
    return found


def replace(item: T, /, **changes: Any) -> T:
    """A copy with some fields changed."""
    cls: Any = item.__class__
    copy: T = object.__new__(cls)
    _filler(cls)(copy, *_reader(cls)(item))
    unknown = changes.keys() - cls.__record_names__
    if unknown:
        raise TypeError(f"{cls.__name__} is not made of {min(unknown)}")
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def _made(cls: type, kw_only: bool) -> type:
    bases = reversed(cls.__mro__[1:])
    inherited = {each.name: each for base in bases for each in getattr(base, "__record_fields__", ())}
    own: dict[str, Field] = {}
    for name, annotation in cls.__annotations__.items():
        if annotation.startswith("ClassVar"):
            continue
        given = cls.__dict__.get(name, MISSING)
        made = given if isinstance(given, Field) else Field(given, {})
        made.name, made.type, made.kw_only = name, annotation, kw_only
        own[name] = made
    kept = {name: value for name, value in cls.__dict__.items() if name not in own and name not in _DROPPED}
    every = tuple({**inherited, **own}.values())
    given_fields = sorted([each for each in every if each.derive is None], key=lambda each: each.kw_only)
    body = {
        **_SHARED,
        **kept,
        "__slots__": tuple([_slot(each) for each in own.values() if _is_new(each, inherited.get(each.name))]),
        "__qualname__": cls.__qualname__,
        "__init__": _first_init,
        "__record_fields__": every,
        "__record_given__": tuple(given_fields),
        "__record_names__": tuple([each.name for each in given_fields]),
    }
    body |= {each.name: _kept(_slot(each), each.derive) for each in own.values() if each.derive}
    return type(cls)(cls.__name__, cls.__bases__, body)


_DROPPED = frozenset({"__dict__", "__weakref__"})
# How many fields templates are made for: the next larger one serves.
_SIZES = (0, 4, 8, 16, 24, 48)


def _first_init(self: Any, *args: Any, **kwargs: Any) -> None:
    """Makes way for the ``__init__`` of the class when its first record is made: many classes never have one."""
    cls = self.__class__
    cls.__init__ = _init(cls)
    cls.__init__(self, *args, **kwargs)


def _init(cls: type) -> Callable[..., None]:
    given: tuple[Field, ...] = cls.__record_given__  # type: ignore[attr-defined]
    positional = [each for each in given if not each.kw_only]
    made = _function(cls, len(positional), {each.name: each.default for each in given if each.kw_only})
    made.__defaults__ = tuple([each.default for each in positional if not each.required])
    return made


@cache
def _filler(cls: type) -> Callable[..., None]:
    """Sets all fields of a record, given in their order."""
    return _function(cls, len(cls.__record_names__), {})  # type: ignore[attr-defined]


def _function(cls: type, positional: int, named: Mapping[str, Any]) -> FunctionType:
    """The template for so many fields, under the names of these: compiling one for each class takes much longer."""
    names: tuple[str, ...] = cls.__record_names__  # type: ignore[attr-defined]
    size = next((size for size in _SIZES if size >= len(names)), len(names))
    # What is left over are parameters that cannot be named; what they set, the first field sets once more.
    unused = [str(index) for index in range(len(names), size)]
    code = _template(size).replace(
        co_varnames=("self", *names, *unused),
        co_names=(*names[:1] * len(unused), *reversed(names)),
        co_argcount=1 + positional,
        co_kwonlyargcount=size - positional,
        co_name="__init__",
    )
    made = FunctionType(code, {}, "__init__")
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    given = {name: value for name, value in named.items() if value is not MISSING}
    made.__kwdefaults__ = given | dict.fromkeys(unused)
    return made


@cache
def _template(count: int) -> CodeType:
    """The code of a function of a record and of so many values, which sets each, the last first."""
    space: dict[str, Any] = {}
    names = [f"value_{index}" for index in range(count)]
    lines = [f"    self.{name} = {name}" for name in reversed(names)] or ["    pass"]
    exec(f"def template(self, {', '.join(names)}):\n" + "\n".join(lines), space)  # noqa: S102  # ours alone
    code: CodeType = space["template"].__code__
    return code


def _values(self: Any) -> tuple[Any, ...]:
    return _reader(self.__class__)(self)


@cache
def _reader(cls: type) -> Callable[[Any], tuple[Any, ...]]:
    names: tuple[str, ...] = cls.__record_names__  # type: ignore[attr-defined]
    # Of one name it gives the value itself.
    return attrgetter(*names) if len(names) > 1 else lambda item: tuple([getattr(item, name) for name in names])


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__record_names__)
    return f"{self.__class__.__qualname__}({inside})"


def _restore(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(self.__record_names__, state, strict=True):
        setattr(self, name, value)


def _is_new(each: Field, inherited: Field | None) -> bool:
    """Whether no base has the slot of a field."""
    return inherited is None or bool(each.derive or inherited.derive)


def _slot(each: Field) -> str:
    return f"_{each.name}" if each.derive else each.name


def _kept(slot: str, derive: Callable[[Any], Any]) -> property:
    """Not `__getattr__`: the interpreter would take the slow way to all other fields of the class too."""

    def value(self: Any) -> Any:
        try:
            return getattr(self, slot)
        except AttributeError:
            found = derive(self)
        setattr(self, slot, found)
        return found

    return property(value)


_SHARED = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__getstate__": _values,
    "__setstate__": _restore,
}
