"""Whether an UPDATE, DELETE or INSERT statement changes rows of its owner alone."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Alias, Delete, Insert, Update
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import iterate

from fastjose._ownership.criteria import foreign_keys, owner_attribute, parent_columns, require_declaration
from fastjose._ownership.declarations import Parent, Public, owned_tables
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.session.element_parts import inserted_keys, parts_of, upsert_parts
from fastjose._ownership.session.element_text import check_hints, check_name, check_prefixes
from fastjose._ownership.session.mapped_expressions import find_loaded_mappers
from fastjose._ownership.session.select_tables import Scope
from fastjose._ownership.session.statements import NOT_OF_MODELS, StatementWalk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import ORMExecuteState

    from fastjose._ownership.types import AnyMapper


def find_changed_mappers(state: ORMExecuteState) -> set[AnyMapper]:
    """Return the mappers of the models that an UPDATE, DELETE or INSERT changes and reads.

    Raises:
        OwnershipError: The statement could change or read a row of another owner, or change the owner of a row.
    """
    statement: Any = state.statement
    if not isinstance(statement, UpdateBase):
        raise OwnershipError(NOT_OF_MODELS)
    mapper = statement.table._annotations.get("parententity")  # noqa: SLF001 - the ORM's mark
    if mapper is None or not mapper.is_mapper:
        raise OwnershipError("an INSERT, UPDATE or DELETE must name a model, not a table or an alias")
    _, declaration = require_declaration(mapper)
    if isinstance(declaration, Public):
        check_writable(mapper, declaration)
    elif isinstance(statement, Insert):
        raise OwnershipError(
            "an INSERT statement could name another owner: use create() of the repository, or session.add()"
        )
    walk = StatementWalk()
    walk.mappers.add(mapper)
    if isinstance(statement, Insert):
        _check_inserted(mapper, statement, state.parameters)
    if isinstance(statement, Update):
        _check_values(mapper, statement, state.parameters)
    if isinstance(statement, (Update, Delete)):
        _check_tables(mapper)
    scope = _changed_tables(statement)
    _visit_parts(walk, statement, scope)
    walk.visit_options(statement, scope)
    if isinstance(statement, Insert) and any(has_owner(read) for read in walk.mappers | find_loaded_mappers(mapper)):
        raise OwnershipError("an INSERT must not read a model that has an owner: its SELECT cannot be filtered")
    return walk.mappers


def _changed_tables(statement: Any) -> Scope:
    """Return the table that a statement changes, and the row that an upsert would have inserted.

    That row is an alias. A statement that is derived from another one has another alias of the same name.
    """
    columns = chain(*(getattr(statement, name, ()) for name in ("excluded", "inserted")))
    rows = {column.table for column in columns}
    names, changed = {row.name for row in rows}, {statement.table}
    parts = chain.from_iterable(map(iterate, upsert_parts(statement))) if rows else ()
    named = {getattr(part, "table", None) for part in parts}
    aliases = (table for table in named if isinstance(table, Alias) and table.name in names)
    return Scope(frozenset({*changed, *rows, *(alias for alias in aliases if alias.element in changed)}))


def has_owner(mapper: AnyMapper) -> bool:
    """Return whether the rows of a model have an owner."""
    return not isinstance(require_declaration(mapper)[1], Public)


def check_writable(mapper: AnyMapper, declaration: Public) -> None:
    """Return if every user may change a public model.

    Raises:
        OwnershipError: It was not declared as writable.
    """
    if not declaration.is_writable:
        name = mapper.class_.__name__
        raise OwnershipError(f"{name} must be declared with declare_public({name}, writable=True) before it is changed")


def protected_names(mapper: AnyMapper) -> set[str]:
    """Return the names of the columns and attributes that an UPDATE must not set.

    These are the primary key, the owner, and foreign keys to models that have an owner.
    """
    columns: set[Any] = set(mapper.primary_key)
    base, declaration = require_declaration(mapper)
    if isinstance(declaration, Parent):
        columns |= set(parent_columns(base, declaration)[0])
    if (owner := owner_attribute(mapper)) is not None:
        columns.add(base.columns[owner])
    return _names(mapper, columns | _owned_references(mapper))


def _owned_references(mapper: AnyMapper) -> set[Any]:
    """Return the columns of foreign keys to models that have an owner."""
    owned = owned_tables()
    keys = (key for table in mapper.tables for key in foreign_keys(table) if key.referred_table in owned)
    return {column for key in keys for column in key.columns}


def _names(mapper: AnyMapper, columns: set[Any]) -> set[str]:
    """Return the names of columns, and of their attributes."""
    keys = {mapper.get_property_by_column(column).key for column in columns}
    return {str(name) for column in columns for name in (column.name, column.key)} | keys


def _column_names(mapper: AnyMapper) -> set[str]:
    """Return the names of all columns of a model, and of their attributes."""
    columns = [column for table in mapper.tables for column in table.columns]
    return {str(name) for column in columns for name in (column.name, column.key)} | set(mapper.column_attrs.keys())


def _check_values(mapper: AnyMapper, statement: Any, parameters: Any) -> None:
    if isinstance(parameters, (list, tuple)) and parameters:
        raise OwnershipError("an UPDATE of rows by primary key cannot be filtered by owner: use a WHERE clause")
    ordered = dict(getattr(statement, "_ordered_values", ()) or ())
    names = _names_of(parameters or (), statement._values or (), ordered)  # noqa: SLF001 - an UPDATE has no public view
    if forbidden := sorted(names & protected_names(mapper)):
        raise OwnershipError(
            "the values of an UPDATE must not be the owner, the primary key or a foreign key to a model with an owner: "
            f"remove {', '.join(forbidden)}"
        )


def _check_inserted(mapper: AnyMapper, statement: Any, parameters: Any) -> None:
    """Refuse an INSERT of a public row with a reference to a row that has an owner, which no query checks.

    A name that is not that of a column, such as that of a hybrid attribute, could set the reference.
    """
    names = _names_of(*inserted_keys(statement, parameters))
    for name in names:
        check_name(name)
    references = _owned_references(mapper)
    if references and (unknown := sorted(names - _column_names(mapper))):
        raise OwnershipError(
            f"the values of an INSERT must be columns of {mapper.class_.__name__}: remove {', '.join(unknown)}"
        )
    if forbidden := sorted(names & _names(mapper, references)):
        raise OwnershipError(
            "the values of an INSERT must not be a foreign key to a model with an owner: "
            f"use session.add() for rows with {', '.join(forbidden)}"
        )


def _names_of(*rows: Iterable[Any]) -> set[str]:
    """Return the names of the keys of rows: strings, columns or attributes."""
    keys = list(chain.from_iterable(rows))
    return {key if isinstance(key, str) else key.key for key in keys} | {getattr(key, "name", key) for key in keys}


def _check_tables(mapper: AnyMapper) -> None:
    """Refuse a model whose owner is in the table of the model that it inherits from: the ORM would not join the two."""
    base, _ = require_declaration(mapper)
    if base.local_table is not mapper.local_table:
        name = mapper.class_.__name__
        raise OwnershipError(
            f"rows of {name} must be changed as objects: the owner is in the table of {base.class_.__name__}"
        )


def _visit_parts(walk: StatementWalk, statement: Any, scope: Scope) -> None:
    """Visit what a statement reads beside its table: a further table in its WHERE clause is not filtered."""
    check_prefixes(statement)
    check_hints(statement)
    for child in parts_of(statement):
        if child is not statement.table:
            walk.visit(child, scope)
