"""The public classes of the package, found by looking into its modules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter

import fastjose

READS_ENVIRONMENT = {"fastjose.auth"}
"""Modules that require a configuration. Their names are those of other modules."""


def find_public_classes() -> dict[str, type]:
    """Return each class of the package that a public module or the native module exports, by its name."""
    found: set[type] = set()
    for module in map(importlib.import_module, ["fastjose", *_list_modules()]):
        names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        for value in (getattr(module, name) for name in names):
            if inspect.isclass(value) and value.__module__.partition(".")[0] == "fastjose":
                found.add(value)
    names = Counter(value.__name__ for value in found)
    return {_name(value) if names[value.__name__] > 1 else value.__name__: value for value in found}


def _name(value: type) -> str:
    """Return the full name of a class whose name another class has too."""
    return f"{value.__module__}.{value.__name__}"


def _list_modules() -> list[str]:
    names = [module.name for module in pkgutil.walk_packages(fastjose.__path__, "fastjose.")]
    private = [name for name in names if any(part.startswith("_") for part in name.split(".")[1:])]
    return [name for name in names if name not in private and name not in READS_ENVIRONMENT] + ["fastjose._core"]
