"""Refusals as exceptions of FastAPI: the one that sends the response, or the one that closes a WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException, WebSocketException

from fastjose._fastapi import responses
from fastjose._fastapi.responses import supports_denial_response, to_connection_error, to_http_exception
from fastjose._refusals.refusal import Refusal, forbidden, unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping

WEBSOCKET: dict[str, Any] = {"type": "websocket"}
CAN_ANSWER = {**WEBSOCKET, "extensions": {"websocket.http.response": {}}}
REFUSALS = [
    (unauthorized(), 401, 1008),
    (forbidden(), 403, 1008),
    (Refusal(503, "Keys are unavailable", {"Retry-After": "5"}), 503, 1013),
]


@pytest.mark.parametrize(
    ("version", "is_supported"),
    [("0.40.9", False), ("0.41.0", True), ("0.41", True), ("0.41.0rc1", True), ("0.100.1", True), ("1.0.0", True)],
)
def test_denial_responses_need_starlette_0_41(version: str, is_supported: bool) -> None:  # noqa: FBT001 - pytest
    assert supports_denial_response(version) is is_supported


@pytest.mark.parametrize(("refusal", "status", "_code"), REFUSALS)
def test_http_exception_has_the_response(refusal: Any, status: int, _code: int) -> None:
    error = to_http_exception(refusal)
    assert type(error) is HTTPException
    assert (error.status_code, error.detail, error.headers) == tuple(refusal)
    assert error.status_code == status


@pytest.mark.parametrize(
    ("scope", "has_support", "closes"),
    [
        (None, True, False),
        ({"type": "http"}, False, False),
        (CAN_ANSWER, True, False),
        (CAN_ANSWER, False, True),
        (WEBSOCKET, True, True),
        (WEBSOCKET, False, True),
    ],
)
@pytest.mark.parametrize(("refusal", "status", "code"), REFUSALS)
def test_websocket_is_closed_if_its_handshake_cannot_be_answered(  # noqa: PLR0913, PLR0917 - pytest
    scope: Mapping[str, Any] | None,
    has_support: bool,  # noqa: FBT001 - pytest
    closes: bool,  # noqa: FBT001 - as above
    refusal: Any,
    status: int,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(responses, "_SUPPORTS_DENIAL_RESPONSE", has_support)
    given = to_http_exception(refusal)
    for error in (to_connection_error(refusal, scope), to_connection_error(given, scope)):
        if closes:
            assert isinstance(error, WebSocketException)
            assert (error.code, error.reason) == (code, refusal.detail)
        else:
            assert isinstance(error, HTTPException)
            assert (error.status_code, error.detail, error.headers) == (status, refusal.detail, given.headers)
    assert closes or to_connection_error(given, scope) is given
