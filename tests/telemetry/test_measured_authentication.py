"""`MeasuredAuthentication`: it returns and raises what the measured authentication does, and records it once."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet, Verifier
from fastjose._core import PendingVerification, RequestAuthenticator
from fastjose._places.bearer_token import BearerToken
from fastjose._telemetry import switch
from fastjose._telemetry.measured_authentication import MeasuredAuthentication, measure_authentication
from fastjose._telemetry.names import OTHER
from fastjose.exceptions import ExpiredSignatureError, JOSEError
from fastjose.testing import TokenIssuer

if TYPE_CHECKING:
    from support.environment.exported_telemetry import Exported

SECRET = "0123456789abcdef0123456789abcdef"
CLAIMS = {"sub": "user-1", "number": 17}
NOW = ("authenticate_user_of_request", "authenticate_claims_of_request")
LATER = ("verify_user", "verify_claims")


class Recorder:
    """Telemetry that keeps what is recorded."""

    def __init__(self, *, has_user_id: bool = False) -> None:
        """Begin without records."""
        self.has_user_id = has_user_id
        self.records: list[dict[str, Any]] = []
        self.seconds: list[float] = []

    def record(self, credential: str, seconds: float, **more: Any) -> None:
        """Keep a record."""
        self.seconds.append(seconds)
        self.records.append({"credential": credential, **more})


class Measured:
    """An authentication that answers each question with a value of its own, or with an error."""

    def __init__(self, error: Exception | None = None, claims: object = CLAIMS, user: object = "Ada") -> None:
        """Keep the answers."""
        self.error, self.claims, self.user = error, claims, user
        self.fails: str | None = None
        """The one method that raises the error. None: each does."""
        self.asked: list[object] = []

    def _answer(self, method: str, question: object, answer: object) -> Any:
        self.asked.append(question)
        if self.error is not None and self.fails in {None, method}:
            raise self.error
        return answer

    def authenticate_user_of_request(self, scope: Any) -> Any:
        """Return the user."""
        return self._answer("authenticate_user_of_request", scope["path"], self.user)

    def authenticate_claims_of_request(self, scope: Any) -> Any:
        """Return the claims."""
        return self._answer("authenticate_claims_of_request", scope["path"], self.claims)

    async def verify_user(self, token: str) -> Any:
        """Return the user."""
        return self._answer("verify_user", token, self.user)

    async def verify_claims(self, token: str) -> Any:
        """Return the claims."""
        return self._answer("verify_claims", token, self.claims)

    def get_user(self, *_: object) -> Any:
        """Return a user."""

    def get_claims(self, *_: object) -> Any:
        """Return claims."""

    def get_user_of_claims(self, *_: object) -> Any:
        """Return a user."""


def measure(
    measured: Measured, *, issuer: str | None = "https://issuer", claim: str | None = "sub", **options: Any
) -> tuple[Any, Recorder]:
    recorder: Any = Recorder(**options)
    either: Any = measured
    return MeasuredAuthentication(either, recorder, issuer=issuer, user_id_claim=claim), recorder


def make_scope(kind: str = "http") -> dict[str, Any]:
    return {"type": kind, "path": "/me", "headers": []}


def call(authentication: Any, method: str, scope: dict[str, Any]) -> Any:
    """Call a method with the scope, or with a token in it."""
    if method in NOW:
        return getattr(authentication, method)(scope)
    token = BearerToken.of_request("a.b.c", scope)
    return asyncio.run(getattr(authentication, method)(token))


def make_pending() -> PendingVerification:
    verifier = Verifier(RemoteKeySet("http://127.0.0.1:9/jwks"), issuer="https://issuer.example", audience="a")
    token = TokenIssuer(audience="a").mint_token(iss="https://issuer.example")
    pending = RequestAuthenticator(verifier, lambda claims: claims, user_id_claim="sub").authenticate_claims(token)
    assert isinstance(pending, PendingVerification)
    return pending


@pytest.mark.parametrize("method", [*NOW, *LATER])
def test_result_is_returned_and_recorded_once_for_a_request(method: str) -> None:
    measured = Measured()
    authentication, recorder = measure(measured)
    scope, start = make_scope(), perf_counter()
    results = [call(authentication, each, scope) for each in (method, *NOW, *LATER)]
    first = "Ada" if "user" in method else CLAIMS
    assert results == [first, "Ada", CLAIMS, "Ada", CLAIMS]
    assert recorder.records == [{"credential": "jwt", "code": None, "issuer": "https://issuer", "user_id": None}]
    assert measured.asked == ["/me" if method in NOW else "a.b.c", "/me", "/me", "a.b.c", "a.b.c"]
    assert all(0 <= seconds <= perf_counter() - start for seconds in recorder.seconds)
    call(authentication, method, make_scope())
    assert len(recorder.records) == 2, "another request is recorded for itself"


@pytest.mark.parametrize("method", [*NOW, *LATER])
def test_error_is_raised_and_recorded_once_for_a_request(method: str) -> None:
    error = ExpiredSignatureError("expired")
    error.code = "expired"
    authentication, recorder = measure(Measured(error))
    scope, start = make_scope(), perf_counter()
    for each in (method, *NOW, *LATER):
        with pytest.raises(ExpiredSignatureError) as caught:
            call(authentication, each, scope)
        assert caught.value is error
    assert recorder.records == [{"credential": "jwt", "code": "expired", "issuer": "https://issuer", "user_id": None}]
    assert all(0 <= seconds <= perf_counter() - start for seconds in recorder.seconds)


@pytest.mark.parametrize("method", [*NOW, *LATER])
def test_unknown_code_is_not_recorded_and_other_errors_are_no_refusals(method: str) -> None:
    error = JOSEError("of ada@example.com")
    error.code = "ada@example.com"
    authentication, recorder = measure(Measured(error))
    with pytest.raises(JOSEError):
        call(authentication, method, make_scope())
    assert [record["code"] for record in recorder.records] == [OTHER]
    authentication, recorder = measure(Measured(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        call(authentication, method, make_scope())
    assert recorder.records == []


@pytest.mark.parametrize("method", NOW)
@pytest.mark.parametrize("kind", ["missing", "pending"])
def test_request_that_must_wait_is_recorded_when_it_is_verified(method: str, kind: str) -> None:
    answer = None if kind == "missing" else make_pending()
    measured = Measured(claims=answer, user=answer)
    authentication, recorder = measure(measured)
    scope = make_scope()
    assert call(authentication, method, scope) is None
    assert recorder.records == []
    measured.claims = CLAIMS
    assert call(authentication, "verify_claims", scope) == CLAIMS
    assert len(recorder.records) == 1
    assert call(authentication, method, scope) == (None if "user" in method else CLAIMS)
    assert len(recorder.records) == 1


def test_token_without_a_request_is_recorded_each_time() -> None:
    authentication, recorder = measure(Measured(), has_user_id=True)
    assert [asyncio.run(authentication.verify_user("a.b.c")) for _ in range(2)] == ["Ada", "Ada"]
    assert [record["user_id"] for record in recorder.records] == [None, None]


def test_authentications_of_one_request_are_recorded_each() -> None:
    scope = make_scope()
    for _ in range(2):
        authentication, recorder = measure(Measured())
        call(authentication, NOW[0], scope)
        assert len(recorder.records) == 1
    marks = [name for name in scope if name.startswith("fastjose.telemetry.")]
    assert len(marks) == 2
    assert all(scope[mark] is True for mark in marks)


def test_other_methods_are_those_of_the_measured_authentication() -> None:
    measured = Measured()
    authentication, _ = measure(measured)
    for name in ("get_user", "get_claims", "get_user_of_claims"):
        assert getattr(authentication, name) == getattr(measured, name)


# --- The id of the user ---


def find_user_id(
    claims: object = CLAIMS, *, method: str = "verify_user", error: Exception | None = None, **options: Any
) -> Any:
    """Return the id that is recorded for a request whose user is found by `method`, and whose claims by its sibling."""
    measured = Measured(claims=claims)
    authentication, recorder = measure(measured, **{"has_user_id": True, **options})
    sibling = method.replace("user", "claims")
    if error is not None:
        measured.fails = sibling
        measured.error = error
    assert call(authentication, method, make_scope()) == "Ada"
    (record,) = recorder.records
    assert record["code"] is None
    assert len(measured.asked) <= 2
    return record["user_id"]


@pytest.mark.parametrize("method", [NOW[0], LATER[0]])
def test_user_id_is_the_text_of_its_claim(method: str) -> None:
    assert find_user_id(method=method) == "user-1"
    assert find_user_id(method=method, claim="number") == "17"


@pytest.mark.parametrize("method", [NOW[0], LATER[0]])
def test_user_id_is_recorded_only_if_there_is_one_and_it_is_switched_on(method: str) -> None:
    assert find_user_id(method=method, has_user_id=False) is None
    assert find_user_id(method=method, claim=None) is None
    assert find_user_id(None, method=method) is None
    assert find_user_id(make_pending(), method=method) is None
    assert find_user_id({}, method=method) is None
    assert find_user_id({"sub": None}, method=method) is None
    assert find_user_id(method=method, error=ExpiredSignatureError("expired")) is None


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("method", LATER)
def test_user_id_is_that_of_the_token_that_decides(method: str, kind: str) -> None:
    class OfCookie(Measured):
        def authenticate_claims_of_request(self, scope: Any) -> Any:
            return {**super().authenticate_claims_of_request(scope), "sub": "of the Authorization header"}

    measured = OfCookie()
    authentication, recorder = measure(measured, has_user_id=True)
    call(authentication, method, make_scope(kind))
    assert measured.asked == ["a.b.c", "a.b.c"]
    assert [record["user_id"] for record in recorder.records] == ["user-1"]


def test_refused_request_has_no_user_id() -> None:
    authentication, recorder = measure(Measured(ExpiredSignatureError("expired")), has_user_id=True)
    with pytest.raises(ExpiredSignatureError):
        call(authentication, "verify_user", make_scope())
    assert recorder.records[0]["user_id"] is None


def test_request_whose_user_is_refused_has_no_user_id() -> None:
    class Refusing(Measured):
        async def verify_user(self, token: str) -> Any:
            raise ExpiredSignatureError(f"{len(token)} characters")

    authentication, recorder = measure(Refusing(), has_user_id=True)
    with pytest.raises(ExpiredSignatureError):
        call(authentication, "verify_user", make_scope())
    assert recorder.records[0]["user_id"] is None


# --- Whether it is measured ---


def test_authentication_is_measured_only_if_telemetry_is_on(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: Any = Measured()
    verifier = Verifier(SECRET, algorithms="HS256", issuer="https://issuer.example", check_audience=False)
    monkeypatch.setenv(switch.USER_ID_VARIABLE, "on")
    authentication = measure_authentication(measured, verifier, "sub")
    assert isinstance(authentication, MeasuredAuthentication)
    with exported.tracer.start_as_current_span("request"):
        call(authentication, "verify_user", make_scope())
    (span,) = exported.spans()
    assert (span["fastjose.issuer"], span["enduser.id"]) == ("https://issuer.example", "user-1")
    monkeypatch.setenv(switch.VARIABLE, "off")
    assert measure_authentication(measured, verifier, "sub") is measured


@pytest.mark.parametrize("verifier", [Verifier(SECRET, algorithms="HS256"), object()], ids=["no issuer", "several"])
def test_issuer_is_recorded_only_if_there_is_one_alone(exported: Exported, verifier: object) -> None:
    measured: Any = Measured()
    with exported.tracer.start_as_current_span("request"):
        call(measure_authentication(measured, verifier, None), "verify_user", make_scope())
    (span,) = exported.spans()
    assert "fastjose.issuer" not in span
    assert span["fastjose.outcome"] == "accepted"
