"""Files that another tool fills in before they are applied."""

from __future__ import annotations

from crslint import address
from crslint.fleet import values
from crslint.fleet.world import World

# Text for other readers: a variable in it is theirs.
_TEXT = frozenset(
    {"args", "binaryData", "bootCommands", "command", "data", "files", "postKubeadmCommands", "preKubeadmCommands"}
    | {"script", "scripts", "stringData", "values", "valuesTemplate"}
)


class Templates:
    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, bool] = {}

    def is_template(self, at: str) -> bool:
        """Whether the file around an address has variables where its own objects are concerned."""
        path = address.path_of(at)
        known = self._known.get(path)
        if known is None:
            file = self._world.files.get(path)
            known = any(_has_variable(document.data) for document in (file.documents if file else ()))
            self._known[path] = known
        return known


def _has_variable(value: object) -> bool:
    if isinstance(value, str):
        return "${" in value and "\n" not in value and values.is_template(value)
    if isinstance(value, dict):
        return any(_has_variable(inner) for key, inner in value.items() if key not in _TEXT)
    return isinstance(value, list) and any(map(_has_variable, value))
