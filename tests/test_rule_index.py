"""The index of compiled rules: the same rules as compiling gives, never stale, private."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from fleets import fleet_of, resource_set
from rule_folders import load_folder, rule_text, write_rule

from crslint.config.selection import Selection
from crslint.policy import compile as compilation
from crslint.policy import index
from crslint.policy.check import judge
from crslint.policy.ruleset import RuleSet

_EXTRA = """\
needs: whole
profile: strict
references: [https://example.org/a, https://example.org/b]
overrides: [CRS001]
downgrade:
  to: info
  when: |
    resourceSet.number == 1
related:
  - at: |
      resourceSet.at
    label: |
      {resourceSet.name} here
fix:
  safety:
    safeWhen: |
      true
  title: |
    mend {resourceSet.name}
  when: |
    true
  edits:
    - append: |
        resourceSet.at
      to: |
        {"a": 1}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "crslint"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    whole = rule_text(
        "XAB001",
        when='resourceSet.selector == "valid" && resourceSet.complete',
        each="resourceSet.resources",
        check="each.ok",
        group="resourceSet.at",
        extra=_EXTRA,
    )
    write_rule(folder / "group", whole)
    write_rule(folder, rule_text("XAB002", message="{{é}} {cluster(resourceSet.at).name}"))
    engine = rule_text("XAB003").partition("for:")[0] + "engine: true\nmessage: |\n  {reason}\n"
    write_rule(folder, engine)
    return folder


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the rules had been written long ago."""
    monkeypatch.setattr(index, "_SETTLED", 0)


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_place: str) -> None:
        raise AssertionError("read, not taken from the index")

    monkeypatch.setattr("crslint.policy.rules.bytes_of", refuse)


def no_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: object) -> None:
        raise AssertionError("compiled, not loaded")

    monkeypatch.setattr(compilation, "compile_rule", refuse)


def test_what_is_loaded_is_what_was_compiled(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = load_folder(rules)
    no_compiling(monkeypatch)
    loaded = load_folder(rules)
    assert loaded == compiled
    assert [rule.code for rule in loaded[0]] == ["XAB002", "XAB003", "XAB001"]
    when = loaded[0][2].when
    assert when is not None
    selected = ("==", ("fact", "resourceSet.selector"), ("literal", "valid"))
    assert when.tree == ("&&", selected, ("fact", "resourceSet.complete"))
    subject = resource_set(resources=[{"ok": False}])
    verdict = judge(fleet_of(subject), [], RuleSet({rule.code: rule for rule in loaded[0]}), Selection())
    assert [(item.code, item.message) for item in verdict.findings] == [("XAB002", "{é} ?")]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_it_is_private(rules: Path, cache: Path) -> None:
    load_folder(rules)
    (file,) = cache.iterdir()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name == index.index_name(rules)


def test_a_changed_rule_is_compiled_again(rules: Path) -> None:
    load_folder(rules)
    write_rule(rules, rule_text("XAB002", message="now another"))
    message = {rule.code: rule.message for rule in load_folder(rules)[0]}["XAB002"]
    assert message.parts == ("now another",)


@pytest.mark.usefixtures("settled")
def test_untouched_rules_are_not_read(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = load_folder(rules)
    no_reading(monkeypatch)
    assert load_folder(rules) == compiled


def test_rules_just_written_are_read_again(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may change once more without a trace in their times."""
    load_folder(rules)
    no_reading(monkeypatch)
    with pytest.raises(AssertionError, match="read, not taken"):
        load_folder(rules)


@pytest.mark.usefixtures("settled")
def test_touched_rules_that_say_the_same_are_not_compiled(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = load_folder(rules)
    os.utime(rules / "XAB002-some-fault" / "rule.yaml", (1, 1))
    no_compiling(monkeypatch)
    assert load_folder(rules) == compiled
    no_reading(monkeypatch)
    assert load_folder(rules) == compiled


@pytest.mark.usefixtures("settled")
def test_a_change_of_equal_size_and_time_is_noticed(rules: Path) -> None:
    load_folder(rules)
    file = rules / "XAB002-some-fault" / "rule.yaml"
    before = file.stat()
    file.write_text(file.read_text().replace("{{é}}", "{{è}}"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    message = {rule.code: rule.message for rule in load_folder(rules)[0]}["XAB002"]
    assert message.parts[0] == "{è} "


@pytest.mark.usefixtures("settled")
def test_a_rule_in_a_folder_that_had_none_is_noticed(rules: Path) -> None:
    (rules / "XAB004-some-fault").mkdir()
    (rules / "later").mkdir()
    assert len(load_folder(rules)[0]) == 3
    write_rule(rules, rule_text("XAB004"))
    assert len(load_folder(rules)[0]) == 4
    write_rule(rules / "later", rule_text("XAB005"))
    assert len(load_folder(rules)[0]) == 5


@pytest.mark.parametrize("settled", [False, True])
def test_a_removed_or_moved_rule_is_noticed(rules: Path, settled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if settled:
        monkeypatch.setattr(index, "_SETTLED", 0)
    load_folder(rules)
    (rules / "XAB002-some-fault").rename(rules / "group" / "XAB002-some-fault")
    assert {rule.code: Path(rule.folder).parent.name for rule in load_folder(rules)[0]}["XAB002"] == "group"
    (rules / "group" / "XAB002-some-fault" / "rule.yaml").unlink()
    assert [rule.code for rule in load_folder(rules)[0]] == ["XAB003", "XAB001"]


@pytest.mark.parametrize("damage", ["truncated", "head", "tail", "empty", "other version"])
def test_a_damaged_index_is_made_anew(rules: Path, cache: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [rule.code for rule in load_folder(rules)[0]]
    (file,) = cache.iterdir()
    content = file.read_bytes()
    if damage == "other version":
        monkeypatch.setattr(index, "__version__", "99")
    else:
        file.write_bytes(
            {
                "truncated": content[:-5],
                "head": content[:20] + bytes((content[20] ^ 1,)) + content[21:],
                "tail": content + b"x",
                "empty": b"",
            }[damage]
        )
    anew = load_folder(rules)
    assert [rule.code for rule in anew[0]] == codes
    no_compiling(monkeypatch)
    assert load_folder(rules) == anew


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_an_index_that_others_can_write_is_not_trusted(
    rules: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_folder(rules)
    (file,) = cache.iterdir()
    file.chmod(0o666)
    no_compiling(monkeypatch)
    with pytest.raises(AssertionError, match="compiled, not loaded"):
        load_folder(rules)


def test_without_a_cache_folder_rules_are_compiled(
    rules: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    (tmp_path / "a file").write_text("")
    assert [rule.code for rule in load_folder(rules)[0]] == ["XAB002", "XAB003", "XAB001"]
    assert not cache.exists()


def test_faulty_rules_are_not_kept(rules: Path, cache: Path) -> None:
    write_rule(rules, rule_text("XAB004", check="nothing"))
    assert len(load_folder(rules)[1]) == 1
    assert not cache.exists()


def test_loading_imports_no_compiler(rules: Path) -> None:
    load_folder(rules)
    code = (
        "import sys; from pathlib import Path; from crslint.policy.rules import rules_of;"
        f"found, faults = rules_of(Path({str(rules)!r})); assert len(found) == 3;"
        "print([name for name in ('jsonschema', 'crslint.policy.compile', 'tempfile') if name in sys.modules])"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
