"""crslint: a linter for Cluster API + Metal3 fleets that ClusterResourceSets bootstrap and Argo CD runs."""

from __future__ import annotations

__version__ = "0.1.0"
