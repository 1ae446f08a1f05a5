"""`accept`: a function of the application that accepts the claims of a verified token, by returning True alone."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, WebSocket

from fastjose import RemoteKeySet
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials
from support.clients.http_client import HttpClient
from support.clients.websocket_handshake import open_websocket
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

pytestmark = pytest.mark.http

Function = Callable[[dict[str, Any]], Any]
PATHS = ("/user", "/optional", "/claims", "/id", "/role", "/scope", "/session", "/permitted")
GRANTS = {"role": "admin", "scope": "read", "sid": "session-1", "act": None}


def bearer_auth(verifier: Any, accept: Any) -> Any:
    return BearerAuth(verifier, accept=accept)


def credential_auth(verifier: Any, accept: Any) -> Any:
    return CredentialAuth(JwtCredentials(verifier, accept=accept))


KINDS: dict[str, Callable[[Any, Any], Any]] = {
    "bearer": bearer_auth,
    "bearer, list": lambda verifier, accept: bearer_auth([verifier], accept),
    "bearer, function": lambda verifier, accept: bearer_auth(lambda _: verifier, accept),
    "credentials": credential_auth,
    "credentials, list": lambda verifier, accept: credential_auth([verifier], accept),
}


@pytest.fixture(params=[0, 100], ids=["no cache", "cache"])
def verifier(request: pytest.FixtureRequest) -> Any:
    return api_verifier(BASE_URL, keys=KEY_SET, cache_size=request.param)


@pytest.fixture(params=["remote"])
def remote_verifier() -> Iterator[Any]:
    with serve_jwks(lambda: KEY_SET) as proxy:
        yield api_verifier(BASE_URL, keys=RemoteKeySet(proxy.url))


each_kind = pytest.mark.parametrize("create_auth", KINDS.values(), ids=KINDS)


def create_app(auth: Any) -> FastAPI:
    app = FastAPI()
    dependencies = {
        "/user": auth.current_user,
        "/optional": auth.current_user_optional,
        "/claims": auth.current_claims,
        "/id": auth.user_id,
        "/role": auth.require_role("admin"),
        "/scope": auth.require_scope("read"),
        "/session": auth.current_session,
        "/permitted": auth.forbid_impersonation,
    }
    for path, dependency in dependencies.items():

        @app.get(path)
        async def route(result: Annotated[Any, Depends(dependency)]) -> bool:
            return result is not None

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, user: Annotated[CurrentUser, Depends(auth.current_user)]) -> None:
        await websocket.accept()
        await websocket.send_text(user.user_id)

    return app


async def later(claims: dict[str, Any]) -> bool:
    return bool(claims)


class Truthy:
    """An object that claims to be true."""

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # not needed


def fail(claims: dict[str, Any]) -> bool:
    raise LookupError(claims["sub"])


REJECTING: dict[str, Function] = {
    "false": lambda _: False,
    "none": lambda _: None,
    "one": lambda _: 1,
    "text": lambda _: "True",
    "list": lambda _: [True],
    "object": lambda _: Truthy(),
    "exception": fail,
    "missing claim": lambda claims: claims["absent"] == 1,
    "coroutine": lambda claims: later({**claims}),
    "generator": lambda _: (True for _ in [1]),
    "function": lambda _: later,
}


@each_kind
@pytest.mark.parametrize("accept", REJECTING.values(), ids=REJECTING)
def test_token_that_is_not_accepted_is_rejected_everywhere(
    create_auth: Callable[..., Any], accept: Function, verifier: Any, caplog: pytest.LogCaptureFixture
) -> None:
    auth = create_auth(verifier, accept)
    token = make_api_token(**GRANTS)
    app = create_app(auth)
    with HttpClient(app) as client:
        for _ in range(2):  # the second request finds the token in the cache
            for path in PATHS:
                response = client.get(path, token)
                if path == "/optional":
                    assert response.json() is False
                else:
                    assert response.status_code == 401, path
                    assert response.headers["www-authenticate"] == "Bearer"
    assert open_websocket(app, "/socket", token) == 1008
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(token)
    assert raised.value.status_code == 401
    assert "user-1" not in caplog.text
    assert "claims_not_accepted" in caplog.text


@each_kind
def test_token_that_is_accepted_is_judged_at_each_request(create_auth: Callable[..., Any], verifier: Any) -> None:
    allowed = {"value": True}
    calls: list[dict[str, Any]] = []

    def accept(claims: dict[str, Any]) -> bool:
        calls.append(claims)
        return allowed["value"]

    auth = create_auth(verifier, accept)
    token = make_api_token(**GRANTS)
    with HttpClient(create_app(auth)) as client:
        for path in PATHS:
            calls.clear()
            assert client.get(path, token).json() is True, path
            assert len(calls) == 1
        allowed["value"] = False
        for path in PATHS:
            assert client.get(path, token).status_code == (200 if path == "/optional" else 401)
    assert calls[0]["role"] == "admin"


@each_kind
def test_token_whose_key_is_fetched_is_judged(create_auth: Callable[..., Any], remote_verifier: Any) -> None:
    auth = create_auth(remote_verifier, lambda claims: claims["role"] == "admin")
    with HttpClient(create_app(auth)) as client:
        assert client.get("/user", make_api_token(role="user")).status_code == 401
        assert client.get("/user", make_api_token(role="admin")).status_code == 200


@each_kind
def test_function_that_changes_the_claims_changes_a_copy(create_auth: Callable[..., Any], verifier: Any) -> None:
    def change(claims: dict[str, Any]) -> bool:
        claims["sub"] = "another"
        claims["roles"].append("admin")
        return True

    auth = create_auth(verifier, change)
    app = FastAPI()

    @app.get("/")
    async def route(
        user: Annotated[CurrentUser, Depends(auth.current_user)], claims: Annotated[Any, Depends(auth.current_claims)]
    ) -> list[Any]:
        return [user.user_id, claims["sub"], claims["roles"]]

    with HttpClient(app) as client:
        for _ in range(2):
            assert client.get("/", make_api_token(roles=["user"])).json() == ["user-1", "user-1", ["user"]]
    assert auth.verify_token(make_api_token(roles=["user"])).sub == "user-1"


@each_kind
def test_exit_of_the_process_passes_through(create_auth: Callable[..., Any], verifier: Any) -> None:
    def interrupt(_: dict[str, Any]) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_auth(verifier, interrupt).verify_token(make_api_token())


class Later:
    """An object whose call returns a coroutine."""

    async def __call__(self, claims: dict[str, Any]) -> bool:
        return bool(claims)


@each_kind
@pytest.mark.parametrize("accept", [later, Later(), True, "true", 1, ["a"]])
def test_wrong_function_raises_type_error(create_auth: Callable[..., Any], accept: Any, verifier: Any) -> None:
    with pytest.raises(TypeError, match="accept must be a plain function of the claims"):
        create_auth(verifier, accept)
