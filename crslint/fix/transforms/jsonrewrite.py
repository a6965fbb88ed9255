"""A list of objects that is not quite JSON is written as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from yaml.nodes import ScalarNode

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet
from crslint.source.goyaml import decode_json


def changes(finding: Finding, _fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    host = address.host_of(finding.at) or finding.at
    node = sheets.site(host).node
    if not isinstance(node, ScalarNode):
        raise CannotFix("the value is no text")
    sheet, _ = sheets.layer(address.layer(host, 0))
    data = decode_json(sheet.text, "").data
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise CannotFix("it is no list of objects")
    written = json.dumps(data, ensure_ascii=False, indent=2 if "\n" in sheet.text.strip() else None)
    return (Edit("set", host, written + sheet.text[len(sheet.text.rstrip("\n")) :]),)
