"""All formats of a report by name; the module of each is imported when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from crslint.report.result import Result
from crslint.report.style import PLAIN, Style

FORMATS = ("text", "concise", "json", "sarif", "junit", "github", "gitlab", "rdjson", "markdown")

# Those that tell what a fix does to the text of files.
WITH_EDITS = ("json", "sarif", "rdjson")


def rendered(result: Result, form: str, style: Style = PLAIN, verbose: bool = False) -> str:
    """``style`` and ``verbose`` (infos, what was not checked) concern formats for people; those for programs hold
    everything, always."""
    return _RENDERERS[form](result, style, verbose)


def _text(result: Result, style: Style, verbose: bool) -> str:
    from crslint.report.text import TextReport

    return TextReport(result, style, verbose).render()


def _concise(result: Result, style: Style, verbose: bool) -> str:
    from crslint.report import concise

    return concise.render(result, style, verbose)


def _github(result: Result, _style: Style, verbose: bool) -> str:
    from crslint.report import github

    return github.render(result, verbose)


def _markdown(result: Result, _style: Style, verbose: bool) -> str:
    from crslint.report import markdown

    return markdown.render(result, verbose)


def _for_programs(name: str) -> Callable[[Result, Style, bool], str]:
    def render(result: Result, _style: Style, _verbose: bool) -> str:
        text: str = import_module(f"crslint.report.{name}").render(result)
        return text

    return render


_RENDERERS: Mapping[str, Callable[[Result, Style, bool], str]] = {
    "text": _text,
    "concise": _concise,
    "github": _github,
    "markdown": _markdown,
    **{name: _for_programs(name) for name in ("json", "sarif", "junit", "gitlab", "rdjson")},
}
