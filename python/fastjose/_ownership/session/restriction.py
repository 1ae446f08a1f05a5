"""A session that is restricted to the rows of one owner.

The events are those of the one session: other sessions of the application are not changed.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event, literal, select
from sqlalchemy.orm import FromStatement, Session

from fastjose._ownership.criteria import key_criterion, owner_criterion, require_declaration
from fastjose._ownership.declarations import find_declaration
from fastjose._ownership.errors import ForeignRowError, OwnershipError
from fastjose._ownership.owner_ids import check_owner_id
from fastjose._ownership.session.changes import find_changed_mappers
from fastjose._ownership.session.connection_guard import ConnectionGuard
from fastjose._ownership.session.flush_checks import FlushChecks, current_row
from fastjose._ownership.session.mapped_expressions import find_loaded_mappers
from fastjose._ownership.session.objects import check_attached, check_loaded
from fastjose._ownership.session.statement_options import OwnerCriteria, has_options_in_cache_key
from fastjose._ownership.session.statements import find_mappers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Result, Select
    from sqlalchemy.orm import InstanceState, ORMExecuteState

    from fastjose._ownership.types import AnyMapper, Criterion, OwnerId

PASSED = "_fastjose_passed"
"""The execution option of a statement that the restriction has filtered; its value is the restriction."""
OWN = "_fastjose_own"
"""The execution option of a statement of the restriction itself."""
KEY = "fastjose_restriction"
"""The key of the restriction in `session.info`."""


def restrict_session(session: Session, owner_id: OwnerId) -> Restriction:
    """Restrict a session to the rows of an owner, for as long as it lives, and return the restriction.

    Raises:
        TypeError: The session is not a Session.
        OwnerIdError: The id is empty.
        OwnershipError: The session is restricted to another owner, or contains an object of another owner.
    """
    if not isinstance(session, Session):  # events of a scoped_session are those of every session
        raise TypeError(
            f"session must be a Session of SQLAlchemy or SQLModel, and is of the type {type(session).__name__}: call a "
            "scoped_session to get its Session, and use AsyncOwnedRepository for an AsyncSession"
        )
    owner_id = check_owner_id(owner_id)
    restriction: Restriction | None = session.info.get(KEY)
    if restriction is None:
        restriction = session.info[KEY] = Restriction(session, owner_id)
    elif str(restriction.owner_id) != str(owner_id):
        raise OwnershipError("a session must serve one owner: open a new session for each user")
    return restriction


class Restriction:
    """The events of one session, which add the owner to every statement or refuse it.

    Attributes:
        owner_id: The id of the owner.
    """

    def __init__(self, session: Session, owner_id: OwnerId) -> None:
        """Restrict a session, whose objects must belong to the owner."""
        self.owner_id = owner_id
        self._unrestricted_blocks = 0
        for found in (*session.identity_map.values(), *session.new):
            check_attached(found, owner_id, known=True)
        self._flushes = FlushChecks(self.execute, owner_id)
        self._guard = ConnectionGuard(self._is_permitted)
        self._listen(session)

    def execute(self, session: Session, statement: Select[Any]) -> Result[Any]:
        """Execute a statement of fastjose that has the criteria it needs."""
        return session.execute(statement, execution_options={OWN: self, PASSED: self})

    @contextlib.contextmanager
    def permit_all(self) -> Iterator[None]:
        """Let another session use the connection of this one inside the block."""
        self._unrestricted_blocks += 1
        try:
            yield
        finally:
            self._unrestricted_blocks -= 1

    def _listen(self, session: Session) -> None:
        event.listen(session, "do_orm_execute", self._before_execute)
        event.listen(session, "before_flush", self._flushes.before_flush)
        event.listen(session, "after_flush", self._flushes.after_flush)
        event.listen(session, "loaded_as_persistent", self._after_load)
        event.listen(session, "before_attach", self._before_attach)
        event.listen(session, "after_begin", self._after_begin)
        for connection in open_connections(session):
            self._after_begin(session, None, connection)

    def _before_execute(self, state: ORMExecuteState) -> None:
        """Add the criteria to a statement, or refuse it."""
        if state.execution_options.get(OWN) is self:
            return
        if (refreshed := refreshed_object(state)) is not None:
            self._restrict_column_load(state, refreshed)
        elif state.is_relationship_load:
            self._add_criteria(state, set(state.all_mappers))
        elif state.is_insert or state.is_update or state.is_delete:
            self._add_criteria(state, find_changed_mappers(state))
        else:
            self._add_criteria(state, find_mappers(state.statement) | set(state.all_mappers))
        state.update_execution_options(**{PASSED: self})

    def _add_criteria(self, state: ORMExecuteState, mappers: set[AnyMapper]) -> None:
        for mapper in mappers:
            require_declaration(mapper)
        filtered = {mapper for base in reachable_mappers(mappers) for mapper in base.self_and_descendants}
        options = [
            OwnerCriteria(mapper.class_, criterion, include_aliases=True)
            for mapper in filtered
            if (criterion := owner_criterion(mapper, self.owner_id)) is not None
        ]
        if options:
            statement: Any = state.statement
            state.statement = statement.options(*options)
            if not has_options_in_cache_key(statement):  # another owner would get the values of this one
                state.update_execution_options(compiled_cache=None)

    def _restrict_column_load(self, state: ORMExecuteState, refreshed: InstanceState[Any]) -> None:
        """Filter the statement that loads columns of an object by its primary key: the ORM adds no criteria to it."""
        mapper = refreshed.mapper
        self._add_criteria(state, {mapper})
        criterion = owner_criterion(mapper, self.owner_id)
        if criterion is None:
            return
        statement: Any = state.statement
        if not isinstance(statement, FromStatement):
            state.statement = statement.where(criterion)
        elif not self._owns(state.session, mapper, criterion, refreshed.identity or current_row(refreshed)[1]):
            raise ForeignRowError(mapper.class_.__name__)

    def _owns(self, session: Session, mapper: AnyMapper, criterion: Criterion, key: Any) -> bool:
        """Return whether the row with a primary key satisfies the criterion of the owner."""
        statement = select(literal(1)).select_from(mapper.class_).where(key_criterion(mapper, key), criterion)
        return self.execute(session, statement).first() is not None

    def _after_load(self, session: Session, loaded: object) -> None:
        try:
            check_loaded(loaded, self.owner_id)
        except OwnershipError:
            session.expunge(loaded)
            raise

    def _before_attach(self, session: Session, attached: object) -> None:  # noqa: ARG002 - the event's
        check_attached(attached, self.owner_id)

    def _after_begin(self, session: Session, transaction: object, connection: Connection) -> None:  # noqa: ARG002 - the event's
        if not isinstance(session.bind, Connection):  # that connection belongs to the caller
            self._guard.guard(connection)

    def _is_permitted(self, context: Any) -> bool:
        is_passed = context.execution_options.get(PASSED) is self
        return is_passed or self._unrestricted_blocks > 0 or self._flushes.is_flushing


def refreshed_object(state: ORMExecuteState) -> InstanceState[Any] | None:
    """Return the object whose columns a statement loads by its primary key, None for another statement.

    SQLAlchemy 2.0 does not report such a load of an inheriting model in `is_column_load`.
    """
    options = getattr(state.statement, "_compile_options", None)
    if not getattr(options, "_for_refresh_state", False):
        return None
    refreshed: InstanceState[Any] = state.execution_options["_sa_orm_load_options"]._refresh_state  # noqa: SLF001 - the ORM's own
    return refreshed


def reachable_mappers(mappers: set[AnyMapper]) -> set[AnyMapper]:
    """Return the declared mappers to which relationships and expressions lead: the ORM reads them in one statement.

    Raises:
        OwnershipError: The expression of an attribute cannot be filtered.
    """
    found: set[AnyMapper] = set()
    waiting = list(mappers)
    while waiting:
        declared = find_declaration(waiting.pop())
        if declared is None or declared[0] in found:
            continue
        found.add(declared[0])
        family = declared[0].self_and_descendants
        waiting += [relationship.mapper for mapper in family for relationship in mapper.relationships]
        waiting += find_loaded_mappers(declared[0])
    return found


def open_connections(session: Session) -> Iterator[Connection]:
    """Yield the connections of the transaction that a session has begun, also if a savepoint has used none yet."""
    transaction = session.get_transaction()
    connections = getattr(transaction, "_connections", {})
    yield from (entry[0] for entry in connections.values())
