"""The entities that rules see, one module for each part of a fleet. `docs/facts.md` is generated from these classes."""
