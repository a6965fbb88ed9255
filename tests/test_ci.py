"""What is offered to GitHub, GitLab and container builds. None of these run here: files are checked as far as that goes
without them, and the scripts in them are run in a shell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import CHECKOUT
from report_bundle import write

BIN = Path(sys.executable).parent
ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
TEMPLATE = CHECKOUT / "templates" / "crslint.gitlab-ci.yml"
SHELL = pytest.mark.skipif(os.name == "nt", reason="needs bash")


def ran(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("schema", "file"), [("vendor.github-actions", CHECKOUT / "action.yml"), ("vendor.gitlab-ci", TEMPLATE)]
)
def test_files_have_the_shape_that_their_reader_wants(schema: str, file: Path) -> None:
    ran(BIN / "check-jsonschema", "--builtin-schema", schema, file)


def blocks(page: str) -> dict[str, str]:
    """The YAML files that a page shows, by the name in their first line."""
    text = (CHECKOUT / "docs" / page).read_text(encoding="utf-8")
    return dict(re.findall(r"```yaml\n# (\S+)\n((?s:.*?))```", text))


@pytest.mark.parametrize(
    ("file", "command"),
    [
        (".pre-commit-config.yaml", ["pre-commit", "validate-config"]),
        (".github/workflows/crslint.yml", ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"]),
        (".gitlab-ci.yml", ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci"]),
    ],
)
def test_examples_of_the_documentation_are_valid(tmp_path: Path, file: str, command: list[str]) -> None:
    example = tmp_path / Path(file).name
    example.write_text(blocks("integrations.md")[file], encoding="utf-8")
    ran(BIN / command[0], *command[1:], example)


def test_the_example_uses_inputs_that_exist() -> None:
    workflow = yaml.safe_load(blocks("integrations.md")[".github/workflows/crslint.yml"])
    (used,) = [step["with"] for step in workflow["jobs"]["crslint"]["steps"] if "crslint@" in step["uses"]]
    assert set(used) <= set(ACTION["inputs"])


def test_the_action_passes_an_audit() -> None:
    ran(BIN / "zizmor", "--offline", "--no-progress", "--persona=auditor", "action.yml")


def test_actions_of_others_are_pinned() -> None:
    for line in (CHECKOUT / "action.yml").read_text(encoding="utf-8").splitlines():
        if "uses:" in line:
            assert re.fullmatch(r" +(- )?uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_no_script_of_the_action_has_an_expression_in_it() -> None:
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_every_input_is_used() -> None:
    text = json.dumps(STEPS)
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []


def of_the_step(name: str) -> str:
    (step,) = [step for step in STEPS if step["name"] == name]
    script: str = step["run"]
    return script


@SHELL
@pytest.mark.parametrize("step", [step["name"] for step in STEPS if "run" in step])
def test_scripts_are_bash(step: str) -> None:
    subprocess.run(["bash", "-n"], input=of_the_step(step), text=True, check=True)


class Linted:
    """The step that lints, run as a runner would run it."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder = folder / "tree"
        self.folder.mkdir(exist_ok=True)
        self.outputs, self.summary = folder / "outputs", folder / "summary"
        write(self.folder)
        given = {name.replace("-", "_").upper(): value["default"] for name, value in ACTION["inputs"].items()}
        given |= {name.upper(): value for name, value in inputs.items()}
        self.outputs.unlink(missing_ok=True)
        environment = {
            **os.environ,
            **{f"CRSLINT_{name}": value for name, value in given.items()},
            "CRSLINT_BIN": str(BIN),
            "GITHUB_OUTPUT": str(self.outputs),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(folder),
            "TMPDIR": str(folder),
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", of_the_step("Lint")]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        self.stdout = done.stdout

    @property
    def output(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.outputs.read_text(encoding="utf-8").splitlines())


@SHELL
def test_the_action_annotates_and_sums_up(tmp_path: Path) -> None:
    linted = Linted(tmp_path)
    stop, *log = linted.stdout.splitlines()
    found = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", stop)
    assert found is not None
    end = log.index(f"::{found[1]}::")
    assert log[0].startswith("error[SCH002]")
    annotations = log[end + 1 :]
    assert annotations
    assert [line for line in annotations if not re.match(r"::(error|warning) title=\w+ [\w-]+,file=", line)] == []
    assert linted.output["exit-code"] == "1"
    assert json.loads(Path(linted.output["sarif"]).read_text())["version"] == "2.1.0"
    assert linted.summary.read_text(encoding="utf-8").startswith("### crslint\n")


@SHELL
def test_inputs_are_arguments_and_nothing_else(tmp_path: Path) -> None:
    Linted(tmp_path, select="$(touch owned)", ignore="`touch owned`; touch owned", config="'; touch owned; '")
    linted = Linted(tmp_path, paths="sets\n--select=NET001\n$(touch owned)\n")
    assert linted.output["exit-code"] == "2"
    assert not list(tmp_path.rglob("owned"))


@SHELL
def test_options_reach_crslint(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("mandatory: [CRS001]\nseverity: {CRS001: error}\n", encoding="utf-8")
    Linted(tmp_path, select="CRS001", policy=str(policy), fail_on="never")
    subprocess.run(
        [BIN / "crslint", "check", "--write-baseline", "known.json"], cwd=tmp_path / "tree", capture_output=True
    )
    linted = Linted(tmp_path, select="SCH", baseline="known.json")
    assert linted.output["exit-code"] == "0"
    assert "2 suppressed" in linted.stdout
    assert Linted(tmp_path, diff_base="--output=json=owned").output["exit-code"] == "2"
    assert not list(tmp_path.rglob("owned"))


@SHELL
def test_the_action_says_only_what_it_is_asked_for(tmp_path: Path) -> None:
    linted = Linted(tmp_path, annotations="false", summary="false", select="CRS001", fail_on="never", paths="sets\n")
    assert linted.output["exit-code"] == "0"
    assert linted.stdout.splitlines()[-1].endswith("::")
    assert not linted.summary.exists()


def test_the_problem_matcher_reads_concise_reports(tmp_path: Path) -> None:
    write(tmp_path)
    matcher = json.loads((CHECKOUT / ".github" / "crslint-problem-matcher.json").read_text(encoding="utf-8"))
    (pattern,) = matcher["problemMatcher"][0]["pattern"]
    groups = {name: number for name, number in pattern.items() if name != "regexp"}
    command = [BIN / "crslint", "check", "--format", "concise", "--output", "json=report.json", "."]
    done = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True)
    read = [
        {name: match[number] for name, number in groups.items()}
        for match in map(re.compile(pattern["regexp"]).search, done.stdout.splitlines())
        if match
    ]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    shown = [item for item in report["findings"] if item["severity"] != "info" and item["suppressed"] is None]
    assert len(shown) >= 8
    assert [(item["code"], item["severity"], int(item["line"]), int(item["column"])) for item in read] == [
        (item["code"], item["severity"], item["line"], item["column"]) for item in shown
    ]


@SHELL
def test_the_script_of_the_gitlab_template_is_bash() -> None:
    job = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))["crslint"]
    subprocess.run(["bash", "-n"], input="\n".join(job["script"]), text=True, check=True)
    written = re.findall(r"--output (\w+)=(\S+)", "\n".join(job["script"]))
    reports = job["artifacts"]["reports"]
    assert dict(written) == {"gitlab": reports["codequality"], "junit": reports["junit"]}


def test_the_container_runs_as_nobody_special() -> None:
    lines = (CHECKOUT / "Containerfile").read_text(encoding="utf-8").splitlines()
    last = lines[[index for index, line in enumerate(lines) if line.startswith("FROM ")][-1] :]
    (user,) = [line.split()[1] for line in last if line.startswith("USER ")]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert not any(line.startswith("USER ") for line in last[last.index("WORKDIR /work") :])


def test_the_container_gets_what_the_wheel_is_made_from() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (CHECKOUT / "Containerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert all((CHECKOUT / source).exists() for source in sources)
    admitted = re.findall(r"^!(\S+)$", (CHECKOUT / ".dockerignore").read_text(), re.MULTILINE)
    assert set(admitted) == sources == {"pyproject.toml", "README.md", "LICENSE", "crslint", "schemas", "rules"}
