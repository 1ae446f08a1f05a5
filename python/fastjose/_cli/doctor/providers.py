"""Values that a known identity provider never has in its tokens, or has in the tokens of every application."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastjose._cli.doctor.findings import find
from fastjose._config.names.environment_names import may_be_other_issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.findings import Finding
    from fastjose.settings import AuthSettings

_ENTRA_HOSTS = frozenset({"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"})
_ENTRA_ALIASES = frozenset({"common", "organizations", "consumers"})


def check_providers(settings: AuthSettings) -> Iterator[Finding]:
    """Yield the usual mistakes with Auth0, Entra ID and Keycloak that need no network, and a forgotten profile."""
    if settings.mode == "secret":
        return
    if settings.jwt_profile is None and settings.issuers and may_be_other_issuer(settings):
        text = "JWKS_URL and JWT_ISSUER without JWT_PROFILE accept only the tokens of Better Auth's jwt()"
        yield find("profile_not_set", text, line="JWT_PROFILE=oidc")
    named = [
        ("OIDC_ISSUER", (settings.oidc_issuer or "").strip()),
        *(("JWT_ISSUER", each) for each in settings.issuers),
    ]
    for variable, issuer in named:
        yield from _check_issuer(variable, issuer)
    if not settings.client_ids and "account" in settings.audiences and any("/realms/" in each for _, each in named):
        text = "JWT_AUDIENCE=account accepts tokens that Keycloak issues to every client of the realm"
        yield find("shared_audience", text)


def _check_issuer(variable: str, issuer: str) -> Iterator[Finding]:
    host, path = _split(issuer)
    if host.endswith(".auth0.com") and not path:
        text = f"{variable} has no slash at its end, but the iss of Auth0 has one"
        yield find("issuer_mismatch", text, f"write {variable} with the slash", line=f"{variable}={issuer}/")
    tenant = path.strip("/").partition("/")[0]
    if host in _ENTRA_HOSTS and tenant.lower() in _ENTRA_ALIASES:
        text = f"{variable} has /{tenant}/, but the iss of Entra ID has the id of the user's tenant"
        cure = (
            f"write the id of your tenant in place of {tenant}; for several tenants set JWKS_URL to the keys, and "
            "JWT_ISSUER to the issuers of the tenants"
        )
        yield find("issuer_mismatch", text, cure)


def _split(issuer: str) -> tuple[str, str]:
    """Return the host and the path of an issuer, both empty if it is not a URL."""
    try:
        url = urlsplit(issuer)
        return (url.hostname or "").lower(), url.path
    except ValueError:
        return "", ""
