"""Which rules run where: command line > paths > top level, longer prefixes first, ignore wins ties."""

from __future__ import annotations

import pytest

from crslint.config.model import Config, PathSettings, Policy
from crslint.config.selection import CommandLine, Selection

LEGACY = "legacy/old/a.yaml"


@pytest.mark.parametrize(
    ("config", "line", "code", "expected"),
    [
        (Config(), CommandLine(), "CRS001", True),
        (Config(select=("PAY",)), CommandLine(), "CRS001", False),
        (Config(select=("PAY",)), CommandLine(extend_select=("CRS",)), "CRS001", True),
        (Config(select=("PAY",)), CommandLine(extend_select=("CRS",)), "PAY001", True),
        (Config(select=("PAY",)), CommandLine(select=("CRS",)), "PAY001", False),
        (Config(ignore=("CRS",)), CommandLine(), "CRS001", False),
        (Config(ignore=("CRS",), select=("ALL", "CRS001")), CommandLine(), "CRS001", True),
        (Config(ignore=("CRS001",), select=("CRS001",)), CommandLine(), "CRS001", False),
        (Config(ignore=("CRS001",)), CommandLine(select=("CRS",)), "CRS001", True),
        (Config(), CommandLine(ignore=("CRS",)), "CRS001", False),
        (Config(), CommandLine(ignore=("CRS",), extend_select=("CRS001",)), "CRS001", True),
        (Config(), CommandLine(ignore=("CRS001",), select=("CRS",)), "CRS001", False),
        (Config(), CommandLine(ignore=("CRS001",), select=("CRS",)), "CRS002", True),
    ],
)
def test_levels_and_prefixes(config: Config, line: CommandLine, code: str, expected: bool) -> None:
    assert Selection(config, line).selects(code, "default", "a.yaml") is expected


def test_all_is_the_rules_of_the_profile() -> None:
    assert not Selection().selects("PAY017", "strict", "a.yaml")
    assert Selection(Config(profile="strict")).selects("PAY017", "strict", "a.yaml")
    assert Selection(Config(), CommandLine(profile="strict")).selects("PAY017", "strict", "a.yaml")
    assert not Selection(Config(profile="strict"), CommandLine(profile="default")).selects("PAY017", "strict", "a")
    assert Selection(Config(), CommandLine(extend_select=("PAY017",))).selects("PAY017", "strict", "a.yaml")


def test_the_last_matching_path_decides_for_its_files() -> None:
    paths = (
        PathSettings("legacy/**", ignore=("CRS",), severity={"PAY": "info"}),
        PathSettings("legacy/old/**", ignore=("PAY001",), severity={"PAY": "warning", "PAY002": "error"}),
    )
    selection = Selection(Config(paths=paths, severity={"CRS": "info"}))
    assert not selection.selects("CRS001", "default", "legacy/b.yaml")
    assert selection.selects("CRS001", "default", LEGACY)
    assert not selection.selects("PAY001", "default", LEGACY)
    assert selection.selects("PAY001", "default", "other.yaml")
    assert selection.severity("PAY001", "error", LEGACY) == "warning"
    assert selection.severity("PAY002", "info", LEGACY) == "error"
    assert selection.severity("CRS001", "error", LEGACY) == "info"
    assert selection.severity("NET001", "error", LEGACY) == "error"


def test_a_path_that_selects_decides_alone() -> None:
    selection = Selection(Config(paths=(PathSettings("legacy/**", select=("YML",)),)))
    assert selection.selects("YML001", "default", LEGACY)
    assert not selection.selects("CRS001", "default", LEGACY)


def test_anywhere_looks_at_all_levels() -> None:
    selection = Selection(Config(select=("YML",), paths=(PathSettings("legacy/**", select=("CRS",)),)))
    assert selection.anywhere()("CRS001", "default")
    assert selection.anywhere()("YML001", "default")
    assert not selection.anywhere()("PAY001", "default")


def test_codes_that_no_rule_has_are_named() -> None:
    selection = Selection(Config(), CommandLine(select=("ALL", "CRS", "XYZ"), extend_select=("PAY09",)))
    assert selection.unmatched(["CRS001", "PAY001"]) == ["XYZ", "PAY09"]


OLD = PathSettings("legacy/**", severity={"CRS001": "error", "PAY": "off"})


@pytest.mark.parametrize(
    ("config", "code", "path", "expected"),
    [
        (Config(severity={"CRS": "off"}), "CRS001", "a", None),
        (Config(severity={"CRS": "off", "CRS001": "info"}), "CRS001", "a", "info"),
        (Config(severity={"CRS001": "off"}, select=("CRS",)), "CRS001", "a", None),
        (Config(severity={"CRS": "off"}, select=("CRS001",)), "CRS001", "a", "warning"),
        (Config(severity={"CRS001": "off"}, paths=(OLD,)), "CRS001", LEGACY, "error"),
        (Config(severity={"CRS001": "off"}, paths=(OLD,)), "CRS001", "a", None),
        (Config(severity={"PAY001": "error"}, paths=(OLD,)), "PAY001", LEGACY, None),
        (Config(severity={"PAY001": "error"}, paths=(OLD,)), "PAY001", "a", "error"),
        (Config(ignore=("CRS001",), paths=(OLD,)), "CRS001", LEGACY, None),
    ],
)
def test_off_is_a_severity_like_others(config: Config, code: str, path: str, expected: str | None) -> None:
    """The longest prefix counts, and the level above; ``None``: the rule does not run."""
    selection = Selection(config)
    found = selection.severity(code, "warning", path) if selection.selects(code, "default", path) else None
    assert found == expected


@pytest.mark.parametrize(
    ("config", "line", "expected"),
    [
        (Config(ignore=("CRS001",)), CommandLine(), True),
        (Config(select=("PAY",)), CommandLine(), True),
        (Config(severity={"CRS": "off"}), CommandLine(), True),
        (Config(paths=(PathSettings("**", ignore=("CRS",), severity={"CRS001": "off"}),)), CommandLine(), True),
        (Config(), CommandLine(ignore=("CRS001",)), False),
        (Config(), CommandLine(select=("PAY",)), False),
    ],
)
def test_only_the_command_line_leaves_out_what_is_mandatory(config: Config, line: CommandLine, expected: bool) -> None:
    for demanding in (config._replace(mandatory=("CRS",)), config.under(Policy(mandatory=("CRS001",)))):
        assert Selection(demanding, line).selects("CRS001", "default", "a.yaml") is expected
        assert Selection(demanding, line).anywhere()("CRS001", "default") is expected


def test_a_mandatory_prefix_does_not_bring_the_strict_profile() -> None:
    assert not Selection(Config(mandatory=("PAY",))).selects("PAY017", "strict", "a.yaml")
    assert Selection(Config(mandatory=("PAY017",))).selects("PAY017", "strict", "a.yaml")
    assert Selection(Config(mandatory=("PAY",), profile="strict")).selects("PAY017", "strict", "a.yaml")


def test_a_policy_is_a_floor() -> None:
    policy = Policy(severity={"CRS": "warning", "CRS001": "error"}, exclude=("gen/",), fail_on="warning")
    config = Config(severity={"CRS": "info", "CRS002": "error"}, exclude=("**",), fail_on="never").under(policy)
    selection = Selection(config)
    found = [selection.severity(code, "info", "a.yaml") for code in ("CRS001", "CRS002", "CRS003", "PAY001")]
    assert found == ["error", "error", "warning", "info"]
    assert (config.exclude, config.fail_on) == (("gen/",), "warning")
    demanding = Config(severity={"SEC": "info"}).under(Policy(mandatory=("SEC",)))
    assert Selection(demanding).severity("SEC001", "error", "a.yaml") == "error"
    assert Config(fail_on="info").under(policy).fail_on == "info"
