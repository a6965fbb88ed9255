"""What Argo CD works from: Applications, ApplicationSets, projects and kustomizations."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Late, Unknown, fact, late_fact
from crslint.record import record


@record(kw_only=True)
class Application(Entity):
    """An Argo CD Application of a file or a payload. What kustomize patches on its way is unknown."""

    ENTITY: ClassVar[str] = "application"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    project: str | None | Unknown = fact("`spec.project`.")
    payload: str | None = fact("The payload that it lies in; null for one of a file.", None, entity="payload")
    reached: bool = fact("Whether a root Application of a payload leads to it, or it is one.", False)
    parents: list[str] = fact("The Applications that bring it.", [], entity="application")
    begins: bool = fact(
        "Whether Git begins with it: it lies in a payload, or no Application brings it and it brings Applications.",
        False,
    )
    identified: dict[str, Any] = fact(
        "`{name, namespace}`: whether each is written or made (by `generateName`, by a kustomization).", {}
    )
    altered: bool = fact("Whether kustomize changes more of it than its namespace.", False)
    sources: list[dict[str, Any]] | Unknown = fact(
        "Its sources in effect: `{at, repository, chart, path, revision, ref, state, place, holdsTree, sure, near, "
        "tool, loads, below, breaks, moving, number, written, revisionAt}`; state is `local`, `missing`, `file` or "
        "`escapes` (the repository is in the input), `remote` (it is not), `chart`, `ref`, `none` or `unknown`; place "
        "is the folder; holdsTree says that the revision is what a checkout mostly is, sure that what is missing is "
        "missing, near a folder that may be meant; tool is `directory`, `kustomize`, `helm`, `plugin` or `unknown`; "
        "loads whether it brings anything, null where that is unknown; below whether folders below it hold manifests; "
        "breaks is null or `{kind, at}`; moving says that the revision is no fixed one, number that it was written as "
        "a number (as `written`)."
    )
    shape: list[dict[str, Any]] | Unknown = fact(
        "Its sources as Argo CD checks them: `{at, fault, harmless}`, the first for the Application itself; fault is "
        "null or text."
    )
    destination: dict[str, Any] | Unknown = fact(
        "`{server, name, namespace, at, fault, state, cluster}`; fault is `both`, `neither` or null; state is `own` "
        "(the cluster that Argo CD runs in), `registered`, `nowhere`, `open` (it may be registered) or `unknown`; "
        "cluster is the Cluster of that name, or null."
    )
    permissions: list[dict[str, Any]] | Unknown = fact(
        "What it asks of its project: `{what, value, at, state, project, projectAt}`; what is `project` (that there is "
        "one), `repository`, `namespace` or `kind`; state is `permitted`, `refused`, `missing` (no such project), "
        "`typo` (but project, of nearly that name) or `core` (the default one, which an Argo CD without its server "
        "does not make)."
    )
    sync_options: list[dict[str, Any]] | Unknown = fact(
        "`{option, at, state, meant, since}`; state is `known`, `unknown`, `early` (the release in use does not take "
        "it there) or `elsewhere` (only on a resource); meant is the right spelling, or null."
    )
    server_side: bool | Unknown = fact("Whether it applies everything without the last-applied annotation.")
    automated: bool | Unknown = fact("Whether it syncs by itself.")
    prune: bool | Unknown = fact("Whether it then deletes what Git no longer has.")
    self_heal: bool | Unknown = fact("Whether it then reverts what was changed on the cluster.")
    retry_limit: int | Unknown = fact("How often a failed sync is tried again; 5 where not written, below 0 for ever.")
    argo_namespace: str | None | Unknown = fact("The namespace of Argo CD, as what brings it says; null without one.")
    lands_in: str | None | Unknown = fact("The namespace in which it is created.")
    foreign_namespaces: str = fact(
        "Whether Argo CD takes Applications of other namespaces: `allowed`, `refused`, or `open` where no payload says."
    )
    carries: list[str] | Unknown = fact("`cni` and `argocd`, where it brings them; by chart, or by content.")
    guarded: bool | Unknown = fact("Whether its sync options keep Argo CD from pruning it.")
    large_crds: list[dict[str, Any]] | Unknown = fact(
        "CustomResourceDefinitions that are close to or beyond what a client-side apply can carry: `{name, at, size, "
        "serverSide, local}`; size in bytes, null for those of a chart."
    )
    custom_kinds: list[dict[str, Any]] | Unknown = fact(
        "Kinds of custom resources that it brings: `{group, kind, at, count, crd, skips, early, plain}`; crd is `own`, "
        "`before` (a payload brings it), `runtime` (an operator registers it when it runs) or `unknown`; skips says "
        "that the dry-run is skipped for them, early that this release of Argo CD takes that option only from an "
        "annotation; plain are those of them without sync options of their own, at most 100."
    )
    ignored: list[dict[str, Any]] | Unknown = fact(
        "JSON pointers of `ignoreDifferences`: `{at, pointer, kind, name, set}`; set is true where Git sets the value, "
        "false where it does not or that cannot be told."
    )
    respects_ignored: bool | Unknown = fact("Whether a sync leaves what is ignored as it is.")
    value_layers: list[dict[str, Any]] | Unknown = fact(
        "Layers of Helm values: `{at, name, fault, holdsTree}`; fault is null, `missing` (a file) or `dropped` "
        "(`values` beside `valuesObject`)."
    )
    late: Late
    practices: list[dict[str, Any]] | Unknown = late_fact(
        "practices",
        "`{what, value, at, state}`: what is `values` (written in the Application: `inline` where its source names no "
        "file, else `beside`), `project` (`default` where no AppProject of the input restricts it, else `own`) or "
        "`namespace` (that CreateNamespace asks for: `there` where it exists anyway or none is named, else `made`).",
    )
    copies: list[dict[str, Any]] | Unknown = fact(
        "Objects that another Application brings too: `{id, at, other, otherAt, otherName, same, together}`; together "
        "says that both go to one cluster, same that both are equal."
    )
    loads_itself: bool = fact("Whether what it brings leads back to it.", False)
    circle: str | None = fact("The Application that leads back to it.", None, entity="application")
    circle_start: str | None = fact("The first Application of that circle.", None, entity="application")
    production: str | None = fact("The word that says it is of a production environment, or null.", None)
    access: list[dict[str, Any]] = fact(
        "What a root in a payload needs to read its repositories over SSH: `{what, repository, host, at, there, "
        "first}`; what is `credentials` or `host` (a known one); there whether a payload of its clusters brings it, "
        "first the first root that needs the same; nothing where payloads cannot be read or others may bring it.",
        [],
    )
    wave: dict[str, Any] | Unknown = fact("Its sync wave: `{text, at, valid}`; text is null where not written.")
    oddities: list[dict[str, Any]] | Unknown = fact(
        "What Argo CD passes over or sets itself, on it and on what it brings: `{what, name, at, odd}`; what is "
        "`trackingId` (written by hand), `settings` (of Argo CD: odd without the label by which it finds them) or "
        "`excludedKind` (of which it applies nothing)."
    )
    finalizers: list[dict[str, Any]] | Unknown = fact(
        "Its finalizers: `{name, at, known, meant, orphans, child}`; meant is the right spelling, or null; orphans is "
        "how many Applications it brings where it deletes them and none of them deletes what it has deployed, child "
        "the first of them."
    )


@record(kw_only=True)
class ApplicationSet(Entity):
    """An Argo CD ApplicationSet."""

    ENTITY: ClassVar[str] = "applicationSet"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    payload: str | None = fact("The payload that it lies in; null for one of a file.", None, entity="payload")
    reached: bool = fact("Whether a root Application of a payload leads to it.", False)
    go_template: bool | Unknown = fact("Whether its template is a Go template.")
    strict: bool = fact("Whether `goTemplateOptions` make a parameter that is not there an error.", False)
    generators: list[str] | Unknown = fact("Kinds of its generators: `list`, `git`, `clusters`, ...")
    placeholders: list[dict[str, Any]] | Unknown = fact(
        "Texts of its template that hold `{{ }}`, faulty ones first: `{at, tag, name, fault, reason, meant, mended, "
        "go}`; fault is null, `syntax` (that of the other `goTemplate`), `undefined` (no element has the parameter), "
        "`partly` (some have it) or `unsure` (none need have it); meant is the parameter that may be meant, mended the "
        "text in the right syntax, go the value of `goTemplate` that is right for all texts, or null."
    )
    list_values: list[dict[str, Any]] | Unknown = fact(
        "Values in elements of list generators, those first that are no text: `{at, key, text, isText}`; text is what "
        "it is as text, or null."
    )
    applications: list[dict[str, Any]] = fact(
        "The first 100 Applications that it is known to generate: `{name, at, paths, server, cluster}`, null for what "
        "cannot be told; at is the element. It is complete where these are all.",
        [],
    )
    targets: list[dict[str, Any]] = fact(
        "Names, paths and destinations of those, what is wrong first: `{what, value, at, template, state, firm, meant, "
        "other}`; what is `name`, `path` or `destination`; state is `present`, `unknown`, `twice` (a name), `missing`, "
        "`file` or `escapes` (a path), `both`, `neither`, `nowhere` or `open` (a destination: it may be registered); "
        "firm says that the revision is what a checkout mostly is; template is the text that it comes from, other the "
        "first element of that name or the Cluster of that name.",
        [],
    )
    carries: list[str] | Unknown = fact("`cni` and `argocd`, where an Application that it generates brings them.", [])
    cascades: bool | Unknown = fact("Whether what an Application brought is deleted when its element is removed.")
    settings: list[dict[str, Any]] = fact(
        "`{what, at, value, state}`: what is `namespace` (of the template; `ignored` where it is not the set's own), "
        "`project` (`empty`) or `selector` (of a clusters generator; `excludesOwn` where it was to select the cluster "
        "of Argo CD too); else state is `present`.",
        [],
    )
    rivals: list[dict[str, Any]] = fact(
        "Paths that it brings from outside to Clusters of the input: `{path, at, application, name, cluster}`; "
        "application is the one by which the Cluster's own Argo CD takes the path from Git too, or null.",
        [],
    )


@record(kw_only=True)
class AppProject(Entity):
    """An Argo CD AppProject."""

    ENTITY: ClassVar[str] = "appProject"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    payload: str | None = fact("The payload that it lies in; null for one of a file.", None, entity="payload")
    source_repos: list[str] | Unknown = fact("`spec.sourceRepos`, empty where absent: then nothing is allowed.")
    applications: list[str] = fact("The Applications that name it.", [], entity="application")


@record(kw_only=True)
class Manifest(Entity):
    """A file with manifests in a folder from which the kustomization of a bootstrapped Application reads."""

    ENTITY: ClassVar[str] = "manifest"

    path: str = fact("Path of the file.")
    application: str = fact("The Application whose kustomization reads from its folder.", entity="application")
    read: bool = fact("Whether any Application, kustomization or list of value files reads it.")


@record(kw_only=True)
class Kustomization(Entity):
    """A kustomization or component."""

    ENTITY: ClassVar[str] = "kustomization"

    folder: str = fact("Its folder, empty for the root.")
    complete_objects: bool = fact("Whether everything that it renders is known.")
    files: list[str] = fact("Files that it reads, its own and those of kustomizations that it includes.")
    entries: list[dict[str, Any]] = fact(
        "Files and folders that it names, what is wrong first: `{field, path, at, state, near}`; state is `present`, "
        "`missing`, `bare` (a folder without a kustomization), `remote` or `unknown`; near is the name that may be "
        "meant.",
        [],
    )
    deprecated: list[dict[str, Any]] = fact(
        "Deprecated fields that it has: `{field, at, instead, mendable}`; mendable says that the new field can say the "
        "same without more knowledge.",
        [],
    )
    remote: list[str] = fact("Entries that are not in the input.", [])
    generators: list[dict[str, Any]] = fact(
        "ConfigMaps and Secrets that it generates: `{kind, name, at, hashed, set, entry}`; hashed says that their "
        "names get a hash; set is the ClusterResourceSet that then names them in vain, at entry, or null.",
        [],
    )
    references: list[dict[str, Any]] = fact(
        "What its prefix, suffix and namespace do to references that kustomize does not know, those first that break: "
        "`{at, what, who, was, now, moves, reference, thing, breaks}`; what is `set` (who names a payload, or leaves "
        "what belongs to it), `project` (who names it) or `secret` (sealed for its name and namespace); was and now "
        "are the name, or the namespace where it moves; reference and thing are the addresses of both sides.",
        [],
    )
    transformers: list[dict[str, Any]] = fact(
        "Its images, replicas and patches by name, those first that miss: `{field, at, subject, missed, missedAt}`; "
        "missed is the object in a payload that one fits, where it fits nothing that is rendered, or null.",
        [],
    )
    charts: list[dict[str, Any]] = fact(
        "Entries of its `helmCharts`: `{name, version, at, refusedBy}`; refusedBy is the ConfigMap with Argo CD's "
        "settings that do not allow what an Application asks for, or null.",
        [],
    )
