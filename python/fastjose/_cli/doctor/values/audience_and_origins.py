"""Audiences that are missing or a secret, and trusted origins that a browser seldom sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastjose._cli.doctor.findings import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.findings import Finding
    from fastjose.settings import AuthSettings

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def check_audience(settings: AuthSettings) -> Iterator[Finding]:
    """Yield that no audience is set where none is required, or that what looks like a secret is set in its place."""
    is_static = settings.mode == "public_key" or (settings.mode == "secret" and settings.jwt_secret is not None)
    if is_static and "jwt" in settings.credentials and settings.jwt_check_audience and not settings.audiences:
        yield find("no_audience", "JWT_AUDIENCE is not set, so every token with an aud is rejected")
    if find_secret_audiences(settings):
        yield find("secret_as_audience", "JWT_AUDIENCE looks like a secret; its value is not shown here")


def find_secret_audiences(settings: AuthSettings) -> list[str]:
    """Return the accepted audiences that look like a secret. The application refuses those that are one."""
    return [name for name in settings.audiences if _looks_secret(name)]


def _looks_secret(name: str) -> bool:
    """Return whether a name is a private key, a token, or Base64 of `openssl rand` and not an identifier."""
    is_random = re.fullmatch(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[+/=])[A-Za-z0-9+/]{40,}={0,2}", name) is not None
    return is_random or name.startswith("eyJ") or "PRIVATE KEY" in name


def check_origins(settings: AuthSettings) -> Iterator[Finding]:
    """Yield the trusted origins of this machine without a port, and those of other hosts over plain http."""
    for each in settings.trusted_origins:
        url = urlsplit(each)
        is_local = url.hostname in _LOOPBACK_HOSTS or (url.hostname or "").endswith(".localhost")
        origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
        if is_local and url.port is None:
            text = f"JWT_TRUSTED_ORIGINS has {origin} without a port, but development servers have one"
            yield find("doubtful_origin", text, "write the origin as the browser shows it, such as :3000 at its end")
        elif not is_local and url.scheme == "http":
            text = f"JWT_TRUSTED_ORIGINS has {origin}: who controls the network can write pages of that origin"
            yield find("doubtful_origin", text, "write https, unless the page is served over plain http")
