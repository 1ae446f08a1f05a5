"""What of an application only the network can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._credentials.api_keys import ApiKeys
from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose.fastapi import CredentialAuth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.explain.application import Application
    from fastjose.settings import AuthSettings

_PARTS = (
    ((SessionTokens, SessionCookies), "the store of sessions"),
    ((ApiKeys,), "the store of API keys"),
    ((OpaqueTokens,), "the introspection endpoint"),
)


def name_parts(application: Application, settings: AuthSettings) -> list[str]:
    """Return the parts of an application that require requests."""
    return [*_name_keys(application, settings), *_name_stores(application)]


def needs_request(application: Application, token: str) -> bool:
    """Return whether the verification of a token may require keys, a store or an endpoint."""
    verifier = application.verifier
    if application.name_credential(token.strip()) != "jwt" or verifier is None:
        return True
    return bool(verifier.remote_key_sets)


def _name_keys(application: Application, settings: AuthSettings) -> Iterator[str]:
    verifier = application.verifier
    if verifier is None or not verifier.remote_key_sets:
        return
    if settings.mode == "oidc":
        yield "the discovery document of OIDC_ISSUER and its keys"
    elif settings.mode == "alb":
        yield "the keys of the load balancer"
    else:
        yield f"the keys of {'JWKS_URL' if settings.jwks_url else 'BETTER_AUTH_URL'}"
    yield "the clock"
    if settings.better_auth_url is not None:
        yield "the base URL of Better Auth"


def _name_stores(application: Application) -> Iterator[str]:
    if not isinstance(application.auth, CredentialAuth):
        return
    credentials = application.auth._authenticator.credentials  # noqa: SLF001 - as `Application` does
    for kinds, name in _PARTS:
        if any(isinstance(credential, kinds) for credential in credentials):
            yield name
