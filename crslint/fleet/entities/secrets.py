"""Secrets as Git holds them, and what makes them elsewhere. No fact holds a value."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Unknown, fact
from crslint.record import record


@record(kw_only=True)
class Secret(Entity):
    """A Secret in a file or in a payload; also another object of a payload that holds a private key."""

    ENTITY: ClassVar[str] = "secret"

    kind: str = fact("Kind of the object: `Secret`, or another one that holds a private key.")
    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    type: str | None | Unknown = fact("`type` as written.")
    carrier: str = fact("Where it lies: in a `file`, or in a payload that is a `ConfigMap` or a `Secret`.")
    payload: str | None = fact("The payload that it lies in.", None, entity="payload")
    payload_id: str | None = fact("That payload for people: `ConfigMap default/cilium`.", None)
    entries: list[dict[str, Any]] = fact(
        "Its values, the first 100, without what they say: `{key, at, state, authority}`; state is `plaintext`, "
        "`template`, `encrypted`, `placeholder` or `public` (a certificate, a user name), authority whether it is the "
        "private key of a certificate authority.",
        [],
    )
    plaintext: list[str] = fact("Keys of the values that everybody can read who can read the repository.", [])
    templated: list[str] = fact("Keys of those that a variable stands for.", [])
    exposed_at: str = fact(
        "Address of the gravest value: the key of an authority, else the first that is readable, else templated."
    )
    shared_authority: dict[str, Any] | None = fact(
        "Where several clusters get one authority's private key from it or from an equal one: `{key, clusters, count, "
        "otherAt, other}`; clusters are the first ten, otherAt the equal one elsewhere, or null.",
        None,
    )


@record(kw_only=True)
class SealedSecret(Entity):
    """A SealedSecret of bitnami.com (facts/argocd.md 4)."""

    ENTITY: ClassVar[str] = "sealedSecret"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    sealed_scope: str | Unknown = fact("What it is sealed for: `strict`, `namespace-wide` or `cluster-wide`.")
    payload: str | None = fact("The payload that it lies in.", None, entity="payload")
    obstacles: list[dict[str, Any]] = fact(
        "What may keep it shut: `{what, fault, at, elsewhere, otherAt}`; what is `scope`, `name`, `namespace`, "
        "`controller` or `key`; fault is null where it is fine; elsewhere whether the controller is known to come by "
        "other ways than a payload.",
        [],
    )


@record(kw_only=True)
class ExternalSecret(Entity):
    """An ExternalSecret or ClusterExternalSecret of external-secrets.io."""

    ENTITY: ClassVar[str] = "externalSecret"

    kind: str = fact("Kind of the object.")
    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    stores: list[dict[str, Any]] = fact(
        "The stores that it names: `{kind, name, at, state, near}`; state is `present`, `missing` or `unknown`; near a "
        "name that may be meant, or null.",
        [],
    )
