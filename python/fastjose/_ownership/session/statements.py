# ruff: noqa: SLF001 - a Select has no public view of its parts
"""Which models a statement reads, and whether the ORM can filter every one of them.

`with_loader_criteria` filters a model that is among the columns of a SELECT, in its FROM or in its joins. It misses a
table without its model, a model that is in the WHERE clause alone, the second model of an expression, or SQL text.
Such a statement is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, FromClause, Join, Select, TextClause
from sqlalchemy.orm import FromStatement, QueryableAttribute
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import AliasedReturnsRows, Lateral, TextualSelect
from sqlalchemy.sql.traversals import HasCopyInternals

from fastjose._ownership.criteria import require_declaration
from fastjose._ownership.declarations import Public, is_public_table
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.session.select_tables import (
    NOTHING,
    Scope,
    filtered_tables,
    flatten_join,
    is_stored,
    unwrap_table,
    visible_tables,
)
from fastjose._ownership.session.statement_options import loader_criteria, loader_expressions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastjose._ownership.types import AnyMapper

HARMLESS_LITERAL = re.compile(r"\*|[0-9]+")
USE_ORM = "select its model instead, or use repository.unrestricted()"


def find_mappers(statement: Any) -> set[AnyMapper]:
    """Return the mappers of the models that a SELECT reads.

    Raises:
        OwnershipError: The statement is not a SELECT, a model is not declared, or the ORM cannot filter a table.
    """
    walk = StatementWalk()
    walk.visit_statement(statement)
    return walk.mappers


def check_loader_criteria(statement: Any) -> None:
    """Visit the criteria of `with_loader_criteria`, by which the application filters its models in each statement.

    They may be of models that the statement does not read.

    Raises:
        OwnershipError: A criterion has SQL text, or reads a table that the ORM cannot filter.
    """
    for criterion, tables in loader_criteria(statement):
        StatementWalk().visit(criterion, tables)


class StatementWalk:
    """One walk through a statement.

    Attributes:
        mappers: The mappers of the models found.
    """

    def __init__(self) -> None:
        """Begin a walk that has found nothing."""
        self.mappers: set[AnyMapper] = set()
        self._derived: set[int] = set()

    def visit_statement(self, statement: Any) -> None:
        """Visit a SELECT, a union or what a model is loaded from."""
        if isinstance(statement, FromStatement):
            statement = statement.element
        if not isinstance(statement, (Select, CompoundSelect)):
            raise OwnershipError(f"a statement must be a SELECT, UPDATE or DELETE of models: {USE_ORM}")
        self.visit(statement, NOTHING)

    def visit_all(self, elements: Iterable[Any], scope: Scope) -> None:
        """Visit elements that can refer to the tables of `scope`."""
        for element in elements:
            self.visit(element, scope)

    def visit(self, element: Any, scope: Scope) -> None:
        """Visit an element and what it contains."""
        if isinstance(element, (TextClause, TextualSelect)):
            raise OwnershipError(f"SQL text cannot be filtered by owner: {USE_ORM}")
        if isinstance(element, UpdateBase):
            raise OwnershipError("an INSERT, UPDATE or DELETE must not be part of another statement")
        if isinstance(element, Select):
            self._visit_select(element, scope)
        elif isinstance(element, CompoundSelect):
            self._visit_compound(element, scope)
        elif isinstance(element, ColumnClause):
            self._visit_column(element, scope)
        elif isinstance(element, FromClause) and not isinstance(element, FunctionElement):
            self._visit_from(element, scope)
        else:
            self.visit_all(element.get_children(), scope)

    def _visit_select(self, select: Select[Any], outer: Scope) -> None:
        if select._hints or select._statement_hints:
            raise OwnershipError("hints are SQL text, which cannot be filtered by owner")
        own = frozenset(filtered_tables(select))
        scope = own | visible_tables(select, outer) if own else NOTHING
        for part in (select, *select._memoized_select_entities):
            self._visit_joins(part._setup_joins, scope)
        self.visit_all((text for text, _ in (*select._prefixes, *select._suffixes)), scope)
        self.visit_all(_own_children(select), scope)
        for expression, loaded in loader_expressions(select):
            self.visit(expression, loaded or scope)
        check_loader_criteria(select)

    def _visit_joins(self, joins: Iterable[Any], scope: Scope) -> None:
        """Visit the joins of a SELECT. The condition of a relationship is that of the model."""
        for target, condition, left, _ in joins:
            for part in (target, condition, left):
                if isinstance(part, QueryableAttribute):
                    relationship: Any = part.property
                    require_declaration(relationship.mapper)
                    self.visit_all(getattr(part, "_extra_criteria", ()), scope)
                elif part is not None:
                    self.visit(part, scope)

    def _visit_compound(self, compound: CompoundSelect[Any], scope: Scope) -> None:
        """Visit a union. Its ORDER BY can name columns of its result alone."""
        self.visit_all(compound.selects, scope)
        for part in (*compound._order_by_clauses, *compound._group_by_clauses):
            if isinstance(part, TextClause) or any(isinstance(child, TextClause) for child in part.get_children()):
                raise OwnershipError(f"SQL text cannot be filtered by owner: {USE_ORM}")

    def _visit_column(self, column: ColumnClause[Any], scope: Scope) -> None:
        if column.is_literal and not HARMLESS_LITERAL.fullmatch(column.name):
            raise OwnershipError(f"SQL text cannot be filtered by owner: {USE_ORM}")
        self._note_entity(column)
        if column.table is not None:
            self._visit_reference(column.table, column, scope)

    def _visit_from(self, clause: FromClause, scope: Scope) -> None:
        self._note_entity(clause)
        if isinstance(clause, Join):
            self.visit_all((clause.left, clause.right, clause.onclause), scope)
        else:
            self._visit_reference(clause, clause, scope)

    def _visit_reference(self, table: FromClause, element: Any, scope: Scope) -> None:
        """Visit the table of a column, or a table of a FROM clause; `element` has the annotations of the ORM."""
        if is_stored(table):
            if table not in scope and not self._is_public(element, table):
                raise OwnershipError(_explain(table, element))
        elif isinstance(table, Join):
            self.visit_all(flatten_join(table), scope)
        elif id(table) not in self._derived:
            self._derived.add(id(table))
            self._visit_derived(table, scope if isinstance(table, Lateral) else NOTHING)

    def _visit_derived(self, table: FromClause, scope: Scope) -> None:
        """Visit the SELECT of a subquery, which can refer to other tables of the FROM clause if it is LATERAL."""
        inner: Any = table
        while isinstance(inner, AliasedReturnsRows):
            inner = inner.element
        self.visit_all(table.get_children() if inner is table else [inner], scope)

    def _is_public(self, element: Any, table: FromClause) -> bool:
        entity = element._annotations.get("parententity")
        return (
            is_public_table(unwrap_table(table))
            if entity is None
            else isinstance(require_declaration(entity.mapper)[1], Public)
        )

    def _note_entity(self, element: Any) -> None:
        entity = element._annotations.get("parententity")
        if entity is not None:
            require_declaration(entity.mapper)
            self.mappers.add(entity.mapper)


def _own_children(select: Select[Any]) -> Iterable[Any]:
    """Return the parts of a SELECT without its joins, and without the tables that its columns imply."""
    return HasCopyInternals.get_children(select, omit_attrs=("_correlate", "_correlate_except", "_setup_joins"))


def _explain(table: Any, element: Any) -> str:
    entity = element._annotations.get("parententity")
    if entity is None:
        return (
            f"the table {getattr(unwrap_table(table), 'name', '')} must be read through its model: {USE_ORM}, or "
            "declare_public() for a table that has no owner"
        )
    name = entity.mapper.class_.__name__
    return (
        f"{name} must be among the columns of its SELECT, in select_from({name}) or in a join: it cannot be filtered "
        "by owner in a WHERE clause or in an expression of several models alone"
    )
