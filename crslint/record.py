"""Frozen, slotted records: what ``@dataclass(frozen=True, slots=True)`` makes, without its cost at import.

The standard decorator compiles six methods for each class, half a millisecond; a hundred classes would be half of the
time that linting one small file may take. Here the methods are shared, and so is the code of ``__init__`` among classes
with as many fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter, is_
from types import CodeType, FunctionType
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
    return type(item)(**{**dict(zip(names, _values(item), strict=True)), **changes})


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
    kept = {name: value for name, value in cls.__dict__.items() if name not in own and name not in _DROPPED}
    every = tuple({**inherited, **own}.values())
    given_fields = tuple([each for each in every if each.derive is None])
    body = {
        **_SHARED,
        **kept,
        "__slots__": tuple([name for name in own if name not in inherited]),
        "__qualname__": cls.__qualname__,
        "__init__": _first_init,
        "__record_fields__": every,
        "__record_given__": given_fields,
        "__record_names__": tuple([each.name for each in given_fields]),
    }
    if len(given_fields) < len(every):
        body["__getattr__"] = _derive
        body["__record_derived__"] = {each.name: each.derive for each in every if each.derive}
    return type(cls)(cls.__name__, cls.__bases__, body)


_DROPPED = frozenset({"__dict__", "__weakref__"})
# How many fields templates are made for: the next larger one serves.
_SIZES = (4, 8, 16, 24, 48)


def _first_init(self: Any, *args: Any, **kwargs: Any) -> None:
    """Makes way for the ``__init__`` of the class when its first record is made: many classes never have one."""
    cls = self.__class__
    cls.__init__ = _init(cls)
    cls.__init__(self, *args, **kwargs)


def _init(cls: type) -> Callable[..., None]:
    """The template for so many fields, under the names of these: compiling one for each class takes much longer."""
    given: tuple[Field, ...] = cls.__record_given__  # type: ignore[attr-defined]
    positional = [each for each in given if not each.kw_only]
    named = [each for each in given if each.kw_only]
    ordered = [*positional, *named]
    size = next((size for size in _SIZES if size >= len(ordered)), len(ordered))
    # What is left over are parameters that cannot be named, with a default that goes nowhere.
    unused = [str(index) for index in range(len(ordered), size)]
    code = _template(size).replace(
        co_varnames=("self", *[each.name for each in ordered], *unused),
        co_argcount=1 + len(positional),
        co_kwonlyargcount=len(named) + len(unused),
        co_name="__init__",
    )
    # The slots themselves: object.__setattr__ would look for them each time.
    setters: dict[str, Any] = {f"set_{index}": _setter(cls, each) for index, each in enumerate(ordered)}
    setters |= {f"set_{index}": is_ for index in range(len(ordered), size)}
    made = FunctionType(code, setters, "__init__", tuple([each.default for each in positional if not each.required]))
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__kwdefaults__ = {each.name: each.default for each in named if not each.required} | dict.fromkeys(unused)
    return made


@cache
def _template(count: int) -> CodeType:
    """The code of a function of a record and of so many values, which sets each."""
    space: dict[str, Any] = {}
    names = [f"value_{index}" for index in range(count)]
    lines = [f"    set_{index}(self, {name})" for index, name in enumerate(names)]
    exec(f"def template(self, {', '.join(names)}):\n" + "\n".join(lines), space)  # noqa: S102  # ours alone
    code: CodeType = space["template"].__code__
    return code


def _setter(cls: type, each: Field) -> Callable[[Any, Any], None]:
    setter: Callable[[Any, Any], None] = getattr(cls, each.name).__set__
    if each.default_factory is MISSING:
        return setter
    make = each.default_factory
    return lambda item, value: setter(item, make() if value is MISSING else value)


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


def _frozen(self: Any, name: str, *_value: Any) -> None:
    raise AttributeError(f"{self.__class__.__name__} is frozen: cannot change {name}")


def _restore(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(self.__record_names__, state, strict=True):
        object.__setattr__(self, name, value)


def _derive(self: Any, name: str) -> Any:
    """Called for a slot that holds nothing yet."""
    derive = self.__record_derived__.get(name)
    if derive is None:
        raise AttributeError(f"{self.__class__.__name__} has no attribute {name!r}")
    value = derive(self)
    object.__setattr__(self, name, value)
    return value


_SHARED = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__getstate__": _values,
    "__setstate__": _restore,
}
