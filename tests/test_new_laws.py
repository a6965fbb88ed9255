"""Laws of `crslint new` over any answers, its questions on a real terminal, and interruptions."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import CHECKOUT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_new import ANSWERS, RELEASES, objects, with_answers

from crslint import run
from crslint.fix.new.answers import answers_of
from crslint.fix.new.fleet import new_fleet
from crslint.fix.new.validity import faults
from crslint.fix.new.writing import write_folder
from crslint.scope import scope

SCHEMA = Draft202012Validator(json.loads((CHECKOUT / "schemas" / "answers.json").read_text()))
pty = pytest.importorskip("pty")

# Also such that YAML reads as something else, and those that mean something to crslint.
NAMES = st.one_of(
    st.from_regex(r"[a-z]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True),
    st.sampled_from(["yes", "null", "on", "e1", "true", "n", "base", "applications", "prod", "argocd", "a" * 40]),
)
REVISIONS = st.sampled_from(["v1.0.0", "1.20", "0123", "release/1.x", "f" * 40, "on", "12e4"])
LABELS = st.dictionaries(
    st.sampled_from(["bgp-advertise", "example.org/announce", "on", "1"]),
    st.sampled_from(["external", "", "true", "1", "no"]),
    min_size=1,
    max_size=1,
)


@st.composite
def clusters(draw: st.DrawFn, name: str, number: int, hosts: bool) -> dict[str, Any]:
    net = f"10.{draw(st.integers(0, 200))}.{number}"
    planes, workers = draw(st.sampled_from([1, 3, 5])), draw(st.integers(1, 5))
    asn = draw(st.sampled_from([64512, 65534, 4200000000]))
    peers = [
        {"address": f"{net}.{2 + place}", "asn": draw(st.sampled_from([64700, 4294967294]))}
        for place in range(draw(st.integers(1, 3)))
    ]
    cluster: dict[str, Any] = {
        "name": name,
        "endpoint": f"{net}.9",
        "nodes": {"subnet": f"{net}.0/24", "gateway": f"{net}.1", "first": f"{net}.20", "last": f"{net}.60"},
        "bgp": {"localASN": asn, "peers": peers},
        "pools": [f"172.{20 + number}.{place}.0/{length}" for place, length in enumerate(draw(_LENGTHS))],
        "controlPlanes": planes,
        "workers": workers,
        "pods": f"100.{64 + number}.0.0/{draw(st.integers(16, 20))}",
        "services": f"198.{18 + number % 2}.0.0/16",
    }
    if draw(st.booleans()):
        cluster["port"] = draw(st.sampled_from([443, 6443, 8443]))
    if draw(st.booleans()):
        cluster["nodes"] |= {
            "dns": ["192.0.2.1", "192.0.2.2"],
            "interface": draw(st.sampled_from(["bond0.10", "on", "eno1"])),
        }
    if draw(st.booleans()):
        cluster["bgp"] |= {"multihop": 4, "peers": [{"address": "203.0.113.7", "asn": 64900}]}
    if hosts:
        spare = draw(st.integers(1, 2)) if planes == 1 else draw(st.integers(0, 2))
        roles = ["control-plane"] * (planes + spare) + ["worker"] * workers
        cluster["hosts"] = [
            {
                "name": f"h{number}-{place}",
                "role": role,
                "mac": f"52:54:00:{number:02x}:00:{place:02x}",
                "bmc": f"ipmi://10.255.{number}.{place}",
            }
            for place, role in enumerate(roles)
        ]
        if draw(st.booleans()):
            cluster["hosts"][0]["disk"] = "/dev/disk/by-path/pci-0000:00:17.0-ata-1"
    return cluster


_LENGTHS = st.lists(st.integers(24, 30), min_size=1, max_size=3)


@st.composite
def any_answers(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    of_clusters = iter(draw(st.lists(NAMES, min_size=6, max_size=6, unique=True)))
    environments = []
    number = 0
    hosts = draw(st.booleans())
    for name in names:
        members = []
        for _ in range(draw(st.integers(1, 2))):
            members.append(draw(clusters(next(of_clusters), number, hosts)))
            number += 1
        environments.append({"name": name, "revision": draw(REVISIONS), "clusters": members})
    releases = draw(st.sampled_from(RELEASES))
    answers: dict[str, Any] = {
        "repository": draw(
            st.sampled_from(["https://github.com/o/r", "git@github.com:o/r.git", "ssh://git@h.example:22/r"])
        ),
        "image": {
            "url": "http://images.example/n?a=1&b=%20",
            "checksum": draw(st.sampled_from(["0" * 64, "1e10", "http://images.example/n.md5"])),
            "checksumType": draw(st.sampled_from(["md5", "sha256", "sha512"])),
            "format": draw(st.sampled_from(["raw", "qcow2"])),
        },
        "versions": dict(zip(("kubernetes", "capi", "capm3", "cilium", "argocd"), releases, strict=True)),
        "environments": environments,
    }
    if draw(st.booleans()):
        answers |= {"namespace": draw(NAMES), "charts": "oci://registry.example/charts", "advertise": draw(LABELS)}
    return answers


# Without shrinking: each example is a whole run.
@settings(max_examples=10, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(any_answers())
def test_any_answers_give_a_fleet_that_is_right(answers: dict[str, Any]) -> None:
    assert list(SCHEMA.iter_errors(answers)) == []
    assert list(faults(answers)) == []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "fleet"
        write_folder(folder, new_fleet(answers_of(answers), answers, {}).files)
        outcome = run.check(scope([str(folder)], folder), run.Options())
        found = [(item.finding.code, item.finding.at, item.finding.message) for item in outcome.result.findings]
        assert [each for each in found if not each[0].startswith("SCH003")] == []
        assert yaml.safe_load((folder / "answers.yaml").read_text()) == answers
        assert {each["metadata"]["name"] for each in objects(folder, "Cluster")} == {
            cluster["name"] for environment in answers["environments"] for cluster in environment["clusters"]
        }


@settings(max_examples=100)
@given(st.data())
def test_any_answer_that_is_cut_away_makes_no_traceback(data: st.DataObject) -> None:
    """The interview asks for faults while answers are still missing."""
    answers = json.loads(json.dumps(ANSWERS))
    for _ in range(data.draw(st.integers(1, 4))):
        inner: Any = answers
        while isinstance(inner, dict | list) and inner:
            step = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
            if not isinstance(inner[step], dict | list) or data.draw(st.booleans()):
                del inner[step]
                break
            inner = inner[step]
    assert all(isinstance(reason, str) for _, reason in faults(answers))


def conversation(folder: Path, lines: list[str]) -> tuple[int, str]:
    """Runs `crslint new fleet` on a terminal and answers its questions; the last line stays without an answer."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "NO_COLOR": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", "crslint", "new", "fleet"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = ""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if ready:
            try:
                seen += os.read(ours, 65536).decode()
            except OSError:
                break
        elif lines and seen.endswith((": ", "]: ")):
            os.write(ours, (lines.pop(0) + "\n").encode())
    os.close(ours)
    return process.wait(timeout=60), seen.replace("\r\n", "\n")


def test_questions_lead_to_a_fleet_that_is_right(tmp_path: Path) -> None:
    releases = ["", "", "", "1.13.0", "", ""]
    cluster = [
        "",
        "4",
        "3",
        "",
        "",
        "",
        "",
        "",
        "",
        "192.168.10.120",
        "192.168.10.10",
        "",
        "",
        "64500",
        "",
        "",
        "",
        "",
        "n",
        "",
        "missing.yaml",
        "",
    ]
    lines = [
        "nowhere",
        "https://github.com/o/r",
        "",
        *releases,
        "https://images.example/n.qcow2",
        "",
        "",
        "",
        "main",
        "",
        *cluster,
        "n",
        "n",
    ]
    code, seen = conversation(tmp_path, lines)
    assert code == 0, seen
    for complaint in (
        '"nowhere" is not a URL such as https://github.com/your-org/fleet',
        "1.13.0 is too old: crslint new knows cilium 1.14 and newer",
        '"main" moves; production follows a tag or a commit, such as v1.0.0',
        "4 is even; etcd needs an odd number",
        "192.168.10.120 lies in the nodes' range: a node may get it too",
        "AS 64500 is set aside for documentation",
        "cannot read missing.yaml: No such file or directory",
    ):
        assert complaint in seen
    assert "--set ipv4NativeRoutingCIDR=10.244.0.0/16" in seen
    assert "\ncrslint check: 0 findings in " in seen
    assert "\x1b" not in seen
    answers = yaml.safe_load((tmp_path / "fleet" / "answers.yaml").read_text())
    assert list(SCHEMA.iter_errors(answers)) == []
    assert answers["environments"][0]["clusters"][0]["endpoint"] == "192.168.10.10"


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "crslint", "new", "fleet"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A test that runs in the background has this signal ignored, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        os.close(theirs)
        assert process.stderr is not None
        while b"URL" not in os.read(process.stderr.fileno(), 4096):
            pass
        # One that comes between the last look at signals and the read is seen after it, as with any program.
        for _ in range(100):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            process.kill()
        assert process.wait() == 130
    os.close(ours)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    files = {"a/b.yaml": "a: 1\n", "a": "no folder can be a file too\n"}
    with pytest.raises(OSError, match="Is a directory"):
        write_folder(tmp_path / "fleet", files)
    assert list(tmp_path.iterdir()) == []


def test_a_fleet_appears_at_once(tmp_path: Path) -> None:
    """A process that is killed in the middle of its writes leaves no folder of that name."""
    script = (
        "import os, signal, sys; from pathlib import Path; from crslint.fix.new.writing import write_folder\n"
        "def files():\n"
        "    yield 'a.yaml', 'a: 1'\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "class Files(dict):\n"
        "    def items(self): return files()\n"
        "write_folder(Path(sys.argv[1]), Files())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "fleet"], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "fleet").exists()


def test_the_schema_takes_the_answers_of_the_tests() -> None:
    assert list(SCHEMA.iter_errors(with_answers(("environments.0.clusters.0.port", 443)))) == []
    assert [error.json_path for error in SCHEMA.iter_errors(with_answers(("image", {})))] == ["$.image", "$.image"]
