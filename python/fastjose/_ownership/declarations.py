"""Which model has an owner, which is reached through a parent, and which is public.

A declaration is a fact about a model, so it holds for every session.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Table, event, inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import Mapper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import FromClause

    from fastjose._ownership.types import AnyMapper

ModelT = TypeVar("ModelT", bound="type[Any] | Table")


@dataclass(frozen=True)
class OwnerColumn:
    """The attribute that contains the id of the owner."""

    name: str


@dataclass(frozen=True)
class Parent:
    """The model that has the owner: the name of a many-to-one relationship, or the class that a foreign key names."""

    target: str | type[Any]


@dataclass(frozen=True)
class Public:
    """A model without an owner, which every user may read."""

    is_writable: bool


Declaration = OwnerColumn | Parent | Public
_declared: WeakKeyDictionary[type[Any] | Table, Declaration] = WeakKeyDictionary()


def declare_owned(model: ModelT, *, owner_column: str = "user_id", parent: str | type[Any] | None = None) -> ModelT:
    """Declare who owns the rows of a model. The subclass of a repository does this for its model.

    Args:
        model: A mapped class.
        owner_column: The attribute with the id of the owner: a `str`, an `int` or a `UUID`.
        parent: In place of `owner_column`, the many-to-one relationship to the model that has the owner, or that
            model, if one foreign key leads to it. The parent must be declared, too.

    Returns:
        The model.

    Raises:
        TypeError: The model is not a mapped class, does not have the attribute, or was declared otherwise. The same
            holds for a model that it inherits from, or that inherits from it.
    """
    name = parent if isinstance(parent, str) else owner_column if parent is None else None
    if name is not None and not hasattr(_require_mapped(model).class_, name):
        raise TypeError(f"{_name(model)} must have the attribute {name}: name another in owner_column=… or parent=…")
    return _declare(model, OwnerColumn(owner_column) if parent is None else Parent(parent))


def declare_public(*models: type[Any] | Table, writable: bool = False) -> None:
    """Declare models or tables whose rows every user may read, such as categories.

    Args:
        models: Mapped classes, or tables without one, such as that of a many-to-many relationship.
        writable: Whether every user may also change the rows.

    Raises:
        TypeError: A model is not a mapped class or a table, or was declared otherwise. The same holds for a model that
            it inherits from, or that inherits from it.
    """
    for model in models:
        if not isinstance(model, Table):
            _require_mapped(model)
        _declare(model, Public(writable))


def find_declaration(mapper: AnyMapper) -> tuple[AnyMapper, Declaration] | None:
    """Return the declaration of a mapper or of one that it inherits from, and the mapper whose rows it concerns.

    An owner column is that of the first model in the line of inheritance that has it.
    """
    for base in mapper.iterate_to_root():
        if (declaration := _declared.get(base.class_)) is not None:
            return _first_with_owner(base, declaration), declaration
    return None


def _first_with_owner(mapper: AnyMapper, declaration: Declaration) -> AnyMapper:
    if isinstance(declaration, OwnerColumn):
        while mapper.inherits is not None and declaration.name in mapper.inherits.columns:
            mapper = mapper.inherits
    return mapper


def is_public_table(table: object) -> bool:
    """Return whether a table is declared as public itself."""
    return isinstance(table, Table) and isinstance(_declared.get(table), Public)


def owned_tables() -> Mapping[FromClause, AnyMapper]:
    """Return the tables of the models that have an owner, also of those that inherit from one.

    The mapper of a table is the one whose rows it contains. It is one that inherits from it if no other has an owner.
    """
    return _kept_tables.find()


class _KeptTables:
    """The tables of the models that have an owner, which are found once until a model is declared or mapped."""

    def __init__(self) -> None:
        self.forget()

    def forget(self, *_: object) -> None:
        """Find the tables again. A thread that is finding them keeps its result in the cache that it began with."""
        self.find = cache(_find_owned_tables)


def _find_owned_tables() -> Mapping[FromClause, AnyMapper]:
    found: dict[FromClause, AnyMapper] = {}
    for mapper in sorted(_owned_mappers(), key=lambda mapper: len(list(mapper.iterate_to_root()))):
        for table in mapper.tables:
            if table not in found or (mapper.local_table is table and found[table].local_table is not table):
                found[table] = mapper
    return found


def _owned_mappers() -> set[AnyMapper]:
    declared = [inspect(model) for model in list(_declared) if not isinstance(model, Table)]
    families = {mapper for base in declared for mapper in base.self_and_descendants}
    found = ((mapper, find_declaration(mapper)) for mapper in families)
    return {mapper for mapper, declared in found if declared is not None and not isinstance(declared[1], Public)}


def _declare(model: ModelT, declaration: Declaration) -> ModelT:
    _check_relatives(model, declaration)
    if (earlier := _declared.setdefault(model, declaration)) != declaration:
        raise TypeError(f"{_name(model)} must be declared once, and is declared as {earlier} already")
    _kept_tables.forget()
    return model


def _check_relatives(model: type[Any] | Table, declaration: Declaration) -> None:
    """Refuse a declaration that differs from that of a model in the same line of inheritance.

    A statement about a model concerns the rows of those that inherit from it, with the criteria of the first alone.
    """
    if isinstance(model, Table):
        return
    mapper = _require_mapped(model)
    for other in (*mapper.iterate_to_root(), *mapper.self_and_descendants):
        earlier = _declared.get(other.class_, declaration)
        if other is not mapper and earlier != declaration:
            raise TypeError(
                f"{_name(model)} must be declared as {_name(other.class_)} is, because one inherits from the other and "
                f"a query for the first returns rows of both: {earlier}"
            )


def _require_mapped(model: object) -> AnyMapper:
    try:
        mapper = inspect(model)
    except NoInspectionAvailable:
        mapper = None
    if not isinstance(mapper, Mapper):
        raise TypeError(f"{_name(model)} must be a mapped class: a SQLModel with table=True, or a declarative class")
    return mapper


def _name(model: object) -> str:
    return getattr(model, "__name__", None) or str(getattr(model, "name", model))


_kept_tables = _KeptTables()
event.listen(Mapper, "after_mapper_constructed", _kept_tables.forget)  # it can inherit from a declared model
