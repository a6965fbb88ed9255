"""crslint where it is installed: from a wheel, from a wheel of the source distribution, editable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]
SOURCES = ("crslint", "rules", "schemas", "pyproject.toml", "README.md", "LICENSE")
BIN = "Scripts" if os.name == "nt" else "bin"

BROKEN = "kind: A\nspec: [\n"


def command(*arguments: object, folder: Path, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Without anything that could lead to the checkout."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = {**inherited, "XDG_CACHE_HOME": str(cache or folder)}
    return subprocess.run(
        [str(item) for item in arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def build(source: Path, out: Path, *options: str) -> Path:
    done = command(sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", out, source, folder=out)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


def environment(folder: Path, *install: object) -> Path:
    """A virtual environment with crslint, whose dependencies are those of the tests. Gives its folder of commands."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / BIN / "python"
    packages = command(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder)
    dependencies = Path(packages.stdout.strip()) / "dependencies.pth"
    dependencies.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    done = command(*pip, "install", "--quiet", "--no-deps", *install, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / BIN


def test_a_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    for name in ("direct", "sdist", "outside"):
        (tmp_path / name).mkdir()
    wheel = build(PROJECT, tmp_path / "direct", "--wheel")
    of_sdist = build(PROJECT, tmp_path / "sdist")
    names = sorted(zipfile.ZipFile(wheel).namelist())
    assert names == sorted(zipfile.ZipFile(of_sdist).namelist())
    for folder in ("rules", "schemas"):
        carried = {name.removeprefix("crslint/_data/") for name in names if name.startswith(f"crslint/_data/{folder}/")}
        here = (path for path in (PROJECT / folder).rglob("*") if path.is_file())
        assert carried == {path.relative_to(PROJECT).as_posix() for path in here}
    templates = (path for path in (PROJECT / "crslint" / "templates").rglob("*") if path.is_file())
    assert {path.relative_to(PROJECT).as_posix() for path in templates} <= set(names)

    commands = environment(tmp_path / "installed", of_sdist)
    (outside / "a.yaml").write_text(BROKEN, encoding="utf-8")
    done = command(commands / "crslint", "check", "--format", "json", folder=outside)
    assert done.returncode == 1, done.stderr
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["code"], found["path"], found["line"]) == ("YML001", "a.yaml", 2)
    done = command(commands / "python", "-m", "crslint", "explain", "CFG002", folder=outside)
    assert done.stdout.startswith("CFG002 configuration-error\n"), done.stderr

    assert command(commands / "crslint", "--version", folder=outside).stdout == "crslint 0.1.0\n"


def test_an_editable_install_follows_the_checkout(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in SOURCES:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, checkout / name)
    commands = environment(tmp_path / "installed", "--no-build-isolation", "--editable", checkout)
    rule = next((checkout / "rules").rglob("CFG002-*/rule.yaml"))
    title = "The configuration must be what crslint understands"
    text = rule.read_text(encoding="utf-8")
    assert title in text
    for said in (title, "Another title"):
        rule.write_text(text.replace(title, said), encoding="utf-8")
        done = command(commands / "crslint", "explain", "CFG002", folder=tmp_path)
        assert done.stdout.startswith(f"CFG002 configuration-error\n{said}\n"), done.stderr
