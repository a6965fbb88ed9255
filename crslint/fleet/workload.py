"""What a workload cluster has without any payload: `tables/workload.yaml`, for lookups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from crslint.fleet.table import read_table
from crslint.record import record


@record
class Workload:
    """``operators`` maps the end of an image's repository to the API groups that it registers at run time;
    ``deliverers`` are (group, kind); ``runtime_made`` are whole names, or beginnings that end in ``*``."""

    namespaces: frozenset[str]
    groups: frozenset[str]
    operators: Mapping[str, tuple[str, ...]]
    deliverers: frozenset[tuple[str, str]]
    runtime_made: Mapping[str, tuple[str, ...]]
    service_accounts: frozenset[str]

    def makes(self, kind: str, name: str) -> bool:
        """Whether a program makes the ConfigMap or Secret at run time."""
        return any(
            name.startswith(known[:-1]) if known.endswith("*") else name == known
            for known in self.runtime_made.get(kind, ())
        )


@cache
def workload() -> Workload:
    table = read_table("workload")
    return Workload(
        namespaces=frozenset(table["namespaces"]),
        groups=frozenset(table["groups"]),
        operators={row["image"]: tuple(row["groups"]) for row in table["operators"]},
        deliverers=frozenset(tuple(row.split("/")) for row in table["deliverers"]),
        runtime_made={kind: tuple(names) for kind, names in table["runtimeMade"].items()},
        service_accounts=frozenset(table["serviceAccounts"]),
    )
