"""``NamedTuple`` as in ``typing``, without its cost at import.

The standard one reads each annotation and compiles a ``__new__`` for each class, a quarter of a millisecond; the rows
of a run would cost a tenth of the time that linting one small file may take. Here a class makes its ``__new__`` with
its first row, out of code that all classes with as many fields share.
"""

from __future__ import annotations

from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

# What type checkers know; it does the same.
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import _tuplegetter

    class _Row(tuple):
        __slots__ = ()

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            made = _made(cls)
            cls.__new__ = staticmethod(made)
            return made(cls, *args, **kwargs)

        @classmethod
        def _make(cls, values: Any) -> Any:
            return cls(*values)

        def _replace(self, **changes: Any) -> Any:
            return self.__class__(**{**self._asdict(), **changes})

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            inside = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{self.__class__.__name__}({inside})"

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            names = tuple(body["__annotations__"])
            body["_fields"] = body["__match_args__"] = names
            body["_field_defaults"] = {each: body[each] for each in names if each in body}
            body["__slots__"] = ()
            for index, each in enumerate(names):
                body[each] = _tuplegetter(index, "")
            return type(name, (_Row,), body)

    class NamedTuple(metaclass=_Maker):
        """The base of a class of rows."""

    def _made(cls: Any) -> Any:
        code = _template(len(cls._fields)).replace(co_varnames=("cls", *cls._fields), co_name="__new__")
        made = FunctionType(code, {"new": tuple.__new__}, "__new__", tuple(cls._field_defaults.values()))
        made.__qualname__ = f"{cls.__qualname__}.__new__"
        return made

    @cache
    def _template(count: int) -> CodeType:
        space: dict[str, Any] = {}
        values = "".join(f"value_{index}, " for index in range(count))
        exec(f"def template(cls, {values}): return new(cls, ({values}))", space)  # noqa: S102  # ours alone
        return space["template"].__code__
