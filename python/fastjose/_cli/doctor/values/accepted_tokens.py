"""What an accepted token shows: that it is an ID token, and which roles, scopes and permissions it grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastjose._authorization.grants import build_grants
from fastjose._cli.doctor.findings import Fact, Finding, find
from fastjose._config.setting_values import split_list
from fastjose._hints.detectors import CLAIMS_OF_ID_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastjose._cli.explain.unverified import UnverifiedToken
    from fastjose.settings import AuthSettings

_MAX_NAMES, _MAX_NAME_CHARS = 10, 60
_USUAL_PATHS = {
    "roles": ("realm_access.roles", "roles", "role", "groups", "cognito:groups"),
    "scopes": ("scope", "scp", "scopes"),
    "permissions": ("permissions", "authorization.permissions"),
}
"""Where issuers write them: Keycloak, Entra ID, Okta, Amazon Cognito, Auth0."""


def check_accepted_token(settings: AuthSettings, token: UnverifiedToken) -> Iterator[Finding | Fact]:
    """Yield what is doubtful about a token that the application has accepted."""
    if settings.mode != "secret" and is_id_token(token):
        yield find("id_token", "the accepted token is an ID token, which is for the client and not for an API")
    configured = {
        "roles": settings.jwt_roles_claim,
        "scopes": settings.jwt_scopes_claim,
        "permissions": settings.jwt_permissions_claim,
    }
    for kind, variable_value in configured.items():
        yield from _check_names(kind, variable_value, token.claims)


def is_id_token(token: UnverifiedToken) -> bool:
    """Return whether the header or the claims are those of an ID token (OpenID Connect Core 1.0 §2)."""
    typ = token.header.get("typ")
    is_typed = isinstance(typ, str) and typ.lower() in {"id", "id_token", "id+jwt"}
    is_of_use = "id" in {token.claims.get("token_use"), str(token.claims.get("typ")).lower()}
    return is_typed or is_of_use or not CLAIMS_OF_ID_TOKENS.isdisjoint(token.claims)


def _check_names(kind: str, value: str | None, claims: Mapping[str, Any]) -> Iterator[Finding | Fact]:
    """Yield the names of a kind, or where else the token has some."""
    variable = f"JWT_{kind.upper()}_CLAIM"
    paths = split_list(variable, value)
    names = _read(kind, claims, *paths)
    if names:
        yield Fact(kind, _show(names))
        return
    other = next((path for path in _candidates(kind, claims) if _read(kind, claims, path)), None)
    if other is not None:
        where = f"where {variable} says" if value else "where they are read by default"
        text = f"the token has no {kind} {where}, but has some in {other}: {_show(_read(kind, claims, other))}"
        yield find("claim_of_names", text, line=f"{variable}={other}")
    elif value:
        text = f"{variable} names {', '.join(paths)}, which the token does not have"
        yield find("claim_of_names", text, "set it to the claim of the issuer, or let the issuer add the claim")


def _candidates(kind: str, claims: Mapping[str, Any]) -> Iterator[str]:
    yield from _USUAL_PATHS[kind]
    for name in claims:
        ends = name.lower().rstrip("/").endswith((kind, kind[:-1], "groups") if kind == "roles" else (kind,))
        if ends and _is_url(name):
            yield name


def _is_url(name: str) -> bool:
    try:
        is_url = urlsplit(name).scheme in {"http", "https", "urn"}
    except ValueError:
        return False
    return is_url and name.isascii() and name.isprintable() and not set(name) & set(" \"'`$#,\\")


def _read(kind: str, claims: Mapping[str, Any], *paths: str) -> list[str]:
    """Return the names that the application finds at claims or paths, or at the default ones."""
    grants = build_grants(**{kind: list(paths) or None})
    readers = {"roles": grants.read_roles, "scopes": grants.read_scopes, "permissions": grants.read_permissions}
    return sorted(readers[kind](claims))


def _show(names: list[str]) -> str:
    shown = [ascii(name[:_MAX_NAME_CHARS])[1:-1] for name in names[:_MAX_NAMES]]
    return ", ".join([*shown, *(["…"] if len(names) > _MAX_NAMES else [])])
