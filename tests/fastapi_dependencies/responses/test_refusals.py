"""From a rejected credential to a response: its status, its text, its headers, and the hints that are logged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose._refusals import credential_rejections, rejection_handler
from fastjose._refusals.credential_rejections import CredentialRejections
from fastjose._refusals.refusal import (
    Refusal,
    can_answer_handshake,
    check_resource_metadata,
    close_code,
    cross_origin,
    forbidden,
    refuse,
    unauthorized,
)
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose.better_auth import api_verifier
from fastjose.exceptions import (
    APIKeyError,
    ExpiredSignatureError,
    JOSEError,
    JWKSetUnavailableError,
    JWTClaimsError,
    JWTError,
    SessionError,
    StoreUnavailableError,
)
from support.tokens.bearer_tokens import BASE_URL, KEY_SET

URL = "https://api.example.com/metadata"
BEARER = {"WWW-Authenticate": "Bearer"}
WITH_URL = {"WWW-Authenticate": f'Bearer resource_metadata="{URL}"'}


def make_error(kind: type[JOSEError], code: str = "other", claim: str | None = None, **attributes: Any) -> JOSEError:
    error = kind("why")
    error.code = code
    for name, value in {"claim": claim, **attributes}.items():
        if value is not None:
            setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (make_error(SessionError), "Invalid session"),
        (make_error(APIKeyError), "Invalid API key"),
        (make_error(ExpiredSignatureError), "Token has expired"),
        (make_error(JWTClaimsError, "missing_claim", "sub"), "Could not validate credentials"),
        (make_error(JWTClaimsError, "missing_claim", "email"), "Invalid token claims: why"),
        (make_error(JWTClaimsError, "invalid_claim", "sub"), "Invalid token claims: why"),
        (make_error(JWTError), "Invalid token: why"),
    ],
)
def test_rejected_credential_is_a_401_with_its_text(error: JOSEError, detail: str) -> None:
    assert refuse(error) == Refusal(401, detail, BEARER)


@pytest.mark.parametrize("kind", [JWKSetUnavailableError, StoreUnavailableError])
@pytest.mark.parametrize(
    ("seconds", "header"),
    [(0, "1"), (-5, "1"), (1, "1"), (1.1, "2"), (7, "7"), (float("inf"), "1"), (float("nan"), "1"), ("soon", "1")],
)
def test_unavailable_keys_or_store_are_a_503_with_the_time(kind: Any, seconds: Any, header: str) -> None:
    error = make_error(kind, retry_after_seconds=seconds)
    assert refuse(error) == Refusal(503, "Authentication service unavailable", {"Retry-After": header})


def test_other_refusals_have_their_texts_and_headers() -> None:
    assert unauthorized() == Refusal(401, "Not authenticated", BEARER)
    assert unauthorized("text") == Refusal(401, "text", BEARER)
    assert forbidden() == Refusal(403, "Not authorized to access this resource", None)
    challenge = {"WWW-Authenticate": "Bearer error"}
    assert forbidden("task", challenge="Bearer error") == Refusal(403, "Not authorized to access this task", challenge)
    assert cross_origin() == Refusal(403, "Cross-origin request rejected", None)


def test_websocket_is_closed_to_be_tried_again_only_after_a_503() -> None:
    for status, code in ((401, 1008), (403, 1008), (503, 1013)):
        assert close_code(status) == Refusal(status, "").close_code == code


@pytest.mark.parametrize(
    ("scope", "can_answer"),
    [
        ({}, False),
        ({"extensions": None}, False),
        ({"extensions": {}}, False),
        ({"extensions": {"other": {}}}, False),
        ({"extensions": {"websocket.http.response": {}}}, True),
        ({"websocket.http.response": {}}, False),
    ],
)
def test_server_says_whether_it_answers_a_handshake(
    scope: dict[str, Any],
    can_answer: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    assert can_answer_handshake(scope) is can_answer


def test_resource_metadata_is_added_to_a_challenge_alone() -> None:
    assert unauthorized().with_resource_metadata(URL) == Refusal(401, "Not authenticated", WITH_URL)
    assert unauthorized().with_resource_metadata(None) == unauthorized()
    assert forbidden().with_resource_metadata(URL) == forbidden()
    refusal = Refusal(403, "", {"X": "1", "WWW-Authenticate": 'Bearer error="x"'})
    headers = {"X": "1", "WWW-Authenticate": f'Bearer error="x", resource_metadata="{URL}"'}
    assert refusal.with_resource_metadata(URL) == Refusal(403, "", headers)
    assert Refusal(503, "", {"Retry-After": "1"}).with_resource_metadata(URL).headers == {"Retry-After": "1"}


def test_resource_metadata_must_be_a_url() -> None:
    for url in (None, URL, "http://a/b?c=d#e~"):
        assert check_resource_metadata(url) == url
    wrong: list[Any] = ["", "https://", "ftp://a", "https://a b", 'https://a/"', "https://a/ä", "x https://a", 5, b"a"]
    for url in wrong:
        with pytest.raises(ValueError, match=r"^resource_metadata must be a URL such as https"):
            check_resource_metadata(url)


# --- The handlers, which also log ---


class RecordedHints:
    """Notes what is logged."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def log_hint(self, *arguments: Any) -> None:
        self.calls.append(("hint", *arguments))

    def log_unavailable(self, *arguments: Any) -> None:
        self.calls.append(("unavailable", *arguments))

    def log_opaque_token(self, *arguments: Any, has_seen_active: bool) -> None:
        self.calls.append(("opaque", *arguments, has_seen_active))

    def log_code(self, *arguments: Any) -> None:
        self.calls.append(("code", *arguments))

    def find_hints(self, *arguments: Any) -> list[Any]:
        return [("found", *arguments)]

    def find_opaque_token_hints(self, *arguments: Any, has_seen_active: bool) -> list[Any]:
        return [("opaque", *arguments, has_seen_active)]


def find_hints(handler: Any, *arguments: Any) -> Any:
    return handler.find_hints(*arguments)


ERROR, AWAY = make_error(JWTError), make_error(JWKSetUnavailableError)


def handle_jwts(url: str | None = URL) -> tuple[RejectionHandler, list[Any]]:
    handler, hints = RejectionHandler(api_verifier(BASE_URL, keys=KEY_SET), resource_metadata=url), RecordedHints()
    recorded: Any = hints
    handler._hints = recorded
    return handler, hints.calls


def test_rejected_jwt_is_refused_and_logged() -> None:
    handler, calls = handle_jwts()
    assert handler.reject(ERROR, "a.b.c") == Refusal(401, "Invalid token: why", WITH_URL)
    assert calls == [("hint", ERROR, "a.b.c")]
    assert find_hints(handler, ERROR, "a.b.c") == [("found", ERROR, "a.b.c")]
    assert handler.complete(unauthorized()).headers == WITH_URL
    assert handle_jwts(None)[0].complete(unauthorized()).headers == BEARER
    verifier: Any = object()
    error: Any = AWAY
    handler.log_unavailable(error, verifier)
    assert calls[1:] == [("unavailable", AWAY, verifier)]


def test_rejected_jwt_counts_as_missing_where_it_is_optional() -> None:
    handler, calls = handle_jwts()
    assert handler.reject_optional(ERROR, "a.b.c") is None
    refusal = handler.reject_optional(AWAY, "a.b.c")
    assert refusal is not None
    assert refusal.status_code == 503
    assert calls == [("hint", ERROR, "a.b.c"), ("hint", AWAY, "a.b.c")]


def connect(*values: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [(b"authorization", value.encode()) for value in values]})


def handle_credentials(bearer: Any = None, jwts: Any = None) -> tuple[CredentialRejections, list[Any]]:
    def find_bearer(token: str) -> Any:
        return bearer if token.removeprefix("token") == "" else None

    asked: Any = SimpleNamespace(find_bearer=find_bearer)
    handler, hints = CredentialRejections(asked, jwts, resource_metadata=URL), RecordedHints()
    recorded: Any = hints
    handler.hints = recorded
    return handler, hints.calls


def test_rejected_credential_is_refused_and_logged() -> None:
    handler, calls = handle_credentials()
    expected = Refusal(401, "Invalid token: why", WITH_URL)
    for values, token in ((["Bearer token"], "token"), ([], None), (["Basic token"], None), (["Bearer a"] * 2, None)):
        assert handler.reject(ERROR, connect(*values)) == expected
        assert calls.pop() == ("hint", ERROR, token)
        assert find_hints(handler, ERROR, connect(*values)) == [("found", ERROR, token)]
    assert calls == []


def test_rejected_opaque_token_has_hints_of_its_own() -> None:
    for has_seen_active in (True, False):
        opaque: Any = object.__new__(OpaqueTokens)
        opaque.introspection = SimpleNamespace(has_seen_active=has_seen_active)
        jwts, of_jwts = handle_jwts()
        handler, calls = handle_credentials(opaque, jwts)
        assert handler.reject(ERROR, connect("Bearer token")) == Refusal(401, "Invalid token: why", WITH_URL)
        assert calls == [("opaque", ERROR, has_seen_active)]
        assert find_hints(handler, ERROR, connect("Bearer token")) == [("opaque", ERROR, has_seen_active)]
        assert of_jwts == []


def test_rejected_jwt_among_credentials_has_the_hints_of_its_verifier_too() -> None:
    jwts, of_jwts = handle_jwts()
    handler, calls = handle_credentials(None, jwts)
    assert handler.reject(ERROR, connect("Bearer token")) == Refusal(401, "Invalid token: why", WITH_URL)
    assert (calls, of_jwts) == ([("hint", ERROR, "token")], [("hint", ERROR, "token")])
    assert find_hints(handler, ERROR, connect("Bearer token")) == [("found", ERROR, "token")] * 2
    assert handler.reject(ERROR, connect()) == Refusal(401, "Invalid token: why", WITH_URL)
    assert find_hints(handler, ERROR, connect()) == [("found", ERROR, None)]
    assert len(of_jwts) == 1


def test_page_of_another_origin_is_a_403_with_a_hint() -> None:
    handler, calls = handle_credentials()
    assert handler.reject_cross_origin() == cross_origin()
    assert calls == [("code", "cross_origin_request")]


def test_hints_name_the_settings_of_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    names: Any = SimpleNamespace()
    created: list[Any] = []
    monkeypatch.setattr(rejection_handler, "create_hints", lambda *arguments: created.append(arguments))
    monkeypatch.setattr(credential_rejections, "CredentialHints", lambda *arguments: created.append(arguments))
    verifier: Any = object()
    assert RejectionHandler(verifier, names).names is names
    CredentialRejections(verifier, None, names)
    assert created == [(verifier, names), (names,)]
