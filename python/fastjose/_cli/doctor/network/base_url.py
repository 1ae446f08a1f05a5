"""Whether `BETTER_AUTH_URL` is the base URL that Better Auth has, from which it derives `iss` and `aud`.

Better Auth refuses a request with cookies from an origin that it does not trust, and it trusts that of its base URL. So
a sign-out without a session, which changes nothing, tells whether it knows an origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx

from fastjose import better_auth
from fastjose._cli.doctor.findings import Finding, find
from fastjose._cli.doctor.network.clients import Network
from fastjose._cli.doctor.network.http_probe import show_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.settings import AuthSettings

_COOKIE = "fastjose-doctor=1"
_LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
_OK, _FORBIDDEN = 200, 403


def check_base_url(settings: AuthSettings, keys_url: str) -> Iterator[Finding]:
    """Yield that Better Auth, whose keys are at `keys_url`, has another base URL than `BETTER_AUTH_URL`."""
    base = settings.better_auth_url
    if base is None or settings.mode != "jwks" or settings.issuers or not keys_url.endswith("/jwks"):
        return
    routes, origin, network = keys_url.removesuffix("/jwks"), better_auth.origin(base), Network(settings)
    if _is_trusted(network, routes, origin) is not False:
        return
    known = next((other for other in _other_origins(origin) if _is_trusted(network, routes, other)), None)
    text = f"Better Auth does not trust the origin {show_url(origin)} of BETTER_AUTH_URL, so its baseURL is another one"
    yield _describe(text, known, keys_url)


def _describe(text: str, known: str | None, keys_url: str) -> Finding:
    if known is not None:
        return find("base_url_mismatch", text, line=f"BETTER_AUTH_URL={known}")
    cure = (
        "set BETTER_AUTH_URL to the baseURL of Better Auth, as users see it; if this machine reaches it at another "
        f"URL, keep that one for the keys: JWKS_URL={show_url(keys_url)}"
    )
    return find("base_url_mismatch", text, cure)


def _is_trusted(network: Network, routes: str, origin: str) -> bool | None:
    """Return whether Better Auth trusts an origin, or None if it does not say."""
    try:
        with network.open_client(routes) as client:
            response = client.post(f"{routes}/sign-out", json={}, headers={"Origin": origin, "Cookie": _COOKIE})
        body = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
        return None
    if response.status_code == _FORBIDDEN and isinstance(body, dict) and body.get("code") == "INVALID_ORIGIN":
        return False
    return True if response.status_code == _OK else None


def _other_origins(origin: str) -> Iterator[str]:
    """Yield the origins that are most easily confused with an origin."""
    parts = urlsplit(origin)
    port = "" if parts.port is None else f":{parts.port}"
    hosts = [host for host in _LOOPBACK_HOSTS if parts.hostname in _LOOPBACK_HOSTS and host != parts.hostname]
    for host in [*hosts, parts.hostname or ""]:
        for scheme in ("http", "https"):
            other = urlunsplit((scheme, f"{host}{port}", "", "", ""))
            if other != origin:
                yield other
