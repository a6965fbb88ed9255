"""Modules that are imported when something in them is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType


class Deferred(ModuleType):
    """Stands for a module in ``sys.modules`` until then.

    ``importlib.util.LazyLoader`` does not help before Python 3.12: the import of a module looks at it, and loads it.
    """

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        self.__dict__.update(module.__dict__)
        return getattr(module, name)
