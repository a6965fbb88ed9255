"""The bytes of one file to a File: decoded, parsed, lists expanded, layers opened."""

from __future__ import annotations

from crslint import address
from crslint.finding import NotChecked, Problem
from crslint.source import parser
from crslint.source.document import Document, File, Layer


def read_file(path: str, content: bytes) -> File:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        at = address.document(path, 0)
        return File(path, (), (Problem("YML006", at, {}, (0, 0)),), (NotChecked(path, None, "binary"),), len(content))
    parsed = parser.parse(text, lambda index: address.document(path, index))
    documents = []
    for index, data in parsed.documents:
        at = address.document(path, index)
        if isinstance(data, dict) and data.get("kind") == "List" and isinstance(data.get("items"), list):
            documents += [
                _document(address.at(at, ("items", number)), item) for number, item in enumerate(data["items"])
            ]
        else:
            documents.append(_document(at, data))
    return File(path, tuple(documents), parsed.problems, (), len(content))


def _document(at: str, data: parser.Json) -> Document:
    layers: dict[str, Layer] = {}
    if isinstance(data, dict) and data.get("kind") == "ConfigMap" and isinstance(data.get("data"), dict):
        try:
            from crslint.source import payload
        except ImportError:
            return Document(at, data, layers)
        for key, value in data["data"].items():
            if isinstance(value, str) and payload.looks_like_manifest(value):
                pointer = address.pointer(("data", key))
                layers[pointer] = payload.read_value(value, at + pointer)
    return Document(at, data, layers)
