"""Sessions as a store returns them, and the values with which clients send their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose.testing import SessionCookieIssuer

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "a-secret-of-better-auth-with-more-than-32-bytes"
TOKEN = "0123456789abcdefghijklmnopqrstuv"
FUTURE = "2999-01-01T00:00:00.000Z"
PAST = "2001-01-01T00:00:00.000Z"


def make_record(session: Mapping[str, Any] | None = None, **user: Any) -> dict[str, Any]:
    """Return a session of Ada with changes of the session and of its user; a field that is ... is left out."""
    return {
        "session": _without_ellipsis(
            {
                "id": "session-1",
                "userId": "user-1",
                "token": TOKEN,
                "expiresAt": FUTURE,
                "createdAt": PAST,
                **(session or {}),
            }
        ),
        "user": _without_ellipsis({"id": "user-1", "email": "ada@example.com", "name": "Ada", **user}),
    }


def sign_session_token(token: str = TOKEN, secret: str = SECRET) -> str:
    """Return a session token with its signature, as the header `set-auth-token` has it."""
    return SessionCookieIssuer(secret).session_token(token)


class RecordedLookup:
    """A store of one session that counts its look-ups. `answer` is a record, None, or an exception to raise."""

    def __init__(self, answer: Any = ...) -> None:
        self.answer = make_record() if answer is ... else answer
        self.tokens: list[str] = []

    async def __call__(self, token: str) -> Any:
        self.tokens.append(str(token))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer if token == TOKEN else None


def _without_ellipsis(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not ...}
