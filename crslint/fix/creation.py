"""New documents from templates: a name and a context become a path and a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crslint.fix.addresspools import address_pool
from crslint.fix.change import CannotFix, Change, NewFile
from crslint.fix.peeringapplications import peering_application
from crslint.fix.resourcesets import resource_set
from crslint.fix.rootapplications import root_application
from crslint.fleet.fleet import Fleet
from crslint.source.tree import Tree

Template = Callable[[Mapping[str, object], Tree, Fleet], Sequence[Change]]
"""Gets what the rule gave as ``into``, and the tree and the fleet as they are.

Raises CannotFix where the document cannot be made. The path of a new file is relative to the root and must be free; its
text is linted with the rest before it is written. Edits come along where others have to name it.
"""

TEMPLATES: dict[str, Template] = {
    "address-pool": address_pool,
    "peering-application": peering_application,
    "resource-set": resource_set,
    "root-application": root_application,
}


def created(plan: Mapping[str, object], tree: Tree, fleet: Fleet) -> Sequence[Change]:
    """The changes that ``create`` of a rule's fix stands for: ``template`` names it, the rest is its context."""
    name = str(plan["template"])
    template = TEMPLATES.get(name)
    if template is None:
        raise CannotFix(f"there is no template {name}")
    made = template({key: value for key, value in plan.items() if key != "template"}, tree, fleet)
    for change in made:
        if isinstance(change, NewFile) and any(file.path == change.path for file in tree.files):
            raise CannotFix(f"{change.path} is there already")
    return made
