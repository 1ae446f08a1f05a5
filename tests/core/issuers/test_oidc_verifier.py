"""`oidc_verifier`: the tokens of an issuer with discovery, against a server on loopback."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.oidc import DiscoveryDocument, oidc_verifier
from fastjose.revocation import RevocationList
from support.servers.issuer_server import IssuerServer, serve_issuer
from support.tokens.jose_builder import create_token, jwk, rsa_key

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


def test_each_audience_of_a_token_is_compared_if_it_must_be_exact(server: IssuerServer) -> None:
    token = token_of(server.url, aud=["api", "other"])
    assert oidc_verifier(server.url, audience="api").verify(token)
    assert error_code(oidc_verifier(server.url, audience="api", audience_exact=True), token) == "wrong_audience"


def test_only_the_algorithms_of_the_list_are_accepted(server: IssuerServer) -> None:
    token = token_of(server.url, aud="api")
    assert oidc_verifier(server.url, audience="api", algorithms=["RS256", "ES256"]).verify(token)
    rejecting = oidc_verifier(server.url, audience="api", algorithms="RS512")
    assert error_code(rejecting, token) == "algorithm_not_allowed"
    assert rejecting.algorithms == ["RS512"]


@pytest.mark.parametrize(("leeway", "accepted"), [({}, 10), ({"leeway_seconds": 0}, 0), ({"leeway_seconds": 30}, 30)])
def test_expiry_is_compared_with_the_leeway(
    server: IssuerServer, leeway: dict[str, float], accepted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, now = oidc_verifier(server.url, audience="api", **leeway), int(time.time())  # type: ignore[arg-type]
    token = token_of(server.url, aud="api", exp=now)
    monkeypatch.setattr("time.time", lambda: float(now + accepted - 1))
    assert verifier.verify(token)["exp"] == now
    monkeypatch.setattr("time.time", lambda: float(now + accepted))
    assert error_code(verifier, token) == "expired"


@pytest.mark.parametrize(("limit", "most"), [({}, 65_536), ({"max_token_bytes": 2_000}, 2_000)])
def test_longer_token_is_rejected(limit: dict[str, Any], most: int) -> None:
    verifier = oidc_verifier("https://id.example", audience="api", **limit)
    assert error_code(verifier, "a" * most) == "malformed"
    assert error_code(verifier, "a" * (most + 1)) == "too_large"


@pytest.mark.parametrize(("size", "count"), [({}, 3), ({"cache_size": 0}, None), ({"cache_size": 2}, 2)])
def test_cache_holds_so_many_tokens(server: IssuerServer, size: dict[str, Any], count: int | None) -> None:
    verifier = oidc_verifier(server.url, audience="api", **size)
    for name in ("a", "b", "c"):
        verifier.verify(token_of(server.url, aud="api", sub=name))
    assert verifier.cached_token_count == count


def test_revoked_token_is_rejected(server: IssuerServer) -> None:
    revocations = RevocationList()
    verifier = oidc_verifier(server.url, audience="api", revocations=revocations)
    token = token_of(server.url, aud="api", jti="token-1")
    assert verifier.verify(token)
    revocations.revoke_token("token-1")
    assert error_code(verifier, token) == "revoked"


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
