"""The configuration: one file, position-exact errors."""
