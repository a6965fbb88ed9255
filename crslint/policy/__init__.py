"""Rules as data: CEL over the fleet's facts gives findings."""
