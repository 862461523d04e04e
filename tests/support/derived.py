"""The fields of records that the API does not send: the tap works them out from others."""

from __future__ import annotations

from typing import Any

from tap_copernica.records.machines import is_machine

# Each with the field that it comes from.
DERIVED = {"is_machine": "useragent"}


def derived(field: str, record: dict[str, Any]) -> dict[str, Any]:
    """Give what a record has in the fields that come from this one, worked out from what it holds."""
    told = {"is_machine": is_machine}
    return {
        name: told[name](record[field])
        for name, source in DERIVED.items()
        if source == field and name in record
    }
