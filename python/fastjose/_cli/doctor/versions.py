"""The versions of what an application consists of."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import Fact, Finding, find

if TYPE_CHECKING:
    from collections.abc import Iterator

MINIMUM_VERSIONS = {"fastapi": "0.115", "pydantic": "2.7", "pydantic-settings": "2.4", "starlette": "0.38"}
"""The oldest supported versions. A test compares them with the metadata of the package."""


def check_versions() -> Iterator[Finding | Fact]:
    """Yield the packages that are missing or too old, and the versions of all."""
    shown = [f"Python {sys.version.split()[0]}", f"fastjose {_version('fastjose') or 'from a checkout'}"]
    for name, minimum in MINIMUM_VERSIONS.items():
        version = _version(name)
        if version is None:
            yield find("missing_package", f"{name} is not installed", 'pip install "fastjose[fastapi]"')
            continue
        shown.append(f"{name} {version}")
        if _numbers(version) < _numbers(minimum):
            yield find("old_package", f"{name} {version} is older than {minimum}", f'pip install "{name}>={minimum}"')
    yield Fact("versions", ", ".join(shown))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
