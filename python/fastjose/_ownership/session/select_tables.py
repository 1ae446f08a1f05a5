# ruff: noqa: SLF001 - a Select has no public view of its parts
"""The tables of a SELECT that the ORM filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, FromClause, Join, Select, Table
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Alias, TableSample

from fastjose._ownership.errors import OwnershipError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._ownership.types import AnyMapper

Tables = frozenset[Any]


@dataclass(frozen=True)
class Scope:
    """The tables and aliases that the ORM filters in a SELECT, and in those around it.

    Attributes:
        own: Those of its FROM clause.
        correlated: Those of the SELECTs around it to which its columns can refer.
        around: Those of all SELECTs around it.
    """

    own: Tables = frozenset()
    correlated: Tables = frozenset()
    around: Tables = frozenset()

    def __contains__(self, table: object) -> bool:
        """Return whether a column of the table reads a row that is filtered."""
        return table in self.own or table in self.correlated

    def enter(self, select: Select[Any], own: Tables) -> Scope:
        """Return the scope of a SELECT in this one, which has tables of its own."""
        around = self.own | self.around
        correlated = around & self._visible_tables(select, around)
        return Scope((own - correlated) or own, correlated, around)

    def _visible_tables(self, select: Select[Any], around: Tables) -> Tables:
        """Return the tables to which a SELECT is correlated: without `correlate()`, those of the next SELECT alone."""
        if select._correlate:
            return frozenset(select._correlate)
        if select._correlate_except is not None:
            return around - frozenset(select._correlate_except)
        return self.own if select._auto_correlate else frozenset()


NOTHING = Scope()


def filtered_tables(select: Select[Any]) -> Iterator[FromClause]:
    """Yield the tables and aliases of a SELECT that the ORM filters, and derived tables such as subqueries.

    The ORM does not compile a SELECT whose only models are in a window function, in FILTER, CASE or EXTRACT.
    """
    is_of_models = select._propagate_attrs.get("compile_state_plugin") == "orm"
    yield from (table for table in _named_tables(select) if is_of_models or not is_stored(table))


def _named_tables(select: Select[Any]) -> Iterator[FromClause]:
    for column in select._raw_columns:
        yield from _tables_of_column(column)
    for clause in select._from_obj:
        yield from _tables_of_from(clause)
    for target, _, left, _ in joins_of(select):
        yield from _tables_of_target(target)
        if left is not None:
            yield from _tables_of_target(left)


def joins_of(select: Select[Any]) -> Iterator[Any]:
    """Yield the joins of a SELECT, also those before `with_only_columns()`: target, condition, left side and flags."""
    for part in (select, *select._memoized_select_entities):
        yield from part._setup_joins


def check_full_joins(select: Select[Any]) -> None:
    """Refuse a FULL JOIN in a SELECT of models: a row that does not satisfy its condition is in the result.

    Raises:
        OwnershipError: The SELECT has one.
    """
    joins = list(joins_of(select))
    if not (any(flags["full"] for *_, flags in joins) or any(map(_has_full_join, select._from_obj))):
        return
    if any(map(_names_model, (*select._raw_columns, *select._from_obj, *(target for target, *_ in joins)))):
        raise OwnershipError(
            "a FULL JOIN of models cannot be filtered by owner: join subqueries, such as select(Task).subquery()"
        )


def _names_model(element: Any) -> bool:
    """Return whether a target, a FROM clause or a column names a model or an alias of one outside its subqueries."""
    if isinstance(element, QueryableAttribute) or "parententity" in element._annotations:
        return True
    if isinstance(element, Join):
        return _names_model(element.left) or _names_model(element.right)
    is_table = isinstance(element, FromClause) and not isinstance(element, FunctionElement)
    return not is_table and any(entity is not None for _, entity in _referenced_tables(element))


def _has_full_join(clause: FromClause) -> bool:
    """Return whether a join object or one on its left is a FULL JOIN. One on its right is refused, if it has models."""
    return isinstance(clause, Join) and (clause.full or _has_full_join(clause.left))


def check_joined_models(select: Select[Any]) -> None:
    """Refuse the join of two models of one line of inheritance, without an alias, that have a table in common.

    The ORM would replace the tables of both by those of an alias of its own, also in the criterion of the first.

    Raises:
        OwnershipError: A model of a join must have an alias.
    """
    joined = {mapper for target, *_ in joins_of(select) for mapper in _mappers_of(target)}
    if not joined:
        return
    named = {mapper for element in (*select._raw_columns, *select._from_obj) for mapper in _mappers_of(element)}
    for mapper in joined:
        if any(mapper is not other and (mapper.isa(other) or other.isa(mapper)) for other in joined | named):
            name = mapper.class_.__name__
            raise OwnershipError(f"{name} must be joined as aliased({name}, flat=True): its table is read already")


def _mappers_of(element: Any) -> Iterator[AnyMapper]:
    """Yield the mappers of the models that an element names without an alias and outside its subqueries."""
    is_relationship = isinstance(element, QueryableAttribute)
    entity = _entity_of_relationship(element) if is_relationship else element._annotations.get("parententity")
    if entity is not None and entity.is_mapper:
        yield entity
    if isinstance(element, Join) or (entity is None and not isinstance(element, (Select, CompoundSelect))):
        for child in element.get_children():
            yield from _mappers_of(child)


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
    """Yield the tables of a FROM clause that have a model, and derived tables.

    The ORM does not look for models in a join object. That of `sqlalchemy.orm` names its first model itself.
    """
    entity = clause._annotations.get("parententity")
    if entity is not None:
        yield from flatten_join(entity.selectable)
    elif isinstance(clause, Join):
        yield from (table for side in (clause.left, clause.right) for table in _derived_tables(side))
    elif not is_stored(clause):
        yield clause


def _derived_tables(clause: Any) -> Iterator[FromClause]:
    return (table for table in _tables_of_from(clause) if not is_stored(table))


def _tables_of_target(target: Any) -> Iterator[FromClause]:
    """Yield the tables of the target of a join: a model, or a relationship with its secondary table."""
    if not isinstance(target, QueryableAttribute):
        yield from _tables_of_from(target)
        return
    if target._of_type:
        check_alias(target._of_type)
    yield from flatten_join(_entity_of_relationship(target).selectable)
    if target.property.secondary is not None:
        yield target.property.secondary


def _entity_of_relationship(relationship: Any) -> Any:
    """Return the mapper to which a relationship leads, or the alias of `of_type()`."""
    return relationship._of_type or relationship.property.entity


def check_alias(entity: Any) -> None:
    """Return if an entity is a model, or an alias of the tables of one: the criteria of a model filter these alone.

    Raises:
        OwnershipError: It is an alias of other tables, or of more of them.
    """
    if entity.is_mapper:
        return
    stored = [unwrap_table(table) for table in flatten_join(entity.selectable) if is_stored(table)]
    whole = entity._base_alias() or entity  # that of `with_polymorphic()`, of which each model is an alias, too
    own = {table for mapper in (whole.mapper, *whole.with_polymorphic_mappers) for table in mapper.tables}
    if stored and (len(stored) != len(own) or set(stored) != own):
        name = entity.mapper.class_.__name__
        raise OwnershipError(
            f"aliased({name}, …) must be an alias of the tables of {name} or of a subquery of models: others cannot be "
            "filtered by owner"
        )


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
