"""The texts of ``binaryData`` move to ``data``, the only place that the controller reads."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.edits import value_at
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import payload
from crslint.fleet.fleet import Fleet

_FROM, _TO = ("binaryData",), ("data",)


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    at = payload(finding.at, fleet).at
    values = value_at(sheets.site(address.at(at, _FROM)))
    if not isinstance(values, dict) or not values:
        raise CannotFix("there is nothing to move")
    texts = {key: _text(key, value) for key, value in values.items()}
    return (Edit("set", address.at(at, _TO), texts), Edit("remove", address.at(at, _FROM)))


def _text(key: str, value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=False).decode("utf-8")
    except ValueError:
        raise CannotFix(f"{key} is no text in base64") from None
