"""Globs of Argo CD: directories match across folders, repositories of projects do not."""

from __future__ import annotations

import pytest

from crslint.fleet.globs import matches


@pytest.mark.parametrize(
    ("pattern", "text", "separator", "answer"),
    [
        ("*.yaml", "a/b.yaml", "", True),
        ("*.yaml", "a/b.yaml", "/", False),
        ("**.yaml", "a/b.yaml", "/", True),
        ("{a,b/*}.yaml", "b/x.yaml", "", True),
        ("{a,{b,c}d}", "cd", "", True),
        ("https://github.com/org/*", "https://github.com/org/repo", "/", True),
        ("https://github.com/*", "https://github.com/org/repo", "/", False),
        ("https://github.com/**", "https://github.com/org/repo", "/", True),
        ("[a-c]?[!x]", "bzy", "", True),
        ("[a-c]?[!x]", "bzx", "", False),
        (r"\*", "*", "", True),
        (r"\*", "a", "", False),
        ("{a", "a", "", None),
        ("[a", "a", "", None),
        ("*" * 30 + "b", "a" * 5000, "", False),
        ("*a" * 30 + "b", "a" * 3000, "", False),
        ("{a,b}" * 20, "a" * 20, "", None),
    ],
)
def test_globs(pattern: str, text: str, separator: str, answer: bool | None) -> None:
    assert matches(pattern, text, separator) is answer
