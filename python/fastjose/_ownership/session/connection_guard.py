"""The guard of a session's connections: it refuses statements that did not pass through the session.

`session.connection().execute(…)` and the legacy bulk methods do not run the session's events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.sql.elements import ReleaseSavepointClause, RollbackToSavepointClause, SavepointClause

from fastjose._ownership.errors import OwnershipError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

SAVEPOINTS = (SavepointClause, ReleaseSavepointClause, RollbackToSavepointClause)


class ConnectionGuard:
    """Listens to the connections that a session has opened itself."""

    def __init__(self, is_permitted: Callable[[Any], bool]) -> None:
        """Guard with a function that permits or refuses an execution context of SQLAlchemy."""
        self._is_permitted = is_permitted
        self._guarded: WeakSet[Connection] = WeakSet()

    def guard(self, connection: Connection) -> None:
        """Refuse the further statements on a connection that are not permitted."""
        if connection not in self._guarded:
            self._guarded.add(connection)
            event.listen(connection, "before_cursor_execute", self._before_statement)

    def _before_statement(self, *arguments: Any) -> None:
        context = arguments[4]
        compiled = getattr(context, "compiled", None)
        if isinstance(getattr(compiled, "statement", None), SAVEPOINTS) or self._is_permitted(context):
            return
        raise OwnershipError(
            "a statement must be executed by the session, which filters it by owner: use session.execute(), "
            "or repository.unrestricted()"
        )
