"""What can be wrong with schemas that are given."""

from __future__ import annotations


class SchemaFileError(Exception):
    """A file that was given as a schema and is none."""
