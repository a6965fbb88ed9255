"""Which objects of Git are compared with each other: never those of two environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from peering_trees import advertisement, cluster, cluster_config, peer_config, policy, pool, service, together
from resolving import resolved

SESSION = together(cluster_config(), peer_config(), advertisement())


def announced(files: Mapping[str, str]) -> dict[str, list[str]]:
    """By the path of each announcement: the paths of the Services that it takes."""
    found = resolved(files).entities["announcement"]
    return {str(item.at.split(":")[0]): [at.split(":")[0] for at in services_of(item)] for item in found}


def services_of(item: Any) -> list[str]:
    services: list[str] = item.services
    return services


@pytest.mark.parametrize(
    "other",
    [
        "bgp/services/web.yaml",
        "apps/web.yaml",
        "web.yaml",
        "apps/production/web.yaml",
        "environments/prod/web.yaml",
        "apps/common/web.yaml",
    ],
)
def test_what_belongs_to_an_environment(other: str) -> None:
    files = {"bgp/production/bgp.yaml": SESSION, "bgp/staging/bgp.yaml": SESSION, other: service()}
    assert announced(files)["bgp/production/bgp.yaml"] == [other]


@pytest.mark.parametrize("other", ["apps/staging/web.yaml", "environments/stg/web.yaml", "clusters/dev-01/web.yaml"])
def test_what_belongs_to_another_one(other: str) -> None:
    files = {"bgp/production/bgp.yaml": SESSION, "bgp/staging/bgp.yaml": SESSION, other: service()}
    assert announced(files)["bgp/production/bgp.yaml"] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("clusters/alpha/bgp.yaml", "clusters/beta/bgp.yaml"),
        ("racks/a/cilium/bgp.yaml", "racks/b/cilium/bgp.yaml"),
        ("bgp/alpha.yaml", "bgp/beta.yaml"),
        ("bgp/bgp-production.yaml", "bgp/bgp-staging.yaml"),
    ],
)
def test_copies_are_alternatives(one: str, other: str) -> None:
    files = {one: together(SESSION, service()), other: together(SESSION, service("other"))}
    assert announced(files) == {one: [one], other: [other]}


def test_folders_with_policies_of_their_own_are_alternatives_too() -> None:
    files = {"clusters/alpha/bgp.yaml": policy("alpha"), "clusters/beta/bgp.yaml": policy("beta")}
    assert [item.rivals for item in resolved(files).entities["bgpObject"]] == [[], []]  # type: ignore[attr-defined]


def test_one_kustomization_makes_them_one() -> None:
    files = {
        "kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a/bgp.yaml, b/bgp.yaml]\n"
        ),
        "a/bgp.yaml": policy("alpha"),
        "b/bgp.yaml": policy("beta"),
    }
    found = resolved(files).entities["bgpObject"]
    assert [len(item.rivals) for item in found] == [0, 1]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [
        ({"m/a.yaml": cluster("a", "production")}, ["fleet/a"]),
        ({"m/a.yaml": cluster("a", "production"), "m/b.yaml": cluster("b", "staging")}, ["fleet/a"]),
        ({"m/prod-01.yaml": cluster("prod-01", "x"), "m/b.yaml": cluster("b", "staging")}, ["fleet/prod-01"]),
        ({"m/a.yaml": cluster("a", "production"), "m/b.yaml": cluster("b", "production")}, ["fleet/a", "fleet/b"]),
        ({"m/a.yaml": cluster("a", "x"), "m/b.yaml": cluster("b", "y")}, []),
    ],
)
def test_clusters_of_an_environment(clusters: Mapping[str, str], expected: list[str]) -> None:
    files = {**clusters, "bgp/production/pool.yaml": pool(), "bgp/staging/pool.yaml": pool()}
    (found, _) = resolved(files).entities["lbPool"]
    assert found.clusters == expected


def test_the_only_cluster_gets_what_no_environment_owns() -> None:
    files = {"m/a.yaml": cluster("a", "x"), "bgp/pool.yaml": pool()}
    (found,) = resolved(files).entities["lbPool"]
    assert found.clusters == ["fleet/a"]
