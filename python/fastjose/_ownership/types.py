"""Types that several modules of this package name."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.elements import SQLCoreOperations

AnyMapper: TypeAlias = Mapper[Any]
OwnerId: TypeAlias = str | int | UUID
Criterion: TypeAlias = ColumnElement[bool]
Condition: TypeAlias = ColumnElement[bool] | SQLCoreOperations[bool] | bool
"""A condition of a WHERE clause. SQLModel declares `Task.done == True` as a `bool`."""
