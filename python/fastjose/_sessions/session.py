"""`Session`: the session of a request, beside its user."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from fastjose._sessions.timestamps import parse_timestamp, to_datetime
from fastjose._verified_model import VerifiedModel

if TYPE_CHECKING:
    from collections.abc import Mapping


class Session(VerifiedModel):
    """The session of a request. Immutable. It does not contain the token.

    Example:
        @app.get("/session")
        async def read_session(session: CurrentSession) -> Session:
            return session
    """

    _dependency = "CurrentSession, or with Annotated[Session, Depends(auth.current_session)]"
    model_config = ConfigDict(frozen=True)

    id: str
    """The id of the session: Better Auth's `session.id`, or the claim `sid` of a JWT. Empty if the store has none, as
    the Redis of Better Auth 1.4."""
    user_id: str
    """The id of its user."""
    expires_at: datetime | None = None
    """The time at which it ends, with a time zone. For a JWT: the expiration time of the token."""
    created_at: datetime | None = None
    """The time at which the user signed in, with a time zone. For a JWT: the time of its issue."""
    active_organization_id: str | None = None
    """The organization that the user has chosen (`organization()`), or the claim `org` of a JWT."""
    active_team_id: str | None = None
    """The team that the user has chosen (`organization({ teams })`), or the claim `team` of a JWT."""
    impersonated_by: str | None = None
    """The id of the administrator who acts as the user (`admin()`), or the claim `act.sub` of a JWT (RFC 8693 §4.1)."""


def session_from_claims(claims: Mapping[str, Any]) -> Session | None:
    """Return the session that the claims of a JWT describe, or None if they have no `sid` or `sub`.

    Better Auth's `definePayload` must add `sid`, `act` and `org`.
    """
    sid, organization, user_id = _id_or_none(claims.get("sid")), claims.get("org"), claims.get("sub")
    if sid is None or not isinstance(user_id, str):
        return None
    if isinstance(organization, dict):
        organization = organization.get("id")
    return Session(
        id=sid,
        user_id=user_id,
        expires_at=to_datetime(parse_timestamp(claims.get("exp"))),
        created_at=to_datetime(parse_timestamp(claims.get("iat"))),
        active_organization_id=_id_or_none(organization),
        active_team_id=_id_or_none(claims.get("team")),
        impersonated_by=_find_actor(claims.get("act")),
    )


def _find_actor(act: object) -> str | None:
    """Return the `sub` of `act`. If `act` has another form, somebody acts as the user, but it is unknown who does."""
    if act is None:
        return None
    return (_id_or_none(act.get("sub")) if isinstance(act, dict) else None) or "unknown"


def _id_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
