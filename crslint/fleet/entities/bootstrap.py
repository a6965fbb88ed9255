"""What the management cluster applies to new clusters: sets, payloads and the objects in them."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity, Late, Unknown, derived_fact, derived_id, fact, late_fact
from crslint.record import record


@record(kw_only=True)
class ResourceSet(Entity):
    """A ClusterResourceSet (facts/capi.md 1)."""

    ENTITY: ClassVar[str] = "resourceSet"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written; equal spellings are the same namespace.")
    strategy: str | None | Unknown = fact("`spec.strategy`; null where not written (the webhook makes it ApplyOnce).")
    selector: str | Unknown = fact("State of `spec.clusterSelector`: `valid`, `missing`, `empty` or `invalid`.")
    selector_error: str | None = fact("What Kubernetes says of an invalid selector.", None)
    selector_fault: dict[str, Any] | None = fact(
        "What is wrong with a selector that is not valid: `{subject, detail, at}`; subject is the value, if any.", None
    )
    opts_in: bool = fact(
        "Whether the selector asks only for labels that switch something on (`true`, `enabled`).", False
    )
    selects: list[str] | Unknown = fact(
        "Clusters of its namespace that it selects: the first 100 (`clusters` names all).", entity="cluster"
    )
    selectable: list[str] | Unknown = fact(
        "Clusters that it could select, those of its namespace: at most 100.", entity="cluster"
    )
    idle: bool = fact(
        "Whether a valid selector is known to select none of its namespace's Clusters, though there are some.", False
    )
    near_label: dict[str, Any] = fact(
        "Where it is idle, a label that may be meant: `{cluster, key, value, wantedKey, wanted, slip, "
        "at}`; slip is true where it differs as a typo does; all others are null where there is none.",
        {},
    )
    lacking_label: dict[str, Any] | None = fact(
        "Where it is idle, the one label that a Cluster would need besides those that it has: `{cluster, key, wanted, "
        "at}`, at all its labels.",
        None,
    )
    resources: list[dict[str, Any]] | Unknown = fact(
        "`spec.resources` in order: `{kind, name, at, place, first, state, payload, nearest, nearestAt, lost, type}`; "
        "first is the earlier entry of the same kind and name; state is `present`, `declared` (external, generated or "
        "made by a controller), `otherNamespace`, `missing` or `unknown`; nearest is the name that may be meant where "
        "it is missing, lost what its name promises and nothing else brings (`cni`, `argocd`); type is that of a "
        "Secret which the controller refuses.",
        entity="payload",
    )
    places: list[dict[str, Any]] = fact(
        "The set, and the payloads that it names: `{what, at, namespace, apart, target, with, withAt}`; apart is true "
        "for the one that lies in another namespace than the rest, target is theirs, with is one of them.",
        [],
    )
    delivers: list[str] | Unknown = fact(
        "What its payloads bring, by content: `cni`, `csi`, `argocd`, `rootApplication`, `other`."
    )
    number: int | None = fact("The number that its name begins with: 1 for `01-cilium`.", None)
    turns: list[dict[str, Any]] = fact(
        "Its place among the sets that reach the same clusters, and the places in its own list, by what they bring: "
        "`{name, at, brings, relation, otherName, otherAt, otherBrings, promise}`; relation is `before` or `after`; "
        "promise is what the numbers in the names say: `kept` (or nothing), `broken`, or `unnumbered` where only the "
        "other one has a number. A pair of sets is told at one of them; at most ten of each promise.",
        [],
    )
    hopes: list[dict[str, Any]] = fact(
        "Namespaces and CRDs that objects of its payloads need, by the set that brings them: `{at, payload, set, "
        "setName, own, sameClusters, kind, name, object, needAt, provider, count, what}`; at is the entry of the "
        "payload, own is true where the set itself brings them, the rest is the first need and the number of objects; "
        "not what a broken turn speaks of.",
        [],
    )
    components: list[dict[str, Any]] = fact(
        "What its payloads bring: `{component, what, allowed, at, beside, besideAt}`; component is `cni`, `csi`, "
        "`argocd`, `root-application` or a name, allowed false for what a bootstrap set may not carry "
        "(`bootstrap.components` of the configuration) and for what nothing needs so early; at is the entry of a "
        "payload that brings nothing else, else the object; beside is the GitOps engine or root Application that the "
        "set brings too, or null.",
        [],
    )
    fragile: list[dict[str, Any]] = fact(
        "Objects of its payloads that patching them again would harm: `{id, at, harm, application, otherAt}`; harm is "
        "text or null, application one that manages the object in Git, or null. At most ten.",
        [],
    )


@record(kw_only=True)
class Payload(Entity):
    """A ConfigMap or Secret that is or looks like a payload, as the ClusterResourceSet controller reads it."""

    ENTITY: ClassVar[str] = "payload"

    late: Late

    kind: str = fact("`ConfigMap` or `Secret`.")
    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    keys: list[str] | Unknown = fact("Keys of `data` in the order in which they are read (bytes).")
    used_by: list[str] = fact("The sets that name it.", [], entity="resourceSet")
    in_use: bool = fact(
        "True where a set names it, or where the input has no set at all and it looks like a payload: rules judge it."
    )
    apply_once: bool | Unknown = fact("Whether every set that names it applies once.")
    refused: dict[str, Any] | None = fact(
        "Why the controller takes nothing of it: `{kind, reason, at}`; null if it reads it."
    )
    objects: list[dict[str, Any]] | Unknown = late_fact(
        "objects",
        "`{apiVersion, kind, namespace, name, at}` in order of application, empty strings for what an object lacks.",
        entity="payloadObject",
    )
    documents: list[dict[str, Any]] = fact(
        "What its values hold, document by document: `{form, kind, count, fault, at, span}`; form is `object`, `list` "
        "(a `kind: List`), `sequence`, `other` (no mapping) or `broken`; count is the number of items of a list or "
        "sequence; fault says why it is no whole object, null where it is one; span is what is to blame in the text of "
        "its value, or null.",
        [],
    )
    unplaced: int = late_fact("unplaced", "How many namespaced objects in it have no namespace.")
    implied_namespace: str | None = late_fact(
        "implied_namespace",
        "The one namespace that its Namespace object or the subjects of its bindings name; null where they name none "
        "or several.",
    )
    values: list[dict[str, Any]] = fact(
        "Its values, the largest first: `{key, size, at, fault}`; size in bytes; fault is null or `{kind, reason, "
        "refused, mendable, at, span}`: kind is `short-value`, `separator`, `directive`, `decode`, `not-mapping`, "
        "`syntax` or `json-list`; refused is false where only this value is lost, without an error; mendable says that "
        "it is a list of objects all the same, only not as JSON; span is what is to blame in the value's text, or "
        "null.",
        [],
    )
    size: int | Unknown = fact("Bytes of all values together (the API server allows 1,048,576).")
    compact_size: int | Unknown = fact(
        "Bytes when each value is written as a compact JSON list; unknown where they are fewer than 200,000 as it is."
    )
    applied_size: int | Unknown = fact(
        "Bytes of the annotations that a client-side `kubectl apply` would leave on it (262,144 are allowed)."
    )
    shipped_by: list[dict[str, Any]] = late_fact(
        "shipped_by",
        "Applications that sync it to the management cluster: `{name, serverSide, at}`, at their sync options.",
    )
    sync_options: str | None | Unknown = late_fact("sync_options", "Its annotation `argocd.argoproj.io/sync-options`.")
    server_side: bool = late_fact(
        "server_side",
        "Whether no client-side apply is to be feared: its own sync options say so, or all Applications that sync it.",
    )
    delivers: list[str] | Unknown = fact("`cni`, `csi`, `argocd`, `rootApplication`, `other`.")
    passed_over: str | None = fact(
        "A set of its namespace, where the lists of all of them are known and none names it.",
        None,
        entity="resourceSet",
    )
    engine: dict[str, Any] | None = fact(
        "Argo CD's controller, where the payload brings it: `{kind, name, at, crd, work, unschedulable}`; crd is the "
        "state of the Application CRD (as in needs of a payloadObject), work whether there are Applications that lack "
        "it, unschedulable the clusters without a node for it.",
        None,
    )


def _images(item: PayloadObject) -> list[dict[str, Any]]:
    from crslint.fleet.traits import images

    return images(item.source)


@record(kw_only=True)
class PayloadObject(Entity):
    """One object of a payload that the controller would apply."""

    ENTITY: ClassVar[str] = "payloadObject"

    source: Object

    id: str = derived_id(lambda item: item.source.id)
    api_version: str = fact("As written, empty where missing.")
    group: str = fact("API group.")
    kind: str = fact("As written, empty where missing.")
    namespace: str | None | Unknown = fact("`metadata.namespace`.")
    name: str | None | Unknown = fact("`metadata.name`.")
    scope: str | Unknown = fact("`Namespaced` or `Cluster`, also by the CRDs of the input.")
    payload: str = fact("The payload.", entity="payload")
    key: str = fact("The key of the payload that holds it.")
    position: int = fact("Its place in the order of application within the payload, from 0.")
    needs: list[dict[str, Any]] = fact(
        "What must exist first: `{kind, name, at, state, provider, providerSet, firstLacking}`; kind is `namespace` or "
        "`crd`; state is `before`, `after` (later in the same set), `otherSet`, `builtin`, `nowhere` or `unknown`; "
        "provider is the object that brings it, providerSet the set that delivers that; firstLacking is the payload "
        "that stands for all those which lack it on the same clusters.",
        [],
    )
    exported: list[dict[str, Any]] = fact(
        "Fields that only an API server writes, and `generateName`: `{field, at}`; the object was read from a cluster.",
        [],
    )
    not_text: list[dict[str, Any]] = fact(
        "Parts of its identity that YAML reads as a boolean or a number: `{field, value, at}`.", []
    )
    variables: list[dict[str, Any]] = fact(
        "Variables in its identity, images, hosts and CIDRs that nobody fills in: `{field, value, at}`; none where the "
        "file around it is a template.",
        [],
    )
    twins: list[dict[str, Any]] = fact(
        "The same object, with other contents, in payloads that reach one of its clusters before it: `{payload, at}`.",
        [],
    )
    references: list[dict[str, Any]] = fact(
        "ConfigMaps and Secrets that its pods cannot start without: `{kind, namespace, name, state, near, at}`; state "
        "is `present`, `runtime` (a program makes it), `absent` (no payload of the cluster brings it) or `unknown`; "
        "near is the object that may have been meant where it is absent, or null.",
        [],
    )
    subjects: list[dict[str, Any]] = fact("Service accounts that it binds, like `references`.", [])
    images: list[dict[str, Any]] = derived_fact(
        "Images of its containers: `{image, mutable, at}`; mutable by a moving tag, or without one.", _images
    )
