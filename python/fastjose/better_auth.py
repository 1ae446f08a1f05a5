"""What is peculiar to Better Auth: how its URLs become the issuer, the audience and the address of its keys.

Its API tokens carry the *origin* of its base URL as `iss` and `aud`, whatever the path; its keys are at
`{base}/jwks`, where `{base}` is the base URL with `/api/auth` unless another path is configured.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastjose._core import url_origin

__all__ = ["DEVELOPMENT_SECRET", "jwks_url", "origin"]

DEVELOPMENT_SECRET = "better-auth-secret-12345678901234567890"  # noqa: S105 - public: its default for development
"""The secret that Better Auth falls back to in development. Everybody knows it."""

_DEFAULT_PATH = "/api/auth"


def jwks_url(base_url: str) -> str:
    """Return where Better Auth at `base_url` publishes its keys.

    Args:
        base_url: With or without `/api/auth`, with or without a slash at the end; another path is its `basePath`.

    Raises:
        ValueError: It is no http or https URL, or holds a user name or a password.
    """
    base_origin = origin(base_url)  # first: urlsplit's own errors may show what was to be refused
    path = urlsplit(base_url.strip()).path.rstrip("/") or _DEFAULT_PATH
    return f"{base_origin}{path}/jwks"


def origin(url: str) -> str:
    """Return the origin of `url`, which Better Auth's API tokens name as issuer and as audience.

    It is written as a browser writes it (RFC 6454 §6.2): scheme, host, and the port if it is unusual.

    Raises:
        ValueError: It is no http or https URL, or holds a user name or a password.
    """
    try:
        return url_origin(url)
    except ValueError:
        is_url = "://" in url
    hint = "without a user name or a password" if is_url and "@" in url else "and this is none"
    raise ValueError(f"a URL such as https://app.example.com is needed, {hint}")
