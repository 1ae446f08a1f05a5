"""Where an issuer that a configuration names has its keys, and what is there if it is not that issuer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from fastjose import better_auth
from fastjose._cli.doctor.findings import Finding, find
from fastjose._cli.doctor.network.http_probe import show_url
from fastjose._cli.doctor.policy import is_internal, is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.network.http_probe import Answer, Prober

DOCUMENT_PATH = "/.well-known/openid-configuration"
_OK = 200
_NOT_PERMITTED = frozenset({401, 403, 407})
_SERVER_ERROR = 500


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


def find_issuer(prober: Prober, url: str) -> str | None:
    """Return the issuer if a URL is one, to the letter or but for a slash at its end, or None."""
    base = url.strip().rstrip("/")
    answer = prober.ask(base + DOCUMENT_PATH)
    document = None if answer is None or answer.status != _OK else answer.document
    issuer = document.get("issuer") if isinstance(document, dict) else None
    is_issuer = isinstance(issuer, str) and issuer.rstrip("/") == base and show_url(issuer) == issuer
    return issuer if is_issuer else None


def explain_other_issuer(prober: Prober, configured: str, issuer: str, jwks_uri: object) -> Finding:
    """Return the finding for a discovery document that names another issuer than the configured one.

    If the configured URL is internal, tokens have the issuer that users see, and its keys are still fetched internally.
    """
    shown = show_url(issuer)
    problem = f"OIDC_ISSUER is not the issuer {shown} in its discovery document, to the letter"
    keys_url = _find_internal_keys(prober, configured, issuer, jwks_uri)
    if keys_url is None:
        return find("discovery_mismatch", problem, line=f"OIDC_ISSUER={shown}")
    plain = "" if keys_url.startswith("https:") or _has_loopback(keys_url) else ", and JWKS_ALLOW_HTTP=1"
    cure = (
        f"set OIDC_ISSUER={shown} if this machine reaches it; else fetch the keys at the internal URL: remove "
        f"OIDC_ISSUER, and set JWT_ISSUER={shown}, JWKS_URL={keys_url}, JWT_PROFILE=oidc{plain}"
    )
    return find("internal_issuer", f"{problem}, but an internal URL of it", cure, line=f"JWKS_URL={keys_url}")


def _find_internal_keys(prober: Prober, configured: str, issuer: str, jwks_uri: object) -> str | None:
    """Return the internal URL of the keys, or None if the configured URL is not internal, or leads to none."""
    here, there = urlsplit(configured), urlsplit(show_url(issuer))
    if here.netloc == there.netloc or not is_internal(here.hostname or "") or not isinstance(jwks_uri, str):
        return None
    if is_internal(there.hostname or "") and here.path.rstrip("/") != there.path.rstrip("/"):
        return None
    path = urlsplit(show_url(jwks_uri)).path
    keys_url = urlunsplit((here.scheme, here.netloc, path, "", ""))
    answer = prober.ask(keys_url)
    return keys_url if answer is not None and answer.status == _OK and answer.keys else None


def explain_no_document(prober: Prober, configured: str, text: str, answer: Answer | None) -> Finding | None:
    """Return the finding for an issuer without a discovery document, if a look at its server tells more."""
    refused = None if answer is None else _explain_status(answer.status, text)
    if refused is not None:
        return refused
    if answer is not None and answer.is_html:
        cure = "set OIDC_ISSUER to the issuer, which has a discovery document"
        return find("url_of_page", f"{text}; the response is a page", cure)
    keys = prober.ask(configured)
    if keys is not None and keys.status == _OK and keys.keys:
        return explain_url_of_keys(prober, "OIDC_ISSUER", configured, text)
    keys_url = find_better_auth_keys(prober, configured)
    if keys_url is None:
        return None
    origin = better_auth.origin(keys_url)
    cure = "this is a Better Auth: set BETTER_AUTH_URL to its base URL, and remove OIDC_ISSUER"
    return find("no_discovery_document", f"{text}; Better Auth has keys there", cure, line=f"BETTER_AUTH_URL={origin}")


def explain_url_of_keys(prober: Prober, variable: str, url: str, text: str) -> Finding:
    """Return the finding for a variable that has the URL of keys in place of an issuer, which may be above the keys."""
    problem = f"{text}; {variable} is the URL of keys"
    issuer = next((found for base in [*base_urls(url)][1:] if (found := _find_issuer_of_keys(prober, base, url))), None)
    if issuer is not None:
        removed = "" if variable == "OIDC_ISSUER" else f", and remove {variable}"
        cure = f"set OIDC_ISSUER to the issuer, whose discovery document names these keys{removed}"
        return find("url_of_keys", problem, cure, line=f"OIDC_ISSUER={issuer}")
    cure = (
        f"set JWKS_URL to it, JWT_ISSUER to the iss of the tokens, and JWT_PROFILE=oidc unless the issuer is Better "
        f"Auth; remove {variable}"
    )
    return find("url_of_keys", problem, cure, line=f"JWKS_URL={url}")


def _find_issuer_of_keys(prober: Prober, base: str, keys_url: str) -> str | None:
    """Return the issuer at `base`, to the letter, if its discovery document names the keys."""
    answer = prober.ask(base.rstrip("/") + DOCUMENT_PATH)
    document = None if answer is None or answer.status != _OK else answer.document
    issuer = document.get("issuer") if isinstance(document, dict) else None
    if not isinstance(issuer, str) or issuer.rstrip("/") != base or show_url(issuer) != issuer:
        return None
    return issuer if isinstance(document, dict) and document.get("jwks_uri") == keys_url else None


def base_urls(url: str) -> Iterator[str]:
    """Yield the origin of a URL and the beginnings of its path, at most four, the longest first."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    for count in range(min(len(segments), 4), -1, -1):
        yield urlunsplit((parts.scheme, parts.netloc, "/".join(["", *segments[:count]]) if count else "", "", ""))


def _explain_status(status: int, text: str) -> Finding | None:
    """Return the finding for a status which says nothing about the URL."""
    if status in _NOT_PERMITTED:
        return find("not_permitted", text)
    return find("server_failed", text) if status >= _SERVER_ERROR else None


def _has_loopback(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")
