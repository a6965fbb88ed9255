"""Parts of an identity that YAML reads as a boolean or a number become text, as they are written."""

from __future__ import annotations

from collections.abc import Sequence

from yaml.nodes import ScalarNode

from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import payload_object
from crslint.fleet.fleet import Fleet


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    item = payload_object(finding, fleet)
    edits = []
    for part in item.not_text:
        node = sheets.site(part["at"]).node
        if not isinstance(node, ScalarNode):
            raise CannotFix(f"{part['field']} is no scalar")
        edits.append(Edit("set", part["at"], node.value))
    return edits
