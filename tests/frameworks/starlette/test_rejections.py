"""What FastAPI's dependencies reject, the backend rejects with the same response: attack tokens, hostile headers."""

# FastAPI reads annotations here, which name local variables: so no `annotations` import.

import logging
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette

from fastjose import Verifier
from fastjose.fastapi import BearerAuth
from fastjose.starlette import JwtAuthenticationBackend
from support.applications.starlette_app import create_app
from support.clients.asgi_client import Answer, send_request
from support.environment.fresh_import import SECRET
from support.tokens.attack_tokens.case import Accepted
from support.tokens.attack_tokens.cases import CASES
from support.tokens.jose_builder import NOW
from support.tokens.verification_results import create_verifier

pytestmark = pytest.mark.http

HOSTILE = [
    b"Bearer",
    b"Bearer ",
    b"bearer  ",
    b"BEARER\tx",
    b"Bearer x",
    b"Bearer a.b.c",
    b"Bearer a.b.c d.e.f",
    b"Bearer \xff\xfe\xfd",
    b"Bearer \x00",
    b"Bearer " + "ü.ü.ü".encode(),
    b"Bearer " + b"a" * 100_000,
    b"Bearer " + b"." * 10_000,
    b"Bearer " + b"[" * 5_000 + b".a.b",
    b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
]


@pytest.fixture(autouse=True)
def _freeze_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def create_fastapi_app(verifier: Verifier) -> FastAPI:
    app, auth = FastAPI(openapi_url=None), BearerAuth(verifier)

    @app.get("/me")
    async def me(_: Annotated[Any, Depends(auth.current_user)]) -> None: ...

    return app


def respond(app: Starlette, *authorization: bytes) -> Answer:
    return send_request(app, "/me", [(b"authorization", value) for value in authorization])


def compare(verifier: Verifier, *authorization: bytes) -> tuple[Answer, Answer]:
    """Return the response of FastAPI, and that of the backend."""
    backend = JwtAuthenticationBackend(verifier)
    return respond(create_fastapi_app(verifier), *authorization), respond(create_app(backend), *authorization)


def test_attack_tokens_have_the_response_of_fastapi(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    different: list[Any] = []
    accepted = rejected = 0
    for case in CASES:
        if not case.needs_verifier:
            continue
        expected, answer = compare(create_verifier(case), b"Bearer " + case.token)
        accepted += answer.status == 200
        rejected += answer.status == 401
        if answer.status != expected.status or (answer.status != 200 and answer != expected):
            different.append((case.id, expected, answer))
        is_trimmed = case.token.strip(b" ") != case.token  # spaces around a token are those of the header
        if answer.status == 200 and not (isinstance(case.expected, Accepted) or is_trimmed):
            different.append((case.id, case.expected, answer))
    assert different == []
    assert accepted > 20
    assert rejected > 1000


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_header_has_the_response_of_fastapi(value: bytes) -> None:
    expected, answer = compare(Verifier(SECRET, algorithms=["HS256"]), value)
    assert expected.status == 401
    assert answer == expected


def test_two_headers_have_the_response_of_fastapi() -> None:
    for pair in ((b"Bearer a.b.c", b"Bearer a.b.c"), (b"Basic x", b"Bearer a.b.c"), (b"Bearer x", b"")):
        expected, answer = compare(Verifier(SECRET, algorithms=["HS256"]), *pair)
        assert expected.status == 401
        assert answer == expected


def test_no_part_of_a_rejected_token_is_in_response_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for value in HOSTILE[4:]:
        answer = respond(create_app(JwtAuthenticationBackend(Verifier(SECRET, algorithms=["HS256"]))), value)
        assert value[7:] not in answer.body or len(value) < 10
        assert not any(value[7:].decode("latin-1") in line for line in caplog.messages if len(value) > 12)
