"""Profiles for the token kinds of Better Auth: each accepts only its own kind, and is configured by one base URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.better_auth import API, OAUTH, SESSION_COOKIE_TYPE, api_verifier, auth_base_url, oauth_verifier
from fastjose.fastapi import BearerAuth
from support.better_auth.claims import CLIENT_ID, RESOURCE, make_access_claims, make_cookie_claims, make_id_claims
from support.environment.fresh_import import SECRET, load_auth
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_claims, sign_claims

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS: dict[str, tuple[Callable[[], dict[str, Any]], str | None]] = {
    "API token": (make_api_claims, None),
    "API token with typ JWT": (make_api_claims, "JWT"),
    "access token": (make_access_claims, "at+jwt"),
    "access token with full media type": (make_access_claims, "application/at+jwt"),
    "access token without a type": (make_access_claims, None),
    "id_token": (make_id_claims, None),
    "session cookie": (make_cookie_claims, SESSION_COOKIE_TYPE),
    "session cookie with an API token's claims": (make_api_claims, SESSION_COOKIE_TYPE),
    "another kind with an API token's claims": (make_api_claims, "logout+jwt"),
}
ACCEPTED = {
    "api": {"API token", "API token with typ JWT"},
    "oauth": {"access token", "access token with full media type"},
}
VERIFIERS = {
    "api": api_verifier(BASE_URL, keys=KEY_SET),
    "oauth": oauth_verifier(BASE_URL, audience=RESOURCE, keys=KEY_SET),
}


def make_token(kind: str, **changes: Any) -> str:
    claims, typ = KINDS[kind]
    return sign_claims({**claims(), **changes}, typ=typ)


def rejection_of(verifier: Verifier, token: str) -> tuple[str, str | None]:
    """Return the code and the claim of the error with which `verifier` rejects `token`."""
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code, raised.value.claim


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", VERIFIERS)
def test_token_kind_is_accepted_only_by_its_own_profile(profile: str, kind: str) -> None:
    token = make_token(kind)
    if kind in ACCEPTED[profile]:
        assert VERIFIERS[profile].verify(token)["sub"] == "user-1"
    else:
        assert rejection_of(VERIFIERS[profile], token)[0] in {"wrong_type", "wrong_audience"}


def test_profiles_distinguish_tokens_by_type_if_issuer_and_audience_match() -> None:
    issuers, audiences = (
        [BASE_URL, f"{BASE_URL}/api/auth"],
        [BASE_URL, RESOURCE, CLIENT_ID, "better-auth:session-cache"],
    )
    api = api_verifier(BASE_URL, issuer=issuers, audience=audiences, keys=KEY_SET)
    oauth = oauth_verifier(BASE_URL, issuer=issuers, audience=audiences, keys=KEY_SET)
    for kind in ("access token", "session cookie"):
        assert rejection_of(api, make_token(kind)) == ("wrong_type", None)
    for kind in ("API token", "id_token", "session cookie", "access token without a type"):
        assert rejection_of(oauth, make_token(kind, client_id=CLIENT_ID, jti="1")) == ("wrong_type", None)


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub"])
def test_api_token_without_required_claim_is_rejected(claim: str) -> None:
    assert rejection_of(VERIFIERS["api"], sign_claims(make_api_claims(**{claim: ...}))) == ("missing_claim", claim)


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti", "client_id"])
def test_access_token_without_required_claim_is_rejected(claim: str) -> None:
    assert rejection_of(VERIFIERS["oauth"], sign_claims(make_access_claims(**{claim: ...}), typ="at+jwt")) == (
        "missing_claim",
        claim,
    )


def test_profiles_reject_tokens_signed_with_a_shared_secret() -> None:
    for verifier in VERIFIERS.values():
        assert rejection_of(verifier, sign_claims(make_api_claims(), algorithm="HS256", key=SECRET)) == (
            "algorithm_not_allowed",
            None,
        )


def test_profiles_derive_issuer_audience_and_typ_from_the_base_url() -> None:
    for url in (BASE_URL, f"{BASE_URL}/", f"{BASE_URL}/api/auth", f"{BASE_URL}/api/auth/"):
        api, oauth = api_verifier(url), oauth_verifier(url, audience=RESOURCE)
        assert (api.issuers, api.audiences, api.types) == ([BASE_URL], [BASE_URL], ["JWT"])
        assert (oauth.issuers, oauth.audiences, oauth.types) == ([f"{BASE_URL}/api/auth"], [RESOURCE], ["at+jwt"])
        assert auth_base_url(url) == f"{BASE_URL}/api/auth"
    assert oauth_verifier(f"{BASE_URL}/auth", audience=RESOURCE).issuers == [f"{BASE_URL}/auth"]


def test_profile_settings_can_be_overridden() -> None:
    with serve_jwks(lambda: KEY_SET) as proxy:
        verifier = api_verifier(
            BASE_URL, issuer=["https://a", "https://b"], audience=["x", "y"], jwks_url=proxy.url, algorithms="EdDSA"
        )
        assert verifier.verify(sign_claims(make_api_claims(iss="https://b", aud=["y", "z"])))["sub"] == "user-1"
        assert rejection_of(verifier, sign_claims(make_api_claims(aud="y"))) == ("wrong_issuer", "iss")
        assert rejection_of(verifier, sign_claims(make_api_claims(iss="https://a"))) == ("wrong_audience", "aud")
        assert proxy.request_count == 1
    assert verifier.algorithms == ["EdDSA"]


def test_profiles_fetch_keys_below_the_base_url_and_can_share_them() -> None:
    with serve_jwks(lambda: KEY_SET) as proxy:
        origin = proxy.url.removesuffix("/jwks")
        for verifier in (api_verifier(origin), api_verifier(f"{origin}/auth")):
            assert verifier.verify(sign_claims(make_api_claims(iss=origin, aud=origin)))
        assert proxy.paths == ["/api/auth/jwks", "/auth/jwks"]
        shared = RemoteKeySet(proxy.url)
        api, oauth = api_verifier(BASE_URL, keys=shared), oauth_verifier(BASE_URL, audience=RESOURCE, keys=shared)
        assert api.verify(make_token("API token"))
        assert oauth.verify(make_token("access token"))
        assert proxy.request_count == 3


def test_profiles_accept_clock_skew_within_the_leeway() -> None:
    expired_token = sign_claims(make_api_claims(exp=make_api_claims()["iat"] - 5))
    assert VERIFIERS["api"].verify(expired_token)
    assert rejection_of(api_verifier(BASE_URL, keys=KEY_SET, leeway_seconds=0), expired_token) == ("expired", "exp")


def test_profile_with_invalid_arguments_raises_at_construction() -> None:
    with pytest.raises(
        ValueError, match=r"the URL must be http or https with a host, such as https://app\.example\.com"
    ):
        api_verifier("app.example.com")
    with pytest.raises(ValueError, match="https"):
        api_verifier("http://auth:3000")
    assert api_verifier("http://auth:3000", allow_http=True).issuers == ["http://auth:3000"]
    nothing: Any = None
    with pytest.raises(TypeError, match="audience must name the resource"):
        oauth_verifier(BASE_URL, audience=nothing)


def test_profiles_are_frozen_and_differ_in_typ_and_issuer() -> None:
    for profile in (API, OAUTH):
        with pytest.raises(AttributeError):
            profile.typ = "JWT"  # type: ignore[misc]  # the assignment under test
    assert (API.typ, OAUTH.typ) == ("JWT", "at+jwt")
    assert API.issuer(BASE_URL) != OAUTH.issuer(BASE_URL)


# --- With `BearerAuth`, and from the environment ---


@pytest.mark.http
@pytest.mark.parametrize("profile", VERIFIERS)
@pytest.mark.parametrize("cnf", [{"jkt": "thumbprint"}, {"x5t#S256": "thumbprint"}, None, {}])
def test_sender_constrained_token_is_rejected_as_bearer_token(profile: str, cnf: object) -> None:
    auth = BearerAuth(VERIFIERS[profile])
    (kind,) = (kind for kind in ACCEPTED[profile] if kind in {"API token", "access token"})
    assert auth.verify_token(make_token(kind)).sub == "user-1"
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(make_token(kind, cnf=cnf))
    detail = "Invalid token claims: The token is sender-constrained (cnf) and must not be used as a bearer token."
    assert (raised.value.status_code, raised.value.detail) == (401, detail)
    assert raised.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.http
@pytest.mark.parametrize(
    ("environment", "accepted"),
    [
        ({}, "API token"),
        ({"JWT_PROFILE": "api"}, "API token"),
        ({"JWT_PROFILE": "oauth", "JWT_AUDIENCE": RESOURCE}, "access token"),
    ],
)
def test_environment_selects_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], accepted: str
) -> None:
    with serve_jwks(lambda: KEY_SET) as proxy:
        auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL=BASE_URL, JWKS_URL=proxy.url, **environment)
        for kind in KINDS:
            if kind in {"API token with typ JWT", "access token with full media type"}:
                continue
            if kind == accepted:
                assert auth.verify_token(make_token(kind)).sub == "user-1"
                continue
            with pytest.raises(HTTPException) as raised:
                auth.verify_token(make_token(kind))
            assert raised.value.status_code == 401


@pytest.mark.http
def test_oauth_profile_with_issuer_works_without_better_auth_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serve_jwks(lambda: KEY_SET) as proxy:
        issuer = {"JWT_ISSUER": f"{BASE_URL}/api/auth", "JWT_AUDIENCE": RESOURCE}
        auth = load_auth(monkeypatch, tmp_path, JWKS_URL=proxy.url, JWT_PROFILE="oauth", **issuer)
        assert auth.verify_token(make_token("access token")).sub == "user-1"


@pytest.mark.http
@pytest.mark.parametrize(
    ("environment", "fragments"),
    [
        ({"JWT_PROFILE": "oauth", "BETTER_AUTH_URL": BASE_URL}, ["JWT_AUDIENCE", "resource"]),
        ({"JWT_PROFILE": "oauth", "JWKS_URL": BASE_URL, "JWT_AUDIENCE": RESOURCE}, ["BETTER_AUTH_URL or JWT_ISSUER"]),
        ({"JWT_PROFILE": "oauth", "BETTER_AUTH_SECRET": SECRET, "JWT_AUDIENCE": RESOURCE}, ["BETTER_AUTH_URL"]),
        ({"JWT_PROFILE": "id", "BETTER_AUTH_URL": BASE_URL}, ["JWT_PROFILE", "'api', 'oauth' or 'oidc'"]),
    ],
)
def test_environment_with_invalid_profile_raises_value_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **environment)
    assert [fragment for fragment in fragments if fragment not in str(raised.value)] == []
