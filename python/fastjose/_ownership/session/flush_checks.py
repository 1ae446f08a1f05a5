"""What a flush may write: new rows of the owner, and rows that belong to the owner when they are written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import ClauseElement, inspect, select, tuple_
from sqlalchemy.orm import attributes

from fastjose._ownership.criteria import foreign_keys, owner_attribute, owner_criterion, require_declaration
from fastjose._ownership.declarations import Public, owned_mappers
from fastjose._ownership.errors import ForeignRowError, OwnershipError
from fastjose._ownership.owner_ids import convert_owner_id
from fastjose._ownership.session.changes import check_writable
from fastjose._ownership.session.objects import is_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ForeignKeyConstraint, Result, Select
    from sqlalchemy.orm import InstanceState, Session, UOWTransaction

    from fastjose._ownership.types import AnyMapper, OwnerId

KEYS_PER_QUERY = 500
Reference = tuple["ForeignKeyConstraint", "AnyMapper", tuple[Any, ...]]
"""A foreign key, the model to which it leads, and its values in one row."""


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
        self._check_rows(session, [*changed, *deleted])
        self._written, self._checked = [*new, *changed], set()
        self._check_references(session)
        self._context = context

    def after_flush(self, session: Session, _: object) -> None:
        """Refuse foreign keys that relationships have set, before the transaction goes on."""
        self._check_references(session)

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

    def _check_rows(self, session: Session, states: list[InstanceState[Any]]) -> None:
        """Lock the rows that are written by their primary key alone, and refuse those of another owner."""
        by_mapper: dict[AnyMapper, list[tuple[Any, ...]]] = defaultdict(list)
        for state in states:
            if state.identity is not None:
                by_mapper[state.mapper].append(state.identity)
        for mapper, keys in by_mapper.items():
            columns = [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]
            for start in range(0, len(keys), KEYS_PER_QUERY):
                self._check_keys(session, mapper, columns, keys[start : start + KEYS_PER_QUERY], lock=True)

    def _check_references(self, session: Session) -> None:
        """Refuse rows whose foreign keys lead to a row of another owner, or to none."""
        found = {reference for state in self._written for reference in foreign_references(state)}
        for reference in found - self._checked:
            key, parent, values = reference
            columns = [parent.get_property_by_column(element.column).class_attribute for element in key.elements]
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


def foreign_references(state: InstanceState[Any]) -> Iterator[Reference]:
    """Yield the foreign keys of an object to models with an owner, if it is new or they have changed."""
    mapper = state.mapper
    own_column = owner_attribute(mapper)
    parents = {table: owned for owned in owned_mappers() for table in owned.tables}
    for key in _foreign_keys(mapper):
        if (parent := parents.get(key.referred_table)) is None:
            continue
        names = [mapper.get_property_by_column(column).key for column in key.columns]
        values = tuple(state.dict.get(name) for name in names)
        if (
            names == [own_column]
            or any(value is None for value in values)
            or not any(_has_changed(state, name) for name in names)
        ):
            continue
        if any(isinstance(value, ClauseElement) for value in values):
            raise OwnershipError(
                f"{', '.join(names)} of {mapper.class_.__name__} must be a value, not an SQL expression"
            )
        yield key, parent, values


def _foreign_keys(mapper: AnyMapper) -> Iterator[ForeignKeyConstraint]:
    """Yield the foreign keys of a model, without the one to the table of the model that it inherits from."""
    inherited = set() if mapper.inherits is None else set(mapper.inherits.tables)
    for table in mapper.tables:
        for key in foreign_keys(table):
            if not (key.referred_table in inherited and set(key.columns) == set(table.primary_key)):
                yield key


def _has_changed(state: InstanceState[Any], name: str) -> bool:
    return state.key is None or attributes.get_history(state.obj(), name).has_changes()
