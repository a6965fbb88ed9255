"""A module that is imported when something in it is asked for, and not before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crslint.deferral import Deferred


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "deferred_here.py").write_text("VALUE = 3\n\ndef value():\n    return VALUE\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "deferred_here", Deferred("deferred_here"))
    return "deferred_here"


def test_an_import_alone_loads_nothing(module: str) -> None:
    imported = __import__(module)
    assert "VALUE" not in vars(imported)
    assert imported.value() == 3
    assert (vars(imported)["VALUE"], sys.modules[module].VALUE) == (3, 3)
    assert not isinstance(sys.modules[module], Deferred)


def test_what_is_not_there_is_an_attribute_error(module: str) -> None:
    imported = __import__(module)
    with pytest.raises(AttributeError, match="deferred_here"):
        _ = imported.other
    loaded = sys.modules[module]
    assert not hasattr(imported, "other")
    assert sys.modules[module] is loaded
