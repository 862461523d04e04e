"""The rules of selections: one each, with one condition, which come embedded in it.

A selection here is every so-many-th row, which no condition can say; so a rule is in its form only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import php

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.databases.shape import Collection, Database, DataField, View

_PER_SELECTION = 10
_LIMIT = 100


def rule_of(
    view: View, owner: Database | Collection, write_field: Callable[[DataField], Any]
) -> dict[str, Any]:
    """Return the rule of a selection.

    Args:
        view: the selection.
        owner: what it selects rows of.
        write_field: writes the field that the condition is about.
    """
    number = view.number * _PER_SELECTION + 1
    field = owner.fields[0] if owner.fields else None
    condition = {
        "ID": str(number + 1),
        "type": "Field",
        "rule": str(number),
        "comparison": "not equals",
        "field": None if field is None else write_field(field),
        "value": "",
        "other-field": False,
        "numeric-comparison": False,
    }
    data = [condition]
    return {
        "ID": str(number),
        "name": f"Rule of {view.name}",
        "description": "",
        "view": str(view.number),
        "conditions": {"start": 0, "limit": _LIMIT, "count": 1, "data": data, "total": 1},
        "inversed": False,
        "disabled": False,
    }


def selection_of(reference: str) -> int:
    """Return the selection that a rule's id belongs to; 0 for no id of a rule."""
    number = php.identity(reference)
    return number // _PER_SELECTION if number % _PER_SELECTION == 1 else 0
