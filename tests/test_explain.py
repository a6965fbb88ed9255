"""What `explain`, `rules` and `facts` print."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from policy_tree import Command, put


def test_explain_shows_the_page(tree: Path, crslint: Command) -> None:
    code, out, _ = crslint("explain", "cfg002")
    assert code == 0
    assert out.startswith("CFG002 configuration-error\n")
    assert "\nWhy\n" in out
    assert "\nBad\n" in out
    assert "\nNot reported, with these changes\n" in out
    assert "\nReferences\n  https://" in out
    assert re.search(r"\nReported\n  \S+.yaml:\d+:\d+: error: ", out)
    assert crslint("explain", "XBAD001")[1].startswith("XBAD001 bad-name\nA test\n")
    assert crslint("explain", "configuration-error")[1] == out


def test_rules_lists_ours_and_the_users(tree: Path, crslint: Command) -> None:
    code, out, _ = crslint("rules")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["CODE", "NAME", "SEVERITY", "FIX", "PROFILE"]
    assert ["CFG002", "configuration-error", "error", "-", "default"] in rows
    assert ["XDUB001", "dubious-name", "warning", "-", "default"] in rows
    assert rows[1:] == sorted(rows[1:])


def test_a_new_rule_passes_as_it_is(tree: Path, crslint: Command) -> None:
    code, out, _ = crslint("rules", "new", "XTEAM001-my-rule")
    assert code == 0
    assert os.path.join("policy", "XTEAM001-my-rule", "rule.yaml") in out.splitlines()
    code, out, _ = crslint("rules", "test", "policy/XTEAM001-my-rule")
    assert (code, out) == (0, "1 rule, 2 examples: all pass\n")


def test_rules_without_examples_fail(tree: Path, crslint: Command) -> None:
    code, out, _ = crslint("rules", "test", "policy")
    assert code == 1
    assert "  bad: no example\n" in out
    assert out.endswith("2 rules, 0 examples: 2 failed\n")


def test_facts_of_objects_hide_secrets(tree: Path, crslint: Command) -> None:
    put(tree, s="apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: hunter2\n")
    for form in ("yaml", "json"):
        code, out, _ = crslint("facts", "object", "--format", form)
        assert code == 0
        assert "hunter2" not in out
        assert "password" in out


def test_facts_payload_is_a_contract(tree: Path, crslint: Command) -> None:
    payload = "apiVersion: v1\\nkind: Namespace\\nmetadata:\\n  name: argocd\\n"
    put(tree, p=f'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\n  namespace: d\ndata:\n  a: "{payload}"\n')
    code, out, _ = crslint("facts", "payload", "p.yaml", "--format", "json")
    assert code == 0
    assert json.loads(out) == [
        {
            "at": "p.yaml:0#",
            "kind": "ConfigMap",
            "namespace": "d",
            "name": "p",
            "keys": ["a"],
            "refused": None,
            "objects": [
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "namespace": "",
                    "name": "argocd",
                    "at": "p.yaml:0!/data/a:0#",
                }
            ],
        }
    ]


def test_facts_with_a_wrong_configuration(tree: Path, crslint: Command) -> None:
    put(tree, crslint="ignor: []\n")
    code, out, err = crslint("facts", "object")
    assert (code, out) == (2, "")
    assert err.startswith("error[CFG002]")
