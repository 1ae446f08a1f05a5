"""The condition that a row belongs to an owner: on its own column, or on the column of its parent."""

from __future__ import annotations

import operator
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Table, and_, bindparam, inspect, select, tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList

from fastjose._ownership.declarations import OwnerColumn, Parent, find_declaration
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.owner_ids import convert_owner_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, ForeignKeyConstraint, FromClause
    from sqlalchemy.orm import RelationshipProperty

    from fastjose._ownership.declarations import Declaration
    from fastjose._ownership.types import AnyMapper, Criterion, OwnerId

MAX_PARENTS = 16
_OWNER_PARAMETER = f"owner_{token_hex(8)}"
"""A name that no client knows. An application can pass parameters of a client: `user_id_1` would replace the owner."""
_aliases: WeakKeyDictionary[AnyMapper, FromClause] = WeakKeyDictionary()
"""The alias of each parent in the conditions of its children: the columns of an alias take time."""


def require_declaration(mapper: AnyMapper) -> tuple[AnyMapper, Declaration]:
    """Return the declaration of a mapper, with the mapper that has it.

    Raises:
        OwnershipError: The model is not declared.
    """
    found = find_declaration(mapper)
    if found is None:
        name = mapper.class_.__name__
        raise OwnershipError(
            f"{name} must be declared before an owned session can use it: with a repository of its own, "
            f'declare_owned({name}, owner_column="…"), declare_owned({name}, parent="…") or declare_public({name})'
        )
    return found


def owner_criterion(mapper: AnyMapper, owner_id: OwnerId) -> Criterion | None:
    """Return the condition that a row of the mapper belongs to the owner, None for a public model.

    Raises:
        OwnershipError: The model or one of its parents is not declared.
        OwnerIdError: An owner column cannot store the id.
    """
    base, declaration = require_declaration(mapper)
    if isinstance(declaration, OwnerColumn):
        value = convert_owner_id(owner_id, base.columns[declaration.name])
        return _is_equal(getattr(mapper.class_, declaration.name), value)
    if isinstance(declaration, Parent):
        local, remote, parent = parent_columns(base, declaration)
        attributes = [getattr(mapper.class_, mapper.get_property_by_column(column).key) for column in local]
        return _is_among(attributes, remote, parent, owner_id, MAX_PARENTS)
    return None


def owner_attribute(mapper: AnyMapper) -> str | None:
    """Return the name of the attribute with the owner, None if the model is owned through a parent or is public."""
    _, declaration = require_declaration(mapper)
    return declaration.name if isinstance(declaration, OwnerColumn) else None


def parent_columns(mapper: AnyMapper, declaration: Parent) -> tuple[list[Column[Any]], list[Column[Any]], AnyMapper]:
    """Return the columns that lead to the parent, the columns of the parent that they name, and its mapper.

    Raises:
        TypeError: The name is not that of a many-to-one relationship, the relationship has a further condition, or not
            one foreign key leads to the class.
    """
    if isinstance(declaration.target, str):
        relationship: RelationshipProperty[Any] | None = mapper.relationships.get(declaration.target)
        if relationship is None or relationship.direction.name != "MANYTOONE":
            raise TypeError(f"{declaration.target} of {mapper.class_.__name__} must be a many-to-one relationship")
        pairs: Sequence[tuple[Any, Any]] = relationship.local_remote_pairs or []
        _check_condition(relationship, len(pairs))
        return [local for local, _ in pairs], [remote for _, remote in pairs], relationship.mapper
    parent = inspect(declaration.target)
    keys = [key for key in foreign_keys(mapper.local_table) if key.referred_table is parent.local_table]
    if len(keys) != 1:
        raise TypeError(
            f"{mapper.class_.__name__} must have one foreign key to {declaration.target.__name__}: "
            "name its many-to-one relationship with parent=…"
        )
    return list(keys[0].columns), [element.column for element in keys[0].elements], parent


def _check_condition(relationship: RelationshipProperty[Any], pairs: int) -> None:
    """Refuse a relationship whose condition is more than equal columns: its columns alone do not lead to the parent.

    Raises:
        TypeError: The condition has a further part, such as the kind of row that a column without a foreign key names.
    """
    condition: Any = relationship.primaryjoin
    is_all = isinstance(condition, BooleanClauseList) and condition.operator is operator.and_
    parts = list(condition.clauses) if is_all else [condition]
    if len(parts) != pairs or not all(map(_compares_columns, parts)):
        name = relationship.parent.class_.__name__
        raise TypeError(
            f"{relationship.key} of {name} must compare columns with those of its parent, and have no further "
            f"condition: name the model in parent=…, if one foreign key of {name} leads to it"
        )


def _compares_columns(part: Any) -> bool:
    is_equality = isinstance(part, BinaryExpression) and part.operator is operator.eq
    return is_equality and isinstance(part.left, Column) and isinstance(part.right, Column)


def foreign_keys(table: FromClause) -> set[ForeignKeyConstraint]:
    """Return the foreign keys of a table, none for a model that is mapped to something else."""
    return table.foreign_key_constraints if isinstance(table, Table) else set()


def _is_among(
    local: Sequence[ColumnElement[Any]], remote: list[Column[Any]], parent: AnyMapper, owner_id: OwnerId, depth: int
) -> Criterion:
    """Return the condition that columns name a row of the parent that belongs to the owner.

    The rows are those of an alias, which no alias of the same table around the condition replaces.
    """
    table = _aliases.get(parent)
    if table is None:
        table = _aliases[parent] = aliased(parent.selectable, flat=True)
    rows = select(*_columns_of(table, remote)).select_from(table)
    rows = rows.where(_table_criterion(table, parent, owner_id, depth - 1))
    return local[0].in_(rows) if len(local) == 1 else tuple_(*local).in_(rows)


def _table_criterion(table: FromClause, mapper: AnyMapper, owner_id: OwnerId, depth: int) -> Criterion:
    """Return the condition on the columns of a table, which the ORM does not filter a second time."""
    base, declaration = require_declaration(mapper)
    if isinstance(declaration, OwnerColumn):
        column = base.columns[declaration.name]
        return _is_equal(_columns_of(table, [column])[0], convert_owner_id(owner_id, column))
    if not isinstance(declaration, Parent) or depth <= 0:
        raise OwnershipError(f"{mapper.class_.__name__} must have an owner: it is the parent of a model")
    local, remote, parent = parent_columns(base, declaration)
    return _is_among(_columns_of(table, local), remote, parent, owner_id, depth)


def _is_equal(column: ColumnElement[Any], value: OwnerId) -> Criterion:
    """Return the condition that a column has the value, which no parameter that the application passes replaces."""
    return column == bindparam(_OWNER_PARAMETER, value, type_=column.type, unique=True)


def _columns_of(table: Any, columns: Sequence[Column[Any]]) -> list[Any]:
    """Return the columns of an alias that are those of the tables in it."""
    return [table.corresponding_column(column) for column in columns]


def key_criterion(mapper: AnyMapper, key: Sequence[Any]) -> Criterion:
    """Return the condition that a row has the primary key."""
    columns = [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))
