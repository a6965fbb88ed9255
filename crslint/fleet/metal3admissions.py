"""What Metal3's webhooks ask of machines, data templates and hosts (facts/capi.md 5.3, 5.4, 5.6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.metal3 import Metal3Object
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.patches import Patches, class_may_change
from crslint.fleet.references import INFRASTRUCTURE_GROUP, References
from crslint.fleet.repositories import is_scheme
from crslint.fleet.world import CAPI_GROUP, World

HOST_GROUP = "metal3.io"
_DATA_TEMPLATE = "Metal3DataTemplate"

Steps = tuple[str | int, ...]
Checks = Iterator[dict[str, Any]]

_DRIVERS = frozenset(
    {"ibmc", "idrac", "idrac-redfish", "idrac-virtualmedia", "ilo4", "ilo4-virtualmedia", "ilo5", "ilo5-redfish"}
    | {"ilo5-virtualmedia", "ipmi", "irmc", "libvirt", "redfish", "redfish-uefihttp", "redfish-virtualmedia"}
)
# The one driver that needs the boot MAC address in every release.
_NEEDS_MAC = frozenset({"libvirt"})
_SECRET_REFERENCES = ("userData", "metaData", "networkData")
_INSPECTION = "inspect.metal3.io"

# Fields of Metal3DataTemplate by API version: `metaData` of v1beta1, and what v1beta2 made of it.
_RENAMED = {
    "ipAddressesFromIPPool": "ipAddressesFromPool",
    "prefixesFromIPPool": "prefixesFromPool",
    "gatewaysFromIPPool": "gatewaysFromPool",
    "dnsServersFromIPPool": "dnsServersFromPool",
}
_SOURCES = ("ipAddressFromIPPool", "fromPoolRef", "fromPoolAnnotation")


def metal3_objects(
    world: World, references: References, patches: Patches, clusters: Mapping[str, Sequence[str]]
) -> list[Metal3Object]:
    """``clusters`` are the names of those that each object is part of, by its address."""
    classes = _class_templates(world, references)
    machines = ("spec", "template", "spec"), ("spec",)
    readers: dict[tuple[str, str], Callable[[Object], Checks]] = {
        (INFRASTRUCTURE_GROUP, "Metal3MachineTemplate"): lambda item: _machine(item, machines[0], patches, classes),
        (INFRASTRUCTURE_GROUP, "Metal3Machine"): lambda item: _machine(item, machines[1], patches, classes),
        (INFRASTRUCTURE_GROUP, _DATA_TEMPLATE): lambda item: _data_template(item, patches),
        (HOST_GROUP, "BareMetalHost"): lambda item: _host(item, patches),
    }
    return [
        Metal3Object(
            source=item,
            at=item.at,
            clusters=list(clusters.get(item.at, ())),
            kind=kind,
            namespace=item.namespace,
            checks=[] if kind == _DATA_TEMPLATE else list(reader(item)),
            sources=list(reader(item)) if kind == _DATA_TEMPLATE else [],
        )
        for (group, kind), reader in readers.items()
        for item in world.of_kind(group, kind)
    ]


def _class_templates(world: World, references: References) -> Mapping[str, Object]:
    """The ClusterClass that names each template of machines."""
    return {
        target.found.at: item
        for item in world.of_kind(CAPI_GROUP, "ClusterClass")
        for target in references.of(item)
        if target.found is not None and target.found.kind == "Metal3MachineTemplate"
    }


def _machine(item: Object, base: tuple[str, ...], patches: Patches, classes: Mapping[str, Object]) -> Checks:
    owner = classes.get(item.at)
    image = (*base, "image")
    changed = patches.may_change(item, *image) or (owner is not None and class_may_change(owner, item, *image))
    if not changed and isinstance(values.child(item.data, *base), dict):
        yield from _image(item, base)
    for field in _SECRET_REFERENCES:
        yield from _own_namespace(item, (*base, field))


def _image(item: Object, base: tuple[str, ...]) -> Checks:
    written = values.child(item.data, *base, "image")
    at = address.at(item.at, (*base, "image"))
    if written is None:
        custom = values.child(item.data, *base, "customDeploy") is not None
        yield _check("image", None, at, None if custom else "is missing, and there is no customDeploy.method")
        return
    if not isinstance(written, dict):
        return
    yield from _url(item, (*base, "image"), written)
    live = "live-iso" in (written.get("format"), written.get("diskFormat"))
    checksum = written.get("checksum")
    if checksum is None or checksum == "":
        place = address.at(item.at, (*base, "image", "checksum") if checksum == "" else (*base, "image"))
        yield _check("image", values.text(written, "url"), place, None if live else "has no checksum")
    elif isinstance(checksum, str):
        yield _check("checksum", checksum, address.at(item.at, (*base, "image", "checksum")), None)


def _url(item: Object, place: tuple[str, ...], image: Mapping[str, Any]) -> Checks:
    url = values.spelled(image, "url")
    if url is None or url == "":
        at = address.at(item.at, (*place, "url") if url == "" else place)
        yield _check("image", None, at, "has no url")
    elif isinstance(url, str) and not values.is_template(url):
        fault = None if _absolute().match(url) else "is no URL"
        yield _check("url", url, address.at(item.at, (*place, "url")), fault)


def _own_namespace(item: Object, place: tuple[str, ...]) -> Checks:
    """A reference to a Secret may name its own namespace only."""
    named = values.text(item.data, *place, "namespace")
    if isinstance(named, str) and named and isinstance(item.namespace, str) and not values.is_template(item.namespace):
        fault = None if named == item.namespace else f"is not its own ({item.namespace}): Secrets of others are refused"
        yield _check(f"{place[-1]}.namespace", named, address.at(item.at, (*place, "namespace")), fault)


def _data_template(item: Object, patches: Patches) -> Checks:
    if patches.may_change(item, "spec"):
        return
    newer = not item.api_version.endswith(("/v1beta1", "/v1alpha5"))
    renamed = {new: old for old, new in _RENAMED.items()} if not newer else _RENAMED
    for wrong, right in renamed.items():
        if values.child(item.data, "spec", "metaData", wrong) is not None:
            fault = f"is {right} in {item.api_version.rpartition('/')[2]}: the API server drops it"
            yield _check(wrong, None, address.at(item.at, ("spec", "metaData", wrong)), fault)
        elif values.child(item.data, "spec", "metaData", right) is not None:
            yield _check(right, None, address.at(item.at, ("spec", "metaData", right)), None)
    if newer and values.child(item.data, "spec", "templateReference") is not None:
        yield _check(
            "templateReference", None, address.at(item.at, ("spec", "templateReference")), "is gone in v1beta2"
        )
    for family in ("ipv4", "ipv6"):
        steps: Steps = ("spec", "networkData", "networks", family)
        for index, network in values.mappings(item.data, *map(str, steps)):
            yield from _source(item, (*steps, index), network)
    for index, entry in values.mappings(item.data, "spec", "metaData", "fromHostInterfaces"):
        yield from _interface(item, ("spec", "metaData", "fromHostInterfaces", index), entry)


def _source(item: Object, place: Steps, network: Mapping[str, Any]) -> Checks:
    """Where a network's addresses come from: one source, and with a name."""
    written = [field for field in _SOURCES if network.get(field) not in (None, "", {})]
    unnamed = "fromPoolRef" in written and values.child(network, "fromPoolRef", "name") in (None, "")
    fault = None
    if not written or (unnamed and len(written) == 1):
        fault = "has no source of addresses: fromPoolRef with a name, or another one"
    elif len(written) > 1 and not (place[-2] == "ipv6" and written == list(_SOURCES[:2])):
        # The schema of v1beta1 requires ipAddressFromIPPool of ipv6, beside fromPoolRef too.
        fault = f"has several sources of addresses: {' and '.join(written)}"
    at = (*place, written[-1]) if fault and len(written) > 1 else place
    yield _check("network", values.text(network, "id"), address.at(item.at, at), fault)


def _interface(item: Object, place: Steps, entry: Mapping[str, Any]) -> Checks:
    by_name, by_boot = bool(entry.get("interface")), entry.get("fromBootMAC") is True
    fault = None if by_name is not by_boot else "needs one of interface and fromBootMAC"
    yield _check("fromHostInterfaces", values.text(entry, "key"), address.at(item.at, place), fault)


def _host(item: Object, patches: Patches) -> Checks:
    name = values.text(item.data, "metadata", "name")
    if isinstance(name, str):
        fault = None
        if not _host_name().fullmatch(name):
            fault = "may have letters, digits, '.', '-' and '_' only"
        elif len(name) in (32, 36) and _uuid().fullmatch(name):
            fault = "must not be a UUID"
        yield _check("name", name, address.at(item.at, ("metadata", "name")), fault)
    if patches.may_change(item, "spec"):
        return
    spec = item.data.get("spec")
    if not isinstance(spec, dict):
        return
    yield from _management(item)
    device = values.text(spec, "rootDeviceHints", "deviceName")
    if isinstance(device, str) and device:
        path = device.removeprefix("/dev/").removeprefix("disk/by-path/")
        fine = device.startswith("/dev/") and "/" not in path
        fault = None if fine else "is neither /dev/NAME nor /dev/disk/by-path/NAME"
        yield _check("deviceName", device, address.at(item.at, ("spec", "rootDeviceHints", "deviceName")), fault)
    image = spec.get("image")
    if isinstance(image, dict):
        yield from _url(item, ("spec", "image"), image)
    for field in _SECRET_REFERENCES:
        if field in spec:
            yield from _own_namespace(item, ("spec", field))
    if "raid" not in spec:
        return
    hardware, software = (values.items(spec, "raid", field) for field in ("hardwareRAIDVolumes", "softwareRAIDVolumes"))
    if isinstance(hardware, list) and isinstance(software, list) and (hardware or software):
        fault = "has hardware and software volumes at once" if hardware and software else None
        yield _check("raid", None, address.at(item.at, ("spec", "raid")), fault)


def _management(item: Object) -> Checks:
    bmc = values.text(item.data, "spec", "bmc", "address")
    driver = _driver(bmc) if isinstance(bmc, str) and bmc else None
    if driver is not None:
        at = address.at(item.at, ("spec", "bmc", "address"))
        fault = None if driver in _DRIVERS else f"has the unknown driver {driver}"
        yield _check("bmc.address", bmc, at, fault)
    mac = values.text(item.data, "spec", "bootMACAddress")
    if isinstance(mac, str) and mac:
        fault = None if _mac().fullmatch(mac) else "is no MAC address"
        yield _check("bootMACAddress", mac, address.at(item.at, ("spec", "bootMACAddress")), fault)
    elif not isinstance(mac, Unknown) and driver in _DRIVERS:
        reason = "inspection is disabled" if _uninspected(item) else None
        reason = f"the driver {driver} needs it" if driver in _NEEDS_MAC else reason
        yield _check(
            "bootMACAddress", None, address.at(item.at, ("spec",)), f"is missing: {reason}" if reason else None
        )


def _uninspected(item: Object) -> bool:
    mode = values.child(item.data, "spec", "inspectionMode")
    annotations = item.annotations
    return mode == "disabled" or (not isinstance(annotations, Unknown) and annotations.get(_INSPECTION) == "disabled")


def _driver(bmc: str) -> str:
    """``redfish`` of `redfish+http://...`; an address without a scheme is IPMI's."""
    scheme, mark, _ = bmc.partition("://")
    return scheme.partition("+")[0] if mark and is_scheme(scheme) else "ipmi"


def _check(what: str, value: object, at: str, fault: str | None) -> dict[str, Any]:
    shown = None if isinstance(value, Unknown) else value
    return {"what": what, "value": shown, "at": at, "fault": fault}


@cache
def _absolute() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S|/\S")


@cache
def _host_name() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9._-]+")


@cache
def _uuid() -> re.Pattern[str]:
    return re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")


@cache
def _mac() -> re.Pattern[str]:
    """Of 6, 8 or 20 bytes, as Go reads it."""
    pair = "[0-9a-fA-F]{2}"
    return re.compile(
        f"{pair}(?P<mark>[:-]){pair}(?:(?P=mark){pair}){{4}}(?:(?:(?P=mark){pair}){{2}}|(?:(?P=mark){pair}){{14}})?"
    )
