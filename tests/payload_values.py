"""Payload values, read, and what their documents are."""

from __future__ import annotations

from crslint.source.document import Document, Json, Layer
from crslint.source.payload import read_value

HOST = "payload.yaml:0#/data/a"

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
OTHER = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: other\n"
JSON = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}'


def read(value: str) -> Layer:
    return read_value(value, HOST)


def names(layer: Layer) -> list[str]:
    return [described(document)["name"] for document in layer.documents]


def described(document: Document) -> dict[str, str]:
    def text(*steps: str) -> str:
        value: Json = document.data
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    return {
        "apiVersion": text("apiVersion"),
        "kind": text("kind"),
        "namespace": text("metadata", "namespace"),
        "name": text("metadata", "name"),
    }
