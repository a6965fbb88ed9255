"""One module for each command: its arguments, the call, its exit code."""
