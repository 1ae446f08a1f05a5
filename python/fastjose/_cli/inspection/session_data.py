"""The cookie `session_data` in Better Auth's strategy `compact`: base64url of JSON, with a signature inside."""

from __future__ import annotations

from typing import Any

from fastjose._core import jwt_parse_claims
from fastjose.exceptions import JOSEError
from fastjose.utils import base64url_decode


def read_session_data(token: str) -> dict[str, Any] | None:
    """Return the content of the cookie without its signature, or None if the text is not such a cookie."""
    try:
        content = jwt_parse_claims(base64url_decode(token.encode()))
    except (JOSEError, ValueError):
        return None
    if not {"session", "expiresAt", "signature"} <= content.keys():
        return None
    return {name: value for name, value in content.items() if name != "signature"}
