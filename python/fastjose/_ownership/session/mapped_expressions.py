"""The expressions that a model loads as attributes, such as `column_property(select(func.count(Task.id))…)`.

The ORM adds them when it compiles a statement, which does not contain them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.sql.elements import ColumnClause

from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.session.select_tables import Scope, flatten_join
from fastjose._ownership.session.statements import StatementWalk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import ColumnProperty

    from fastjose._ownership.session.select_tables import Tables
    from fastjose._ownership.types import AnyMapper


def find_loaded_mappers(mapper: AnyMapper) -> set[AnyMapper]:
    """Return the mappers of the models that the attributes of a mapper, or of one that inherits from it, read.

    Raises:
        OwnershipError: An attribute reads a table that the ORM cannot filter, or a model that is not declared.
    """
    walk = StatementWalk()
    for loaded in mapper.self_and_descendants:
        tables = frozenset(flatten_join(loaded.selectable))
        for attribute, expression in _expressions(loaded, tables):
            _visit_expression(walk, attribute, expression, tables)
    return walk.mappers


def _visit_expression(walk: StatementWalk, attribute: ColumnProperty[Any], expression: Any, tables: Tables) -> None:
    try:
        walk.visit(expression, Scope(tables))
    except OwnershipError as error:
        name = f"{attribute.parent.class_.__name__}.{attribute.key}"
        raise OwnershipError(f"the expression of {name} cannot be filtered by owner: {error}") from None


def _expressions(mapper: AnyMapper, tables: Tables) -> Iterator[tuple[ColumnProperty[Any], Any]]:
    """Yield the attributes that are not columns of the mapper's own tables, with the expression of each."""
    for attribute in mapper.column_attrs:
        for expression in attribute.columns:
            if not isinstance(expression, ColumnClause) or expression.table not in tables:
                yield attribute, expression
