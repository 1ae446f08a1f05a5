"""The module `users` of a project that uses fastapi-users: one user, in memory."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi_users import BaseUserManager, UUIDIDMixin
from fastapi_users.db import BaseUserDatabase
from fastapi_users.password import PasswordHelper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PASSWORD = "correct horse battery staple"
SECRET = "of-the-e-mails-which-is-another-one-in-this-test"


@dataclass
class User:
    """A user as fastapi-users requires it."""

    id: uuid.UUID
    email: str
    hashed_password: str
    is_active: bool = True
    is_superuser: bool = False
    is_verified: bool = True


ADA = User(uuid.UUID(int=1), "ada@example.com", PasswordHelper().hash(PASSWORD))


class UserDatabase(BaseUserDatabase[User, uuid.UUID]):
    """A database that has one user."""

    async def get(self, id: uuid.UUID) -> User | None:  # noqa: A002 - the name of fastapi-users
        """Return the user with this id."""
        return ADA if id == ADA.id else None

    async def get_by_email(self, email: str) -> User | None:
        """Return the user with this e-mail address."""
        return ADA if email == ADA.email else None

    async def update(self, user: User, update_dict: dict[str, Any]) -> User:
        """Keep nothing: a new hash of the password is of no use here."""
        del update_dict
        return user


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    """The manager of the project."""

    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def get_user_manager() -> AsyncIterator[UserManager]:
    """Yield the manager."""
    yield UserManager(UserDatabase())
