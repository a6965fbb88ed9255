"""Rows behave as the named tuples of ``typing`` do."""

from __future__ import annotations

import pickle
from typing import NamedTuple as Standard

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.row import NamedTuple


class Ours(NamedTuple):
    """A row."""

    name: str
    size: int = 3
    parts: tuple[str, ...] = ()

    @property
    def doubled(self) -> int:
        return self.size * 2


class Theirs(Standard):
    name: str
    size: int = 3
    parts: tuple[str, ...] = ()


values = st.tuples(st.text(max_size=3), st.integers(0, 3), st.lists(st.text(max_size=1), max_size=2).map(tuple))


@given(values, values)
def test_compared_hashed_and_printed_as_the_standard_one(
    one: tuple[str, int, tuple[str]], other: tuple[str, int, tuple[str]]
) -> None:
    ours, theirs = Ours(*one), Theirs(*one)
    assert (ours == Ours(*other), ours < Ours(*other)) == (theirs == Theirs(*other), theirs < Theirs(*other))
    assert (hash(ours), tuple(ours), ours._asdict()) == (hash(theirs), tuple(theirs), theirs._asdict())
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    again = pickle.loads(pickle.dumps(ours))
    assert (again, type(again)) == (ours, Ours)


def test_fields_defaults_and_properties() -> None:
    item = Ours("a", parts=("p",))
    assert (item.name, item.size, item.parts, item.doubled) == ("a", 3, ("p",), 6)
    assert (Ours._fields, Ours._field_defaults) == (Theirs._fields, Theirs._field_defaults)
    assert (item._replace(size=5), Ours._make(["b", 1, ()])) == (Ours("a", 5, ("p",)), Ours("b", 1))
    match item:
        case Ours(name, size):
            assert (name, size) == ("a", 3)


def test_frozen_and_slotted() -> None:
    item = Ours("a")
    with pytest.raises(AttributeError):
        item.name = "b"  # type: ignore[misc]
    assert not hasattr(item, "__dict__")


WRONG: list[tuple[tuple[object, ...], dict[str, object], str]] = [
    ((), {}, "missing 1 required positional argument: 'name'"),
    (("a",), {"colour": "b"}, "unexpected keyword argument 'colour'"),
    (("a", 1, (), "one too many"), {}, "positional arguments but 5 were given"),
    (("a",), {"name": "a"}, "multiple values for argument 'name'"),
]


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize(("arguments", "named", "said"), WRONG)
def test_wrong_arguments(before: int, arguments: tuple[object, ...], named: dict[str, object], said: str) -> None:
    class Local(NamedTuple):
        name: str
        size: int = 3
        parts: tuple[str, ...] = ()

    assert [Local("a").size for _ in range(before)] == [3] * before
    with pytest.raises(TypeError, match=rf"Local\.__new__\(\).*{said}"):
        Local(*arguments, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Local("a")._replace(colour="b")  # type: ignore[call-arg]
