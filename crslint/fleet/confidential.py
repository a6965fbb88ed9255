"""Whether a value of a Secret can be read by everyone who reads the repository (facts/argocd.md 4).

base64 is no encryption. What is encrypted, a template, or a placeholder that another tool replaces is not readable;
certificates, addresses and user names are readable and not secret.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache

from crslint.fleet.table import read_table
from crslint.variable import is_template

PRIVATE_KEY = "PRIVATE KEY-----"

PLAIN, TEMPLATE, ENCRYPTED, PLACEHOLDER, PUBLIC = "plaintext", "template", "encrypted", "placeholder", "public"

_LONGEST = 1 << 16


def decoded(text: str) -> str | None:
    """What base64 text holds, as far as it is text; None for what is no base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def state_of(key: str, text: str) -> str:
    """``plaintext``, ``template``, ``encrypted``, ``placeholder`` or ``public`` for one value by its key."""
    value = text.strip()
    if PRIVATE_KEY in value and not _matches("encrypted", value):
        return PLAIN
    if not value or _is_public_key(key) or _matches("public", value):
        return PUBLIC
    if _matches("encrypted", value):
        return ENCRYPTED
    if is_template(value):
        return TEMPLATE
    if _matches("placeholder", value) or _matches("reference", value):
        return PLACEHOLDER
    if _is_structured(value) and not _names_credential(key):
        return PLAIN if _holds_credential(value) else PUBLIC
    return PLAIN


def is_credential_key(key: str) -> bool:
    """Whether a key by its name holds something secret."""
    return _names_credential(key)


def is_authority(key: str, secret: str) -> bool:
    """Whether it is the private key of a certificate authority."""
    names = read_table("confidential")
    return key.lower() in names["authorityKeys"] or (key == "tls.key" and _matches("authority", secret.lower()))


def holds_private_key(text: str) -> bool:
    """Whether a text has a private key in PEM form, without a passphrase."""
    return PRIVATE_KEY in text and _matches("privateKey", text)


def _is_public_key(key: str) -> bool:
    lower = key.lower()
    return lower in read_table("confidential")["publicKeys"] or lower.endswith((".crt", ".pub", "username"))


def _names_credential(key: str) -> bool:
    return _pattern("credentialKey").search(key) is not None


def _is_structured(value: str) -> bool:
    return "\n" in value or value[0] in "{["


def _holds_credential(value: str) -> bool:
    """Whether a configuration has a credential that means itself."""
    text = value[:_LONGEST]
    if _pattern("userinfo").search(text):
        return True
    found = (match["value"] for match in _pattern("credential").finditer(text))
    return any(not _matches("placeholder", one) and not _matches("reference", one) for one in found)


def _matches(name: str, text: str) -> bool:
    return _pattern(name).search(text[:_LONGEST]) is not None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    patterns = read_table("confidential")["patterns"]
    return re.compile(patterns[name], re.IGNORECASE | re.MULTILINE if name in _LINES else re.IGNORECASE | re.DOTALL)


_LINES = ("credential", "userinfo")
