"""The tables of Better Auth as they are in a database: found by their names, and inspected once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, String, case, cast, column, inspect, table
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import JSON, Boolean, Integer, TypeDecorator, TypeEngine, Uuid

from fastjose._database.hidden_text import HiddenText
from fastjose._database.json_form import Converter, choose_converter
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnClause, Connection, Dialect, Inspector, TableClause

    from fastjose._database.names import ColumnStyle, DatabaseNames

MAX_LISTED_NAMES = 20
"""Tables or columns that an error lists at most."""

REQUIRED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "session": ("id", "token", "userId", "expiresAt"),
    "user": ("id", "email", "emailVerified"),
    "member": ("userId", "organizationId", "role"),
    "organization": ("id", "createdAt"),
    "apikey": ("id", "key", "enabled", "expiresAt"),
}
"""Fields by which a table is recognized."""
SECRET_FIELDS = frozenset({"token", "key"})
PATTERNS_OF_IDS = {Integer: "^[0-9]{1,18}$", Uuid: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"}


@dataclass(frozen=True)
class Field:
    """A column that holds a field of Better Auth."""

    column: ColumnClause[Any]
    type: TypeEngine[Any]
    convert: Converter


@dataclass(frozen=True)
class Table:
    """A table of Better Auth, with its columns by Better Auth's names of the fields."""

    model: str
    name: str
    clause: TableClause
    fields: Mapping[str, Field]

    def column(self, field_name: str) -> ColumnClause[Any]:
        """Return the column of a field."""
        return self.fields[field_name].column


class Layout:
    """The names of the tables in a schema, and the columns of those that were asked for."""

    def __init__(self, connection: Connection, names: DatabaseNames, schema: str | None) -> None:
        """List the tables and views."""
        self._inspector: Inspector = inspect(connection)
        self._names = names
        self._schema = None if schema is None else quoted_name(schema, quote=True)
        listed = [*self._inspector.get_table_names(self._schema), *self._inspector.get_view_names(self._schema)]
        self._existing = sorted(set(listed))

    def require_table(self, model: str, *, beside: Table | None = None) -> Table:
        """Return the table of `model`.

        Args:
            model: Better Auth's name.
            beside: A table of the same database. If several tables match, the one that is named like it is used.

        Raises:
            StoreUnavailableError: No table or several tables match. The message says which ones were found.
        """
        candidates = self.find_tables(model)
        if len(candidates) > 1 and beside is not None:
            candidates = [found for found in candidates if found.name.endswith("s") == beside.name.endswith("s")]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = " and ".join(f'"{found.name}"' for found in candidates)
            raise StoreUnavailableError(
                f"one table must be Better Auth's {model!r}, and {names} both match: pass plural_tables=, or "
                f"names=DatabaseNames(tables={{{model!r}: …}})"
            )
        raise StoreUnavailableError(self._describe_missing(model))

    def find_tables(self, model: str) -> list[Table]:
        """Return the tables that have the names and the columns of `model`."""
        found: dict[tuple[str, ...], Table] = {}
        for name in self._list_candidates(model):
            columns = {str(each["name"]): each["type"] for each in self._inspector.get_columns(name, self._schema)}
            for style in self._names.list_styles():
                required = [self._names.name_column(model, each, style) for each in REQUIRED_FIELDS[model]]
                if columns.keys() >= set(required):
                    found.setdefault((name, *required), self._build_table(model, name, columns, style))
        return list(found.values())

    def _list_candidates(self, model: str) -> list[str]:
        wanted = self._names.list_table_names(model)
        return [name for name in self._existing if name in wanted]

    def _build_table(self, model: str, name: str, columns: Mapping[str, TypeEngine[Any]], style: ColumnStyle) -> Table:
        by_field: dict[str, str] = {}
        for each in columns:
            field_name = self._names.name_field(model, each, style)
            is_expected = each == self._names.name_column(model, field_name, style)
            if is_expected or field_name not in by_field:
                by_field[field_name] = each
        clauses = {each: build_column(each, by_field[each]) for each in by_field}
        clause = table(quoted_name(name, quote=True), *clauses.values(), schema=self._schema)
        fields = {each: build_field(each, clauses[each], columns[by_field[each]]) for each in by_field}
        return Table(model, name, clause, fields)

    def _describe_missing(self, model: str) -> str:
        candidates = self._list_candidates(model)
        if not candidates:
            wanted = " or ".join(f'"{name}"' for name in self._names.list_table_names(model))
            place = "the default schema" if self._schema is None else f'the schema "{self._schema}"'
            return (
                f"the database must have Better Auth's table {wanted}, and {place} has {list_names(self._existing)}: "
                f"pass names=DatabaseNames(tables={{{model!r}: …}}), or schema="
            )
        name = candidates[0]
        styles = self._names.list_styles()
        required = [
            [self._names.name_column(model, each, style) for each in REQUIRED_FIELDS[model]] for style in styles
        ]
        wanted = " or ".join(", ".join(each) for each in dict.fromkeys(map(tuple, required)))
        columns = [str(each["name"]) for each in self._inspector.get_columns(name, self._schema)]
        return (
            f'the table "{name}" must have the columns {wanted}, and has {list_names(columns)}: '
            f"pass names=DatabaseNames(fields={{{model!r}: …}})"
        )


class HiddenString(TypeDecorator[str]):
    """Text of rows that an engine with `echo="debug"` must not log."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its interface
        """Return text whose repr does not show it."""
        return None if value is None else HiddenText(value)


def build_column(field_name: str, name: str) -> ColumnClause[Any]:
    """Return a column without a type, so that its values are those of the driver."""
    quoted = quoted_name(name, quote=True)
    return column(quoted, HiddenString()) if field_name in SECRET_FIELDS else column(quoted)


def build_field(field_name: str, clause: ColumnClause[Any], column_type: TypeEngine[Any]) -> Field:
    """Return the field in `clause`, whose type in the database is `column_type`."""
    convert = choose_converter(
        field_name, is_boolean=isinstance(column_type, Boolean), is_json=isinstance(column_type, JSON)
    )
    return Field(clause, column_type, convert)


def list_names(names: Iterable[str]) -> str:
    """Return the names for an error."""
    listed = list(names)
    shown = ", ".join(f'"{name}"' for name in listed[:MAX_LISTED_NAMES]) or "none"
    return shown if len(listed) <= MAX_LISTED_NAMES else f"{shown} and {len(listed) - MAX_LISTED_NAMES} more"


def match_ids(owner: Field, reference: Field, dialect: str) -> ColumnElement[bool]:
    """Return the condition that `reference` holds the id in `owner`.

    A reference can be text while ids are integers or UUIDs: `apikey.referenceId` always is. PostgreSQL does not compare
    these types. The reference is then converted if it has the form of an id, so that the index of the ids is used.
    """
    if dialect == "postgresql" and isinstance(reference.type, String):
        for id_type, pattern in PATTERNS_OF_IDS.items():
            if isinstance(owner.type, id_type):
                is_id = reference.column.regexp_match(pattern)
                id_column: ColumnElement[Any] = cast(
                    reference.column, BigInteger() if id_type is Integer else owner.type
                )
                return owner.column == case((is_id, id_column))
    return owner.column == reference.column
