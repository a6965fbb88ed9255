"""Why an expression has no value."""

from __future__ import annotations


class OpenValueError(Exception):
    """It depends on what is not known here: a template variable, the Kubernetes version, a cluster."""


class RefusedError(Exception):
    """The chart's template would stop: a value of the wrong type at ``path``."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
