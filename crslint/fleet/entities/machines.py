"""What machines are made from, and what Cluster API's webhooks make of it."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Unknown, derived_fact, derived_id, fact
from crslint.record import record


@record(kw_only=True)
class KubeadmConfig(Entity):
    """A KubeadmConfigSpec wherever it stands: control plane, ClusterClass template, KubeadmConfig(Template), patch."""

    ENTITY: ClassVar[str] = "kubeadmConfig"

    kind: str = fact("Kind of the document.")
    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    template: bool = fact("Whether it is part of a ClusterClass: to change it changes all its clusters.")
    partial: bool = fact("True for a kustomize patch.", False)
    role: str | Unknown = fact("`controlPlane` or `worker`.")
    spec_at: str = fact("Address of the KubeadmConfigSpec.")
    phases: list[dict[str, Any]] | Unknown = fact(
        "The phases to skip: `{command, phase, at, exists, meant, used, version, without}`; command is `init` or "
        "`join`; `exists` says whether kubeadm has that phase in the versions that use it (null where that is not "
        "known), `meant` is the phase that a misspelt one stands for, `used` whether these machines run the command, "
        "`without` is the address to remove so that nothing empty stays."
    )
    overruled: list[dict[str, Any]] | Unknown = fact(
        "Fields of a control plane's clusterConfiguration in v1beta1 that the Cluster decides on: `{field, value, at, "
        "winner, cluster, clusterAt, redundant}`; value is null where absent; winner is `kubeadm` (CAPI up to 1.10), "
        "`cluster` (from 1.11: the field is dropped) or `either`; `redundant` where the Cluster says the same."
    )
    kubelet_labels: list[dict[str, Any]] | Unknown = fact(
        "Labels in `kubeletExtraArgs` that these machines use: `{command, label, value, at, argument, refused, "
        "without, place}`; `argument` is the entry that at is the value of; `refused` by kubelet itself; `without` is "
        "the text without the label; `place` the labels map from which Cluster API takes it to the Node, null where "
        "there is none or not one."
    )
    identities: list[dict[str, Any]] = fact(
        "Where no cloud provider sets the provider ids of Metal3 machines: `{command, identified, at, labelAt, to, "
        "infrastructureAt}`; identified says whether kubelet gets the label `metal3.io/uuid` or a provider id, at is "
        "the place of its arguments, to what labelAt would have to say, infrastructureAt where the provider is off.",
        [],
    )


@record(kw_only=True)
class Reference(Entity):
    """A reference of a Cluster API object to another one; `at` is the reference itself."""

    ENTITY: ClassVar[str] = "reference"

    target: Any

    id: str = derived_id(lambda item: f"{item.target.owner.id} {item.target.field}")
    owner: str = derived_fact("The object that refers.", lambda item: item.target.owner.at, entity="object")
    owner_kind: str = derived_fact("Its kind.", lambda item: item.target.owner.kind)
    field: str = fact("The field: `infrastructureRef`.")
    kind: str | None | Unknown = derived_fact("Kind that it refers to.", lambda item: item.target.kind)
    group: str | None | Unknown = derived_fact("API group that it refers to.", lambda item: item.target.group)
    name: str | None | Unknown = derived_fact("Name that it refers to.", lambda item: item.target.name)
    value_at: str = derived_fact(
        "Address of the part of it that is wrong; `name` where it is right.", lambda item: item.target.wrong_part
    )
    state: str = fact(
        "`present`, `missing`, `wrong` (another group, kind or namespace has it), `absent` (a Cluster that refers to "
        "nothing) or `unknown`."
    )
    found: str | None = derived_fact(
        "The object; where it is wrong, the one that may be meant.",
        lambda item: item.target.found and item.target.found.at,
        entity="object",
    )
    found_as: str | None = derived_fact(
        "What that one is, for people: `Metal3Cluster.infrastructure.cluster.x-k8s.io`.",
        lambda item: item.target.found_as,
    )
    near: str | None = derived_fact("A name that may be meant.", lambda item: item.target.near)
    kind_known: bool = derived_fact(
        "Whether the input has any object of that kind.", lambda item: item.target.kind_known
    )
    first_alike: str = fact(
        "The first reference that names the same: itself, or one before it.", "", entity="reference"
    )


@record(kw_only=True)
class Admission(Entity):
    """An object of cluster.x-k8s.io about which the webhooks ask more than its schema."""

    ENTITY: ClassVar[str] = "admission"

    kind: str = fact("Kind of the object.")
    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    checks: list[dict[str, Any]] = fact(
        "What is asked: `{what, value, at, refusal}`; `refusal` is null where it is fine.", []
    )
