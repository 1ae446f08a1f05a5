"""Where an issuer that a configuration names has its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose import better_auth
from fastjose._cli.doctor.network.http_probe import show_url

if TYPE_CHECKING:
    from fastjose._cli.doctor.network.http_probe import Prober

DOCUMENT_PATH = "/.well-known/openid-configuration"
_OK = 200


def find_keys_url(prober: Prober, issuer: str) -> str | None:
    """Return the URL of the keys of an issuer: that of its discovery document, or that of a Better Auth, or None."""
    if not issuer.startswith(("https://", "http://")):
        return None
    answer = prober.ask(issuer.rstrip("/") + DOCUMENT_PATH)
    document = None if answer is None or answer.status != _OK else answer.document
    if isinstance(document, dict) and document.get("issuer") == issuer and isinstance(document.get("jwks_uri"), str):
        return show_url(document["jwks_uri"])
    return find_better_auth_keys(prober, issuer)


def find_better_auth_keys(prober: Prober, url: str) -> str | None:
    """Return the URL of the keys of the Better Auth at the origin of a URL, or None if none runs there."""
    keys_url = better_auth.jwks_url(better_auth.origin(url))
    answer = prober.ask(keys_url)
    return keys_url if answer is not None and answer.status == _OK and answer.keys else None
