"""Whether an UPDATE, DELETE or INSERT statement changes rows of its owner alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Delete, Insert, Update

from fastjose._ownership.criteria import foreign_keys, owner_attribute, parent_columns, require_declaration
from fastjose._ownership.declarations import Parent, Public, owned_mappers
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.session.select_tables import NOTHING, Scope
from fastjose._ownership.session.statements import StatementWalk, check_loader_criteria

if TYPE_CHECKING:
    from sqlalchemy.orm import ORMExecuteState

    from fastjose._ownership.types import AnyMapper


def find_changed_mappers(state: ORMExecuteState) -> set[AnyMapper]:
    """Return the mappers of the models that an UPDATE, DELETE or INSERT changes and reads.

    Raises:
        OwnershipError: The statement could change or read a row of another owner, or change the owner of a row.
    """
    statement: Any = state.statement
    mapper = state.bind_mapper
    if mapper is None or "parententity" not in statement.table._annotations:  # noqa: SLF001 - the ORM's mark
        raise OwnershipError("an INSERT, UPDATE or DELETE must name a model, not a table")
    _, declaration = require_declaration(mapper)
    if isinstance(declaration, Public):
        check_writable(mapper, declaration)
    elif isinstance(statement, Insert):
        raise OwnershipError(
            "an INSERT statement could name another owner: use create() of the repository, or session.add()"
        )
    walk = StatementWalk()
    walk.mappers.add(mapper)
    if isinstance(statement, Update):
        _check_values(mapper, statement, state.parameters)
    if isinstance(statement, (Update, Delete)):
        _check_tables(mapper)
    scope = frozenset({statement.table}) if not isinstance(statement, Insert) else NOTHING
    _visit_parts(walk, statement, scope)
    check_loader_criteria(statement)
    if isinstance(statement, Insert) and any(_has_owner(read) for read in walk.mappers):
        raise OwnershipError("an INSERT must not read a model that has an owner: its SELECT cannot be filtered")
    return walk.mappers


def _has_owner(mapper: AnyMapper) -> bool:
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
    columns = set(mapper.primary_key)
    base, declaration = require_declaration(mapper)
    if isinstance(declaration, Parent):
        columns |= set(parent_columns(base, declaration)[0])
    if (owner := owner_attribute(mapper)) is not None:
        columns.add(base.columns[owner])
    owned_tables = {table for owned in owned_mappers() for table in owned.tables}
    for table in mapper.tables:
        for key in foreign_keys(table):
            if key.referred_table in owned_tables:
                columns |= set(key.columns)
    keys = {mapper.get_property_by_column(column).key for column in columns}
    return {str(name) for column in columns for name in (column.name, column.key)} | keys


def _check_values(mapper: AnyMapper, statement: Any, parameters: Any) -> None:
    if isinstance(parameters, (list, tuple)) and parameters:
        raise OwnershipError("an UPDATE of rows by primary key cannot be filtered by owner: use a WHERE clause")
    names = set(parameters or {})
    for values in (statement._values or {}, dict(getattr(statement, "_ordered_values", None) or ())):  # noqa: SLF001
        names |= {key if isinstance(key, str) else key.key for key in values}
        names |= {getattr(key, "name", key) for key in values}
    if forbidden := sorted(names & protected_names(mapper)):
        raise OwnershipError(
            "the values of an UPDATE must not be the owner, the primary key or a foreign key to a model with an owner: "
            f"remove {', '.join(forbidden)}"
        )


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
    for child in statement.get_children():
        if child is not statement.table:
            walk.visit(child, scope)
    for text, _ in (*statement._prefixes, *getattr(statement, "_suffixes", ())):  # noqa: SLF001 - as above
        walk.visit(text, scope)
    if (select := getattr(statement, "select", None)) is not None:
        walk.visit(select, NOTHING)
