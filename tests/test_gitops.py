"""From the bootstrap's root through Git: which folder is which repository, what is loaded, what reaches a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from resolving import only, resolved

from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import Application
from crslint.fleet.folders import Folders
from crslint.fleet.gitops import GitOps
from crslint.fleet.helmvalues import AppliedValues, helm_values
from crslint.fleet.repositories import Repositories, Wanted, normalized
from crslint.fleet.settings import FleetSettings
from crslint.fleet.world import World
from crslint.source.reader import read_file

URL = "https://github.com/example-org/cluster-configs"
SERVER = "https://kubernetes.default.svc"
SETTINGS = FleetSettings(repositories={URL: "."})
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: web}\n"


def application(name: str, path: str, more: str = "", url: str = URL) -> str:
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n"
        f"  project: platform\n  destination: {{server: {SERVER}, namespace: argocd}}\n"
        f"  source:\n    repoURL: {url}\n    path: {path}\n{more}"
    )


def bootstrap(clusters: int = 1, environment: str = "production") -> dict[str, str]:
    """A set that gives every cluster of an environment a root Application."""
    root = application("root", f"environments/{environment}").replace("\n", "\n    ")
    return {
        f"management/{environment}.yaml": "---\n".join(
            f"apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: {environment}-{number}\n"
            f"  namespace: fleet\n  labels: {{environment: {environment}}}\nspec: {{}}\n"
            for number in range(clusters)
        ),
        f"management/set-{environment}.yaml": (
            "apiVersion: addons.cluster.x-k8s.io/v1beta2\nkind: ClusterResourceSet\n"
            f"metadata: {{name: root-{environment}, namespace: fleet}}\nspec:\n"
            f"  clusterSelector: {{matchLabels: {{environment: {environment}}}}}\n"
            f"  resources: [{{kind: ConfigMap, name: root-{environment}}}]\n"
            "---\napiVersion: v1\nkind: ConfigMap\n"
            f"metadata: {{name: root-{environment}, namespace: fleet}}\ndata:\n  root.yaml: |\n    {root}\n"
        ),
    }


def git(files: Mapping[str, str], settings: FleetSettings = SETTINGS) -> GitOps:
    read = [read_file(path, text.encode()) for path, text in files.items()]
    world = World(read, settings)
    return GitOps(world, (), Folders(world, read, lambda path: files[path]))


def loaded(path: str, more: str = "", **files: str) -> tuple[str, list[str], bool, list[str]]:
    """Tool, names of objects, whether that is all, and kinds of faults."""
    tree = {"app.yaml": application("a", path, more)} | {name.replace("__", "/"): text for name, text in files.items()}
    gitops = git(tree)
    (found,) = [each for _, each in gitops.brings("app.yaml:0#")]
    names = [str(each.object.name) for each in found.objects]
    return found.kind, names, found.complete, [fault.kind for fault in found.faults]


def test_a_root_reaches_its_children() -> None:
    fleet = resolved(
        {
            **bootstrap(2),
            "environments/production/apps.yaml": application("apps", "apps"),
            "apps/web.yaml": application("web", "web"),
            "web/settings.yaml": MANIFEST,
            "environments/staging/apps.yaml": application("other", "web"),
        },
        SETTINGS,
    )
    clusters = fleet.entities["cluster"]
    assert all(isinstance(cluster, Cluster) for cluster in clusters)
    (first, second) = clusters
    assert isinstance(first, Cluster)
    assert isinstance(second, Cluster)
    root = "management/set-production.yaml:1!/data/root.yaml:0#"
    assert first.gitops_root == root
    assert first.applications == [root, "environments/production/apps.yaml:0#", "apps/web.yaml:0#"]
    assert first.applications == second.applications
    web, other = only(fleet, "application", "web"), only(fleet, "application", "other")
    assert isinstance(web, Application)
    assert isinstance(other, Application)
    assert (web.clusters, web.reached, web.parents) == (
        ["fleet/production-0", "fleet/production-1"],
        True,
        ["environments/production/apps.yaml:0#"],
    )
    assert (other.clusters, other.reached) == ([], False)


def test_an_application_counts_each_of_a_thousand_clusters() -> None:
    tree = {f"environments/production/{number}.yaml": application(f"app-{number}", "web") for number in range(50)} | {
        "web/settings.yaml": MANIFEST
    }
    fleet = resolved({**bootstrap(1000), **tree}, SETTINGS)
    assert len(fleet.entities["application"][-1].clusters) == 1000


def test_circles_end() -> None:
    gitops = git({"a/one.yaml": application("one", "b"), "b/two.yaml": application("two", "a")})
    reach = gitops.reach("a/one.yaml:0#")
    assert reach.applications == ("a/one.yaml:0#", "b/two.yaml:0#")
    assert reach.circles == (("a/one.yaml:0#", "b/two.yaml:0#"),)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["top"]),
        ("    directory: {recurse: true}\n", ["below", "top"]),
        ("    directory: {recurse: true, include: 'b/*'}\n", ["below"]),
        ("    directory: {recurse: true, exclude: '{b/*,c/*}'}\n", ["top"]),
        ("    directory: {recurse: true, exclude: '*.yaml'}\n", []),
    ],
)
def test_folders_are_read_as_argocd_reads_them(more: str, expected: list[str]) -> None:
    files = {
        "apps__top.yaml": MANIFEST.replace("name: a,", "name: top,"),
        "apps__b__below.yml": MANIFEST.replace("name: a,", "name: below,"),
        "apps__values.yaml": "replicas: 2\n",
        "apps__notes.txt": "kind: x",
    }
    if more and "*.yaml" in more:
        files["apps__b__below.yaml"] = files.pop("apps__b__below.yml")
    assert loaded("apps", more, **files) == ("directory", expected, True, [])


def test_what_stops_a_folder() -> None:
    broken = {"apps__a.yaml": MANIFEST + "---\nreplicas: 1\n", "apps__package.json": "{}"}
    assert loaded("apps", **broken) == ("directory", [], True, ["undecodable", "json"])
    assert loaded("apps", **{"apps__a.yaml": "{{ if }}\napiVersion: v1\nkind: A\nmetadata: {}\n"})[3] == ["undecodable"]
    assert loaded("apps", **{"apps__a.yaml": "{{ if }}\nreplicas: 1\n"})[3] == []


def test_the_tool_is_told_by_names() -> None:
    assert loaded("apps", **{"apps__myChart.yaml": "name: x\n"})[0] == "helm"
    both = {
        "apps__Chart.yaml": "name: x\n",
        "apps__kustomization.yaml": "resources: [a.yaml]\n",
        "apps__a.yaml": MANIFEST,
    }
    assert loaded("apps", **both) == ("kustomize", ["a"], True, [])
    assert loaded("apps", "    directory: {}\n", **both)[0] == "directory"
    assert loaded("apps", **{"apps__.argocd-source.yaml": "{}\n", "apps__a.yaml": MANIFEST})[0] == "unknown"


def test_kustomize_is_followed_and_what_is_remote_is_not() -> None:
    files = {
        "apps__kustomization.yaml": "namespace: other\nresources: [../base, https://example.com/x.yaml]\n",
        "base__kustomization.yaml": "resources: [a.yaml, ../apps]\n",
        "base__a.yaml": MANIFEST,
    }
    assert loaded("apps", **files) == ("kustomize", ["a"], False, [])
    gitops = git(
        {"app.yaml": application("a", "apps")} | {name.replace("__", "/"): text for name, text in files.items()}
    )
    ((_, found),) = gitops.brings("app.yaml:0#")
    assert [(each.namespace, each.altered) for each in found.objects] == [("other", False)]


@pytest.mark.parametrize("path", ["../outside", "/etc", "a/../../b"])
def test_nothing_leads_out_of_the_root(path: str) -> None:
    (source,) = git({"app.yaml": application("a", path)}).sources("app.yaml:0#")
    assert (source.state, source.place) == ("escapes", None)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"{URL}.git",
        f"{URL}/",
        "git@github.com:example-org/cluster-configs.git",
        "ssh://git@github.com/Example-Org/cluster-configs",
    ],
)
def test_spellings_of_one_repository(url: str) -> None:
    assert normalized(url) == "github.com/example-org/cluster-configs"


@pytest.mark.parametrize(
    ("paths", "files", "folder"),
    [
        (["environments/prod"], ["cluster-configs/environments/prod/a.yaml"], "cluster-configs"),
        (["environments/prod"], ["gitops/environments/prod/a.yaml"], "gitops"),
        (["environments/prod"], ["a/environments/prod/a.yaml", "b/environments/prod/a.yaml"], None),
        (["apps"], ["gitops/apps/a.yaml"], None),
        (["apps"], ["cluster-configs/apps/a.yaml", "other/apps/a.yaml"], "cluster-configs"),
        (["."], ["a.yaml"], None),
        (["nowhere"], ["a.yaml"], None),
    ],
)
def test_a_repository_is_found_where_it_is_unambiguous(paths: list[str], files: list[str], folder: str | None) -> None:
    gitops = git(dict.fromkeys(files, MANIFEST))
    repositories = Repositories(gitops.folders, {}, [Wanted(URL, path, "management/root.yaml") for path in paths])
    found = repositories.of(URL)
    assert (found.folder if found else None) == folder


def applied(helm: str, **files: str) -> AppliedValues:
    tree = {
        "app.yaml": application("a", "chart", f"    helm:\n{helm}"),
        "chart/Chart.yaml": "name: x\n",
    } | {name.replace("__", "/"): text for name, text in files.items()}
    gitops = git(tree)
    every = gitops.sources("app.yaml:0#")
    return helm_values(every[0], every, gitops.folders)


def test_values_are_merged_in_the_order_of_argocd() -> None:
    found = applied(
        "      valueFiles: [one.yaml, two.yaml]\n      values: |\n        ipam: {mode: kubernetes}\n"
        "      parameters: [{name: ipam.extra, value: 'true'}, {name: a\\.b, value: '3', forceString: true}]\n",
        **{"chart__one.yaml": "ipam: {mode: multi-pool, x: 1}\nlow: 1\n", "chart__two.yaml": "low: 2\n"},
    )
    assert found.complete
    assert found.data == {"ipam": {"mode": "kubernetes", "x": 1, "extra": True}, "low": 2, "a.b": "3"}
    source = "app.yaml:0#/spec/source/helm"
    assert found.address_of(["ipam", "mode"]) == "app.yaml:0!/spec/source/helm/values:0#/ipam/mode"
    assert found.address_of(["ipam", "x"]) == "chart/one.yaml:0#/ipam/x"
    assert found.address_of(["low"]) == "chart/two.yaml:0#/low"
    assert found.address_of(["ipam", "extra"]) == f"{source}/parameters/0/value"
    assert found.address_of(["absent"]) == "app.yaml:0!/spec/source/helm/values:0#/absent"
    assert found.value("absent") is None


def test_the_values_object_replaces_the_values() -> None:
    found = applied("      values: 'a: 1'\n      valuesObject: {b: 2}\n")
    assert (found.data, found.address_of(["b"])) == ({"b": 2}, "app.yaml:0#/spec/source/helm/valuesObject/b")


@pytest.mark.parametrize("file", ["https://example.com/x.yaml", "values-*.yaml", "${NAME}.yaml", "nowhere.yaml"])
def test_below_a_file_that_cannot_be_read_nothing_is_certain(file: str) -> None:
    found = applied(
        f"      valueFiles: [one.yaml, '{file}']\n      values: 'a: 1'\n", **{"chart__one.yaml": "b: 2\na: 0\n"}
    )
    assert (found.data, found.complete) == ({"a": 1}, False)
    answers: list[Any] = [found.value("a"), str(found.value("b"))]
    assert answers == [1, "Unknown.UNKNOWN"]


def test_faults_in_the_text_of_values_are_shown_where_they_are() -> None:
    text = application("a", "chart", "    helm:\n      values: |\n        a: 1\n        a: 2\n")
    assert [(item.code, item.at) for item in resolved({"app.yaml": text}).problems] == [
        ("YML002", "app.yaml:0!/spec/source/helm/values:0#/a")
    ]
    text = application("a", "chart", "    helm:\n      values: |\n        a: [1\n")
    assert [item.code for item in resolved({"app.yaml": text}).problems] == ["YML001"]
    text = application("a", "chart", "    helm:\n      values: |\n        {{ a }}: [1\n")
    assert resolved({"app.yaml": text}).problems == ()


@pytest.mark.parametrize("ref", ["5", "[]", "${REF}", "{a: b}"])
def test_a_ref_that_is_no_text_is_unknown(ref: str) -> None:
    text = application("a", "x").replace("    path: x\n", f"    ref: {ref}\n")
    (source,) = git({"app.yaml": text}).sources("app.yaml:0#")
    assert source.state == "unknown"
