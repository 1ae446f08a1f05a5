"""Revoked sessions: asked for each session, also for one that no store has looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastjose.exceptions import SessionError

if TYPE_CHECKING:
    from fastjose._sessions.session import Session


class Revocations(Protocol):
    """What sessions need of a `fastjose.revocation.RevocationList`."""

    def is_revoked(
        self, *, jti: str | None = None, sid: str | None = None, sub: str | None = None, iat: float | None = None
    ) -> bool:
        """Return whether a session, or every session of a user up to a time, is revoked."""


def check_not_revoked(revocations: Revocations | None, session: Session) -> None:
    """Reject a revoked session.

    Raises:
        SessionError: The session or its user is revoked; `code` is `session_revoked`.
        StoreUnavailableError: The list is not synchronized with the other machines.
    """
    if revocations is None:
        return
    started = None if session.created_at is None else session.created_at.timestamp()
    if revocations.is_revoked(sid=session.id or None, sub=session.user_id, iat=started):
        error = SessionError("The session is unknown or has ended.")
        error.code = "session_revoked"
        raise error
