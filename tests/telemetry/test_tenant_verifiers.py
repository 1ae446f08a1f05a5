"""Verifiers that a token chooses: metrics name none before it has accepted a token, and so no name is made up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException

from fastjose import RemoteKeySet, Verifier
from fastjose._telemetry.names import MAX_NAMES
from fastjose._telemetry.switch import observe_verifier
from fastjose.better_auth import host_verifiers
from fastjose.exceptions import JWKSetUnavailableError
from fastjose.fastapi import BearerAuth
from fastjose.testing import TokenIssuer, serve_jwks

if TYPE_CHECKING:
    from support.environment.exported_telemetry import Exported

REAL = "https://real.example.com"
ISSUER = TokenIssuer(REAL)
FORGED = TokenIssuer(REAL)
OBSERVABLE = ("verifications", "token_cache.lookups", "token_cache.entries", "jwks.fetches", "jwks.age", "jwks.keys")


def create_tenants(keys: Any = ISSUER.jwk_set) -> BearerAuth:
    return BearerAuth(host_verifiers("https://app.example.com", allowed_hosts=["*.example.com"], keys=keys))


def send(auth: BearerAuth, token: str) -> bool:
    """Return whether the token is accepted."""
    try:
        asyncio.run(auth.current_user(token))
    except HTTPException:
        return False
    return True


def forge(number: int) -> str:
    issuer = f"https://made-up-{number}.example.com"
    return FORGED.mint_token(iss=issuer, aud=issuer)


def names_of(exported: Exported) -> set[str]:
    """Return all names of issuers and key sets."""
    attributes = [dict(point) for name in OBSERVABLE for point in exported.points(f"fastjose.{name}")]
    keys = ("fastjose.issuer", "fastjose.jwks.source")
    return {str(point[key]) for point in attributes for key in keys if key in point}


def test_forged_tokens_name_no_issuer_and_take_no_name(exported: Exported) -> None:
    auth = create_tenants()
    for number in range(MAX_NAMES + 20):
        assert not send(auth, forge(number))
    assert names_of(exported) == set()
    assert send(auth, ISSUER.mint_token())
    assert names_of(exported) == {REAL}
    assert exported.total("fastjose.verifications", fastjose__issuer=REAL) == 1


@pytest.mark.parametrize("configured", ["before", "after"])
def test_verifier_that_is_configured_too_is_reported_at_once(exported: Exported, configured: str) -> None:
    verifier = Verifier(ISSUER.jwk_set, issuer=REAL, audience=REAL)
    auth = BearerAuth(lambda issuer: verifier if issuer == REAL else None)
    if configured == "before":
        observe_verifier(verifier)
    assert not send(auth, FORGED.mint_token())
    if configured == "after":
        assert names_of(exported) == set()
        observe_verifier(verifier)
    assert names_of(exported) == {REAL}


def test_verifiers_of_a_list_are_reported_before_their_first_token(exported: Exported) -> None:
    issuers = [REAL, "https://other.example"]
    auth = BearerAuth([Verifier(ISSUER.jwk_set, issuer=issuer, audience="a") for issuer in issuers])
    assert names_of(exported) == set(issuers)
    assert not send(auth, forge(1))


def test_key_set_of_a_tenant_is_reported_with_its_verifier(exported: Exported) -> None:
    with serve_jwks(ISSUER) as server:
        auth = create_tenants(RemoteKeySet(server.url))
        assert not send(auth, forge(1))
        assert names_of(exported) == set()
        assert send(auth, ISSUER.mint_token())
        assert names_of(exported) == {REAL, server.issuer_url}
        assert exported.total("fastjose.jwks.fetches", fastjose__jwks__result="success") >= 1


def test_names_of_issuers_leave_names_to_key_sets(exported: Exported) -> None:
    keys = RemoteKeySet("http://127.0.0.1:9/jwks", allow_http=True)
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    verifiers = [Verifier(keys, issuer=f"{REAL}/{number}", audience="a") for number in range(MAX_NAMES + 1)]
    for verifier in verifiers:
        observe_verifier(verifier)
    assert len({dict(point)["fastjose.issuer"] for point in exported.points("fastjose.verifications")}) == MAX_NAMES + 1
    assert {dict(point)["fastjose.jwks.source"] for point in exported.points("fastjose.jwks.fetches")} == {
        "http://127.0.0.1:9"
    }
