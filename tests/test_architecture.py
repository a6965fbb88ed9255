"""How the code is built: what may import what, what is imported when, and how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from crslint.version import version

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "crslint"
MODULES = sorted(PACKAGE.rglob("*.py"))

# In order: a stage imports only itself, what is before it, and the bottom.
STAGES = ("source", "render", "schema", "fleet", "policy", "fix", "report", "cli")
BOTTOM = ("__init__", "address", "cache", "config", "data", "finding", "record", "row", "spelling", "variable")
# The command line is several modules that lie in no folder.
CLI = (
    "__main__",
    "arguments",
    "cli",
    "commands",
    "completion",
    "configured",
    "deferral",
    "examples",
    "fixing",
    "gate",
    "group",
    "known",
    "plain",
    "progress",
    "request",
    "run",
    "scope",
    "validated",
    "version",
)
LONGEST = 400
FORBIDDEN = {"utils", "helpers", "common", "manager"}
HEAVY = {"cel_expr_python", "jsonschema", "jsonschema_rs", "kubernetes_validate", "multiprocessing", "pathspec"}


def stage_of(module: str) -> str:
    """``crslint.source.text`` is of ``source``; ``bottom`` for what lies under all stages."""
    head = module.split(".")[1] if "." in module else "__init__"
    return "bottom" if head in BOTTOM else "cli" if head in CLI else head


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Modules of ours, and names imported from ``crslint`` itself, anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            module = node.module or ""
            if module == "crslint":
                yield from ((f"crslint.{alias.name}", node) for alias in node.names)
            else:
                yield module, node


def test_a_stage_imports_only_earlier_ones() -> None:
    order = ("bottom", *STAGES)
    wrong = []
    for path in MODULES:
        module = module_name(path)
        for name, _ in imported(ast.parse(path.read_text(encoding="utf-8"))):
            if not name.startswith("crslint.") or name == "crslint.__version__":
                continue
            if module.startswith("crslint.config") and name == "crslint.source.parser":
                continue
            if order.index(stage_of(name)) > order.index(stage_of(module)):
                wrong.append(f"{module} imports {name}")
    assert not wrong


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    wrong = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {name.partition(".")[0] for name, node in imported(tree) if node in tree.body}
        wrong += [f"{module_name(path)} imports {name}" for name in modules & HEAVY]
    assert not wrong


def test_files_stay_readable() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= LONGEST, f"{path} is longer than {LONGEST} lines"
        only_words = len(ast.parse(text).body) <= 1
        assert only_words or "from __future__ import annotations\n" in text, path
        assert path.stem not in FORBIDDEN, path


def test_version_imports_almost_nothing() -> None:
    script = (
        "import sys; sys.argv = ['crslint', '--version']; import crslint.__main__ as m; print(*sorted(sys.modules))"
    )
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sorted(sys.modules))"], capture_output=True, text=True
    )
    ours = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT)
    assert set(ours.stdout.split()) - set(bare.stdout.split()) <= {"__future__", "crslint", "crslint.__main__"}


def test_a_plain_check_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "service.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n")
    script = (
        "import sys; from crslint.cli import run_command; code = run_command(sys.argv[1:]);"
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, "check", "--jobs", "1", str(tmp_path)]
    # The first may make the index of rules.
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    code, *modules = done.stderr.split()
    assert code == "0"
    assert not set(modules) & (HEAVY | {"ast", "click", "inspect", "locale", "threading", "yaml"})


def test_version_prints_itself() -> None:
    done = subprocess.run([sys.executable, "-m", "crslint", "--version"], capture_output=True, text=True, cwd=PROJECT)
    assert (done.stdout, done.stderr, done.returncode) == (f"crslint {version()}\n", "", 0)


def test_no_path_of_a_machine_is_in_the_project() -> None:
    names = ("/work" + "/", "/tmp" + "/", "/home" + "/", "/Users" + "/")
    folders = ("crslint", "schemas", "rules", "docs")
    files = [
        path for folder in folders for path in (PROJECT / folder).rglob("*") if path.suffix in {".py", ".md", ".json"}
    ]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in text], path
