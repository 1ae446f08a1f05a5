# ruff: noqa: SLF001 - an option has no public view of its parts
"""The expressions in the options of a statement."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm.util import LoaderCriteriaOption

from fastjose._ownership.declarations import find_declaration
from fastjose._ownership.errors import OwnershipError
from fastjose._ownership.session.select_tables import NOTHING, Scope, Tables, check_alias, flatten_join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Mapper


class OwnerCriteria(LoaderCriteriaOption):
    """The criterion that a session adds for one mapper: it may read tables that are not filtered."""

    __slots__ = ()
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # what the cache of statements compares

    def _all_mappers(self) -> Iterator[Mapper[Any]]:
        """Yield the mapper alone: the ORM does not find the columns of a mapper in an eager join to one below it."""
        entity: Any = self.entity
        yield entity.mapper

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        """Return the criterion on the columns of an alias, if it is one, which the ORM does not do in each join."""
        criterion = super()._resolve_where_criteria(ext_info)
        return ext_info._adapter.traverse(criterion) if ext_info.is_aliased_class else criterion


def has_options_in_cache_key(statement: Any) -> bool:
    """Return whether the cache of statements distinguishes statements by their options.

    SQLAlchemy 2.0 does not distinguish unions, so it would execute one with the options of an earlier one.
    """
    return any(entry[0] == "_with_options" for entry in statement._traverse_internals)


def loader_expressions(select: Any) -> Iterator[tuple[Any, Scope]]:
    """Yield the expressions in the loader options of a SELECT, each with the tables to which it must refer, if others.

    They are the value of `with_expression`, in which the ORM filters no model, and the criteria of a relationship,
    whose rows another SELECT can load.
    """
    for element in _loaders(select):
        loaded = getattr(element.path[-1], "selectable", None)
        tables = NOTHING if loaded is None else Scope(frozenset(flatten_join(loaded)))
        yield from ((criterion, tables) for criterion in element._extra_criteria)


def check_loaded_aliases(statement: Any) -> None:
    """Refuse a loader option with `of_type()` and an alias of other tables than those of its model.

    Raises:
        OwnershipError: It has one.
    """
    for element in _loaders(statement):
        for attribute, entity in pairwise(element.path):
            if entity.is_aliased_class and entity is not attribute.entity:
                check_alias(entity)


def check_loaded_joins(select: Any, filtered: Tables) -> None:
    """Refuse `contains_eager()` of what the SELECT does not read: the ORM would add a table that it does not filter.

    Args:
        select: The SELECT.
        filtered: The tables that the ORM filters in it.

    Raises:
        OwnershipError: It has one.
    """
    for element in _loaders(select):
        if "eager_from_alias" in element.local_opts:
            alias = element.local_opts["eager_from_alias"]
            loaded = element.path[-1].selectable if alias is None else alias
            if not filtered.issuperset(flatten_join(loaded)):
                raise OwnershipError(
                    f"contains_eager({element.path[-2]}) must load what its SELECT joins: add .join({element.path[-2]})"
                )


def _loaders(statement: Any) -> Iterator[Any]:
    """Yield the elements of the loader options of a statement, each with the path from a model to what it loads."""
    for option in statement._with_options:
        yield from getattr(option, "context", ())


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
                yield criterion, Scope(frozenset(flatten_join(mapper.selectable)))
