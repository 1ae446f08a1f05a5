"""What is recorded of a request: one authentication, its outcome and its time, and nothing of the credential."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.security import APIKeyCookie
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from fastjose import RemoteKeySet
from fastjose._connections.sender import RefusedError
from fastjose._telemetry import switch
from fastjose._telemetry.names import ERROR_CODES
from fastjose._telemetry.telemetry import Telemetry
from fastjose.better_auth import api_verifier
from fastjose.exceptions import StoreUnavailableError
from fastjose.fastapi import BearerAuth, CredentialAuth, JwtCredentials, SessionCookies, SessionTokens
from fastjose.starlette import JwtAuthenticationBackend
from fastjose.testing import TokenIssuer, serve_jwks
from support.better_auth.sessions import SECRET, RecordedLookup, sign_session_token
from support.clients.http_client import HttpClient
from support.environment.exported_telemetry import Exported
from support.tokens.attack_tokens.case import Case
from support.tokens.attack_tokens.cases import CASES
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_claims, make_api_token, sign_claims
from support.tokens.jose_builder import NOW
from support.tokens.verification_results import create_verifier, sensitive_texts

pytestmark = pytest.mark.http

DURATION, REFUSALS = "fastjose.authentication.duration", "fastjose.authentication.refusals"
VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)
OUTCOME = "fastjose.outcome"
LEAK_CHARS = 6
"""Shorter texts, such as `a.b`, are in any text."""


def build_app(auth: Any, exported: Exported) -> FastAPI:
    """Return an application whose requests have a span, as an instrumentation of FastAPI starts one."""
    app = FastAPI()

    @app.middleware("http")
    async def start_span(request: Request, call_next: Any) -> Any:
        with exported.tracer.start_as_current_span("request"):
            return await call_next(request)

    @app.get("/me")
    async def me(user: Annotated[Any, Depends(auth.current_user)]) -> Any:
        return user

    @app.get("/optional")
    async def optional(user: Annotated[Any, Depends(auth.current_user_optional)]) -> Any:
        return user

    @app.get("/many")
    async def many(
        user: Annotated[Any, Depends(auth.current_user)],
        _claims: Annotated[Any, Depends(auth.current_claims)],
        _optional: Annotated[Any, Depends(auth.current_user_optional)],
        _admin: Annotated[Any, Depends(auth.require_role("admin"))],
    ) -> Any:
        return user

    return app


def test_accepted_token_is_recorded_in_metrics_and_span(exported: Exported) -> None:
    with HttpClient(build_app(BearerAuth(VERIFIER), exported)) as client:
        assert client.get("/me", make_api_token()).status_code == 200
    attributes = {"fastjose.credential": "jwt", OUTCOME: "accepted"}
    assert exported.points(DURATION) == {frozenset(attributes.items()): 1}
    assert exported.points(REFUSALS) == {}
    assert {**attributes, "fastjose.issuer": BASE_URL} in exported.spans()


def test_request_with_many_dependencies_is_recorded_once(exported: Exported) -> None:
    with HttpClient(build_app(BearerAuth(VERIFIER), exported)) as client:
        assert client.get("/many", make_api_token(role="admin")).status_code == 200
        assert exported.total(DURATION) == 1
        assert client.get("/many", make_api_token(role="user")).status_code == 403
    assert exported.total(DURATION, fastjose__outcome="accepted") == 2, "the token of a 403 is accepted"


def test_request_without_credential_is_not_recorded(exported: Exported) -> None:
    for auth in (BearerAuth(VERIFIER), CredentialAuth(JwtCredentials(VERIFIER))):
        with HttpClient(build_app(auth, exported)) as client:
            assert client.get("/me").status_code == 401
    assert exported.metrics().keys().isdisjoint({DURATION, REFUSALS})


def test_optional_user_counts_the_refusal_of_its_token(exported: Exported) -> None:
    with HttpClient(build_app(BearerAuth(VERIFIER), exported)) as client:
        assert client.get("/optional", make_api_token(exp=1)).json() is None
    assert exported.total(REFUSALS, error__type="expired", fastjose__credential="jwt") == 1


@pytest.mark.parametrize("count", [1, 2])
def test_token_that_waits_for_its_key_is_recorded_with_its_outcome(exported: Exported, count: int) -> None:
    with serve_jwks(TokenIssuer()) as server:
        verifier = api_verifier(BASE_URL, keys=RemoteKeySet(server.url), issuer="https://i.example", audience="a")
        token = server.issuer.mint_token(iss="https://i.example", aud="a")
        verifiers: Any = verifier if count == 1 else [verifier, api_verifier(BASE_URL, keys=KEY_SET)]
        with HttpClient(build_app(BearerAuth(verifiers), exported)) as client:
            server.status = 503
            assert client.get("/me", token).status_code == 503
            server.status = 200
            assert exported.total(REFUSALS, error__type="keys_unavailable") == 1
            assert exported.total(DURATION, fastjose__outcome="unavailable") == 1
            verifier.remote_key_sets[0].fetch()
            assert client.get("/me", token).status_code == 200
            server.issuer.rotate_key()
            assert client.get("/me", server.issuer.mint_token(iss="https://i.example", aud="a")).status_code == 200
    assert exported.total(DURATION, fastjose__outcome="accepted") == 2


def test_attack_tokens_are_recorded_by_code_and_leak_nothing(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))
    cases = [case for case in CASES if case.needs_verifier]
    with HttpClient(Starlette()) as client:
        refused = [case for case in cases if is_refused(case, exported, client)]
    assert exported.total(DURATION, fastjose__outcome="accepted") == len(cases) - len(refused)
    codes = {dict(point)["error.type"]: count for point, count in exported.points(REFUSALS).items()}
    assert sum(codes.values()) <= len(refused), "a token that no header can have is not recorded"
    assert {"bad_signature", "malformed", "expired", "wrong_audience", "unknown_key"} <= codes.keys() <= ERROR_CODES
    text = exported.text()
    leaks = {leak for case in cases for leak in sensitive_texts(case) if len(leak) >= LEAK_CHARS and leak in text}
    assert leaks - codes.keys() == set()


def is_refused(case: Case, exported: Exported, client: HttpClient) -> bool:
    """Return whether a request with the token of an attack is refused."""
    connections = BearerAuth(create_verifier(case), user_id_claim=None, user_model=AnyUser).connections
    scope = {"type": "http", "headers": [(b"authorization", b"Bearer " + case.token)]}
    with exported.tracer.start_as_current_span("request"):
        try:
            return client._run(connections.authenticate(Request(scope))) is None
        except RefusedError:
            return True


def test_no_value_of_a_token_is_exported(exported: Exported) -> None:
    names = ("sub", "jti", "email", "name", "custom", "azp", "client_id", "sid", "scope")
    values = {name: f"canary-{name}" for name in names}
    tokens = [
        make_api_token(**values),
        *(make_api_token(**{**values, name: "canary-wrong"}) for name in ("iss", "aud", "exp", "nbf", "iat")),
        sign_claims(make_api_claims(**values), kid="canary-kid", typ="canary-typ"),
        make_api_token(**values)[:-8] + "canary00",
    ]
    for auth in (BearerAuth(VERIFIER), BearerAuth([VERIFIER]), CredentialAuth(JwtCredentials(VERIFIER))):
        with HttpClient(build_app(auth, exported)) as client:
            assert [client.get("/me", token).status_code for token in tokens] == [200] + [401] * 7
    assert exported.total(DURATION) == 3 * len(tokens)
    text = exported.text()
    assert "canary" not in text
    assert not any(segment in text for token in tokens for segment in token.split("."))


def test_known_code_has_its_value_and_another_one_has_none(exported: Exported) -> None:
    async def fail(_: object) -> None:
        error = StoreUnavailableError("the database of ada@example.com is down")
        error.code = "ada@example.com"
        raise error

    auth = CredentialAuth(SessionTokens(fail, secrets=[SECRET]))
    with HttpClient(build_app(auth, exported)) as client:
        assert client.get("/me", sign_session_token()).status_code == 503
    assert exported.total(REFUSALS, error__type="_OTHER", fastjose__credential="session") == 1
    assert "ada@" not in exported.text()


def test_each_credential_is_recorded_under_its_name(exported: Exported) -> None:
    lookup = RecordedLookup()
    auth = CredentialAuth(
        JwtCredentials(VERIFIER),
        SessionTokens(lookup, secrets=[SECRET]),
        SessionCookies(lookup, secrets=[SECRET]),
    )
    cookie = {"Cookie": f"better-auth.session_token={sign_session_token()}"}
    with HttpClient(build_app(auth, exported)) as client:
        assert client.get("/many", make_api_token(role="admin")).status_code == 200
        assert client.get("/me", sign_session_token()).status_code == 200
        assert client.get("/me", sign_session_token("unknown")).status_code == 401
        assert client.request("GET", "/me", headers=cookie).status_code == 200
        assert client.get("/me", "a.b.c.d.e").status_code == 401
        lookup.answer = StoreUnavailableError("down")
        assert client.get("/me", sign_session_token()).status_code == 503
    assert {
        tuple(dict(point)[name] for name in ("fastjose.credential", OUTCOME)): count
        for point, count in exported.points(DURATION).items()
    } == {
        ("jwt", "accepted"): 1,
        ("session", "accepted"): 1,
        ("session", "rejected"): 1,
        ("session", "unavailable"): 1,
        ("cookie", "accepted"): 1,
        ("_OTHER", "rejected"): 1,
    }
    assert not any(secret in exported.text() for secret in (SECRET, sign_session_token(), "user-1", "ada@"))


def test_starlette_backend_records_too(exported: Exported) -> None:
    backend = JwtAuthenticationBackend(VERIFIER)
    app = Starlette(routes=[Route("/me", lambda _: JSONResponse({}))], middleware=[backend.middleware()])
    with HttpClient(app) as client:
        assert client.get("/me", make_api_token()).status_code == 200
        assert client.get("/me", make_api_token(aud="another")).status_code == 401
    assert exported.total(DURATION) == 2
    assert exported.total(REFUSALS, error__type="wrong_audience") == 1


def test_user_id_is_exported_only_if_it_is_switched_on(exported: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not find_user_ids(exported, BearerAuth(VERIFIER))
    monkeypatch.setenv(switch.USER_ID_VARIABLE, "on")
    assert find_user_ids(exported, BearerAuth(VERIFIER)) == ["user-1"]
    credentials = CredentialAuth(JwtCredentials(VERIFIER))
    assert find_user_ids(exported, credentials) == ["user-1", "user-1"]
    assert "user-1" not in str(exported.metrics()), "a metric never has it"


def test_exported_user_id_is_that_of_the_token_that_decides(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.USER_ID_VARIABLE, "on")
    auth = BearerAuth(VERIFIER, scheme=APIKeyCookie(name="token"))
    with HttpClient(build_app(auth, exported)) as client:
        headers = {"cookie": f"token={make_api_token()}", "authorization": f"Bearer {make_api_token(sub='user-2')}"}
        response = client.request("GET", "/me", headers=headers)
        assert response.json()["user_id"] == "user-1"
    assert [span["enduser.id"] for span in exported.spans() if "enduser.id" in span] == ["user-1"]


def find_user_ids(exported: Exported, auth: Any) -> list[Any]:
    with HttpClient(build_app(auth, exported)) as client:
        assert client.get("/me", make_api_token()).json()["user_id"] == "user-1"
        assert client.get("/me", make_api_token(exp=1)).status_code == 401
    return [span["enduser.id"] for span in exported.spans() if "enduser.id" in span]


def test_failure_of_opentelemetry_changes_no_response(
    exported: Exported, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Any:
        raise RuntimeError("the exporter is full of tokens")

    monkeypatch.setattr(switch, "_created", [Telemetry(exported.telemetry._instruments, fail)])  # type: ignore[union-attr]
    monkeypatch.setattr("fastjose._telemetry.telemetry._has_logged", [])
    with HttpClient(build_app(BearerAuth(VERIFIER), exported)) as client:
        for token, status in ((make_api_token(), 200), (make_api_token(exp=1), 401), ("garbage", 401)):
            assert client.get("/me", token).status_code == status
    assert [record.getMessage() for record in caplog.records if "telemetry" in record.getMessage()] == [
        "telemetry_failed: OpenTelemetry raised RuntimeError"
    ]


class AnyUser(BaseModel):
    """A user without an id."""
