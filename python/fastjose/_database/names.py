"""`DatabaseNames`: the names of tables and columns in a database of Better Auth."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from fastjose._arguments import check_flag

if TYPE_CHECKING:
    from collections.abc import Mapping

ColumnStyle = Literal["camelCase", "snake_case"]
"""The style of column names: `expiresAt`, or `expires_at`."""

COLUMN_STYLES: tuple[ColumnStyle, ...] = get_args(ColumnStyle)
KNOWN_TABLES = ("user", "session", "member", "organization", "apikey")
"""The tables that fastjose reads, under the names that Better Auth uses in its code."""


@dataclass(frozen=True)
class DatabaseNames:
    """Names of tables and columns that differ from Better Auth's own.

    Attributes:
        columns: The style of column names. None detects the style of each table. Defaults to None.
        plural_tables: Whether table names end with `s`, as with Drizzle's `usePlural`. None detects it. Defaults to
            None.
        tables: The name of a table, by Better Auth's name of the model: its option `modelName`. Defaults to none.
        fields: The names of columns, by model and Better Auth's name of the field: its option `fields`. Defaults to
            none.

    Raises:
        ValueError: A model is unknown, a style is unknown, or a name is empty.

    Example::

        DatabaseNames(tables={"user": "accounts"}, fields={"session": {"expiresAt": "valid_until"}})
    """

    columns: ColumnStyle | None = None
    plural_tables: bool | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.columns is not None and self.columns not in COLUMN_STYLES:
            raise ValueError(
                f"columns must be one of {', '.join(map(repr, COLUMN_STYLES))}, or None to detect the style"
            )
        unknown = sorted({*self.tables, *self.fields} - set(KNOWN_TABLES))
        if unknown:
            raise ValueError(f"tables and fields must name models among {', '.join(KNOWN_TABLES)}, not {unknown[0]!r}")
        names = [*self.tables.values(), *(name for fields in self.fields.values() for name in fields.values())]
        if not all(isinstance(name, str) and name for name in names):
            raise ValueError("the names of tables and columns must be text that is not empty")

    def list_table_names(self, model: str) -> list[str]:
        """Return the names that the table of `model` may have."""
        if model in self.tables:
            return [self.tables[model]]
        plural_choices = [False, True] if self.plural_tables is None else [self.plural_tables]
        return [f"{model}s" if is_plural else model for is_plural in plural_choices]

    def list_styles(self) -> tuple[ColumnStyle, ...]:
        """Return the styles that columns may have."""
        return COLUMN_STYLES if self.columns is None else (self.columns,)

    def name_column(self, model: str, field_name: str, style: ColumnStyle) -> str:
        """Return the name of the column that holds `field_name`."""
        own_names = self.fields.get(model, {})
        if field_name in own_names:
            return own_names[field_name]
        return field_name if style == "camelCase" else to_snake_case(field_name)

    def name_field(self, model: str, column: str, style: ColumnStyle) -> str:
        """Return Better Auth's name of the field that `column` holds."""
        for field_name, own_name in self.fields.get(model, {}).items():
            if own_name == column:
                return field_name
        return column if style == "camelCase" else to_camel_case(column)


def read_names(names: ColumnStyle | DatabaseNames | None, *, plural_tables: bool | None) -> DatabaseNames:
    """Return the arguments of a store as one object.

    Raises:
        ValueError: The style is unknown.
        TypeError: `names` or `plural_tables` is of another type.
    """
    if plural_tables is not None:
        check_flag("plural_tables", plural_tables)
    if names is None or isinstance(names, str):
        return DatabaseNames(columns=names, plural_tables=plural_tables)
    if not isinstance(names, DatabaseNames):
        raise TypeError(f"names must be {', '.join(map(repr, COLUMN_STYLES))}, DatabaseNames or None")
    return names if plural_tables is None else replace(names, plural_tables=plural_tables)


def to_snake_case(name: str) -> str:
    """Return `expires_at` for `expiresAt`."""
    return re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", name)


def to_camel_case(name: str) -> str:
    """Return `expiresAt` for `expires_at`."""
    return re.sub("(?<=[a-z0-9])_([a-z0-9])", lambda match: match[1].upper(), name)
