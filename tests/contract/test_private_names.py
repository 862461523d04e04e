"""Private and final names of the SDK stand in one module: any other use is found by reading the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

from singer_sdk import Tap
from singer_sdk.mapper import PluginMapper, StreamMap
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.streams import RESTStream

import tap_copernica

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_MODULE = "tap_copernica.sdk"
SDK_CLASSES = (Tap, RESTStream, StreamMap, PluginMapper, GenericSingerWriter)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def of_the_sdk(kind: type) -> bool:
    return kind.__module__.split(".")[0] == "singer_sdk"


def assigned(kind: type) -> Iterator[str]:
    """Give the attributes that the source of a class assigns to itself."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(kind)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def private_names() -> set[str]:
    """Give the private names that the SDK's classes have."""
    bases = {base for kind in SDK_CLASSES for base in kind.__mro__ if of_the_sdk(base)}
    names = {name for base in bases for name in (*vars(base), *assigned(base))}
    return {name for name in names if is_private(name)}


def modules() -> dict[str, Path]:
    found = pkgutil.walk_packages(tap_copernica.__path__, "tap_copernica.")
    specs = [one.module_finder.find_spec(one.name, None) for one in found]
    return {
        spec.name: Path(spec.origin or "")
        for spec in specs
        if spec and spec.name not in {ONE_MODULE, "tap_copernica.__main__"}
    }


def uses(module: str, source: str, names: set[str]) -> Iterator[str]:
    """Give the places where a module uses a private name of the SDK."""
    yield from uses_in(ast.parse(source), module, names, inherits=True)


def uses_in(node: ast.AST, module: str, names: set[str], *, inherits: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        inner = inherits
        if isinstance(child, ast.ClassDef):
            kind = getattr(importlib.import_module(module), child.name, None)
            inner = kind is None or any(map(of_the_sdk, kind.__mro__))
            if inner:
                yield from overrides(child, module, names)
        elif isinstance(child, ast.ImportFrom) and (child.module or "").startswith("singer_sdk"):
            parts = [*(child.module or "").split("."), *(one.name for one in child.names)]
            if any(map(is_private, parts)):
                yield f"{module}:{child.lineno} imports {'.'.join(parts)}"
        elif isinstance(child, ast.Attribute) and child.attr in names:
            own = isinstance(child.value, ast.Name) and child.value.id in {"self", "cls"}
            if not own or inherits:
                yield f"{module}:{child.lineno} uses {child.attr}"
        yield from uses_in(child, module, names, inherits=inner)


def overrides(node: ast.ClassDef, module: str, names: set[str]) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, ast.FunctionDef):
            if child.name in names:
                yield f"{module}:{child.lineno} overrides {child.name}"
        elif isinstance(child, (ast.Assign, ast.AnnAssign)):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in names:
                    yield f"{module}:{child.lineno} overrides {target.id}"


def overridden_final_names(module: str) -> Iterator[str]:
    for kind in vars(importlib.import_module(module)).values():
        if not isinstance(kind, type) or kind.__module__ != module:
            continue
        bases = [base for base in kind.__mro__[1:] if of_the_sdk(base)]
        for name in vars(kind):
            if any(getattr(vars(base).get(name), "__final__", False) for base in bases):
                yield f"{module}.{kind.__name__} overrides the final {name}"


def test_private_names_of_the_sdk_stand_in_one_module() -> None:
    names = private_names()
    found = [
        use
        for module, file in modules().items()
        for use in uses(module, file.read_text("utf-8"), names)
    ]
    assert found == []


def test_final_names_of_the_sdk_are_overridden_in_one_module() -> None:
    assert [use for module in modules() for use in overridden_final_names(module)] == []


def test_the_scan_finds_what_it_must() -> None:
    names = private_names()
    assert {"_metadata", "_tap_input_catalog", "_singer_catalog_entry", "_tap", "_config"} <= names
    source = (
        "from singer_sdk.helpers._flattening import flatten_key\n"
        "from singer_sdk.plugin_base import _ConfigInput\n"
        "def of(stream): return stream._metadata\n"
    )
    assert len(list(uses("tap_copernica.tap", source, names))) == 3
