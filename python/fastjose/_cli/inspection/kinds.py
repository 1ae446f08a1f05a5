"""The kind of a credential, by its form and its claims. Each is a guess: nothing is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._core import MIN_SECRET_BYTES
from fastjose._hints.credential_hints import API_KEY
from fastjose._hints.detectors import CLAIMS_OF_ID_TOKENS, CLAIMS_OF_USER_TOKENS, SESSION_TOKEN
from fastjose.better_auth import OAUTH, SESSION_COOKIE_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLAIMS_OF_BETTER_AUTH = frozenset({"sub", "iss", "aud", "exp", "id", "emailVerified"})
_LOGOUT_TYPE = "logout+jwt"


def find_opaque_kind(token: str) -> str | None:
    """Return the kind of a credential that contains nothing, or None if it has the form of none."""
    if SESSION_TOKEN.fullmatch(token):
        return "session_token" if "." in token else "unsigned_session_token"
    return "api_key" if API_KEY.fullmatch(token) else None


def find_jwt_kind(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return the kind of a JWT, by what its issuer writes into it."""
    kind = _find_kind_by_header(header) or _find_kind_by_claims(claims)
    if kind == "jwt" and _is_email_token(header, claims):
        return "email_token"
    return kind


def _find_kind_by_header(header: Mapping[str, Any]) -> str | None:
    if str(header.get("alg", "none")).lower() == "none":
        return "unsigned_token"
    typ = str(header.get("typ", "")).lower().removeprefix("application/")
    kinds = {SESSION_COOKIE_TYPE: "session_cookie", OAUTH.typ: "access_token", _LOGOUT_TYPE: "logout_token"}
    if typ in kinds:
        return kinds[typ]
    return "microsoft_graph_token" if "nonce" in header and header["alg"] not in [*MIN_SECRET_BYTES] else None


def _find_kind_by_claims(claims: Mapping[str, Any]) -> str:
    if "session" in claims and "user" in claims:
        return "session_cookie"
    if "events" in claims and "nonce" not in claims:
        return "logout_token"
    if not CLAIMS_OF_ID_TOKENS.isdisjoint(claims):
        return "id_token"
    return "better_auth_token" if claims.keys() >= _CLAIMS_OF_BETTER_AUTH else "jwt"


def _is_email_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    return header.get("alg") in [*MIN_SECRET_BYTES] and "email" in claims and CLAIMS_OF_USER_TOKENS.isdisjoint(claims)
