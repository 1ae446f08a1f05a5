"""The form of Supabase's samples: the secret of the project, and the audience `authenticated`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jwt import ExpiredSignatureError, InvalidTokenError, decode

JWT_SECRET = "the-secret-of-the-project-from-its-settings"
LEEWAY = timedelta(seconds=10)


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a token."""
    try:
        return decode(token, JWT_SECRET, ["HS256"], audience="authenticated", leeway=LEEWAY)
    except ExpiredSignatureError:
        raise PermissionError("the session has ended") from None
    except InvalidTokenError:
        raise PermissionError("the token is refused") from None


def create_verify() -> Any:
    """Return the function that verifies a token."""
    return verify
