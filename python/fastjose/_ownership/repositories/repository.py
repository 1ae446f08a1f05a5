"""`OwnedRepository`: the rows of one user, through a session of SQLAlchemy or SQLModel."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from fastjose._ownership.repositories.configuration import NOT_ITSELF_ERROR, Repository, answer_foreign_rows
from fastjose._ownership.repositories.rows import Rows
from fastjose._program_only import program_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from fastjose._ownership.repositories.bodies import Body
    from fastjose._ownership.types import Condition, OwnerId

ModelT = TypeVar("ModelT")
_List = list  # `list` is a method below


class OwnedRepository(Repository[ModelT]):
    """The rows of one model that belong to one user, through a synchronous session.

    The session is restricted to the user for as long as it lives: every SELECT, UPDATE and DELETE of models that it
    executes has the owner as a condition, also those that the application writes itself, and a flush writes rows of the
    user alone. A statement that cannot be filtered raises an OwnershipError.

    Example::

        class TaskRepository(OwnedRepository[Task]):
            def overdue(self) -> list[Task]:
                return list(self.session.scalars(select(Task).where(Task.due < date.today())))

    Keywords of the class:
        owner_column: The attribute with the id of the owner, `user_id` by default.
        parent: In place of it, the many-to-one relationship to the model that has the owner, or that model.
        hide_existence: Whether a row of another user is answered with 404, as a missing one is. With False, the answer
            is a 403, and a client can find out which ids exist. True by default.
        resource_name: The kind of row in the detail of a response: the name of the model in lower case by default.
    """

    @program_only(NOT_ITSELF_ERROR)
    def __init__(self, session: Session, user_id: OwnerId) -> None:
        """Restrict the session to the user.

        Args:
            session: A session of SQLAlchemy or SQLModel that serves no other user.
            user_id: The id of the user, such as `UserId` of `fastjose.auth`.

        Raises:
            TypeError: The session is of another type, such as a scoped_session: pass the session that it returns.
            OwnerIdError: The id is empty, or the owner column cannot store it.
            OwnershipError: The session serves another user already.
        """
        self._rows: Rows[ModelT] = Rows(session, self._require_model(), user_id)

    @property
    def session(self) -> Session:
        """The session, restricted to the user."""
        return self._rows.session

    def list(
        self,
        *where: Condition,
        order_by: Any = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> _List[ModelT]:
        """Return the rows of the user.

        Args:
            where: Conditions, such as `Task.done == False`.
            order_by: A column, or a list of columns. The primary key by default.
            limit: The largest number of rows. No limit by default.
            offset: How many rows are left out at the beginning.

        Raises:
            ValueError: `limit` or `offset` is negative.
        """
        return self._rows.list(where, order_by, limit, offset)

    def count(self, *where: Condition) -> int:
        """Return how many rows of the user satisfy the conditions."""
        return self._rows.count(where)

    def exists(self, *where: Condition) -> bool:
        """Return whether a row of the user satisfies the conditions."""
        return self._rows.count(where) > 0

    def find(self, key: Any) -> ModelT | None:
        """Return the row with the primary key, or None if the user does not have it. A tuple is a composite key."""
        return self._rows.find(key)

    def get(self, key: Any) -> ModelT:
        """Return the row with the primary key.

        Raises:
            HTTPException: 404 `Task not found` if the user does not have the row. With `hide_existence=False`, 403
                `Not authorized to access this task` if another user has it.
        """
        row = self._rows.find(key)
        if row is None:
            raise self._reject(is_foreign=not self.hide_existence and self._rows.exists_for_any_owner(key))
        return row

    def create(self, body: Body | None = None, *, commit: bool = True, **values: Any) -> ModelT:
        """Add a row of the user.

        Args:
            body: A Pydantic model or a mapping. Its owner and its primary key are ignored.
            commit: Whether the session is committed; with False it is only flushed.
            values: Columns that the application sets itself, such as `task_id=task_id`.

        Raises:
            HTTPException: 404 if a foreign key leads to a row that the user does not have.
            TypeError: A field is not a column, or `values` names the owner.
        """
        with answer_foreign_rows():
            return self._rows.create(body, values, commit=commit)

    def update(self, key: Any, body: Body | None = None, *, commit: bool = True, **values: Any) -> ModelT:
        """Change the fields of a row that the client has sent (`model_dump(exclude_unset=True)`).

        Args:
            key: The primary key.
            body: A Pydantic model or a mapping. Its owner and its primary key are ignored.
            commit: Whether the session is committed; with False it is only flushed.
            values: Columns that the application sets itself.

        Raises:
            HTTPException: 404 or 403, as `get` does, and as `create` does for a foreign key.
            TypeError: A field is not a column, or `values` names the owner.
        """
        row = self.get(key)
        with answer_foreign_rows():
            return self._rows.update(row, body, values, commit=commit)

    def delete(self, key: Any, *, commit: bool = True) -> None:
        """Delete a row.

        Raises:
            HTTPException: 404 or 403, as `get` does.
        """
        row = self.get(key)
        with answer_foreign_rows():
            self._rows.delete(row, commit=commit)

    @contextlib.contextmanager
    def unrestricted(self) -> Iterator[Session]:
        """Open a session that reaches the rows of EVERY user, in the transaction of the repository.

        Example::

            with tasks.unrestricted() as everybody:
                task = everybody.get(Task, task_id)

        Its objects stay usable after the block, and do not enter the session of the repository. Its changes are flushed
        at the end of the block, and committed with the session of the repository.
        """
        own = self.session
        own.flush()
        with self._rows.restriction.permit_all(), _open_joined(own) as everybody:
            yield everybody
            everybody.commit()  # the transaction of the repository goes on


def _open_joined(session: Session) -> Session:
    """Return a session of the same class in the transaction of another."""
    joined: Session = type(session)(
        bind=session.connection(), expire_on_commit=False, join_transaction_mode="rollback_only"
    )
    return joined
