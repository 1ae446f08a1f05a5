"""The dependencies of `fastjose.auth`, from settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose.fastapi import BearerAuth, CredentialAuth

if TYPE_CHECKING:
    from fastjose._fastapi.users import CurrentUser
    from fastjose.settings import AuthSettings


def build_auth(settings: AuthSettings) -> BearerAuth[CurrentUser] | CredentialAuth[CurrentUser]:
    """Return a `BearerAuth` for JWTs alone, which takes less time, or a `CredentialAuth`. Both have the same names.

    Raises:
        ValueError: A variable is missing or has an invalid value; the message names it.
    """
    if settings.credentials == ["jwt"]:
        return BearerAuth.from_environment(_settings=settings)
    return CredentialAuth.from_environment(_settings=settings)
