"""Selected fields of tables, and the JSON form of the rows that a query returns."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

    from fastjose._database.layout import Field, Table


class Selection:
    """Fields of one table, in the order of their columns."""

    def __init__(self, table: Table, field_names: Iterable[str]) -> None:
        """Select the fields.

        Raises:
            StoreUnavailableError: The table does not have a field.
        """
        names = list(dict.fromkeys(field_names))
        missing = [name for name in names if name not in table.fields]
        if missing:
            raise StoreUnavailableError(
                f'the table "{table.name}" must have a column for {missing[0]!r}: change user_columns, or pass names='
            )
        self._table = table
        self._fields = [(name, table.fields[name]) for name in names]

    def __len__(self) -> int:
        return len(self._fields)

    def label_columns(self) -> list[ColumnElement[Any]]:
        """Return the columns for a query, under labels that differ from those of other tables."""
        return [field.column.label(f"{self._table.model}_{n}") for n, (_, field) in enumerate(self._fields)]

    def convert(self, values: Sequence[object]) -> dict[str, Any]:
        """Return the JSON form of the values of the columns.

        Raises:
            StoreUnavailableError: A value is not of the kind of its field. The message does not contain it.
        """
        return {
            name: self._convert_value(name, field, value)
            for (name, field), value in zip(self._fields, values, strict=True)
        }

    def _convert_value(self, name: str, field: Field, value: object) -> Any:
        if value is None:
            return None
        with contextlib.suppress(ValueError, OverflowError):  # they quote the value
            return field.convert(value)
        raise StoreUnavailableError(f'"{self._table.name}" must have a date or a boolean as {name!r}')
