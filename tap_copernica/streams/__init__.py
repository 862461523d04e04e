"""The streams, a family a module. Every class with a `name` of its own is a stream of the tap."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tap_copernica.streams.base import Stream


def _named() -> dict[str, type[Stream]]:
    return {
        vars(found)["name"]: found
        for module in iter_modules(__path__)
        for found in vars(import_module(f"{__name__}.{module.name}")).values()
        if isinstance(found, type) and issubclass(found, Stream) and "name" in vars(found)
    }


STREAMS: tuple[type[Stream], ...] = tuple(stream for _, stream in sorted(_named().items()))
"""Every stream whose schema is known without asking the API, in the order of their names."""
