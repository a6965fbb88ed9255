"""One file: templates, lists, layers, misread strings."""

from __future__ import annotations

import base64
import gc

import pytest

from crslint.source.document import Layer
from crslint.source.reader import read_file

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inner, namespace: default}\n"


def indented(text: str, by: int) -> str:
    return "".join(" " * by + line for line in text.splitlines(keepends=True))


TEMPLATES = {
    "helm": ("a: {{ .Values.a }}\n", "{{ .Values.a }}"),
    "helm blocks": ("{{- if .x }}\na: 1\n{{- end }}\n", "{{- if .x }}"),
    "helm, quotes inside quotes": ('a: "{{ default "x" .Values.y }}"\n', '{{ default "x" .Values.y }}'),
    "helm over lines": ("a: 1\n{{- /*\n  words: : :\n*/ -}}\nb: 2\n", "{{- /*\n  words: : :\n*/ -}}"),
    "helm beside words": ("{{ .a }}-x: 1\n", "{{ .a }}"),
    "helm in helm": ("a: {{ `{{ $labels.x }}` }}\nb: 1\n", "{{ `{{ $labels.x }}` }}"),
    "helm after an unclosed brace": ("# {{ see\na: {{ b }}\n", "{{ b }}"),
    "jinja": ("{% for x in y %}\n- a: {{ x }}\n{% endfor %}\n", "{% for x in y %}"),
    "jinja comment": ("{# a: b: c #}\na: 1\n", "{# a: b: c #}"),
    "envsubst in a flow list": ("a: [${A}, ${B}]\n", "${A}"),
    "envsubst on its own line": ("a:\n  b: 1\n${MORE}\n", "${MORE}"),
    "after a good document": ("a: 1\n---\nb: {{ c }}\n", "{{ c }}"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_are_reported_once_and_not_checked(name: str) -> None:
    text, marker = TEMPLATES[name]
    file = read_file("t.yaml", text.encode())
    (problem,) = file.problems
    start = text.index(marker)
    assert (problem.code, problem.at, problem.span) == ("YML004", "t.yaml:0#", (start, start + len(marker)))
    assert problem.parameters["reason"] == ("${ }" if marker[0] == "$" else f"{marker[:2]} {marker[-2:]}")
    assert [(item.path, item.at, item.reason) for item in file.not_checked] == [("t.yaml", None, "template")]
    assert not file.documents


@pytest.mark.parametrize(
    "text",
    [
        "a: '{{ b }}'\nc: d: e\n",
        "a: [\n# {{ b }}\n",
        "a: ${B}\nb: @c\n",
        "a: |\n  {{ b }}\nc: 'unclosed\n",
        "a: {{ b\n",
        "a: {b: {c}: d}}\n",
    ],
)
def test_markers_that_are_not_to_blame(text: str) -> None:
    assert [problem.code for problem in read_file("t.yaml", text.encode()).problems] == ["YML001"]


@pytest.mark.parametrize(
    "text", ["a: ${B}\n", "a: '{{ b }}'\n", 'a: "${B:=c}"\n', "a: |\n  {% if b %}\n", "# {{ c }}\n", "a: ${B:-c}/d\n"]
)
def test_markers_that_parse_are_text(text: str) -> None:
    file = read_file("t.yaml", text.encode())
    assert not file.problems
    assert not file.not_checked


def test_lists_are_expanded() -> None:
    items = "items:\n- {kind: A}\n- apiVersion: v1\n  kind: List\n  items: [{kind: B}, 7]\n- kind: ConfigMapList\n"
    file = read_file("l.yaml", ("a: 1\n---\napiVersion: v1\nkind: List\n" + items).encode())
    assert [(document.at, document.data) for document in file.documents] == [
        ("l.yaml:0#", {"a": 1}),
        ("l.yaml:1#/items/0", {"kind": "A"}),
        ("l.yaml:1#/items/1/items/0", {"kind": "B"}),
        ("l.yaml:1#/items/1/items/1", 7),
        ("l.yaml:1#/items/2", {"kind": "ConfigMapList"}),
    ]
    assert len(read_file("l.yaml", b"apiVersion: v1\nkind: List\nitems: 3\n").documents) == 1
    assert len(read_file("l.yaml", b"apiVersion: example.com/v1\nkind: List\nitems: [1, 2]\n").documents) == 1


def layers_of(text: str) -> dict[str, Layer]:
    (document,) = read_file("m.yaml", text.encode()).documents
    return dict(document.layers)


def test_layers_are_opened() -> None:
    value = "data:\n  other: hello\n  a.yaml: |\n" + indented(MANIFEST + "---\n" + MANIFEST, 4)
    layers = layers_of("apiVersion: v1\nkind: ConfigMap\n" + value)
    assert list(layers) == ["/data/a.yaml"]
    assert [document.at for document in layers["/data/a.yaml"].documents] == [
        "m.yaml:0!/data/a.yaml:0#",
        "m.yaml:0!/data/a.yaml:1#",
    ]


def test_layers_of_secrets() -> None:
    encoded = base64.b64encode(MANIFEST.encode()).decode()
    data = f"data:\n  a~b: {encoded}\n  broken: '%%'\n  binary: /w==\n  number: 3\n"
    layers = layers_of(f"apiVersion: v1\nkind: Secret\n{data}stringData:\n  c: |\n{indented(MANIFEST, 4)}")
    assert list(layers) == ["/stringData/c", "/data/a~0b"]
    (document,) = layers["/data/a~0b"].documents
    assert document.at == "m.yaml:0!/data/a~0b:0#"
    assert isinstance(document.data, dict)
    assert document.data["kind"] == "ConfigMap"


def test_layers_of_list_items() -> None:
    item = "- apiVersion: v1\n  kind: ConfigMap\n  data:\n    k: |\n" + indented(MANIFEST, 6)
    file = read_file("l.yaml", ("apiVersion: v1\nkind: List\nitems:\n" + item).encode())
    (layer,) = file.documents[0].layers.values()
    assert [document.at for document in layer.documents] == ["l.yaml:0!/items/0/data/k:0#"]


@pytest.mark.parametrize("data", ["data: ${ALL}", "data: [a]", "data: ~", "data: {a: 1}", "binaryData: {a: x}", "x: y"])
def test_what_holds_no_layers(data: str) -> None:
    assert layers_of(f"apiVersion: v1\nkind: ConfigMap\n{data}\n") == {}


def misread(text: str) -> list[tuple[str, object, object]]:
    file = read_file("s.yaml", text.encode())
    found = list(file.problems)
    for document in file.documents:
        for layer in document.layers.values():
            found += layer.problems
    return [(item.at, item.parameters["written"], item.parameters["read"]) for item in found if item.code == "YML003"]


def test_misread_strings() -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: 012, labels: {a: yes, b: 'yes', c: ~, d: 1:30}, annotations: {e/f: 1_000}}\n"
        "spec:\n  replicas: 3\n  selector: {matchLabels: {g: 1.20}}\n  template:\n    metadata: {labels: {h: 0x10}}\n"
        "    spec:\n      containers:\n      - args: [--port, 80]\n        env: [{name: X, value: true}]\n"
    )
    assert misread(text) == [
        ("s.yaml:0#/metadata/name", "012", "an integer"),
        ("s.yaml:0#/metadata/labels/a", "yes", "a boolean"),
        ("s.yaml:0#/metadata/annotations/e~1f", "1_000", "an integer"),
        ("s.yaml:0#/spec/selector/matchLabels/g", "1.20", "a number"),
        ("s.yaml:0#/spec/template/metadata/labels/h", "0x10", "an integer"),
        ("s.yaml:0#/spec/template/spec/containers/0/args/1", "80", "an integer"),
        ("s.yaml:0#/spec/template/spec/containers/0/env/0/value", "true", "a boolean"),
    ]


def test_misread_strings_in_payloads_leave_names_to_their_rule() -> None:
    inner = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 12, labels: {a: off}}\ndata: {b: 1e3}\n"
    outer = "apiVersion: v1\nkind: ConfigMap\ndata:\n  k: |\n" + indented(inner, 4)
    assert misread(outer) == [
        ("s.yaml:0!/data/k:0#/metadata/labels/a", "off", "a boolean"),
        ("s.yaml:0!/data/k:0#/data/b", "1e3", "a number"),
    ]
    quoted = 'apiVersion: v1\nkind: ConfigMap\ndata:\n  k: "' + inner.replace("\n", "\\n") + '"\n'
    assert [written for _, written, _ in misread(quoted)] == ["off", "1e3"]
    encoded = base64.b64encode(inner.encode()).decode()
    secret = f"apiVersion: v1\nkind: Secret\ndata: {{k: {encoded}}}\n"
    assert [written for _, written, _ in misread(secret)] == ["false", "1000.0"]


def test_values_of_secrets_are_not_repeated() -> None:
    text = "apiVersion: v1\nkind: Secret\nstringData: {pin: 01234}\ndata: {code: 5678}\n"
    assert [written for _, written, _ in misread(text)] == ["***", "***"]


def test_numbers_elsewhere_are_no_strings() -> None:
    assert not misread("apiVersion: example.com/v1\nkind: ConfigMap\ndata: {a: 1}\n")
    assert not misread("metadata: [1]\nkind: 3\napiVersion: 4\n")
    assert not misread("apiVersion: v1\nkind: Service\nspec: {ports: [{port: 80}], clusterIP: None}\n")


def test_values_of_a_chart_are_a_layer() -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    helm:\n      values: |\n"
        "        a: 1\n  sources:\n  - {chart: x}\n  - helm: {values: 'b: yes'}\n"
    )
    (document,) = read_file("a.yaml", text.encode()).documents
    found = {pointer: [inner.data for inner in layer.documents] for pointer, layer in document.layers.items()}
    assert found == {"/spec/source/helm/values": [{"a": 1}], "/spec/sources/1/helm/values": [{"b": True}]}


def test_nothing_of_a_composed_file_is_kept() -> None:
    """The collector is off in a run: what hangs in a circle stays for good."""
    content = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    bootstrap: true\n"
    read_file("a.yaml", content)
    gc.collect()
    gc.disable()
    try:
        assert [problem.code for problem in read_file("a.yaml", content).problems] == ["YML003"]
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "text", ["a: 1 # +argocd:skip-file-rendering\n", "# +argocd:skip-file-rendering\na: {{ .b }}\n"]
)
def test_marks_in_comments_are_told(text: str) -> None:
    assert read_file("a.yaml", text.encode()).marks == ("+argocd:skip-file-rendering",)
    assert read_file("a.yaml", text.replace("+", "").encode()).marks == ()
