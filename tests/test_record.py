"""Records behave as frozen, slotted dataclasses do."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.record import derived, field, fields, record, replace


@record
class Ours:
    """A record."""

    KIND: ClassVar[str] = "ours"

    name: str
    size: int = 3
    parts: tuple[str, ...] = field(default=(), metadata={"doc": "x"})

    @property
    def doubled(self) -> int:
        return self.size * 2


@dataclass(frozen=True, slots=True)
class Theirs:
    """The standard library's."""

    name: str
    size: int = 3
    parts: tuple[str, ...] = ()


@record(kw_only=True)
class Base:
    """A base."""

    at: str
    labels: Sequence[str] = ()


@record(kw_only=True)
class Derived(Base):
    """With more fields."""

    name: str


values = st.tuples(st.text(max_size=3), st.integers(0, 3), st.lists(st.text(max_size=1), max_size=2).map(tuple))


@given(values, values)
def test_compared_and_hashed_as_a_dataclass(
    one: tuple[str, int, tuple[str]], other: tuple[str, int, tuple[str]]
) -> None:
    assert (Ours(*one) == Ours(*other)) == (Theirs(*one) == Theirs(*other))
    assert (hash(Ours(*one)) == hash(Ours(*other))) == (hash(Theirs(*one)) == hash(Theirs(*other)))
    assert repr(Ours(*one)) == repr(Theirs(*one)).replace("Theirs", "Ours")
    assert pickle.loads(pickle.dumps(Ours(*one))) == Ours(*one)


def test_never_equal_to_another_class() -> None:
    others: list[object] = [Theirs("a"), ("a", 3, ())]
    assert all(Ours("a") != other for other in others)


def test_defaults_properties_and_class_variables() -> None:
    assert (Ours("a").size, Ours("a").parts, Ours("a", size=4).doubled, Ours.KIND) == (3, (), 8, "ours")


def test_slotted_and_frozen_for_mypy() -> None:
    item = Ours("a")
    assert not hasattr(item, "__dict__")
    # mypy, which also refuses what is ignored in vain, is the test.
    item.name = "b"  # type: ignore[misc]


def test_inherited_fields_come_first() -> None:
    assert [each.name for each in fields(Derived)] == ["at", "labels", "name"]
    assert Derived(name="n", at="x") == Derived(at="x", name="n")
    assert [each.required for each in fields(Derived)] == [True, False, True]


WRONG: list[tuple[tuple[object, ...], dict[str, object]]] = [
    ((), {}),
    ((), {"name": "a", "colour": "b"}),
    (("a", 1, (), "one too many"), {}),
    (("a",), {"name": "a"}),
]


@pytest.mark.parametrize("before", [0, 300])
@pytest.mark.parametrize(("arguments", "named"), WRONG)
def test_wrong_arguments(before: int, arguments: tuple[object, ...], named: dict[str, object]) -> None:
    @record
    class Local:
        name: str
        size: int = 3
        parts: tuple[str, ...] = ()

    assert [Local("a", parts=("p",)).size for _ in range(before)] == [3] * before
    with pytest.raises(TypeError):
        Local(*arguments, **named)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [*range(10), 16, 17, 48, 49, 60])
def test_any_number_of_fields(count: int) -> None:
    names = [f"field_{index}" for index in range(count)]
    made: Any = record(type("Made", (), {"__annotations__": dict.fromkeys(names, "int"), "__module__": __name__}))
    item = made(*range(count))
    assert [getattr(item, name) for name in names] == list(range(count))
    assert made(**dict(zip(names, range(count), strict=True))) == item


def test_a_class_of_which_many_are_made() -> None:
    @record
    class Local:
        name: str
        parts: tuple[str, ...] = ()
        size: int = 3

    made = [Local("a", size=5) for _ in range(300)]
    assert made == [made[0]] * 300
    assert (made[0].name, made[0].parts, made[0].size) == (made[-1].name, made[-1].parts, made[-1].size)


def test_keyword_only() -> None:
    with pytest.raises(TypeError):
        Derived("x", name="n")  # type: ignore[call-arg]


def test_replace() -> None:
    assert replace(Ours("a", parts=("p",)), size=5) == Ours("a", 5, ("p",))
    assert replace(Derived(at="x", name="n"), labels=["l"]) == Derived(name="n", at="x", labels=["l"])
    with pytest.raises(TypeError, match="colour"):
        replace(Ours("a"), colour="b")


asked: list[str] = []


def _loud(item: Shouted) -> str:
    asked.append(item.name)
    return item.name.upper()


@record(kw_only=True)
class Named:
    """A base whose field another record derives."""

    title: str
    name: str


@record(kw_only=True)
class Shouted(Named):
    """With derived fields, also in place of an inherited one."""

    title: str = derived(lambda item: f"the {item.name}")
    loud: str = derived(_loud, metadata={"doc": "y"})


@record(kw_only=True)
class Told(Shouted):
    """Where what was derived is given."""

    loud: str


def test_what_a_base_derives_may_be_given() -> None:
    item = Told(name="a", loud="x")
    assert (item.loud, item.title, replace(item, loud="y").loud) == ("x", "the a", "y")
    assert [each.required for each in fields(item)] == [False, True, True]


def test_derived_fields_are_computed_once_and_only_if_read() -> None:
    asked.clear()
    item = Shouted(name="a")
    assert asked == []
    assert (item.loud, item.loud, item.title, asked) == ("A", "A", "the a", ["a"])
    assert not hasattr(item, "louder")


def test_derived_fields_follow_from_the_others() -> None:
    item = Shouted(name="a")
    assert item.loud == "A"
    assert replace(item, name="b").loud == "B"
    assert item == Shouted(name="a")
    assert hash(item) == hash(Shouted(name="a"))
    assert pickle.loads(pickle.dumps(item)).loud == "A"
    assert [(each.name, each.required) for each in fields(item)] == [("title", False), ("name", True), ("loud", False)]
    assert repr(item) == "Shouted(name='a')"
    with pytest.raises(TypeError):
        Shouted(name="a", loud="B")
    with pytest.raises(TypeError):
        replace(item, loud="B")
