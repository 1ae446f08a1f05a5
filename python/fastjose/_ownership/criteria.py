"""The condition that a row belongs to an owner: on its own column, or on the column of its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, and_, inspect, select, tuple_

from fastjose._ownership.declarations import OwnerColumn, Parent, find_declaration
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.owner_ids import convert_owner_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, FromClause
    from sqlalchemy.orm import RelationshipProperty

    from fastjose._ownership.declarations import Declaration
    from fastjose._ownership.types import AnyMapper, Criterion, OwnerId

MAX_PARENTS = 16


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
        attribute: ColumnElement[Any] = base.attrs[declaration.name].class_attribute
        return attribute == value
    if isinstance(declaration, Parent):
        local, remote, parent = parent_columns(base, declaration)
        attributes = [base.get_property_by_column(column).class_attribute for column in local]
        return _is_among(attributes, remote, parent, owner_id, MAX_PARENTS)
    return None


def owner_attribute(mapper: AnyMapper) -> str | None:
    """Return the name of the attribute with the owner, None if the model is owned through a parent or is public."""
    _, declaration = require_declaration(mapper)
    return declaration.name if isinstance(declaration, OwnerColumn) else None


def parent_columns(mapper: AnyMapper, declaration: Parent) -> tuple[list[Column[Any]], list[Column[Any]], AnyMapper]:
    """Return the columns that lead to the parent, the columns of the parent that they name, and its mapper.

    Raises:
        TypeError: The name is not that of a many-to-one relationship, or not one foreign key leads to the class.
    """
    if isinstance(declaration.target, str):
        relationship: RelationshipProperty[Any] | None = mapper.relationships.get(declaration.target)
        if relationship is None or relationship.direction.name != "MANYTOONE":
            raise TypeError(f"{declaration.target} of {mapper.class_.__name__} must be a many-to-one relationship")
        pairs: Sequence[tuple[Any, Any]] = relationship.local_remote_pairs or []
        return [local for local, _ in pairs], [remote for _, remote in pairs], relationship.mapper
    parent = inspect(declaration.target)
    keys = [key for key in foreign_keys(mapper.local_table) if key.referred_table is parent.local_table]
    if len(keys) != 1:
        raise TypeError(
            f"{mapper.class_.__name__} must have one foreign key to {declaration.target.__name__}: "
            "name its many-to-one relationship with parent=…"
        )
    return list(keys[0].columns), [element.column for element in keys[0].elements], parent


def foreign_keys(table: FromClause) -> set[ForeignKeyConstraint]:
    """Return the foreign keys of a table, none for a model that is mapped to something else."""
    return table.foreign_key_constraints if isinstance(table, Table) else set()


def _is_among(
    local: Sequence[ColumnElement[Any]], remote: list[Column[Any]], parent: AnyMapper, owner_id: OwnerId, depth: int
) -> Criterion:
    """Return the condition that columns name a row of the parent that belongs to the owner."""
    rows = select(*remote).select_from(parent.selectable).where(_table_criterion(parent, owner_id, depth - 1))
    return local[0].in_(rows) if len(local) == 1 else tuple_(*local).in_(rows)


def _table_criterion(mapper: AnyMapper, owner_id: OwnerId, depth: int) -> Criterion:
    """Return the condition on the columns of the tables, which the ORM does not filter a second time."""
    base, declaration = require_declaration(mapper)
    if isinstance(declaration, OwnerColumn):
        column = base.columns[declaration.name]
        return column == convert_owner_id(owner_id, column)
    if not isinstance(declaration, Parent) or depth <= 0:
        raise OwnershipError(f"{mapper.class_.__name__} must have an owner: it is the parent of a model")
    return _is_among(*parent_columns(base, declaration), owner_id, depth)


def key_criterion(mapper: AnyMapper, key: Sequence[Any]) -> Criterion:
    """Return the condition that a row has the primary key."""
    columns = [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))
