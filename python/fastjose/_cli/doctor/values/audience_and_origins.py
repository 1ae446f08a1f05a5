"""Audiences that are missing or a secret, and trusted origins that a browser seldom sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from fastjose import better_auth
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
    """Yield the trusted origins without their port, and those of other hosts over plain http."""
    for each in settings.trusted_origins:
        url = urlsplit(each)
        is_local = _is_local(url)
        origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
        port = _find_missing_port(settings, url)
        if port is not None:
            text = f"JWT_TRUSTED_ORIGINS has {origin} without a port, but BETTER_AUTH_URL has the port {port}"
            corrected = [f"{origin}:{port}" if other == each else other for other in settings.trusted_origins]
            line = f"JWT_TRUSTED_ORIGINS={','.join(corrected)}"
            yield find("origin_without_port", text, line=line if all(map(str.isprintable, corrected)) else None)
        elif is_local and url.port is None:
            text = f"JWT_TRUSTED_ORIGINS has {origin} without a port, but development servers have one"
            yield find("doubtful_origin", text, "write the origin as the browser shows it, such as :3000 at its end")
        elif not is_local and url.scheme == "http":
            text = f"JWT_TRUSTED_ORIGINS has {origin}: who controls the network can write pages of that origin"
            yield find("doubtful_origin", text, "write https, unless the page is served over plain http")


def _find_missing_port(settings: AuthSettings, url: SplitResult) -> int | None:
    """Return the port of `BETTER_AUTH_URL` if a trusted origin is on the same host, but has none."""
    base = urlsplit(better_auth.origin(settings.better_auth_url)) if settings.better_auth_url else None
    if base is None or base.port is None or url.port is not None:
        return None
    is_same_host = base.hostname == url.hostname or (_is_local(base) and _is_local(url))
    has_base = any(better_auth.origin(each) == base.geturl() for each in settings.trusted_origins)
    return base.port if is_same_host and base.scheme == url.scheme and not has_base else None


def _is_local(url: SplitResult) -> bool:
    return url.hostname in _LOOPBACK_HOSTS or (url.hostname or "").endswith(".localhost")
