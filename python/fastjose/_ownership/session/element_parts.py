# ruff: noqa: SLF001 - these parts have no public view
"""The parts of an element of SQL, also those that `get_children()` of SQLAlchemy leaves out."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import ClauseElement, Insert, Values
from sqlalchemy.sql.selectable import ScalarValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def parts_of(element: ClauseElement) -> Iterator[Any]:
    """Yield the elements in an element, also in rows of values and in the values of an upsert."""
    yield from element.get_children()
    for value in _hidden_values(element):
        if (part := as_element(value)) is not None:
            yield part


def as_element(value: object) -> Any:
    """Return the element of SQL that a value is, or that an attribute of a model stands for, None for another value."""
    if hasattr(type(value), "__clause_element__"):
        value = value.__clause_element__()  # type: ignore[attr-defined]  # of that type
    return value if isinstance(value, ClauseElement) else None


def _hidden_values(element: Any) -> Iterable[Any]:
    if isinstance(element, (Values, ScalarValues)):
        return chain.from_iterable(chain.from_iterable(element._data))
    if isinstance(element, Insert):
        rows = chain.from_iterable(element._multi_values)
        return (*chain.from_iterable(map(_values, rows)), *_upsert_values(element._post_values_clause))
    return ()


def upsert_parts(statement: Any) -> Iterator[Any]:
    """Yield the elements in the values and conditions of an upsert."""
    for value in _upsert_values(statement._post_values_clause):
        if (part := as_element(value)) is not None:
            yield part


def inserted_keys(statement: Any, parameters: Any) -> Iterator[Iterable[Any]]:
    """Yield the keys of each row of an INSERT and of its upsert: names, columns or attributes.

    Args:
        statement: The INSERT.
        parameters: Those that it is executed with: a row, or a list of rows.
    """
    yield from parameters if isinstance(parameters, (list, tuple)) else [parameters or ()]
    yield statement._values or ()
    for row in chain.from_iterable(statement._multi_values):
        yield row if isinstance(row, dict) else list(statement.table.columns)[: len(row)]
    yield statement._select_names or ()
    yield from _upserted_rows(statement._post_values_clause)


def _upserted_rows(clause: Any) -> Iterator[dict[Any, Any]]:
    """Yield the new values of an upsert by their columns. MySQL has another name for them than the other databases."""
    for name in ("update_values_to_set", "update"):
        yield dict(getattr(clause, name, ()))


def _upsert_values(clause: Any) -> Iterator[Any]:
    """Yield an upsert with its values and conditions, which SQLAlchemy 2.0 leaves out."""
    yield clause
    for row in _upserted_rows(clause):
        yield from row.values()
    for name in ("update_whereclause", "inferred_target_whereclause"):
        yield getattr(clause, name, None)


def _values(row: Any) -> Iterable[Any]:
    return row.values() if isinstance(row, dict) else row
