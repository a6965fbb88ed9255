"""Plain scalars as go-yaml v2 reads them (resolve.go, decode.go), and keys as sigs.k8s.io/yaml writes them."""

from __future__ import annotations

import math

import pytest
import yaml

from crslint.source import scalars

# What Kubernetes reads where PyYAML's table (YAML 1.1) says something else: (text, value, why).
DIFFERENCES = [
    ("y", True, "go-yaml v2 keeps the short booleans of YAML 1.1, PyYAML dropped them"),
    ("Y", True, "as y"),
    ("n", False, "as y"),
    ("N", False, "as y"),
    ("1e3", 1000.0, "go-yaml needs neither a dot nor a sign in an exponent"),
    ("1E3", 1000.0, "as 1e3"),
    ("1e+3", 1000.0, "as 1e3"),
    ("12e03", 12000.0, "as 1e3: a Git commit can look like this"),
    ("1.5e3", 1500.0, "as 1e3"),
    (".5e3", 500.0, "as 1e3"),
    ("0o12", 10, "Go's ParseInt with base 0 knows the prefix of YAML 1.2"),
    ("-0o12", -10, "as 0o12"),
    ("0X1F", 31, "Go's prefixes may be upper case"),
    ("0B11", 3, "as 0X1F"),
    ("0b-101", -5, "go-yaml parses what follows 0b as a number of its own"),
    ("08", 8.0, "no octal, but it matches go-yaml's float"),
    ("0_8", 8.0, "as 08, underscores are dropped first"),
    ("09.5", 9.5, "PyYAML agrees on the value"),
    ("1:30", "1:30", "go-yaml supports no base 60"),
    ("190:20:30", "190:20:30", "as 1:30"),
    ("20:30.15", "20:30.15", "as 1:30"),
    ("2001-12-14", "2001-12-14", "a timestamp decoded into an interface stays its text"),
    ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00", "as the date"),
    ("=", "=", "go-yaml has no value type"),
    ("<<", "<<", "a merge is a key, as a value it is text"),
    (".5_0", ".5_0", "underscores are dropped from what begins with a digit or a sign only"),
    ("+.5", 0.5, "PyYAML wants a digit before the dot of a signed number"),
    ("9223372036854775808", 9223372036854775808.0, "over int64 JSON numbers become float64 in the API server"),
    ("18446744073709551616", 18446744073709551616.0, "over uint64 only the float is left"),
    ("-9223372036854775809", -9223372036854775809.0, "as above"),
    ("0xffffffffffffffff", 18446744073709551615.0, "uint64"),
    ("0x10000000000000000", "0x10000000000000000", "over uint64 and no float"),
    ("+0xffffffffffffffff", "+0xffffffffffffffff", "ParseUint takes no sign"),
    ("1.0e+400", "1.0e+400", "ParseFloat: out of range"),
]

SAME = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "nULL": "nULL",
    "none": "none",
    "true": True,
    "True": True,
    "TRUE": True,
    "tRUE": "tRUE",
    "yes": True,
    "YES": True,
    "on": True,
    "On": True,
    "no": False,
    "off": False,
    "False": False,
    "0": 0,
    "-0": 0,
    "00": 0,
    "012": 10,
    "-012": -10,
    "0x1F": 31,
    "0b101": 5,
    "-0b101": -5,
    "1_000": 1000,
    "+12": 12,
    "12_": 12,
    "1.": 1.0,
    "1.5": 1.5,
    "-1.5": -1.5,
    ".5": 0.5,
    "._5": "._5",
    "1.0e+3": 1000.0,
    "0.0": 0.0,
    ".inf": math.inf,
    "-.INF": -math.inf,
    "+.Inf": math.inf,
    "inf": "inf",
    "NaN": "NaN",
    "+": "+",
    ".": ".",
    "0x": "0x",
    "0o8": "0o8",
    "v1.2": "v1.2",
    "1.2.3": "1.2.3",
    "10.0.0.0/8": "10.0.0.0/8",
    "1２": "1２",
    "1 2": "1 2",
    "9223372036854775807": 2**63 - 1,
    "-9223372036854775808": -(2**63),
}


@pytest.mark.parametrize(("text", "value", "_why"), DIFFERENCES)
def test_go_yaml_where_it_differs(text: str, value: scalars.Scalar, _why: str) -> None:
    assert (type(scalars.plain(text)), scalars.plain(text)) == (type(value), value)
    if not text.startswith("09"):
        theirs = _pyyaml(text)
        assert (type(theirs), theirs) != (type(value), value), "it no longer differs: move it to the other table"


@pytest.mark.parametrize(("text", "value"), SAME.items())
def test_both_tables_agree(text: str, value: scalars.Scalar) -> None:
    assert (type(scalars.plain(text)), scalars.plain(text)) == (type(value), value)
    assert (type(_pyyaml(text)), _pyyaml(text)) == (type(value), value)


def _pyyaml(text: str) -> object:
    try:
        return yaml.load("- " + text, yaml.CSafeLoader)[0]
    except (ValueError, yaml.YAMLError) as error:
        return error


def test_nan() -> None:
    value = scalars.plain(".NaN")
    assert isinstance(value, float)
    assert math.isnan(value)


def test_numbers_of_any_length_are_read_at_once() -> None:
    digits = "9" * 5000
    assert scalars.plain(digits) == digits
    assert scalars.plain("1" + "0" * 300) == 1e300
    assert scalars.plain("0" * 5000 + "7") == 7
    assert scalars.plain("0x" + "f" * 5000) == "0x" + "f" * 5000


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "12", "12"),
        ("str", "", ""),
        ("int", "12", 12),
        ("int", "0x1F", 31),
        ("float", "3", 3.0),
        ("float", "1e3", 1000.0),
        ("bool", "yes", True),
        ("null", "~", None),
        ("null", "", None),
        ("timestamp", "2001-12-14", "2001-12-14"),
        ("binary", "aGVsbG8=", "hello"),
        ("binary", "aGVs\nbG8=", "hello"),
        ("binary", "/w==", "\ufffd"),
        ("set", "12", "12"),
        ("merge", "<<", "<<"),
    ],
)
def test_tags(tag: str, text: str, value: scalars.Scalar) -> None:
    read = scalars.tagged(scalars.TAG_PREFIX + tag, text)
    assert (type(read), read) == (type(value), value)


def test_an_unknown_tag_makes_a_string() -> None:
    assert scalars.tagged("!Sub", "12") == "12"
    assert scalars.tagged("tag:example.com,2000:int", "12") == "12"


@pytest.mark.parametrize(
    ("tag", "text", "reason"),
    [
        ("int", "x", "the value is a string, but its tag says !!int"),
        ("int", "1.5", "the value is a number, but its tag says !!int"),
        ("bool", "1", "the value is an integer, but its tag says !!bool"),
        ("null", "x", "the value is a string, but its tag says !!null"),
        ("float", "yes", "the value is a boolean, but its tag says !!float"),
        ("timestamp", "yesterday", "the value is a string, but its tag says !!timestamp"),
        ("binary", "a", "a !!binary value is no base64"),
    ],
)
def test_tags_that_do_not_fit(tag: str, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        scalars.tagged(scalars.TAG_PREFIX + tag, text)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (-3, "-3"),
        (1.5, "1.5"),
        (3.0, "3"),
        (0.1, "0.1"),
        (-0.0, "-0"),
        (123456.0, "123456"),
        (1234567.0, "1.234567e+06"),
        (16777217.0, "1.6777216e+07"),
        (1e20, "1e+20"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e300, ".inf"),
        (-1e300, "-.inf"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
        (math.nan, ".nan"),
    ],
)
def test_keys(value: scalars.Scalar, key: str) -> None:
    """Go's FormatFloat(value, 'g', -1, 32) for floats."""
    assert scalars.key(value) == key


def test_null_is_no_key() -> None:
    with pytest.raises(ValueError, match="a key is null"):
        scalars.key(None)
