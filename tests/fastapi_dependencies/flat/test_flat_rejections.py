"""Rejections of flat dependencies: which token the handler gets, and how a request or a WebSocket is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import Depends, HTTPException, WebSocketException
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from fastjose import Verifier
from fastjose._fastapi.dependencies import (
    authorized_user_dependency,
    claims_dependency,
    current_user_dependency,
    optional_user_dependency,
    session_dependency,
)
from fastjose._fastapi.flat_dependencies import (
    FlatDependency,
    OptionalFlatDependency,
    RequestVerification,
    depend_on,
)
from fastjose._places.bearer_token import BearerToken
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose.exceptions import JOSEError, JWKSetUnavailableError, JWTError
from fastjose.fastapi import BearerAuth
from support.tokens.jose_builder import SECRET, create_token

if TYPE_CHECKING:
    from fastjose._refusals.refusal import Refusal

pytestmark = pytest.mark.http

REJECTED, UNAVAILABLE = JWTError("no"), JWKSetUnavailableError("away")


class Member(BaseModel):
    """A user that not every accepted token describes."""

    user_id: str
    level: int


class NotedRejections(RejectionHandler):
    """Notes what is rejected."""

    def __init__(self, verifier: Verifier) -> None:
        super().__init__(verifier)
        self.noted: list[tuple[JOSEError, str]] = []

    def reject(self, error: JOSEError, token: str) -> Refusal:
        self.noted.append((error, token))
        return super().reject(error, token)

    def reject_optional(self, error: JOSEError, token: str) -> Refusal | None:
        self.noted.append((error, token))
        return super().reject_optional(error, token)


def create_auth(**options: Any) -> BearerAuth[Any]:
    return BearerAuth(Verifier(SECRET, algorithms="HS256", required=()), **options)


def connect(kind: str, *headers: tuple[bytes, bytes], **scope: Any) -> HTTPConnection:
    return HTTPConnection(
        {"type": kind, "method": "GET", "path": "/", "query_string": b"", "headers": [*headers], **scope}
    )


def bearer(token: str) -> tuple[bytes, bytes]:
    return (b"authorization", b"Bearer " + token.encode())


def create_dependency(
    kind: type[FlatDependency[Any]], error: JOSEError, *, in_view: bool
) -> tuple[FlatDependency[Any], list[tuple[JOSEError, str]], list[Any]]:
    """Return a dependency that rejects each token, with what is noted of the tokens and of the scopes it verifies."""
    auth = create_auth()
    scopes: list[Any] = []
    rejections = NotedRejections(Verifier(SECRET, algorithms="HS256"))

    def verify(scope: Any) -> str:
        scopes.append(scope)
        return "user" if in_view else fail()

    def fail(*_: object) -> str:
        raise error

    async def verify_token(_: str) -> str:
        return "user"

    scheme = auth.oauth2_scheme if kind is FlatDependency else auth.oauth2_scheme_optional
    verification = RequestVerification(verify, fail, verify_token, scheme, rejections)
    view = fail if in_view else None
    return kind(lambda: None, verification, view=view), rejections.noted, scopes


def refuse(dependency: Any, connection: Any) -> Any:
    with pytest.raises((HTTPException, WebSocketException)) as caught:
        asyncio.run(dependency(connection))
    return caught.value


@pytest.mark.parametrize("in_view", [False, True])
@pytest.mark.parametrize("error", [REJECTED, UNAVAILABLE])
@pytest.mark.parametrize("kind", [FlatDependency, OptionalFlatDependency])
def test_handler_gets_the_error_and_the_token_of_the_header(kind: Any, error: JOSEError, *, in_view: bool) -> None:
    dependency, noted, scopes = create_dependency(kind, error, in_view=in_view)
    connection = connect("http", bearer("its.own.token"))
    if kind is OptionalFlatDependency and error is REJECTED:
        assert asyncio.run(dependency(connection)) is None
    else:
        assert refuse(dependency, connection).status_code == (401 if error is REJECTED else 503)
    assert noted[0] == (error, "its.own.token")
    assert scopes[0] is connection.scope


@pytest.mark.parametrize("kind", [FlatDependency, OptionalFlatDependency])
def test_handler_gets_an_empty_token_without_one_in_the_header(kind: Any) -> None:
    dependency, noted, _ = create_dependency(kind, UNAVAILABLE, in_view=True)
    assert refuse(dependency, connect("http")).status_code == 503
    assert noted[0] == (UNAVAILABLE, "")


@pytest.mark.parametrize(("error", "status", "code"), [(REJECTED, 401, 1008), (UNAVAILABLE, 503, 1013)])
@pytest.mark.parametrize("kind", [FlatDependency, OptionalFlatDependency])
def test_rejected_websocket_is_closed(kind: Any, error: JOSEError, status: int, code: int) -> None:
    dependency, _, _ = create_dependency(kind, error, in_view=True)
    connection = connect("websocket", bearer("its.own.token"))
    if kind is OptionalFlatDependency and status == 401:
        assert asyncio.run(dependency(connection)) is None
    else:
        closed = refuse(dependency, connection)
        assert (type(closed), closed.code) == (WebSocketException, code)


def test_rejected_token_of_a_program_is_a_response() -> None:
    for error, status in ((REJECTED, 401), (UNAVAILABLE, 503)):
        dependency, noted, _ = create_dependency(FlatDependency, error, in_view=True)
        refused = refuse(dependency, "its.own.token")
        assert (type(refused), refused.status_code) == (HTTPException, status)
        assert noted == [(error, "its.own.token")]


def test_view_has_the_scope_of_the_request_whose_token_a_program_passes() -> None:
    auth = create_auth()
    verification = auth.current_claims.verification
    dependency: FlatDependency[Any] = FlatDependency(lambda: None, verification, view=lambda _, scope: scope)
    token, scope = create_token("HS256", {"sub": "user-1"}, SECRET), {"type": "websocket", "own": 1}
    assert asyncio.run(dependency(BearerToken.of_request(token, scope))) is scope
    assert asyncio.run(dependency(token)) == {"type": "http"}


@pytest.mark.parametrize("kind", ["http", "websocket", "token"])
def test_claims_that_the_model_rejects_let_nobody_in(kind: str) -> None:
    auth = create_auth(user_model=Member)
    token = create_token("HS256", {"sub": "user-1", "role": "admin", "level": "high"}, SECRET)
    for dependency in (auth.require_role("admin"), auth.require_not_anonymous):
        refused = refuse(dependency, token if kind == "token" else connect(kind, bearer(token)))
        if kind == "websocket":
            assert (type(refused), refused.code) == (WebSocketException, 1008)
        else:
            assert (refused.status_code, refused.headers) == (401, {"WWW-Authenticate": "Bearer"})
            assert "level" in refused.detail


def test_flat_dependency_alone_is_resolved_with_a_scope() -> None:
    auth = create_auth()

    def function() -> None: ...

    has_scopes = hasattr(Depends(function), "scope")
    for dependency, scope in ((auth.current_user, "request" if has_scopes else None), (function, None)):
        depends = depend_on(dependency)
        assert depends.dependency is dependency
        assert getattr(depends, "scope", None) == scope


# --- The functions behind flat dependencies ---


class FailingAuthentication:
    """An authentication that rejects each token."""

    def __init__(self, error: JOSEError) -> None:
        self.error = error

    async def verify_user(self, _: str) -> Any:
        raise self.error

    async def verify_claims(self, _: str) -> Any:
        raise self.error


@pytest.mark.parametrize(("error", "status", "code"), [(REJECTED, 401, 1008), (UNAVAILABLE, 503, 1013)])
@pytest.mark.parametrize("create", [current_user_dependency, optional_user_dependency, claims_dependency])
def test_function_rejects_a_token_as_its_dependency_does(create: Any, error: JOSEError, status: int, code: int) -> None:
    rejections = NotedRejections(Verifier(SECRET, algorithms="HS256"))
    function = create(FailingAuthentication(error), rejections, create_auth().oauth2_scheme)
    tokens = {"": "its.own.token"}
    tokens |= {kind: BearerToken.of_request("its.own.token", {"type": kind}) for kind in ("http", "websocket")}
    for kind, token in tokens.items():
        rejections.noted.clear()
        if create is optional_user_dependency and error is REJECTED:
            assert asyncio.run(function(token)) is None
        else:
            refused = refuse(function, token)
            assert (refused.code if kind == "websocket" else refused.status_code) == (
                code if kind == "websocket" else status
            )
        assert rejections.noted[0] == (error, "its.own.token")


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_function_authorizes_the_claims_of_its_connection(kind: str) -> None:
    rejections = NotedRejections(Verifier(SECRET, algorithms="HS256"))
    claims, connection = {"sub": "user-1"}, connect(kind)

    def authorize(*given: Any) -> Any:
        if given[0] is claims:
            return given
        raise REJECTED

    function: Any = authorized_user_dependency(authorize, create_auth().current_claims, rejections)
    found = asyncio.run(function(claims, connection))
    assert found[0] is claims
    assert found[1] is connection.scope
    with pytest.raises((HTTPException, WebSocketException)) as caught:
        asyncio.run(function({}, connection))
    refused: Any = caught.value
    assert (refused.status_code if kind == "http" else refused.code) == (401 if kind == "http" else 1008)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_function_returns_the_session_of_its_claims(kind: str) -> None:
    function: Any = session_dependency(create_auth().current_claims)
    session = asyncio.run(function({"sub": "user-1", "sid": "session-1"}, connect(kind)))
    assert (session.id, session.user_id) == ("session-1", "user-1")
    with pytest.raises((HTTPException, WebSocketException)) as caught:
        asyncio.run(function({"sub": "user-1"}, connect(kind)))
    refused: Any = caught.value
    assert (refused.status_code if kind == "http" else refused.code) == (403 if kind == "http" else 1008)
