"""What of a Secret is readable, and that no fact and no message says what it is."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from checking import check
from linting import crslint_in
from resolving import only, resolved

from crslint.fleet.confidential import is_authority, state_of
from crslint.fleet.entities.secrets import SealedSecret, Secret

STATES = [
    ("password", "correct horse", "plaintext"),
    ("password", "password", "plaintext"),
    ("anything", "q8f2", "plaintext"),
    ("tls.key", "-----BEGIN PRIVATE KEY-----\nMIIE\n", "plaintext"),
    ("ca.crt", "-----BEGIN PRIVATE KEY-----\nMIIE\n", "plaintext"),
    ("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n", "encrypted"),
    ("password", "$2a$10$abcdefghijklmnopqrstuv", "plaintext"),
    ("password", "${PASSWORD}", "template"),
    ("password", "{{ .Values.password }}", "template"),
    ("password", "ENC[AES256_GCM,data:q83v]", "encrypted"),
    ("password", "$ANSIBLE_VAULT;1.1;AES256", "encrypted"),
    ("password", "<path:secret/data/web#password>", "placeholder"),
    ("password", "$web:password", "placeholder"),
    ("password", "$PASSWORD", "placeholder"),
    ("password", "op://vault/item/field", "placeholder"),
    ("password", "<< set me >>", "placeholder"),
    ("password", "CHANGE_ME", "placeholder"),
    ("password", "your-password", "placeholder"),
    ("password", "****", "placeholder"),
    ("username", "admin", "public"),
    ("tls.crt", "-----BEGIN CERTIFICATE-----\nMIIE\n", "public"),
    ("bundle", "-----BEGIN CERTIFICATE-----\nMIIE\n", "public"),
    ("id", "ssh-ed25519 AAAAC3Nza admin@host", "public"),
    ("enabled", "true", "public"),
    ("password", "", "public"),
    ("settings.yaml", "server:\n  host: web\n", "public"),
    ("settings.yaml", "server:\n  password: hunter22\n", "plaintext"),
    ("settings.yaml", "server:\n  password: changeme\n", "public"),
    ("settings.yaml", "url: https://web:hunter22@example.org\nx: y\n", "plaintext"),
]


@pytest.mark.parametrize(("key", "text", "state"), STATES)
def test_state_of_a_value(key: str, text: str, state: str) -> None:
    assert state_of(key, text) == state


@pytest.mark.parametrize(
    ("key", "secret", "expected"),
    [
        ("ca.key", "cilium-ca", True),
        ("tls.key", "mesh-root-ca", True),
        ("tls.key", "hubble-server-certs", False),
        ("tls.key", "california", False),
        ("ca.crt", "cilium-ca", False),
    ],
)
def test_the_key_of_an_authority(key: str, secret: str, expected: bool) -> None:
    assert is_authority(key, secret) is expected


def secret_of(text: str) -> Secret:
    found = only(resolved({"secret.yaml": text}), "secret")
    assert isinstance(found, Secret)
    return found


SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: web}
stringData: {username: admin, password: correct horse}
data: {token: ENCODED, ca.key: ENCODED}
""".replace("ENCODED", base64.b64encode(b"battery staple").decode())


def test_facts_say_where_and_never_what() -> None:
    found = secret_of(SECRET)
    assert found.plaintext == ["ca.key", "token", "password"]
    assert found.exposed_at == "secret.yaml:0#/data/ca.key"
    said = json.dumps(found.facts())
    assert "horse" not in said
    assert "staple" not in said
    assert base64.b64encode(b"battery staple").decode() not in said


def test_no_report_shows_a_value(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(SECRET)
    report = json.dumps(check(tmp_path).report)
    assert "SEC001" in report
    assert "horse" not in report
    assert "staple" not in report


def test_no_frame_shows_a_private_key_of_another_object(tmp_path: Path) -> None:
    inner = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: proxy\n  namespace: kube-system\ndata:\n"
        "  proxy.pem: |\n    -----BEGIN PRIVATE KEY-----\n    MIIEvQIBADANBgkq\n    -----END PRIVATE KEY-----\n"
    )
    payload = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "p"}, "data": {"a.yaml": inner}}
    (tmp_path / "payload.yaml").write_text(f"data: {json.dumps(payload['data'])}\n" + json_head(payload))
    done = crslint_in(tmp_path, "check", ".")
    assert "SEC002" in done.out
    assert "MIIEvQ" not in done.out


def json_head(payload: dict[str, Any]) -> str:
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in payload.items() if key != "data")


SEALED = """\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: NAME, namespace: web}
spec:
  encryptedData: {password: AgBy}
  template:
    metadata:
      name: web
      namespace: NAMESPACE
      annotations: {sealedsecrets.bitnami.com/SCOPE: "true"}
"""


@pytest.mark.parametrize(
    ("scope", "name", "namespace", "faults"),
    [
        ("other", "web", "web", []),
        ("other", "renamed", "web", ["name"]),
        ("other", "web", "elsewhere", ["namespace"]),
        ("namespace-wide", "renamed", "web", []),
        ("namespace-wide", "renamed", "elsewhere", ["namespace"]),
        ("cluster-wide", "renamed", "elsewhere", []),
    ],
)
def test_what_is_sealed_stays_where_its_scope_says(scope: str, name: str, namespace: str, faults: list[str]) -> None:
    text = SEALED.replace("NAMESPACE", namespace).replace("NAME", name).replace("SCOPE", scope)
    found: Any = only(resolved({"sealed.yaml": text}), "sealedSecret")
    assert isinstance(found, SealedSecret)
    assert [one["what"] for one in found.obstacles if one["fault"]] == faults
