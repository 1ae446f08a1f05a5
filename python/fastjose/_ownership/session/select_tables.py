# ruff: noqa: SLF001 - a Select has no public view of its parts
"""The tables of a SELECT that the ORM filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, FromClause, Join, Select, Table
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Alias, TableSample

if TYPE_CHECKING:
    from collections.abc import Iterator

Scope = frozenset[Any]
"""The tables and aliases that the ORM filters in a SELECT, and in those around it."""
NOTHING: Scope = frozenset()


def filtered_tables(select: Select[Any]) -> Iterator[FromClause]:
    """Yield the tables and aliases of a SELECT that the ORM filters, and derived tables such as subqueries."""
    for column in select._raw_columns:
        yield from _tables_of_column(column)
    for clause in select._from_obj:
        yield from _tables_of_from(clause)
    for part in (select, *select._memoized_select_entities):
        for target, _, left, _ in part._setup_joins:
            yield from _tables_of_target(target)
            if left is not None:
                yield from _tables_of_target(left)


def visible_tables(select: Select[Any], outer: Scope) -> Scope:
    """Return the tables of the SELECTs around this one to which it can be correlated."""
    if select._correlate:
        return outer & frozenset(select._correlate)
    if select._correlate_except is not None:
        return outer - frozenset(select._correlate_except)
    return outer if select._auto_correlate else NOTHING


def _tables_of_column(column: Any) -> Iterator[FromClause]:
    """Yield the tables of a column of the result, if the ORM filters them: those of a model, or of one alone."""
    if isinstance(column, FromClause) and not isinstance(column, FunctionElement):
        yield from _tables_of_from(column)
        return
    tables = dict(_referenced_tables(column))
    if len(tables) == 1:
        yield from (table for table, entity in tables.items() if entity is not None or not is_stored(table))


def _referenced_tables(element: Any) -> Iterator[tuple[FromClause, Any]]:
    """Yield the tables of the columns in an expression outside its subqueries, with the model of each."""
    if isinstance(element, ColumnClause):
        if element.table is not None:
            yield element.table, element._annotations.get("parententity")
    elif not isinstance(element, (Select, CompoundSelect)):
        for child in element.get_children():
            yield from _referenced_tables(child)


def _tables_of_from(clause: Any) -> Iterator[FromClause]:
    """Yield the tables of a FROM clause that have a model."""
    entity = clause._annotations.get("parententity")
    if entity is not None:
        yield from flatten_join(entity.selectable)
    elif isinstance(clause, Join):
        yield from _tables_of_from(clause.left)
        yield from _tables_of_from(clause.right)
    elif not is_stored(clause):
        yield clause


def _tables_of_target(target: Any) -> Iterator[FromClause]:
    """Yield the tables of the target of a join: a model, or a relationship with its secondary table."""
    if not isinstance(target, QueryableAttribute):
        yield from _tables_of_from(target)
        return
    relationship: Any = target.property
    yield from flatten_join((getattr(target, "_of_type", None) or relationship.entity).selectable)
    if relationship.secondary is not None:
        yield relationship.secondary


def flatten_join(selectable: Any) -> Iterator[FromClause]:
    if isinstance(selectable, Join):
        yield from flatten_join(selectable.left)
        yield from flatten_join(selectable.right)
    else:
        yield selectable


def unwrap_table(table: Any) -> Any:
    """Return the table of which a FROM clause is an alias or a sample."""
    while isinstance(table, (Alias, TableSample)):
        table = table.element
    return table


def is_stored(table: Any) -> bool:
    """Return whether a FROM clause is a table of the database, an alias or a sample of one."""
    table = unwrap_table(table)
    return isinstance(table, FromClause) and (isinstance(table, Table) or table.__visit_name__ == "table")
