"""Better Auth's kinds of token: each is accepted by its own profile alone, and configured from one base URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.better_auth import API, OAUTH, SESSION_COOKIE_TYPE, api_verifier, base, oauth_verifier
from fastjose.fastapi import BearerAuth
from support.bearer_tokens import BASE_URL, KEY_SET, make_api_claims, sign_claims
from support.better_auth_claims import CLIENT_ID, RESOURCE, make_access_claims, make_cookie_claims, make_id_claims
from support.fresh_import import SECRET, load_auth
from support.jwks_proxy import serve_jwks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS: dict[str, tuple[Callable[[], dict[str, Any]], str | None]] = {
    "API token": (make_api_claims, None),
    "API token that says JWT": (make_api_claims, "JWT"),
    "access token": (make_access_claims, "at+jwt"),
    "access token, its type in full": (make_access_claims, "application/at+jwt"),
    "access token without a type": (make_access_claims, None),
    "id_token": (make_id_claims, None),
    "session cookie": (make_cookie_claims, SESSION_COOKIE_TYPE),
    "session cookie with an API token's claims": (make_api_claims, SESSION_COOKIE_TYPE),
    "another kind with an API token's claims": (make_api_claims, "logout+jwt"),
}
ACCEPTED = {
    "api": {"API token", "API token that says JWT"},
    "oauth": {"access token", "access token, its type in full"},
}
VERIFIERS = {
    "api": api_verifier(BASE_URL, keys=KEY_SET),
    "oauth": oauth_verifier(BASE_URL, audience=RESOURCE, keys=KEY_SET),
}


def token_of(kind: str, **changed: Any) -> str:
    claims, typ = KINDS[kind]
    return sign_claims({**claims(), **changed}, typ=typ)


def refused(verifier: Verifier, token: str) -> tuple[str, str | None]:
    """Return the code that `token` is refused with, and the claim."""
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code, raised.value.claim


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", VERIFIERS)
def test_a_token_is_accepted_by_its_own_profile_alone(profile: str, kind: str) -> None:
    token = token_of(kind)
    if kind in ACCEPTED[profile]:
        assert VERIFIERS[profile].verify(token)["sub"] == "user-1"
    else:
        assert refused(VERIFIERS[profile], token)[0] in {"wrong_type", "wrong_audience"}


def test_the_type_tells_them_apart_where_issuer_and_audience_do_not() -> None:
    issuers, audiences = (
        [BASE_URL, f"{BASE_URL}/api/auth"],
        [BASE_URL, RESOURCE, CLIENT_ID, "better-auth:session-cache"],
    )
    api = api_verifier(BASE_URL, issuer=issuers, audience=audiences, keys=KEY_SET)
    oauth = oauth_verifier(BASE_URL, issuer=issuers, audience=audiences, keys=KEY_SET)
    for kind in ("access token", "session cookie"):
        assert refused(api, token_of(kind)) == ("wrong_type", None)
    for kind in ("API token", "id_token", "session cookie", "access token without a type"):
        assert refused(oauth, token_of(kind, client_id=CLIENT_ID, jti="1")) == ("wrong_type", None)


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub"])
def test_what_an_api_token_must_have(claim: str) -> None:
    assert refused(VERIFIERS["api"], sign_claims(make_api_claims(**{claim: ...}))) == ("missing_claim", claim)


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti", "client_id"])
def test_what_an_access_token_must_have(claim: str) -> None:
    assert refused(VERIFIERS["oauth"], sign_claims(make_access_claims(**{claim: ...}), typ="at+jwt")) == (
        "missing_claim",
        claim,
    )


def test_a_shared_secret_signs_for_neither() -> None:
    for verifier in VERIFIERS.values():
        assert refused(verifier, sign_claims(make_api_claims(), algorithm="HS256", key=SECRET)) == (
            "algorithm_not_allowed",
            None,
        )


def test_one_base_url_tells_issuer_audience_and_keys() -> None:
    for url in (BASE_URL, f"{BASE_URL}/", f"{BASE_URL}/api/auth", f"{BASE_URL}/api/auth/"):
        api, oauth = api_verifier(url), oauth_verifier(url, audience=RESOURCE)
        assert (api.issuers, api.audiences, api.typ) == ([BASE_URL], [BASE_URL], "JWT")
        assert (oauth.issuers, oauth.audiences, oauth.typ) == ([f"{BASE_URL}/api/auth"], [RESOURCE], "at+jwt")
        assert base(url) == f"{BASE_URL}/api/auth"
    assert oauth_verifier(f"{BASE_URL}/auth", audience=RESOURCE).issuers == [f"{BASE_URL}/auth"]


def test_each_of_them_can_be_overridden() -> None:
    with serve_jwks(lambda: KEY_SET) as relay:
        verifier = api_verifier(
            BASE_URL, issuer=["https://a", "https://b"], audience=["x", "y"], jwks_url=relay.url, algorithms="EdDSA"
        )
        assert verifier.verify(sign_claims(make_api_claims(iss="https://b", aud=["y", "z"])))["sub"] == "user-1"
        assert refused(verifier, sign_claims(make_api_claims(aud="y"))) == ("wrong_issuer", "iss")
        assert refused(verifier, sign_claims(make_api_claims(iss="https://a"))) == ("wrong_audience", "aud")
        assert relay.request_count == 1
    assert verifier.algorithms == ["EdDSA"]


def test_keys_are_fetched_below_the_base_url_and_may_be_shared() -> None:
    with serve_jwks(lambda: KEY_SET) as relay:
        origin = relay.url.removesuffix("/jwks")
        for verifier in (api_verifier(origin), api_verifier(f"{origin}/auth")):
            assert verifier.verify(sign_claims(make_api_claims(iss=origin, aud=origin)))
        assert relay.paths == ["/api/auth/jwks", "/auth/jwks"]
        shared = RemoteKeySet(relay.url)
        api, oauth = api_verifier(BASE_URL, keys=shared), oauth_verifier(BASE_URL, audience=RESOURCE, keys=shared)
        assert api.verify(token_of("API token"))
        assert oauth.verify(token_of("access token"))
        assert relay.request_count == 3


def test_a_clock_may_be_off_by_the_leeway() -> None:
    late = sign_claims(make_api_claims(exp=make_api_claims()["iat"] - 5))
    assert VERIFIERS["api"].verify(late)
    assert refused(api_verifier(BASE_URL, keys=KEY_SET, leeway_seconds=0), late) == ("expired", "exp")


def test_what_cannot_be_right_is_said_at_construction() -> None:
    with pytest.raises(ValueError, match=r"a URL such as https://app\.example\.com is needed"):
        api_verifier("app.example.com")
    with pytest.raises(ValueError, match="https"):
        api_verifier("http://auth:3000")
    assert api_verifier("http://auth:3000", allow_http=True).issuers == ["http://auth:3000"]
    nothing: Any = None
    with pytest.raises(TypeError, match="audience must name the resource"):
        oauth_verifier(BASE_URL, audience=nothing)


def test_profiles_are_frozen_and_have_nothing_in_common_that_matters() -> None:
    for profile in (API, OAUTH):
        with pytest.raises(AttributeError):
            profile.typ = "JWT"  # type: ignore[misc]  # that is what is tested
    assert (API.typ, OAUTH.typ) == ("JWT", "at+jwt")
    assert API.issuer(BASE_URL) != OAUTH.issuer(BASE_URL)


# --- Over HTTP, and by the environment ---


@pytest.mark.http
@pytest.mark.parametrize("profile", VERIFIERS)
@pytest.mark.parametrize("cnf", [{"jkt": "thumbprint"}, {"x5t#S256": "thumbprint"}, None, {}])
def test_a_token_that_is_bound_to_a_key_is_no_bearer_token(profile: str, cnf: object) -> None:
    auth = BearerAuth(VERIFIERS[profile])
    (kind,) = (kind for kind in ACCEPTED[profile] if kind in {"API token", "access token"})
    assert auth.verify_token(token_of(kind)).sub == "user-1"
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(token_of(kind, cnf=cnf))
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
def test_the_environment_chooses_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], accepted: str
) -> None:
    with serve_jwks(lambda: KEY_SET) as relay:
        auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL=BASE_URL, JWKS_URL=relay.url, **environment)
        for kind in KINDS:
            if kind in {"API token that says JWT", "access token, its type in full"}:
                continue
            if kind == accepted:
                assert auth.verify_token(token_of(kind)).sub == "user-1"
                continue
            with pytest.raises(HTTPException) as raised:
                auth.verify_token(token_of(kind))
            assert raised.value.status_code == 401


@pytest.mark.http
def test_an_access_token_needs_no_better_auth_url_where_its_issuer_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serve_jwks(lambda: KEY_SET) as relay:
        issuer = {"JWT_ISSUER": f"{BASE_URL}/api/auth", "JWT_AUDIENCE": RESOURCE}
        auth = load_auth(monkeypatch, tmp_path, JWKS_URL=relay.url, JWT_PROFILE="oauth", **issuer)
        assert auth.verify_token(token_of("access token")).sub == "user-1"


@pytest.mark.http
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"JWT_PROFILE": "oauth", "BETTER_AUTH_URL": BASE_URL}, ["JWT_AUDIENCE", "resource"]),
        ({"JWT_PROFILE": "oauth", "JWKS_URL": BASE_URL, "JWT_AUDIENCE": RESOURCE}, ["BETTER_AUTH_URL or JWT_ISSUER"]),
        ({"JWT_PROFILE": "oauth", "BETTER_AUTH_SECRET": SECRET, "JWT_AUDIENCE": RESOURCE}, ["BETTER_AUTH_URL"]),
        ({"JWT_PROFILE": "id", "BETTER_AUTH_URL": BASE_URL}, ["JWT_PROFILE", "'api' or 'oauth'"]),
    ],
)
def test_a_profile_that_cannot_be_is_said_at_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the words are compared below
        load_auth(monkeypatch, tmp_path, **environment)
    assert [word for word in words if word not in str(raised.value)] == []
