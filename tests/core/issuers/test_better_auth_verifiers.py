"""The verifiers of `fastjose.better_auth`: where their keys are, and what their arguments change."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.better_auth import (
    SESSION_COOKIE_TYPE,
    api_verifier,
    host_verifiers,
    oauth_verifier,
    origin,
    session_cookie_verifier,
)
from fastjose.revocation import RevocationList
from support.better_auth.claims import RESOURCE, make_access_claims, make_cookie_claims
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_claims, sign_claims

if TYPE_CHECKING:
    from collections.abc import Callable


def host_verifier(base_url: str, **options: Any) -> Verifier:
    """Return the verifier of the host of `base_url`."""
    verifier = host_verifiers(base_url, allowed_hosts=[origin(base_url)], **options)(origin(base_url))
    assert verifier is not None
    return verifier


def oauth(base_url: str, **options: Any) -> Verifier:
    return oauth_verifier(base_url, audience=RESOURCE, **options)


BUILDERS: dict[str, tuple[Callable[..., Verifier], Callable[..., dict[str, Any]], str | None, int]] = {
    "api": (api_verifier, make_api_claims, None, 10),
    "host": (host_verifier, make_api_claims, None, 10),
    "oauth": (oauth, make_access_claims, "at+jwt", 10),
    "cookie": (session_cookie_verifier, lambda **changes: {**make_cookie_claims(), **changes}, SESSION_COOKIE_TYPE, 0),
}
"""Functions that return a verifier, the claims and the `typ` of its tokens, and its default leeway."""
BEARER = ["api", "host", "oauth"]
each = pytest.mark.parametrize("kind", BUILDERS)
each_of_bearer_tokens = pytest.mark.parametrize("kind", BEARER)


def build(kind: str, **options: Any) -> Verifier:
    return BUILDERS[kind][0](BASE_URL, **{"keys": KEY_SET, **options})


def token_of(kind: str, *, typ: Any = ..., without: str = "", **changes: Any) -> str:
    _, make, own_typ, _ = BUILDERS[kind]
    claims = {name: value for name, value in make(**changes).items() if name != without}
    return sign_claims(claims, typ=own_typ if typ is ... else typ)


def error_code(verifier: Verifier, token: str) -> str | None:
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code


@each
def test_token_of_the_server_is_accepted_and_no_other(kind: str) -> None:
    verifier = build(kind)
    assert verifier.verify(token_of(kind))["sub"] == "user-1"
    assert error_code(verifier, token_of(kind, iss="https://other.example")) == "wrong_issuer"
    assert error_code(verifier, token_of(kind, aud="https://other.example")) == "wrong_audience"
    assert error_code(verifier, token_of(kind, typ="logout+jwt")) == "wrong_type"
    for other in BUILDERS.keys() - {kind}:
        if {kind, other} != {"api", "host"}:
            assert error_code(verifier, token_of(other)) in {"wrong_type", "wrong_audience", "wrong_issuer"}


REQUIRED = {
    "api": ["exp", "iat", "iss", "aud", "sub"],
    "host": ["exp", "iat", "iss", "aud", "sub"],
    "oauth": ["exp", "iat", "iss", "aud", "sub", "jti", "client_id"],
    "cookie": ["exp", "iat", "iss", "aud", "sub", "sid"],
}


@pytest.mark.parametrize(("kind", "claim"), [(kind, claim) for kind, claims in REQUIRED.items() for claim in claims])
def test_token_without_a_required_claim_is_rejected(kind: str, claim: str) -> None:
    assert error_code(build(kind), token_of(kind, without=claim)) == "missing_claim"


@each
def test_keys_are_those_below_the_base_url(kind: str) -> None:
    builder = BUILDERS[kind][0]
    for base_url, url in (
        (BASE_URL, f"{BASE_URL}/api/auth/jwks"),
        (f"{BASE_URL}/auth/", f"{BASE_URL}/auth/jwks"),
        (f"{BASE_URL}/MAX", f"{BASE_URL}/MAX/jwks"),
    ):
        (keys,) = builder(base_url).remote_key_sets
        assert keys.url == url
    shared = RemoteKeySet("https://keys.example/jwks")
    assert builder(BASE_URL, keys=shared).remote_key_sets == [shared]
    assert builder(BASE_URL, keys=KEY_SET).remote_key_sets == []


@each_of_bearer_tokens
def test_keys_may_be_at_another_url(kind: str) -> None:
    (keys,) = BUILDERS[kind][0](BASE_URL, jwks_url="https://keys.example/set").remote_key_sets
    assert keys.url == "https://keys.example/set"


@each
def test_plain_http_must_be_allowed(kind: str) -> None:
    builder = BUILDERS[kind][0]
    for options in ({}, {"allow_http": False}):
        with pytest.raises(ValueError, match="https"):
            builder("http://auth:3000", **options)
    (keys,) = builder("http://auth:3000", allow_http=True).remote_key_sets
    assert keys.url == "http://auth:3000/api/auth/jwks"


@each
def test_expiry_is_compared_with_the_leeway(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now, default = int(time.time()), BUILDERS[kind][3]
    token = token_of(kind, iat=now - 60, exp=now)
    for options, leeway in (({}, default), ({"leeway_seconds": 0}, 0), ({"leeway_seconds": 30}, 30)):
        verifier = build(kind, **options)
        monkeypatch.setattr("time.time", lambda leeway=leeway: float(now + leeway - 1))
        assert verifier.verify(token)["exp"] == now
        monkeypatch.setattr("time.time", lambda leeway=leeway: float(now + leeway))
        assert error_code(verifier, token) == "expired"


@each_of_bearer_tokens
def test_only_the_algorithms_of_the_list_are_accepted(kind: str) -> None:
    keys = RemoteKeySet("https://keys.example/jwks")
    for rejecting in ("ES256", ["ES256", "RS256"], iter(["ES256"])):
        assert error_code(build(kind, keys=keys, algorithms=rejecting), token_of(kind)) == "algorithm_not_allowed"
    for given, algorithms in (("EdDSA", ["EdDSA"]), (iter(["ES256", "EdDSA"]), ["ES256", "EdDSA"])):
        assert build(kind, keys=keys, algorithms=given).algorithms == algorithms
    assert build(kind, algorithms="EdDSA").verify(token_of(kind))


def test_algorithms_of_all_hosts_are_those_of_one_iterator() -> None:
    hosts = ["https://a.example", "https://b.example"]
    find_verifier = host_verifiers(BASE_URL, allowed_hosts=hosts, algorithms=iter(["ES256", "EdDSA"]))
    found = [find_verifier(host) for host in hosts]
    assert [verifier.algorithms for verifier in found if verifier is not None] == [["ES256", "EdDSA"]] * 2


@pytest.mark.parametrize("kind", ["api", "oauth"])
def test_longer_token_is_rejected(kind: str) -> None:
    for options, most in (({}, 65_536), ({"max_token_bytes": 2_000}, 2_000)):
        verifier = build(kind, **options)
        assert error_code(verifier, "a" * most) == "malformed"
        assert error_code(verifier, "a" * (most + 1)) == "too_large"


def test_longer_token_for_a_host_is_rejected() -> None:
    assert error_code(build("host"), "a" * 65_536) == "malformed"
    assert error_code(build("host"), "a" * 65_537) == "too_large"


@each_of_bearer_tokens
def test_cache_holds_so_many_tokens(kind: str) -> None:
    # Once the process shares as many names of claims as it may, those of a token count for it: it may exceed 4 KiB.
    for options, counts in (({}, {6}), ({"cache_size": 0}, {None}), ({"cache_size": 4}, {3, 4})):
        verifier = build(kind, **options)
        for name in "abcdef":
            verifier.verify(token_of(kind, sub=name))
        assert verifier.cached_token_count in counts


def test_cache_of_a_host_holds_a_hundred_tokens() -> None:
    verifier = build("host")
    for number in range(102):
        verifier.verify(token_of("host", sub=str(number)))
    assert verifier.cached_token_count == 100


@each_of_bearer_tokens
def test_revoked_token_is_rejected(kind: str) -> None:
    revocations = RevocationList()
    verifier, token = build(kind, revocations=revocations), token_of(kind, jti="token-1")
    assert verifier.verify(token)
    revocations.revoke_token("token-1")
    assert error_code(verifier, token) == "revoked"


@pytest.mark.parametrize("kind", ["api", "oauth", "cookie"])
def test_issuer_may_be_another(kind: str) -> None:
    for issuer in ("https://other.example", ["https://third.example", "https://other.example"]):
        verifier = build(kind, issuer=issuer)
        assert verifier.verify(token_of(kind, iss="https://other.example"))
        assert error_code(verifier, token_of(kind)) == "wrong_issuer"


def test_wrong_argument_of_all_hosts_is_an_error_at_once() -> None:
    for options in ({"leeway_seconds": -1}, {"cache_size": -1}, {"algorithms": "none"}):
        with pytest.raises((ValueError, OverflowError)):
            host_verifiers(BASE_URL, allowed_hosts=["https://elsewhere.example"], keys=KEY_SET, **options)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("https://ada:hunter22@app.example.com", ", without a user name or a password"),
        ("ada@app.example.com", ""),
        ("https://", ""),
        ("https://{tenantid}.example.com", ": replace the placeholder, such as {tenantid}, with its value"),
        ("https://<tenant>.example.com", ": replace the placeholder, such as {tenantid}, with its value"),
        ("'https://app.example.com'", ", without quotes"),
        (' "https://app.example.com"', ", without quotes"),
        ("app.example.com", ""),
    ],
)
def test_error_of_an_invalid_url_names_what_to_remove(url: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="the URL must be http or https") as raised:
        origin(url)
    assert str(raised.value) == f"the URL must be http or https with a host, such as https://app.example.com{remedy}"
    assert raised.value.__context__ is None
