"""`oidc_verifier`: the tokens of an issuer with discovery, against a server on loopback."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.oidc import DiscoveryDocument, oidc_verifier
from support.issuer_server import IssuerServer, serve_issuer
from support.jose_builder import create_token, jwk, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY_SET = {"keys": [jwk(rsa_key().public_key(), kid="k", use="sig")]}


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        server.publish(server.url, KEY_SET)
        yield server


def token_of(iss: str, *, typ: str | None = "JWT", **claims: Any) -> str:
    header = {"kid": "k"} if typ is None else {"kid": "k", "typ": typ}
    return create_token("RS256", {"iss": iss, "exp": int(time.time()) + 60, **claims}, rsa_key(), **header)


def error_code(verifier: Verifier, token: str) -> str | None:
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code


def test_token_for_the_audience_is_accepted(server: IssuerServer) -> None:
    verifier = oidc_verifier(server.url, audience="api")
    assert verifier.verify(token_of(server.url, aud="api", sub="u"))["sub"] == "u"
    assert error_code(verifier, token_of(server.url, aud="other")) == "wrong_audience"
    assert error_code(verifier, token_of(server.url)) == "missing_claim"
    assert error_code(verifier, token_of(f"{server.url}/", aud="api")) == "wrong_issuer"
    assert error_code(verifier, token_of("https://evil.example", aud="api")) == "wrong_issuer"


def test_both_profiles_of_a_tenant_are_accepted(server: IssuerServer) -> None:
    verifier = oidc_verifier(server.url, audience="api")
    for typ in ("JWT", "at+jwt", "application/at+jwt", None):
        assert verifier.verify(token_of(server.url, aud="api", typ=typ))
    for typ in ("logout+jwt", "dpop+jwt", "secevent+jwt"):
        assert error_code(verifier, token_of(server.url, aud="api", typ=typ)) == "wrong_type"


def test_client_tells_tokens_without_audience_apart(server: IssuerServer) -> None:
    verifier = oidc_verifier(server.url, client_id=["web", "ios"])
    assert verifier.verify(token_of(server.url, client_id="web"))
    assert error_code(verifier, token_of(server.url, client_id="other")) == "wrong_claim"
    assert error_code(verifier, token_of(server.url)) == "missing_claim"
    assert error_code(verifier, token_of(server.url, client_id="web", aud="account")) == "wrong_audience"
    unchecked = oidc_verifier(server.url, client_id="web", check_audience=False)
    assert unchecked.verify(token_of(server.url, azp="web", aud="account"))


def test_claims_tell_tokens_apart(server: IssuerServer) -> None:
    verifier = oidc_verifier(server.url, claims={"token_use": "access"})
    assert verifier.verify(token_of(server.url, token_use="access"))
    assert error_code(verifier, token_of(server.url, token_use="id")) == "wrong_claim"


def test_accepted_issuer_replaces_the_issuer_of_the_document(server: IssuerServer) -> None:
    verifier = oidc_verifier(server.url, audience="api", accepted_issuer=["accounts.example", server.url])
    assert verifier.verify(token_of("accounts.example", aud="api"))
    assert verifier.verify(token_of(server.url, aud="api"))
    assert error_code(verifier, token_of("other.example", aud="api")) == "wrong_issuer"


@pytest.mark.parametrize("options", [{}, {"typ": "JWT"}, {"algorithms": "RS256"}])
def test_verifier_that_takes_tokens_of_every_application_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="audience, client_id or claims"):
        oidc_verifier("https://id.example", **options)
    assert isinstance(oidc_verifier("https://id.example", check_audience=False, **options), Verifier)


def test_empty_values_are_refused() -> None:
    cases: list[dict[str, Any]] = [{"audience": ""}, {"audience": []}, {"client_id": ""}, {"client_id": []}]
    for options in (*cases, {"typ": ()}, {"claims": {}}):
        with pytest.raises(ValueError, match="must"):
            oidc_verifier("https://id.example", **{"audience": "api", **options})


def test_keys_may_be_shared(server: IssuerServer) -> None:
    keys = RemoteKeySet.of_issuer(server.url)
    first, second = (oidc_verifier(server.url, audience=audience, keys=keys) for audience in ("a", "b"))
    assert first.verify(token_of(server.url, aud="a"))
    assert second.verify(token_of(server.url, aud="b"))
    assert len(server.paths) == 2
    assert isinstance(keys.discovery, DiscoveryDocument)
    with pytest.raises(TypeError, match="timeout_seconds must be absent"):
        oidc_verifier(server.url, audience="a", keys=keys, timeout_seconds=1)


def test_fetch_options_reach_the_key_set(server: IssuerServer) -> None:
    verifier = oidc_verifier(server.url, audience="api", headers={"X-Test": "value"})
    verifier.verify(token_of(server.url, aud="api"))
    assert [headers["X-Test"] for _, headers in server.requests] == ["value", "value"]
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        oidc_verifier(server.url, audience="api", header={"X-Test": "value"})  # type: ignore[call-arg]


def test_headers_are_not_sent_to_another_origin(server: IssuerServer) -> None:
    with serve_issuer() as other:
        other.publish(other.url, KEY_SET)
        server.answers["/.well-known/openid-configuration"].content["jwks_uri"] = f"{other.url}/jwks"
        verifier = oidc_verifier(server.url, audience="api", headers={"Authorization": "Bearer configured"})
        verifier.verify(token_of(server.url, aud="api"))
        assert [headers["Authorization"] for _, headers in server.requests] == ["Bearer configured"]
        assert [headers["Authorization"] for _, headers in other.requests] == [None]
