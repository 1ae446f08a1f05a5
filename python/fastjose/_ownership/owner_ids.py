"""The id of the owner as the value of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import TypeDecorator

from fastjose._ownership.errors import OwnerIdError

if TYPE_CHECKING:
    from sqlalchemy import Column

    from fastjose._ownership.types import OwnerId


def check_owner_id(owner_id: OwnerId) -> OwnerId:
    """Return the id of an owner.

    Raises:
        OwnerIdError: It is empty, or of another type. A row without an owner belongs to no user.
    """
    is_id = isinstance(owner_id, (str, int, UUID)) and not isinstance(owner_id, bool) and owner_id != ""
    if not is_id or "\x00" in str(owner_id):  # PostgreSQL cannot store U+0000
        raise OwnerIdError("the id of the owner must be a str that is not empty, an int or a UUID")
    return owner_id


def convert_owner_id(owner_id: OwnerId, column: Column[Any]) -> OwnerId:
    """Return the id as the type of the owner column: `str`, `int` or `UUID`.

    Only the canonical text of an `int` or a `UUID` is converted, so that two ids never become one owner.

    Raises:
        OwnerIdError: The column cannot store the id.
        TypeError: The column has another type.
    """
    expected = python_type(column)
    text = str(check_owner_id(owner_id))
    try:
        converted: OwnerId = expected(text)
    except ValueError:
        converted = ""
    if str(converted) != text or (expected is int and not -(2**63) <= int(converted) < 2**63):
        raise OwnerIdError(f"the id of the owner must be the canonical text of the owner column's {expected.__name__}")
    return converted


def python_type(column: Column[Any]) -> type[str | int | UUID]:
    """Return the Python type of an owner column.

    Raises:
        TypeError: It is neither `str`, `int` nor `UUID`.
    """
    stored: Any = column.type
    if isinstance(stored, TypeDecorator):  # SQLModel's type of a `str`, for example
        stored = stored.impl_instance
    try:
        found: object = stored.python_type
    except NotImplementedError:
        found = None
    types: tuple[type[str | int | UUID], ...] = (str, int, UUID)
    for expected in types:
        if found is expected:
            return expected
    raise TypeError(f"the owner column {column} must be of a type for str, int or UUID")
