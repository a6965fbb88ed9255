"""Late facts are made when something first reads them, once for each entity."""

from __future__ import annotations

from typing import ClassVar

from crslint.fleet.entity import Entity, Late, fact, facts_of, late_fact
from crslint.record import record, replace


@record(kw_only=True)
class Host(Entity):
    """A host."""

    ENTITY: ClassVar[str] = "host"

    late: Late
    disks: list[str] = late_fact("disks", "Its disks.")
    rack: str = fact("Its rack.", "a")


def host(made: list[str]) -> Host:
    def disks() -> list[str]:
        made.append("disks")
        return ["sda"]

    return Host(id="Host x", at="a.yaml:0#", late={"disks": disks})


def test_made_once_when_first_read() -> None:
    made: list[str] = []
    item = host(made)
    assert made == []
    assert (item.disks, item.disks, made) == (["sda"], ["sda"], ["disks"])


def test_a_copy_makes_them_by_itself() -> None:
    made: list[str] = []
    copy = replace(host(made), rack="b")
    assert (copy.rack, made) == ("b", [])
    assert copy.disks == ["sda"]


def test_what_they_are_made_by_is_no_fact() -> None:
    assert [item.name for item in facts_of(Host)] == ["id", "at", "clusters", "complete", "disks", "rack"]
    assert host([]).facts() == {
        "id": "Host x",
        "at": "a.yaml:0#",
        "clusters": [],
        "complete": True,
        "disks": ["sda"],
        "rack": "a",
    }
