"""`MeasuredAuthenticator`: what it records of each authentication, and that it passes every result on."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from fastjose._credentials import measured_authenticator
from fastjose._credentials.authenticator import CredentialAuthenticator
from fastjose._credentials.credential import CrossOriginError
from fastjose._credentials.measured_authenticator import MeasuredAuthenticator, create_authenticator
from fastjose._credentials.principal import Principal
from fastjose._places.sources import BearerHeader, KeyHeader
from fastjose.exceptions import JWTError


class RecordedTelemetry:
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def record(self, credential: str, seconds: float, *, code: str | None = None, user_id: str | None = None) -> None:
        self.records.append((credential, seconds, code, user_id))


class FixedCredential:
    """A credential with one answer: a principal, None, or an error to raise."""

    def __init__(self, name: str, source: Any, answer: Any) -> None:
        self.name, self.source, self.answer = name, source, answer

    def matches(self, token: str) -> bool:
        return token == "token"

    async def authenticate_token(self, _token: str, named_fields: Any) -> Any:
        assert named_fields == {"tenant"}
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def authenticate_connection(self, connection: Any, named_fields: Any) -> Any:
        assert isinstance(connection, HTTPConnection)
        return await self.authenticate_token("", named_fields)


def authenticate(answer: Any, monkeypatch: pytest.MonkeyPatch, *, token: str | None = "token") -> tuple[Any, list[Any]]:
    """Return the result or the error, and what is recorded, on a clock that goes on by 2 seconds at each call."""
    telemetry: Any = RecordedTelemetry()
    monkeypatch.setattr(measured_authenticator, "perf_counter", count(100, 2).__next__)
    credential: Any = (
        FixedCredential("api_key", KeyHeader("x-api-key"), answer)
        if token is None
        else FixedCredential("jwt", BearerHeader(), answer)
    )
    authenticator = MeasuredAuthenticator([credential], frozenset({"tenant"}), telemetry)
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    try:
        result: Any = asyncio.run(authenticator.authenticate(HTTPConnection({"type": "http", "headers": headers})))
    except (JWTError, CrossOriginError) as error:
        result = error
    return result, telemetry.records


@pytest.mark.parametrize(("token", "name"), [("token", "jwt"), (None, "api_key")])
@pytest.mark.parametrize(("user_id", "recorded"), [("user-1", "user-1"), (7, None), (None, None)])
def test_sender_is_recorded_with_its_user(
    token: str | None, name: str, user_id: Any, recorded: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal = Principal("jwt", {"sub": user_id})
    assert authenticate(principal, monkeypatch, token=token) == (principal, [(name, 2, None, recorded)])


def test_request_without_the_credential_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert authenticate(None, monkeypatch, token=None) == (None, [])


@pytest.mark.parametrize(("token", "name"), [("token", "jwt"), (None, "api_key")])
def test_rejection_is_recorded_with_its_code(token: str | None, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = JWTError("rejected")
    error.code = "expired"
    assert authenticate(error, monkeypatch, token=token) == (error, [(name, 2, "expired", None)])
    refused = CrossOriginError()
    expected = [(name, 2, "cross_origin_request", None)]
    assert authenticate(refused, monkeypatch, token=token) == (refused, expected)


def test_token_of_no_credential_is_recorded_as_other(monkeypatch: pytest.MonkeyPatch) -> None:
    error, records = authenticate(None, monkeypatch, token="another")
    assert (type(error), error.code) == (JWTError, "credential_not_accepted")
    assert records == [("_OTHER", 2, "credential_not_accepted", None)]


def test_authenticator_is_measured_only_with_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    credential: Any = FixedCredential("jwt", BearerHeader(), None)
    for telemetry, kind in ((None, CredentialAuthenticator), (RecordedTelemetry(), MeasuredAuthenticator)):
        monkeypatch.setattr(measured_authenticator, "find_telemetry", lambda found=telemetry: found)
        authenticator = create_authenticator([credential], frozenset({"tenant"}))
        assert type(authenticator) is kind
        assert authenticator.credentials == (credential,)
        assert authenticator._named_fields == {"tenant"}
        assert getattr(authenticator, "_telemetry", None) is telemetry
