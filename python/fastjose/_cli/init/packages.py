"""The packages that an application has already, so that `init` can name them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OTHER_FOLDERS = frozenset(
    {
        *("alembic", "benches", "benchmarks", "bin", "build", "dist", "doc", "docs", "env", "example", "examples"),
        *("migrations", "node_modules", "script", "scripts", "site", "test", "testing", "tests", "tools", "venv"),
    }
)
"""Folders beside a package whose modules are not the application."""

_MARKS = ("__init__.py", "main.py", "app.py")
"""Files of which a package has at least one."""


def find_other_packages(folder: Path, package: str) -> list[str]:
    """Return the packages in `folder`, sorted, or none if `package` or its outermost package is one of them.

    Tests, docs, scripts and virtual environments are left out, and what may not be read.
    """
    if os.path.isdir(folder / package.split(".", maxsplit=1)[0]):  # noqa: PTH112 - Path.is_dir() raises there
        return []
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_package(entry))
    except OSError:
        return []


def _is_package(entry: os.DirEntry[str]) -> bool:
    if not entry.name.isidentifier() or entry.name.lower() in _OTHER_FOLDERS:
        return False
    return any(_has_file(entry, mark) for mark in _MARKS) and not _has_file(entry, "pyvenv.cfg")


def _has_file(entry: os.DirEntry[str], name: str) -> bool:
    # Of a folder that may not be entered, it is False.
    return os.path.isfile(os.path.join(entry.path, name))  # noqa: PTH113, PTH118 - Path.is_file() raises there
