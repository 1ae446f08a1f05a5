"""What a flush may write: new rows of the owner, and rows that belong to the owner when they are written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import ClauseElement, inspect, select, tuple_

from fastjose._ownership.criteria import (
    foreign_keys,
    owner_attribute,
    owner_criterion,
    parent_columns,
    require_declaration,
)
from fastjose._ownership.declarations import Parent, Public, owned_tables
from fastjose._ownership.errors import ForeignRowError, OwnershipError
from fastjose._ownership.owner_ids import convert_owner_id
from fastjose._ownership.session.changes import check_writable, has_owner
from fastjose._ownership.session.element_parts import as_element
from fastjose._ownership.session.objects import is_owner
from fastjose._ownership.session.select_tables import Scope
from fastjose._ownership.session.statements import StatementWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import ForeignKeyConstraint, FromClause, Result, Select
    from sqlalchemy.orm import InstanceState, Session, UOWTransaction

    from fastjose._ownership.types import AnyMapper, OwnerId

KEYS_PER_QUERY = 500
Row = tuple["AnyMapper", tuple[Any, ...] | None]
"""The mapper and the primary key of a row."""
Reference = tuple["AnyMapper", tuple[str, ...], tuple[Any, ...]]
"""A model with an owner, the names of attributes of it, and their values in the row to which another row leads."""


class FlushChecks:
    """The checks of the flushes of one session."""

    def __init__(self, execute: Callable[[Session, Select[Any]], Result[Any]], owner_id: OwnerId) -> None:
        """Check for an owner, with a function that executes a query of fastjose itself."""
        self._execute, self._owner_id = execute, owner_id
        self._context: UOWTransaction | None = None
        self._written: list[InstanceState[Any]] = []
        self._checked: set[Reference] = set()

    @property
    def is_flushing(self) -> bool:
        """Whether a flush that was checked is writing rows."""
        transaction = getattr(self._context, "transaction", None)
        return transaction is not None and transaction.is_active

    def before_flush(self, session: Session, context: UOWTransaction, _: object) -> None:
        """Set the owner of new objects, and refuse what would write a row of another owner."""
        new = [inspect(added) for added in session.new]
        changed = [inspect(dirty) for dirty in session.dirty if session.is_modified(dirty)]
        deleted = [inspect(removed) for removed in session.deleted]
        for state in (*new, *changed, *deleted):
            self._check_owner(state, is_new=state.key is None)
        self._check_rows(session, [(state.mapper, state.identity) for state in (*changed, *deleted)])
        self._written, self._checked = [*new, *changed], set()
        self._check_references(session)
        for state in self._written:
            _check_expressions(state)
        self._context = context

    def after_flush(self, session: Session, context: UOWTransaction) -> None:
        """Refuse what relationships and events of the application have written, before the transaction goes on."""
        changed = [*session.new, *(dirty for dirty in session.dirty if session.is_modified(dirty))]
        is_deleted: Callable[[InstanceState[Any]], bool] = context.is_deleted
        known = set(self._written)
        added = [state for state in map(inspect, changed) if state not in known]
        self._written += added
        for state in self._written:
            self._check_owner(state, is_new=False)
        self._check_references(session)
        stored = [state for state in added if state.key is not None and not is_deleted(state)]
        linked = [other for state in self._written for other in linked_rows(state)]
        self._check_rows(session, [current_row(state) for state in dict.fromkeys((*stored, *linked))])

    def _check_owner(self, state: InstanceState[Any], *, is_new: bool) -> None:
        mapper = state.mapper
        _, declaration = require_declaration(mapper)
        if isinstance(declaration, Public):
            check_writable(mapper, declaration)
        name = owner_attribute(mapper)
        if name is None:
            return
        if is_new and state.dict.get(name) is None:
            setattr(state.obj(), name, convert_owner_id(self._owner_id, mapper.columns[name]))
        elif name in state.dict and not is_owner(state.dict[name], mapper, name, self._owner_id):
            raise OwnershipError(
                f"{name} of {mapper.class_.__name__} must be the owner of the session, and must not change"
            )

    def _check_rows(self, session: Session, rows: list[Row]) -> None:
        """Lock the rows that are written by their primary key alone, and refuse those of another owner."""
        by_mapper: dict[AnyMapper, list[tuple[Any, ...]]] = defaultdict(list)
        for mapper, identity in rows:
            if identity is not None:
                by_mapper[mapper].append(identity)
        for mapper, keys in by_mapper.items():
            columns = [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]
            for start in range(0, len(keys), KEYS_PER_QUERY):
                self._check_keys(session, mapper, columns, keys[start : start + KEYS_PER_QUERY], lock=True)

    def _check_references(self, session: Session) -> None:
        """Refuse rows whose foreign keys lead to a row of another owner, or to none."""
        parents = owned_tables()
        found = {reference for state in self._written for reference in foreign_references(state, parents)}
        for parent, names, values in found - self._checked:
            columns = [getattr(parent.class_, name) for name in names]
            self._check_keys(session, parent, columns, [values], lock=False)
        self._checked |= found

    def _check_keys(
        self, session: Session, mapper: AnyMapper, columns: list[Any], keys: list[tuple[Any, ...]], *, lock: bool
    ) -> None:
        criterion = owner_criterion(mapper, self._owner_id)
        if criterion is None:
            return
        is_listed = columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)
        statement = select(*columns).where(is_listed, criterion)
        rows = self._execute(session, statement.with_for_update() if lock else statement).all()
        if len(set(rows)) != len(set(keys)):
            raise ForeignRowError(mapper.class_.__name__)


def _check_expressions(state: InstanceState[Any]) -> None:
    """Refuse values that are expressions of SQL and read rows of an owner: a flush does not filter them."""
    scope = Scope(frozenset(state.mapper.tables))
    for name, value in state.dict.items():
        if (expression := as_element(value)) is not None:
            walk = StatementWalk()
            walk.visit(expression, scope)
            if walk.has_select and any(map(has_owner, walk.mappers)):
                raise OwnershipError(
                    f"{name} of {state.mapper.class_.__name__} must not be a subquery of a model that has an owner: "
                    "execute its SELECT first"
                )


def foreign_references(state: InstanceState[Any], parents: Mapping[FromClause, AnyMapper]) -> Iterator[Reference]:
    """Yield where an object leads to models with an owner, if it is new or its columns have changed.

    Args:
        state: The state of the object.
        parents: The models with an owner, by their tables.
    """
    mapper = state.mapper
    own_column = owner_attribute(mapper)
    for local, remote, parent in _references(mapper, parents):
        names = [mapper.get_property_by_column(column).key for column in local]
        if names == [own_column] or not any(_has_changed(state, name) for name in names):
            continue
        values = tuple(getattr(state.obj(), name) for name in names)  # loads one that the database has set
        if any(value is None for value in values):
            continue
        if any(isinstance(value, ClauseElement) for value in values):
            raise OwnershipError(
                f"{', '.join(names)} of {mapper.class_.__name__} must be a value, not an SQL expression"
            )
        yield parent, tuple(parent.get_property_by_column(column).key for column in remote), values


def _references(
    mapper: AnyMapper, parents: Mapping[FromClause, AnyMapper]
) -> Iterator[tuple[list[Any], list[Any], AnyMapper]]:
    """Yield the columns that lead to a model with an owner, the columns of it that they name, and its mapper.

    They are foreign keys, and the columns of the relationship to the parent, which need not be a foreign key.
    """
    for key in _foreign_keys(mapper):
        if (parent := parents.get(key.referred_table)) is not None:
            yield list(key.columns), [element.column for element in key.elements], parent
    base, declaration = require_declaration(mapper)
    if isinstance(declaration, Parent):
        yield parent_columns(base, declaration)


def current_row(state: InstanceState[Any]) -> Row:
    """Return the row of an object, with the primary key that a flush may have changed."""
    return state.mapper, tuple(state.mapper.primary_key_from_instance(state.obj()))


def linked_rows(state: InstanceState[Any]) -> Iterator[InstanceState[Any]]:
    """Yield the stored objects to which a flush links an object by a row of a secondary table."""
    for relationship in state.mapper.relationships:
        if relationship.secondary is not None and not relationship.viewonly:
            added = map(inspect, filter(None, state.attrs[relationship.key].history.added or ()))
            yield from (other for other in added if other.key is not None)


def _foreign_keys(mapper: AnyMapper) -> Iterator[ForeignKeyConstraint]:
    """Yield the foreign keys of a model, without the one to the table of the model that it inherits from."""
    inherited = set() if mapper.inherits is None else set(mapper.inherits.tables)
    for table in mapper.tables:
        for key in foreign_keys(table):
            if not (key.referred_table in inherited and set(key.columns) == set(table.primary_key)):
                yield key


def _has_changed(state: InstanceState[Any], name: str) -> bool:
    return state.key is None or state.attrs[name].history.has_changes()
