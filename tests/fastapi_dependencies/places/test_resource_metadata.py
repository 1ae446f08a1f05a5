"""`resource_metadata`: each 401 names the URL of the API's metadata (RFC 9728 §5.1)."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.security import APIKeyHeader

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CredentialAuth, JwtCredentials
from support.applications.token_places import PLACES, VERIFIER, build_app, make_token
from support.clients.asgi_client import open_websocket, send_request
from support.tokens.bearer_tokens import BASE_URL, make_api_token

pytestmark = pytest.mark.http

URL = "https://api.example.com/.well-known/oauth-protected-resource"
CHALLENGE = f'Bearer resource_metadata="{URL}"'
REJECTED = [[], [b""], [b"x"], [make_token(exp=1)], [make_token(sub=" ")], [make_token(cnf={})], [make_token(email=5)]]


def bearer_auth(url: Any) -> BearerAuth:
    return BearerAuth(VERIFIER, resource_metadata=url)


def credential_auth(url: Any) -> CredentialAuth:
    return CredentialAuth(JwtCredentials(VERIFIER), resource_metadata=url)


@pytest.mark.parametrize("tokens", REJECTED)
@pytest.mark.parametrize("create", [bearer_auth, credential_auth])
def test_every_401_names_the_metadata(create: Any, tokens: list[bytes]) -> None:
    auth, app = create(URL), FastAPI()
    dependencies = [auth.current_user, auth.current_claims, auth.require_role("admin"), auth.get_user_id]
    for number, dependency in enumerate(dependencies):
        app.get(f"/{number}", dependencies=[Depends(dependency)])(lambda: None)
    headers = PLACES["bearer"].headers(tokens)
    for number in range(len(dependencies)):
        answer = send_request(app, f"/{number}", headers)
        if answer.status == 200:  # the claims of a user without an id, or with a wrong field
            assert dependencies[number] is auth.current_claims
        else:
            assert (answer.status, answer.headers["www-authenticate"]) == (401, CHALLENGE)


@pytest.mark.parametrize("create", [bearer_auth, credential_auth])
def test_401_of_the_scheme_names_the_metadata(create: Any) -> None:
    app = FastAPI()
    app.get("/", dependencies=[Depends(create(URL).oauth2_scheme)])(lambda: None)
    for headers in ([], PLACES["bearer"].headers([b""])):
        answer = send_request(app, "/", headers)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, CHALLENGE)


def test_websocket_and_other_places_name_it() -> None:
    app = build_app(APIKeyHeader(name="x-token"), resource_metadata=URL)
    for headers in ([], [(b"x-token", b"x")]):
        for answer in (send_request(app, "/user", headers), open_websocket(app, "/user", headers)):
            assert answer.headers.get("www-authenticate", CHALLENGE) == CHALLENGE
            assert answer.status in {401, 403}
        assert send_request(app, "/function", headers).headers["www-authenticate"] == CHALLENGE


@pytest.mark.parametrize("create", [bearer_auth, credential_auth])
def test_missing_scope_names_it_beside_the_scope(create: Any) -> None:
    auth, app = create(URL), FastAPI()
    app.get("/", dependencies=[Depends(auth.require_scope("tasks:write"))])(lambda: None)
    app.get("/role", dependencies=[Depends(auth.require_role("owner"))])(lambda: None)
    headers = PLACES["bearer"].headers([make_token()])
    challenge = send_request(app, "/", headers).headers["www-authenticate"]
    assert challenge == f'Bearer error="insufficient_scope", scope="tasks:write", resource_metadata="{URL}"'
    assert "www-authenticate" not in send_request(app, "/role", headers).headers


def test_default_is_the_plain_challenge() -> None:
    for app in (build_app(None), build_app(None, resource_metadata=None)):
        assert send_request(app, "/user").headers["www-authenticate"] == "Bearer"


def test_unavailable_keys_name_nothing() -> None:
    keys = RemoteKeySet("http://127.0.0.1:9/jwks")
    auth, app = BearerAuth(Verifier(keys, audience=BASE_URL), resource_metadata=URL), FastAPI()
    app.get("/", dependencies=[Depends(auth.current_user)])(lambda: None)
    answer = send_request(app, "/", PLACES["bearer"].headers([make_api_token().encode()]))
    assert (answer.status, "www-authenticate" in answer.headers) == (503, False)


@pytest.mark.parametrize(
    "url",
    [
        *("", "/metadata", "api.example.com", "ftp://a/b", 'https://a/"', "https://a/\r\nX: 1", "https://a/ä"),
        *("https://a b", "https://a/\\", 5, b"https://a", True),
    ],
)
@pytest.mark.parametrize("create", [bearer_auth, credential_auth])
def test_value_that_is_not_a_url_raises_value_error(create: Any, url: Any) -> None:
    with pytest.raises(ValueError, match="resource_metadata must be a URL"):
        create(url)
