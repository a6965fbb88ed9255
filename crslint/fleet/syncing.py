"""How an Application syncs: options, retries, waves, finalizers (facts/argocd.md 2.2, 2.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.table import read_table
from crslint.fleet.versions import release
from crslint.spelling import nearest

CASCADE = "resources-finalizer.argocd.argoproj.io"

_DEFAULT_RETRIES = 5
_WAVE = "argocd.argoproj.io/sync-wave"
_NO_ANNOTATION = ("ServerSideApply=true", "Replace=true")
_GUARDS = ("Prune=false", "Prune=confirm")


Options = list[Any] | Unknown


def options_of(item: Object) -> Options:
    """Its sync options as written."""
    return values.items(item.data, "spec", "syncPolicy", "syncOptions")


def sync_options(item: Object, options: Options, version: str | None) -> list[dict[str, Any]] | Unknown:
    """`application.syncOptions`; ``version`` is that of Argo CD, None where it is not known."""
    if isinstance(options, Unknown):
        return UNKNOWN
    found = []
    for number, option in enumerate(options):
        if isinstance(option, str) and not values.is_template(option):
            at = address.at(item.at, ("spec", "syncPolicy", "syncOptions", number))
            found.append({"option": option, "at": at, **_option(option, version)})
    return found


@lru_cache(maxsize=256)
def _option(option: str, version: str | None) -> Mapping[str, Any]:
    table = read_table("argocd")
    known, defaults = table["options"], table["defaults"]
    if option in known:
        used, since = release(version), _since(known[option])
        early = used is not None and since is not None and used < since
        return {"state": "early" if early else "known", "meant": None, "since": known[option]}
    if option in defaults:
        return {"state": "known", "meant": None, "since": None}
    if option in table["annotationOnly"]:
        return {"state": "elsewhere", "meant": None, "since": None}
    return {"state": "unknown", "meant": _meant(option, (*known, *defaults)), "since": None}


def is_early(option: str, version: str | None) -> bool:
    """Whether an Application cannot have an option yet in a release of Argo CD."""
    return bool(_option(option, version)["state"] == "early")


def _since(text: str) -> tuple[int, int, int] | None:
    return None if text == "0" else release(text)


def _meant(option: str, known: tuple[str, ...]) -> str | None:
    """Another case, another separator, or the name alone; else what is spelled nearly so."""
    plain = re.sub(r"\s*[:=]\s*", "=", option.strip())
    named = [name for name in known if name.partition("=")[0].casefold() == plain.casefold()]
    if "=" not in plain:
        return next((name for name in named if name.endswith("=true")), None) or nearest(f"{plain}=true", known)
    exact = next((name for name in known if name.casefold() == plain.casefold()), None)
    return exact or nearest(plain, known)


def serves_side(options: Options) -> bool | Unknown:
    return UNKNOWN if isinstance(options, Unknown) else _has_one(options, _NO_ANNOTATION)


def is_guarded(options: Options) -> bool | Unknown:
    return UNKNOWN if isinstance(options, Unknown) else _has_one(options, _GUARDS)


def has_option(options: Options, option: str) -> bool:
    return not isinstance(options, Unknown) and option in options


def _has_one(options: list[Any], wanted: tuple[str, ...]) -> bool:
    return bool(options) and any(option in options for option in wanted)


def automated(item: Object) -> tuple[bool | Unknown, bool | Unknown, bool | Unknown]:
    """Whether it syncs by itself, prunes and heals; `automated: {}` is enough for the first."""
    section = values.child(item.data, "spec", "syncPolicy", "automated")
    if section is None:
        return False, False, False
    if not isinstance(section, dict):
        return UNKNOWN, UNKNOWN, UNKNOWN
    enabled = values.boolean(section, "enabled")
    prune, heal = values.boolean(section, "prune"), values.boolean(section, "selfHeal")
    return True if enabled is None else enabled, False if prune is None else prune, False if heal is None else heal


def retry_limit(item: Object) -> int | Unknown:
    retry = values.child(item.data, "spec", "syncPolicy", "retry")
    if retry is None:
        return _DEFAULT_RETRIES
    # Of a retry without a limit the API server stores none: it is 0 in Go, and that is no retry.
    limit = values.integer(retry, "limit")
    return 0 if limit is None else limit


def wave(item: Object) -> dict[str, Any] | Unknown:
    text = values.text(item.data, "metadata", "annotations", _WAVE)
    if isinstance(text, Unknown):
        return UNKNOWN
    at = address.at(item.at, ("metadata", "annotations", _WAVE))
    return {"text": text, "at": at, "valid": text is None or re.fullmatch(r"[+-]?\d{1,18}", text) is not None}


def finalizers(item: Object) -> list[dict[str, Any]] | Unknown:
    names = values.texts(item.data, "metadata", "finalizers")
    if isinstance(names, Unknown):
        return UNKNOWN
    if not names:
        return []
    known = read_table("argocd")["finalizers"]
    found = []
    for number, name in enumerate(names):
        at = address.at(item.at, ("metadata", "finalizers", number))
        meant = None if name in known else nearest(name, known)
        found.append({"name": name, "at": at, "known": name in known or meant is None, "meant": meant})
    return found


def cascades(item: Object) -> bool:
    """Whether deleting it deletes what it has deployed, as far as can be told."""
    names = values.texts(item.data, "metadata", "finalizers")
    return isinstance(names, Unknown) or any(name.startswith(CASCADE) for name in names)
