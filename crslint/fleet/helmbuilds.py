"""Whether Argo CD inflates the charts of kustomizations: `helmCharts` needs `--enable-helm` in its settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from crslint.fleet.entities.objects import Object
from crslint.fleet.gitops import GitOps

_SETTINGS = "argocd-cm"
# The option itself, and plugins that may inflate them in their own way.
_OTHER_WAYS = ("enable-helm", "onfigManagementPlugin")


class HelmBuilds:
    def __init__(self, gitops: GitOps) -> None:
        self._gitops = gitops

    def refused_by(self, at: str) -> str | None:
        """The settings of Argo CD without the option, where an Application builds the entry at an address."""
        if at not in self._built:
            return None
        return self._settings

    @cached_property
    def _built(self) -> Mapping[str, str]:
        """By entry of `helmCharts`: an Application that has kustomize inflate it."""
        gitops = self._gitops
        return {
            use.at: application
            for application in gitops.applications
            for _, loaded in gitops.brings(application)
            if loaded.kind == "kustomize"
            for use in loaded.charts
        }

    @cached_property
    def _settings(self) -> str | None:
        """The ConfigMap where Argo CD's settings are known, and nothing in the input speaks of the option."""
        found = next(iter(self._known()), None)
        if found is None:
            return None
        folders = self._gitops.folders
        return None if any(way in folders.text(path) for path in folders.files for way in _OTHER_WAYS) else found.at

    def _known(self) -> list[Object]:
        members = (member.object for read in self._gitops.reads for member in read.members)
        every = (*members, *self._gitops.world.of_kind("", "ConfigMap"))
        return [item for item in every if item.kind == "ConfigMap" and item.name == _SETTINGS]
