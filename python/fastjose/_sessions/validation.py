"""Validation of what a store returns for a session token. Every session passes here, whichever store it is from."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastjose._sessions.session import Session
from fastjose._sessions.timestamps import parse_timestamp, to_datetime
from fastjose.exceptions import SessionError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

PUBLIC_USER_FIELDS = frozenset(
    {
        *("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"),
        *("role", "banned", "banReason", "banExpires"),  # admin()
        *("isAnonymous", "username", "displayUsername", "phoneNumber", "phoneNumberVerified", "twoFactorEnabled"),
    }
)
"""The fields of a user that Better Auth and its plugins return to clients.

A store may hold further ones: a table has the columns of `additionalFields` with `returned: false`, too.
"""

GRANTING_FIELDS = frozenset({"roles", "permissions", "scope"})
"""Fields of a customSession() that `require_role`, `require_permission` and `require_scope` read."""


def validate_session(record: object, token: str, named_fields: AbstractSet[str]) -> tuple[Session, dict[str, Any]]:
    """Return the session and the fields of its user that an application may see, with the user's id as `sub`.

    Args:
        record: What a store returned: `{"session": {…}, "user": {…}}` in the names of Better Auth's get-session, or
            None.
        token: The token for which it was returned, without a signature.
        named_fields: The fields that the application's user model names.

    Raises:
        SessionError: The session is unknown or has ended, or its user is banned.
        StoreUnavailableError: The store returned something else.
    """
    if record is None:
        raise session_error("unknown_session")
    session, user = _split_record(record)
    now = time.time()
    user_id = _check_same_user(session, user)
    _check_same_token(session, token)
    expires_at = _check_expiry(session, now)
    if is_banned(user, now):
        raise session_error("banned_user")
    organization, team = (_text(session.get(name)) for name in ("activeOrganizationId", "activeTeamId"))
    validated = Session(
        id=_text(session.get("id")) or "",
        user_id=user_id,
        expires_at=to_datetime(expires_at),
        created_at=to_datetime(parse_timestamp(session.get("createdAt"))),
        active_organization_id=organization,
        active_team_id=team,
        impersonated_by=_find_administrator(session.get("impersonatedBy")),
    )
    extra = {name: value for name, value in record.items() if name not in {"session", "user"}}  # type: ignore[attr-defined]  # a Mapping
    return validated, select_fields({**extra, **user}, named_fields, user_id)


def select_fields(user: Mapping[str, Any], named_fields: AbstractSet[str], user_id: str) -> dict[str, Any]:
    """Return the fields that an application may see: the public ones, and those that its user model names."""
    names = PUBLIC_USER_FIELDS | GRANTING_FIELDS | named_fields
    return {**{name: value for name, value in user.items() if name in names}, "id": user_id, "sub": user_id}


def is_banned(user: Mapping[str, Any], now: float) -> bool:
    """Return whether a user is banned. Better Auth itself looks at a ban only when a user signs in.

    A ban whose end cannot be read has no end.
    """
    if not _is_true(user.get("banned")):
        return False
    end = parse_timestamp(user.get("banExpires"))
    return end is None or end > now


def session_error(code: str, message: str = "The session is unknown or has ended.") -> SessionError:
    """Return the error with `code` for a session that is rejected."""
    error = SessionError(message)
    error.code = code
    return error


def _split_record(record: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not isinstance(record, Mapping) or not isinstance(session := record.get("session"), Mapping):
        raise StoreUnavailableError('the store must return None, or a mapping with "session" and "user"')
    user = record.get("user")
    if not isinstance(user, Mapping):
        raise session_error("unknown_session")
    return session, user


def _check_same_user(session: Mapping[str, Any], user: Mapping[str, Any]) -> str:
    user_id, owner = _text(user.get("id")), _text(session.get("userId"))
    if user_id is None or user_id != owner:
        raise session_error("unknown_session")
    return user_id


def _check_same_token(session: Mapping[str, Any], token: str) -> None:
    """Reject a session of another token: a store may compare texts without case, as some collations do."""
    stored = session.get("token")
    if stored is not None and not hmac.compare_digest(str(stored).encode("utf-8", "replace"), token.encode()):
        raise session_error("unknown_session")


def _check_expiry(session: Mapping[str, Any], now: float) -> float:
    expires_at = parse_timestamp(session.get("expiresAt"))
    if expires_at is None:
        raise session_error("unknown_session")
    if expires_at <= now:
        raise session_error("session_expired")
    return expires_at


def _find_administrator(value: object) -> str | None:
    """Return the id of the administrator who acts as the user: `unknown` for a value that is not an id."""
    return None if value is None or value is False or value == "" else _text(value) or "unknown"


def _text(value: object) -> str | None:
    """Return an id as a str: databases also have integers and UUIDs."""
    if value is None or isinstance(value, bool):
        return None
    return str(value) if str(value).strip() else None


def _is_true(value: object) -> bool:
    """Return a boolean of a store. Databases also have 0 and 1, and texts. Any other value counts as true."""
    return str(value).strip().lower() not in {"none", "false", "f", "0", "no", ""}
