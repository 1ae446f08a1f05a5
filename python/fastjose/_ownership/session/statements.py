# ruff: noqa: SLF001 - a Select has no public view of its parts
"""Which models a statement reads, and whether the ORM can filter every one of them.

`with_loader_criteria` filters a model that is among the columns of a SELECT, in its FROM or in its joins. It misses a
table without its model, a model that is in the WHERE clause alone, the second model of an expression, or SQL text.
Such a statement is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, FromClause, Join, Select
from sqlalchemy.orm import FromStatement, QueryableAttribute
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Alias, AliasedReturnsRows, Lateral, TableSample, TableValuedAlias
from sqlalchemy.sql.traversals import HasCopyInternals

from fastjose._ownership.criteria import require_declaration
from fastjose._ownership.declarations import Public, is_public_table
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.session.element_parts import parts_of
from fastjose._ownership.session.element_text import (
    USE_ORM,
    check_element,
    check_hints,
    check_literal,
    check_prefixes,
)
from fastjose._ownership.session.select_tables import (
    NOTHING,
    Scope,
    check_alias,
    check_full_joins,
    check_joined_models,
    filtered_tables,
    is_stored,
    joins_of,
    unwrap_table,
)
from fastjose._ownership.session.statement_options import (
    check_loaded_aliases,
    check_loaded_joins,
    loader_criteria,
    loader_expressions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastjose._ownership.types import AnyMapper

NOT_OF_MODELS = f"a statement must be a SELECT, UPDATE or DELETE of models: {USE_ORM}"


def find_mappers(statement: Any) -> set[AnyMapper]:
    """Return the mappers of the models that a SELECT reads.

    Raises:
        OwnershipError: The statement is not a SELECT, a model is not declared, or the ORM cannot filter a table.
    """
    walk = StatementWalk()
    walk.visit_statement(statement)
    return walk.mappers


class StatementWalk:
    """One walk through a statement.

    Attributes:
        mappers: The mappers of the models found.
        has_select: Whether a SELECT was found.
    """

    def __init__(self) -> None:
        """Begin a walk that has found nothing."""
        self.mappers: set[AnyMapper] = set()
        self.has_select = False
        self._derived: set[tuple[FromClause, Scope]] = set()

    def visit_statement(self, statement: Any) -> None:
        """Visit a SELECT, a union or what a model is loaded from."""
        if isinstance(statement, FromStatement):
            self.visit_options(statement, NOTHING)
            statement = statement.element
        if not isinstance(statement, (Select, CompoundSelect)):
            raise OwnershipError(NOT_OF_MODELS)
        self.visit(statement, NOTHING)

    def visit_options(self, statement: Any, scope: Scope) -> None:
        """Visit the options of a statement, whose expressions can refer to the tables of `scope` or of what they load.

        The criteria of `with_loader_criteria`, by which the application filters its models in each statement, may be of
        models that the statement does not read.
        """
        check_loaded_aliases(statement)
        for expression, loaded in loader_expressions(statement):
            self.visit(expression, scope if loaded is NOTHING else loaded)
        for criterion, tables in loader_criteria(statement):
            StatementWalk().visit(criterion, tables)

    def visit_all(self, elements: Iterable[Any], scope: Scope) -> None:
        """Visit elements that can refer to the tables of `scope`."""
        for element in elements:
            self.visit(element, scope)

    def visit(self, element: Any, scope: Scope) -> None:
        """Visit an element and what it contains."""
        if isinstance(element, UpdateBase):
            raise OwnershipError("an INSERT, UPDATE or DELETE must not be part of another statement")
        check_element(element)
        if isinstance(element, Select):
            self._visit_select(element, scope)
        elif isinstance(element, CompoundSelect):
            self._visit_compound(element, scope)
        elif isinstance(element, ColumnClause):
            self._visit_column(element, scope)
        elif isinstance(element, FromClause) and not isinstance(element, FunctionElement):
            self._visit_from(element, scope)
        else:
            self.visit_all(parts_of(element), scope)

    def _visit_select(self, select: Select[Any], outer: Scope) -> None:
        self.has_select = True
        check_hints(select)
        check_prefixes(select)
        check_joined_models(select)
        check_full_joins(select)
        own = frozenset(filtered_tables(select))
        scope = outer.enter(select, own) if own else NOTHING
        self._visit_joins(joins_of(select), scope)
        self.visit_all(_own_children(select), scope)
        self.visit_options(select, scope)
        check_loaded_joins(select, own)

    def _visit_joins(self, joins: Iterable[Any], scope: Scope) -> None:
        """Visit the joins of a SELECT. The condition of a relationship is that of the model."""
        for target, condition, left, _ in joins:
            for part in (target, condition, left):
                if isinstance(part, QueryableAttribute):
                    relationship: Any = part.property
                    require_declaration(relationship.mapper)
                    self.visit_all(part._extra_criteria, scope)
                elif part is not None:
                    self.visit(part, scope)

    def _visit_compound(self, compound: CompoundSelect[Any], scope: Scope) -> None:
        """Visit a union. Its ORDER BY can name columns of its result alone."""
        self.visit_all(compound.get_children(omit_attrs=("_order_by_clauses", "_group_by_clauses")), scope)
        self.visit_all(compound._independent_ctes, scope)  # SQLAlchemy 2.0 leaves them out
        for part in (*compound._order_by_clauses, *compound._group_by_clauses):
            self._visit_order(part)

    def _visit_order(self, part: Any) -> None:
        """Visit an expression whose columns are those of the result."""
        if isinstance(part, (Select, CompoundSelect)):
            self.visit(part, NOTHING)
            return
        check_element(part)
        if isinstance(part, ColumnClause):
            check_literal(part)
        else:
            for child in parts_of(part):
                self._visit_order(child)

    def _visit_column(self, column: ColumnClause[Any], scope: Scope) -> None:
        check_literal(column)
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
            self._visit_aliases(table, scope)
            if table not in scope and not self._is_public(element, table):
                raise OwnershipError(_explain(table, element, scope))
            return
        visible = scope if isinstance(table, (Lateral, TableValuedAlias)) else NOTHING
        if (table, visible) not in self._derived:
            self._derived.add((table, visible))
            self._visit_derived(table, visible)

    def _visit_aliases(self, table: Any, scope: Scope) -> None:
        """Visit the names of the aliases of a table, and the numbers that a sample of it is made with."""
        while isinstance(table, (Alias, TableSample)):
            check_element(table)
            if isinstance(table, TableSample):
                self.visit_all((part for part in (table.sampling, table.seed) if part is not None), scope)
            table = table.element

    def _visit_derived(self, table: FromClause, scope: Scope) -> None:
        """Visit the SELECT of a subquery, or the function of a table.

        It can refer to other tables of the FROM clause if it is LATERAL, or a function.
        """
        check_element(table)
        inner: Any = table
        while isinstance(inner, AliasedReturnsRows):
            check_element(inner)
            check_prefixes(inner)
            inner = inner.element
        self.visit_all(parts_of(table) if inner is table else [inner], scope)

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
            check_alias(entity)
            self.mappers.add(entity.mapper)


def _own_children(select: Select[Any]) -> Iterable[Any]:
    """Return the parts of a SELECT without its joins, and without the tables that its columns imply."""
    return HasCopyInternals.get_children(select, omit_attrs=("_correlate", "_correlate_except", "_setup_joins"))


def _explain(table: Any, element: Any, scope: Scope) -> str:
    entity = element._annotations.get("parententity")
    if entity is None:
        return (
            f"the table {getattr(unwrap_table(table), 'name', '')} must be read through its model: {USE_ORM}, or "
            "declare_public() for a table that has no owner"
        )
    name = entity.mapper.class_.__name__
    if table in scope.around:
        return (
            f"{name} must be named in .correlate({name}), or in .join({name}) of its SELECT: SQLAlchemy correlates "
            "a SELECT with the next one around it alone"
        )
    return (
        f"{name} must be among the columns of its SELECT, in select_from({name}) or in .join({name}): it cannot be "
        "filtered by owner in a WHERE clause, a join object or an expression of several models alone"
    )
