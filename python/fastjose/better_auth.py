"""What is peculiar to Better Auth: how its URLs become the issuer, the audience and the address of its keys.

Its API tokens carry the *origin* of its base URL as `iss` and `aud`, whatever the path; its keys are at
`{base}/jwks`, where `{base}` is the base URL with `/api/auth` unless another path is configured.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

__all__ = ["DEVELOPMENT_SECRET", "jwks_url", "origin"]

DEVELOPMENT_SECRET = "better-auth-secret-12345678901234567890"  # noqa: S105 - public: its default for development
"""The secret that Better Auth falls back to in development. Everybody knows it."""

_DEFAULT_PATH = "/api/auth"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def jwks_url(base_url: str) -> str:
    """Return where Better Auth at `base_url` publishes its keys.

    Args:
        base_url: With or without `/api/auth`, with or without a slash at the end; another path is its `basePath`.

    Raises:
        ValueError: It is no http or https URL.
    """
    path = _split(base_url).path.rstrip("/") or _DEFAULT_PATH
    return f"{origin(base_url)}{path}/jwks"


def origin(url: str) -> str:
    """Return the origin of `url` as a browser writes it (RFC 6454 §6.2): scheme, host, and the port if it is unusual.

    Raises:
        ValueError: It is no http or https URL.
    """
    parts = _split(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _split(url: str) -> SplitResult:
    example = "a URL such as https://app.example.com is needed"
    try:
        parts = urlsplit(url.strip())
        valid = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its text would show the URL, which may hold a password
        valid = False
    if not valid:
        raise ValueError(example) from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{example}, without a user name or a password")
    return parts
