"""What a change does to what is alive."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Unknown, fact
from crslint.record import record


@record(kw_only=True)
class Change(Entity):
    """What differs from an earlier revision and means something for what runs already (`--diff-base`, else there are
    none). Its clusters are those that both revisions reach."""

    ENTITY: ClassVar[str] = "change"

    what: str = fact(
        "`removed` (a set), `renamed` (a set, or a payload of one), `contents` (of a payload) or `fields` (immutable "
        "ones of any object)."
    )
    since: str = fact("The revision that it is compared with, as it was asked for.")
    kind: str = fact("Of the object.")
    name: str = fact("Of the object.")
    earlier: str | None = fact("The name before, where it is renamed.", None)
    apply_once: bool | Unknown = fact("Whether the set, or every set that names the payload, applies once.", False)
    survivors: list[dict[str, Any]] = fact(
        "Payloads that a removed set alone had and that are still there: `{id, at}`.", []
    )
    objects: list[dict[str, Any]] = fact(
        "Objects of a payload that differ: `{id, how, at}`; how is `changed`, `added` or `removed`.", []
    )
    fields: list[dict[str, Any]] = fact(
        "Fields that cannot be changed and were: `{field, at, before, after}`, at the first place where they differ; "
        "before and after are JSON, at most 80 characters of it, `nothing` where there is none.",
        [],
    )
