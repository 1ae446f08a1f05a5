"""What makes verified claims a logout, and what the route answers to a form that has none."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

from fastjose._revocation.logout_route import FORM_TYPE, MAX_BODY_BYTES, MAX_FORM_FIELDS
from fastjose._revocation.logout_tokens import LOGOUT_EVENT, Logout, read_logout
from fastjose.exceptions import ExpiredSignatureError, JWTClaimsError, StoreUnavailableError
from fastjose.revocation import RevocationList, logout_route, logout_verifier
from fastjose.testing import TokenIssuer
from support.clients.asgi_client import send_request
from support.clients.http_client import HttpClient

if TYPE_CHECKING:
    from fastjose import Verifier

pytestmark = pytest.mark.http

URL = "https://app.example.com"
ISSUER = TokenIssuer(URL, audience="backend")
CLAIMS: dict[str, Any] = {"events": {LOGOUT_EVENT: {}}, "sub": "user-1", "sid": "session-1", "iat": 1_000}
ONE_TOKEN = "the body must be a form with one logout_token"
NO_TIME = "iat must be a time in seconds since the epoch"
NO_EVENT = f"events must be an object whose member {LOGOUT_EVENT} is an object"


def mint_logout_token(**claims: Any) -> str:
    claims = {"jti": "logout-1", "sid": "session-1", "events": {LOGOUT_EVENT: {}}, **claims}
    return ISSUER.mint_token("user-1", header={"typ": "logout+jwt"}, omit=["name", "email"], **claims)


def build_verifier(**options: Any) -> Verifier:
    return logout_verifier(ISSUER.jwk_set, issuer=URL, client_id="backend", **options)


def build_app(revocations: Any = None) -> FastAPI:
    app = FastAPI()
    app.include_router(logout_route(build_verifier(), RevocationList() if revocations is None else revocations))
    return app


def post(body: bytes, revocations: Any = None, content_type: str = FORM_TYPE) -> Any:
    with HttpClient(build_app(revocations)) as client:
        return client.post("/backchannel-logout", content=body, headers={"content-type": content_type})


# --- The claims ---


@pytest.mark.parametrize(
    ("changes", "logout"),
    [
        ({}, Logout("user-1", "session-1", 1_000.0)),
        ({"sid": None}, Logout("user-1", None, 1_000.0)),
        ({"sub": None}, Logout(None, "session-1", 1_000.0)),
        ({"iat": 0}, Logout("user-1", "session-1", 0.0)),
        ({"iat": 0.5}, Logout("user-1", "session-1", 0.5)),
        ({"iat": 99_999_999_999}, Logout("user-1", "session-1", 99_999_999_999.0)),
        ({"events": {LOGOUT_EVENT: {"reason": "x"}, "https://other.example": 5}}, Logout("user-1", "session-1", 1_000)),
    ],
)
def test_logout_has_the_user_the_session_and_the_time(changes: dict[str, Any], logout: Logout) -> None:
    assert read_logout({name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}) == logout


@pytest.mark.parametrize(
    ("changes", "claim", "text"),
    [
        ({"events": ...}, "events", NO_EVENT),
        ({"events": [LOGOUT_EVENT]}, "events", NO_EVENT),
        ({"events": {}}, "events", NO_EVENT),
        ({"events": {LOGOUT_EVENT: None}}, "events", NO_EVENT),
        ({"nonce": None}, "nonce", "nonce must be absent: it belongs to an ID token"),
        ({"sub": ..., "sid": ...}, "sub", "sub or sid must be present"),
        ({"sub": None, "sid": None}, "sub", "sub or sid must be present"),
        ({"sub": ""}, "sub", "sub must be a string that is not empty"),
        ({"sid": 5}, "sid", "sid must be a string that is not empty"),
        ({"sid": []}, "sid", "sid must be a string that is not empty"),
        ({"iat": ...}, "iat", NO_TIME),
        ({"iat": -1}, "iat", NO_TIME),
        ({"iat": -0.001}, "iat", NO_TIME),
        ({"iat": 100_000_000_000}, "iat", NO_TIME),
    ],
)
def test_claims_that_are_no_logout_are_named(changes: dict[str, Any], claim: str, text: str) -> None:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}
    with pytest.raises(JWTClaimsError) as raised:
        read_logout(claims)
    assert (str(raised.value), raised.value.code, raised.value.claim) == (text, "invalid_claim", claim)


# --- The verifier ---


def test_key_of_another_algorithm_raises_value_error() -> None:
    assert build_verifier(algorithms=["EdDSA", "ES256"]).algorithms == ["EdDSA"]
    with pytest.raises(ValueError, match="cannot be used with ES256"):
        build_verifier(algorithms=["ES256"])


@pytest.mark.parametrize(
    ("options", "leeway_seconds"), [({}, 10), ({"leeway_seconds": 0}, 0), ({"leeway_seconds": 60}, 60)]
)
def test_token_is_accepted_for_the_leeway_after_its_end(
    options: dict[str, Any], leeway_seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    monkeypatch.setattr("time.time", lambda: float(now))
    verifier = build_verifier(**options)
    ended = mint_logout_token(iat=now - 100, exp=now - leeway_seconds)
    just_before = mint_logout_token(iat=now - 100, exp=now - leeway_seconds + 1)
    assert verifier.verify(just_before)["sid"] == "session-1"
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(ended)


# --- The form ---


@pytest.mark.parametrize(
    ("body", "content_type", "description"),
    [
        (b"", FORM_TYPE, ONE_TOKEN),
        (b"logout_token=a.b.c", "application/json", f"the content type must be {FORM_TYPE}"),
        (b"logout_token=a.b.c&logout_token=a.b.c", FORM_TYPE, ONE_TOKEN),
        (b"logout_token=&logout_token=a.b.c", FORM_TYPE, ONE_TOKEN),
        (b"logout_token=%ff", FORM_TYPE, ONE_TOKEN),
        (b"logout_token=\xff", FORM_TYPE, ONE_TOKEN),
        (b"a=1&" * MAX_FORM_FIELDS + b"logout_token=a.b.c", FORM_TYPE, ONE_TOKEN),
        (b"a=1&" * (MAX_FORM_FIELDS - 1) + b"logout_token=a.b.c", FORM_TYPE, "Invalid logout token: "),
        (b"logout_token=", FORM_TYPE, "Invalid logout token: "),
        (b"logout_token=a.b.c".ljust(MAX_BODY_BYTES, b"a"), FORM_TYPE.upper() + " ; x=y", "Invalid logout token: "),
        (b"a" * (MAX_BODY_BYTES + 1), FORM_TYPE, f"the body must have at most {MAX_BODY_BYTES} bytes"),
    ],
)
def test_400_says_what_the_form_lacks(body: bytes, content_type: str, description: str) -> None:
    response = post(body, content_type=content_type)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert response.json()["error_description"].startswith(description)
    assert description == "Invalid logout token: " or response.json()["error_description"] == description


def test_request_without_a_content_type_is_a_400() -> None:
    answer = send_request(build_app(), "/backchannel-logout", method="POST")
    assert (answer.status, answer.json()["error_description"]) == (400, f"the content type must be {FORM_TYPE}")


class UnavailableList:
    """A list whose store is down."""

    def __init__(self, retry_after_seconds: float) -> None:
        self.error = StoreUnavailableError("down: session-1")
        self.error.retry_after_seconds = retry_after_seconds

    async def revoke_session(self, _: str) -> None:
        raise self.error


@pytest.mark.parametrize(("seconds", "header"), [(0, "1"), (0.2, "1"), (1, "1"), (1.2, "2"), (30, "30")])
def test_503_says_when_to_try_again(seconds: float, header: str) -> None:
    response = post(b"logout_token=" + mint_logout_token().encode(), UnavailableList(seconds))
    assert (response.status_code, response.headers["retry-after"]) == (503, header)
    assert response.json() == {"error": "temporarily_unavailable", "error_description": "try again later"}
    assert response.headers["cache-control"] == "no-store"


# --- The route ---


def test_route_has_the_path_and_is_in_no_document() -> None:
    router = logout_route(build_verifier(), RevocationList(), path="/ended")
    (route,) = router.routes
    assert (getattr(route, "path", None), getattr(route, "methods", None)) == ("/ended", {"POST"})
    assert getattr(route, "include_in_schema", None) is False


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = build_verifier()
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(
        ModuleNotFoundError, match=r'this requires FastAPI: pip install "fastjose\[fastapi\]"'
    ) as raised:
        logout_route(verifier, RevocationList())
    assert raised.value.name == "fastapi"


def test_client_that_goes_away_within_the_body_is_no_error_of_the_application() -> None:
    messages: list[Any] = [
        {"type": "http.request", "body": b"logout_token=", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", FORM_TYPE.encode()), (b"content-length", b"100")]
    path = "/backchannel-logout"
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    asyncio.run(build_app()({**scope, "headers": headers}, receive, send))
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"]) == {
        "error": "invalid_request",
        "error_description": "the connection must stay open until the body has ended",
    }
