"""A scalar that holds one YAML document: values of a Helm chart inside an object."""

from __future__ import annotations

from crslint import address
from crslint.source.collector import collector_paused
from crslint.source.document import Document, Layer
from crslint.source.parser import parse


def read_single(text: str, host: str) -> Layer:
    """The first document that is not empty, as sigs.k8s.io/yaml unmarshals it; ``host`` is the address of the scalar.

    A text that cannot be read, or that holds nothing, gives no document.
    """
    with collector_paused():
        parsed = parse(text, lambda index: address.layer(host, index))
    documents = [Document(address.layer(host, index), data) for index, data in parsed.documents if data is not None]
    return Layer(tuple(documents[:1]), parsed.problems, size=len(text.encode("utf-8", "surrogatepass")))
