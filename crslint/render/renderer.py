"""What kustomize and helm make of a folder, and where each object comes from.

The programs never see the tree: a copy of the files that a folder's kustomization or chart names is made elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from crslint.render.process import Ran, find_program, run
from crslint.row import NamedTuple
from crslint.source.reader import read_file
from crslint.source.single import read_single

_ORIGIN = "config.kubernetes.io/origin"
_SOURCE = re.compile(r"^# Source: (.+)$", re.MULTILINE)
_FATAL = ("YML001", "YML005")
# Names that no program can take for options.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_BREAK = re.compile(r"^---[ \t]*$", re.MULTILINE)


class Piece(NamedTuple):
    """One object that was rendered: ``origin`` is the file that it comes from, None where a generator made it;
    ``place`` counts those of one file."""

    data: dict[str, Any]
    origin: str | None
    place: int


class Rendering(NamedTuple):
    """``pieces`` is None where nothing could be rendered: ``reason`` says why."""

    pieces: tuple[Piece, ...] | None
    reason: str = ""


class Release(NamedTuple):
    """What Argo CD tells helm besides the values."""

    name: str
    namespace: str
    values: Mapping[str, Any]
    kube_version: str | None = None
    crds: bool = True


class Renderer:
    """``content`` gives the bytes of a file by its path below ``root``; it raises OSError."""

    def __init__(self, root: Path, content: Callable[[str], bytes]) -> None:
        self._content = content
        kustomize, kubectl = find_program("kustomize", root), find_program("kubectl", root)
        self._kustomize = [kustomize, "build"] if kustomize else [kubectl, "kustomize"] if kubectl else None
        self._helm = find_program("helm", root)

    def kustomize(self, folder: str, files: Collection[str]) -> Rendering:
        """``files`` are all that the kustomization of a folder reads, paths below the root."""
        if self._kustomize is None:
            return Rendering(None, "neither kustomize nor kubectl is installed")
        with TemporaryDirectory(prefix="crslint-") as home:
            top = Path(home)
            (top / "wrapper").mkdir()
            wrapper = {"resources": [f"../tree/{folder}"], "buildMetadata": ["originAnnotations"]}
            (top / "wrapper" / "kustomization.yaml").write_text(json.dumps(wrapper), encoding="utf-8")
            fault = self._copied(files, top / "tree")
            ran = Ran(None, fault) if fault else run([*self._kustomize, "wrapper"], top)
            return Rendering(None, ran.reason) if ran.output is None else _pieces(_annotated(ran.output))

    def helm(self, folder: str, files: Collection[str], release: Release) -> Rendering:
        """``files`` are all of the chart in a folder."""
        if self._helm is None:
            return Rendering(None, "helm is not installed")
        if not all(_NAME.fullmatch(word) for word in (release.name, release.namespace, release.kube_version or "0")):
            return Rendering(None, "name, namespace or version of the release is none that helm takes")
        with TemporaryDirectory(prefix="crslint-") as home:
            top = Path(home)
            (top / "values.json").write_text(json.dumps(release.values), encoding="utf-8")
            fault = self._copied(files, top / "tree")
            command = [self._helm, "template", release.name, f"tree/{folder}", "--namespace", release.namespace]
            command += ["--values", "values.json"]
            command += ["--include-crds"] if release.crds else []
            command += ["--kube-version", release.kube_version] if release.kube_version else []
            ran = Ran(None, fault) if fault else run(command, top)
            return Rendering(None, ran.reason) if ran.output is None else _pieces(_sourced(ran.output, folder))

    def _copied(self, files: Collection[str], tree: Path) -> str:
        """Copies files below a folder; why that is not possible, if it is not."""
        for path in files:
            place = tree / path
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self._content(path))
            except OSError as error:
                return f"{path} cannot be copied: {error.strerror}"
        return ""


class _UnreadableError(Exception):
    pass


def _pieces(found: Iterator[Piece]) -> Rendering:
    try:
        return Rendering(tuple(found))
    except _UnreadableError as error:
        return Rendering(None, str(error))


def _annotated(output: bytes) -> Iterator[Piece]:
    """kustomize's output, whose annotations say where an object comes from; they are taken away again."""
    counts: dict[str | None, int] = {}
    for data in _objects(output):
        origin = _taken(data)
        path = origin.get("path")
        place = _below_tree(f"wrapper/{path}") if isinstance(path, str) and "repo" not in origin else None
        counts[place] = counts.get(place, -1) + 1
        yield Piece(data, place, counts[place])


def _taken(data: dict[str, Any]) -> Mapping[str, Any]:
    metadata = data.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.pop(_ORIGIN, None) if isinstance(annotations, dict) else None
    if annotations == {} and isinstance(metadata, dict):
        del metadata["annotations"]
    documents = read_single(text, "#").documents if isinstance(text, str) else ()
    origin = documents[0].data if documents else None
    return origin if isinstance(origin, dict) else {}


def _below_tree(path: str) -> str | None:
    """The path below the copy, of one that is relative to the folder around it."""
    steps: list[str] = []
    for step in PurePosixPath(path).parts:
        if step == "..":
            if not steps:
                return None
            steps.pop()
        else:
            steps.append(step)
    return "/".join(steps[1:]) if steps[:1] == ["tree"] else None


def _sourced(output: bytes, folder: str) -> Iterator[Piece]:
    """helm's output, where a comment before each template's part names it, below the chart's name."""
    text = output.decode("utf-8", "replace")
    counts: dict[str | None, int] = {}
    for part in _BREAK.split(text):
        named = _SOURCE.search(part)
        inner = named[1].strip().partition("/")[2] if named else ""
        origin = f"{folder}/{inner}" if folder and inner else inner or None
        for data in _objects(part.encode()):
            counts[origin] = counts.get(origin, -1) + 1
            yield Piece(data, origin, counts[origin])


def _objects(output: bytes) -> Iterator[dict[str, Any]]:
    read = read_file("rendered", output)
    if read.not_checked or any(problem.code in _FATAL for problem in read.problems):
        raise _UnreadableError("what was rendered cannot be read")
    for document in read.documents:
        if isinstance(document.data, dict):
            yield document.data
