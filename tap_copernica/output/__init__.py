"""Writes what was read: Singer messages, STATE, bulk files, progress and the report of a run."""
