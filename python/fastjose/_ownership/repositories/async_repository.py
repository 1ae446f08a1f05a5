"""`AsyncOwnedRepository`: `OwnedRepository` for an `AsyncSession`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from fastjose._ownership.repositories.configuration import NOT_ITSELF_ERROR, Repository, answer_foreign_rows
from fastjose._ownership.repositories.rows import Rows
from fastjose._program_only import program_only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from fastjose._ownership.repositories.bodies import Body
    from fastjose._ownership.types import Condition, OwnerId

ModelT = TypeVar("ModelT")
_List = list  # `list` is a method below


class AsyncOwnedRepository(Repository[ModelT]):
    """The rows of one model that belong to one user, through an asynchronous session.

    Its keywords, its restriction of the session and its methods are those of `OwnedRepository`.

    Example::

        class TaskRepository(AsyncOwnedRepository[Task]):
            pass

        tasks = await TaskRepository(session, user_id).list(Task.done.is_(False), limit=20)
    """

    @program_only(NOT_ITSELF_ERROR)
    def __init__(self, session: AsyncSession, user_id: OwnerId) -> None:
        """Restrict the session to the user.

        Args:
            session: A session of SQLAlchemy or SQLModel that serves no other user.
            user_id: The id of the user, such as `UserId` of `fastjose.auth`.

        Raises:
            TypeError: The session is of another type, such as a scoped_session: pass the session that it returns.
            OwnerIdError: The id is empty, or the owner column cannot store it.
            OwnershipError: The session serves another user already.
        """
        if not hasattr(session, "sync_session"):
            raise TypeError(
                "session must be an AsyncSession of SQLAlchemy or SQLModel, and is of the type "
                f"{type(session).__name__}: call an async_scoped_session to get its AsyncSession, and use "
                "OwnedRepository for a Session"
            )
        self._session = session
        self._rows: Rows[ModelT] = Rows(session.sync_session, self._require_model(), user_id)

    @property
    def session(self) -> AsyncSession:
        """The session, restricted to the user."""
        return self._session

    async def list(
        self,
        *where: Condition,
        order_by: Any = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> _List[ModelT]:
        """Return the rows of the user, as `OwnedRepository.list` does."""
        return await self._session.run_sync(lambda _: self._rows.list(where, order_by, limit, offset))

    async def count(self, *where: Condition) -> int:
        """Return how many rows of the user satisfy the conditions."""
        return await self._session.run_sync(lambda _: self._rows.count(where))

    async def exists(self, *where: Condition) -> bool:
        """Return whether a row of the user satisfies the conditions."""
        return await self.count(*where) > 0

    async def find(self, key: Any) -> ModelT | None:
        """Return the row with the primary key, or None if the user does not have it. A tuple is a composite key."""
        return await self._session.run_sync(lambda _: self._rows.find(key))

    async def get(self, key: Any) -> ModelT:
        """Return the row with the primary key.

        Raises:
            HTTPException: 404 or 403, as `OwnedRepository.get` does.
        """
        row = await self.find(key)
        if row is None:
            raise self._reject(is_foreign=not self.hide_existence and await self._exists_for_any_owner(key))
        return row

    async def create(self, body: Body | None = None, *, commit: bool = True, **values: Any) -> ModelT:
        """Add a row of the user, as `OwnedRepository.create` does.

        Raises:
            HTTPException: 404 if a foreign key leads to a row that the user does not have.
            TypeError: A field is not a column, or `values` names the owner.
        """
        with answer_foreign_rows():
            return await self._session.run_sync(lambda _: self._rows.create(body, values, commit=commit))

    async def update(self, key: Any, body: Body | None = None, *, commit: bool = True, **values: Any) -> ModelT:
        """Change the fields of a row that the client has sent, as `OwnedRepository.update` does.

        Raises:
            HTTPException: 404 or 403, as `get` does, and as `create` does for a foreign key.
            TypeError: A field is not a column, or `values` names the owner.
        """
        row = await self.get(key)
        with answer_foreign_rows():
            return await self._session.run_sync(lambda _: self._rows.update(row, body, values, commit=commit))

    async def delete(self, key: Any, *, commit: bool = True) -> None:
        """Delete a row.

        Raises:
            HTTPException: 404 or 403, as `get` does.
        """
        row = await self.get(key)
        with answer_foreign_rows():
            await self._session.run_sync(lambda _: self._rows.delete(row, commit=commit))

    @contextlib.asynccontextmanager
    async def unrestricted(self) -> AsyncIterator[AsyncSession]:
        """Open a session inside the block that reaches the rows of EVERY user, as in `OwnedRepository`."""
        own = self._session
        await own.flush()
        joined = type(own)(bind=await own.connection(), expire_on_commit=False, join_transaction_mode="rollback_only")
        with self._rows.restriction.permit_all():
            async with joined as everybody:
                yield everybody
                await everybody.commit()  # the transaction of the repository goes on

    async def _exists_for_any_owner(self, key: Any) -> bool:
        return await self._session.run_sync(lambda _: self._rows.exists_for_any_owner(key))
