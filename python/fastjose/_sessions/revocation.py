"""Revoked sessions: asked for each session, also for one that no store has looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._core import RevocationList
from fastjose._sessions.validation import session_error

if TYPE_CHECKING:
    from fastjose._sessions.session import Session
    from fastjose.better_auth import Revocations


def check_not_revoked(revocations: Revocations | None, session: Session) -> None:
    """Reject a revoked session.

    Raises:
        SessionError: The session or its user is revoked; `code` is `session_revoked`.
        StoreUnavailableError: The list is not synchronized with the other machines.
    """
    if revocations is not None and _is_revoked(revocations, session):
        raise session_error("session_revoked")


def check_revocations(revocations: object) -> None:
    """Reject an argument that is not a list of revocations, which would fail at each request.

    Raises:
        TypeError: It is neither None, a `RevocationList` nor a `RedisRevocations`.
    """
    local = getattr(revocations, "local", revocations)
    if local is not None and not isinstance(local, RevocationList):
        raise TypeError("revocations must be a RevocationList, RedisRevocations or None")


def _is_revoked(revocations: Revocations, session: Session) -> bool:
    started = None if session.created_at is None else max(0.0, session.created_at.timestamp())
    try:
        local = revocations if isinstance(revocations, RevocationList) else revocations.local
        return local.is_revoked(sid=session.id or None, sub=session.user_id, iat=started)
    except ValueError:
        return True  # an id that is not valid Unicode: no list can have it
