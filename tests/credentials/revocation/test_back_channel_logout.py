"""Back-channel logout: the tokens that are accepted, what they revoke, and that none of them is a login."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI, HTTPException

from fastjose import RemoteKeySet, Verifier
from fastjose.better_auth import api_verifier, oauth_verifier
from fastjose.exceptions import JWTError
from fastjose.fastapi import BearerAuth
from fastjose.revocation import RedisRevocations, RevocationList, logout_route, logout_verifier
from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.http_client import HttpClient
from support.servers.redis_server import run_redis_server

pytestmark = pytest.mark.http

URL = "https://app.example.com"
ISSUER = TokenIssuer(URL, audience="backend")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
FORM = {"content-type": "application/x-www-form-urlencoded"}
DROPPED = ["id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"]


def mint_logout_token(*, typ: str = "logout+jwt", omit: tuple[str, ...] = (), **claims: Any) -> str:
    claims = {"jti": "logout-1", "sid": "session-1", "events": {EVENT: {}}, **claims}
    return ISSUER.mint_token("user-1", header={"typ": typ}, omit=[*DROPPED, *omit], expires_in_seconds=120, **claims)


def build_client(revocations: RevocationList | RedisRevocations, keys: Any = None, **options: Any) -> HttpClient:
    app = FastAPI()
    verifier = logout_verifier(ISSUER.jwk_set if keys is None else keys, issuer=URL, client_id="backend")
    app.include_router(logout_route(verifier, revocations, **options))
    return HttpClient(app)


def post_token(client: HttpClient, token: str) -> Any:
    return client.post("/backchannel-logout", data={"logout_token": token}, headers={})


def test_logout_ends_the_session_it_names() -> None:
    revocations = RevocationList()
    verifier = Verifier(ISSUER.jwk_set, issuer=URL, audience="backend", revocations=revocations)
    tokens = [ISSUER.mint_token("user-1", sid=f"session-{number}") for number in (1, 2)]
    with build_client(revocations) as client:
        response = post_token(client, mint_logout_token())
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["cache-control"] == "no-store"
    with pytest.raises(JWTError, match="Token has been revoked"):
        verifier.verify(tokens[0])
    assert verifier.verify(tokens[1])


@pytest.mark.parametrize(
    ("revoke", "omit", "expected"),
    [
        ("session", (), (True, False)),
        ("session", ("sub",), (True, False)),
        ("session", ("sid",), (False, True)),
        ("user", (), (False, True)),
        ("user", ("sub",), (True, False)),
    ],
)
def test_token_without_a_session_ends_all_of_the_user(
    revoke: str, omit: tuple[str, ...], expected: tuple[bool, bool]
) -> None:
    revocations = RevocationList()
    with build_client(revocations, revoke=revoke) as client:
        assert post_token(client, mint_logout_token(omit=omit)).status_code == 200
    now = time.time() - 10
    assert (revocations.is_revoked(sid="session-1"), revocations.is_revoked(sub="user-1", iat=now)) == expected


def test_token_that_is_sent_again_does_not_end_a_later_session() -> None:
    revocations, issued_at = RevocationList(), int(time.time()) - 60
    token = mint_logout_token(omit=("sid",), iat=issued_at)
    with build_client(revocations) as client:
        for _ in range(2):
            assert post_token(client, token).status_code == 200
    assert revocations.is_revoked(sub="user-1", iat=issued_at)
    assert not revocations.is_revoked(sub="user-1", iat=issued_at + 1)
    assert len(revocations) == 1


INVALID_TOKENS: dict[str, dict[str, Any]] = {
    "no events": {"omit": ("events",)},
    "events of another kind": {"events": {"http://schemas.openid.net/event/other": {}}},
    "event that is not an object": {"events": {EVENT: True}},
    "events that are not an object": {"events": [EVENT]},
    "nonce": {"nonce": "n-1"},
    "nonce that is null": {"nonce": None},
    "neither sub nor sid": {"omit": ("sub", "sid")},
    "empty sid": {"sid": ""},
    "sid that is not a string": {"sid": 5},
    "no jti": {"omit": ("jti",)},
    "no iat": {"omit": ("iat",)},
    "iat in milliseconds": {"sid": None, "iat": 1_800_000_000_000},
    "negative iat": {"sid": None, "iat": -1},
    "iat that no float can have": {"sid": None, "iat": 10**400},
    "no exp": {"omit": ("exp",)},
    "no aud": {"omit": ("aud",)},
    "other aud": {"aud": "another-client"},
    "other iss": {"iss": "https://other.example.com"},
    "expired": {"exp": 1_000},
    "typ of an access token": {"typ": "at+jwt"},
    "typ of a login": {"typ": "JWT"},
}


@pytest.mark.parametrize("changes", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
def test_token_that_is_not_a_logout_token_is_a_400(changes: dict[str, Any]) -> None:
    revocations = RevocationList()
    with build_client(revocations) as client:
        response = post_token(client, mint_logout_token(**changes))
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["error_description"].startswith("Invalid logout token: ")
    assert response.headers["cache-control"] == "no-store"
    assert len(revocations) == 0


def test_forged_token_is_a_400() -> None:
    revocations = RevocationList()
    forged = TokenIssuer(URL, audience="backend")
    token = forged.mint_token("user-1", header={"typ": "logout+jwt"}, jti="j", sid="session-1", events={EVENT: {}})
    with build_client(revocations) as client:
        assert post_token(client, token).status_code == 400
    assert len(revocations) == 0


BAD_BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "no body": (b"", FORM),
    "JSON": (b'{"logout_token":"a.b.c"}', {"content-type": "application/json"}),
    "no content type": (b"logout_token=a.b.c", {"content-type": ""}),
    "multipart": (b"--x--", {"content-type": "multipart/form-data; boundary=x"}),
    "two tokens": (b"logout_token=a.b.c&logout_token=a.b.c", FORM),
    "another field": (b"token=a.b.c", FORM),
    "not UTF-8": (b"logout_token=%ff", FORM),
    "bytes outside ASCII": (b"logout_token=\xff", FORM),
    "many fields": (b"a=1&" * 100 + b"logout_token=a.b.c", FORM),
    "long": (b"logout_token=" + b"a" * 70_000, FORM),
}


@pytest.mark.parametrize(("body", "headers"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_body_that_is_not_a_form_with_one_token_is_a_400(body: bytes, headers: dict[str, str]) -> None:
    with build_client(RevocationList()) as client:
        response = client.post("/backchannel-logout", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_form_with_a_charset_and_further_fields_is_accepted() -> None:
    revocations = RevocationList()
    body = urlencode({"state": "é", "logout_token": mint_logout_token()}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    with build_client(revocations) as client:
        assert client.post("/backchannel-logout", content=body, headers=headers).status_code == 200
        assert client.get("/backchannel-logout").status_code == 405
        assert "/backchannel-logout" not in client.get("/openapi.json").json()["paths"]
    assert revocations.is_revoked(sid="session-1")


def test_logout_is_a_503_while_keys_are_unavailable() -> None:
    revocations = RevocationList()
    with serve_jwks(ISSUER) as server:
        server.status = 500
        with build_client(revocations, RemoteKeySet(server.url, max_wait_seconds=0.1)) as client:
            response = post_token(client, mint_logout_token())
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) >= 1
            assert response.headers["cache-control"] == "no-store"
            assert len(revocations) == 0


def test_logout_is_a_503_while_redis_is_unavailable() -> None:
    with run_redis_server() as server:
        revocations = RedisRevocations(server.url, max_staleness_seconds=30)
        with build_client(revocations) as client:
            server.stop()
            assert post_token(client, mint_logout_token()).status_code == 503
            assert revocations.is_revoked(sid="session-1")  # here, at least
            server.start()
            assert post_token(client, mint_logout_token()).status_code == 200
        with server.connect() as client:
            rows: Any = client.xrange("fastjose:revocations")
            assert [fields["id"] for _, fields in rows] == ["session-1"]


def test_logout_token_is_not_a_login() -> None:
    token = mint_logout_token()
    api = api_verifier(URL, keys=ISSUER.jwk_set, audience="backend")
    oauth = oauth_verifier(URL, keys=ISSUER.jwk_set, issuer=URL, audience="backend")
    for verifier in (api, oauth):
        with pytest.raises(JWTError) as raised:
            verifier.verify(token)
        assert raised.value.code == "wrong_type"
        assert detail_of_login(BearerAuth(verifier).current_user, token) == "Invalid token: Invalid token type"


@pytest.mark.parametrize("cache_size", [0, 10])
def test_logout_token_is_not_a_login_where_no_type_is_required(cache_size: int) -> None:
    verifier = Verifier(ISSUER.jwk_set, issuer=URL, audience="backend", cache_size=cache_size)
    auth = BearerAuth(verifier)
    for typ in ("logout+jwt", "JWT"):
        token = mint_logout_token(typ=typ)
        for dependency in (auth.current_user, auth.current_claims, auth.user_id):
            for _ in range(2):
                assert detail_of_login(dependency, token) == "Invalid token: Invalid token type"
        with pytest.raises(HTTPException, match="Invalid token type"):
            auth.verify_token(token)
        assert verifier.verify(token)["sid"] == "session-1"
    other_event = ISSUER.mint_token("user-1", events={"https://example.com/event": {}, "list": [EVENT]})
    assert asyncio.run(_call(auth.user_id, other_event)) == "user-1"


def detail_of_login(dependency: Any, token: str) -> str:
    with pytest.raises(HTTPException) as rejected:
        asyncio.run(_call(dependency, token))
    assert rejected.value.status_code == 401
    return rejected.value.detail


async def _call(dependency: Any, token: str) -> Any:
    return await dependency(token)


def test_route_needs_a_verifier_of_logout_tokens() -> None:
    with pytest.raises(ValueError, match="build it with logout_verifier"):
        logout_route(api_verifier(URL, keys=ISSUER.jwk_set), RevocationList())
    with pytest.raises(TypeError, match=r"verifier must be a fastjose\.Verifier"):
        logout_route("keys", RevocationList())  # type: ignore[arg-type]
    verifier = logout_verifier(ISSUER.jwk_set, issuer=URL, client_id="backend")
    with pytest.raises(ValueError, match='revoke must be "session" or "user"'):
        logout_route(verifier, RevocationList(), revoke="all")  # type: ignore[arg-type]
