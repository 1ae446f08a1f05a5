# ruff: noqa: SLF001 - an option has no public view of its parts
"""The expressions in the options of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm.util import LoaderCriteriaOption

from fastjose._ownership.declarations import find_declaration
from fastjose._ownership.session.select_tables import NOTHING, Scope, flatten_join

if TYPE_CHECKING:
    from collections.abc import Iterator


class OwnerCriteria(LoaderCriteriaOption):
    """The criterion that a session adds for a model: it may read tables that are not filtered."""

    __slots__ = ()
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # what the cache of statements compares


def loader_expressions(select: Any) -> Iterator[tuple[Any, Scope]]:
    """Yield the expressions in the loader options of a SELECT, each with the tables to which it must refer, if others.

    They are the value of `with_expression`, in which the ORM filters no model, and the criteria of a relationship,
    whose rows another SELECT can load.
    """
    for option in select._with_options:
        for element in getattr(option, "context", ()):
            loaded = getattr(element.path[-1], "selectable", None)
            tables = NOTHING if loaded is None else frozenset(flatten_join(loaded))
            yield from ((criterion, tables) for criterion in element._extra_criteria)


def loader_criteria(statement: Any) -> Iterator[tuple[Any, Scope]]:
    """Yield the application's criteria of `with_loader_criteria`, each with the tables of the model that it filters.

    A model that is not declared has none: it cannot be loaded.
    """
    for option in statement._with_options:
        if isinstance(option, LoaderCriteriaOption) and not isinstance(option, OwnerCriteria):
            for mapper in filter(find_declaration, option._all_mappers()):
                criterion: Any = option.where_criteria
                if option.deferred_where_criteria:
                    criterion = criterion._resolve_with_args(mapper.entity)
                yield criterion, frozenset(flatten_join(mapper.selectable))
