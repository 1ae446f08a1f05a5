"""The form in which Better Auth stores an API key."""

from __future__ import annotations

import base64
import hashlib


def hash_api_key(key: str) -> str:
    """Return base64url without padding of SHA-256 of `key`, including its prefix, as `@better-auth/api-key` stores it.

    Args:
        key: The key as the client sends it.

    Raises:
        UnicodeEncodeError: The key has half a surrogate pair. The error holds the key.
    """
    digest = hashlib.sha256(key.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
