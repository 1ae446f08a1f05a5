"""The check that SQLAlchemy is installed, with its asyncio extension and in a version that is new enough."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from typing import TYPE_CHECKING

import pytest

from fastjose._database.requirement import require_sqlalchemy, require_sqlalchemy_version

if TYPE_CHECKING:
    from collections.abc import Collection


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("sqlalchemy",), "sqlalchemy"),
        (("greenlet",), "greenlet"),
        (("sqlalchemy", "greenlet"), "sqlalchemy and greenlet"),
    ],
)
def test_missing_package_is_named_with_what_to_install(
    missing: Collection[str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else name)
    with pytest.raises(ImportError) as caught:
        require_sqlalchemy("DatabaseSessions")
    assert str(caught.value) == (
        f"DatabaseSessions must have SQLAlchemy with asyncio, and {named} cannot be imported: "
        'pip install "fastjose[database]"'
    )


def test_installed_packages_are_accepted() -> None:
    require_sqlalchemy("DatabaseSessions")
    require_sqlalchemy_version("fastjose.ownership", (2, 0, 0))


@pytest.mark.parametrize(
    ("installed", "is_accepted"),
    [("2.0.14", True), ("2.0.15", True), ("2.0.13", False), ("2.1.0b1", True), ("2.0.14rc1", True), ("1.4.54", False)],
)
def test_version_is_compared_by_its_numbers(
    installed: str, monkeypatch: pytest.MonkeyPatch, *, is_accepted: bool
) -> None:
    versions = {"sqlalchemy": installed}
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)
    if is_accepted:
        require_sqlalchemy_version("the ownership layer", (2, 0, 14))
        return
    with pytest.raises(ImportError) as caught:
        require_sqlalchemy_version("the ownership layer", (2, 0, 14))
    assert str(caught.value) == (
        'the ownership layer must have SQLAlchemy 2.0.14 or newer: pip install "sqlalchemy>=2.0.14"'
    )
