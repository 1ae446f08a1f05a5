"""No frame of the package has a token in the traceback of a refused request, whichever face refuses it."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Response, Security
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import ApiKeys, BearerAuth, CredentialAuth, JwtCredentials, SessionCookies, SessionTokens
from fastjose.starlette import JwtAuthenticationBackend
from support.better_auth.sessions import SECRET, RecordedLookup
from support.clients.asgi_client import send_request
from support.memory.garbage import find_frames_left
from support.memory.package_frames import variables_of_package
from support.servers.ports import hold_closed_port
from support.tokens.bearer_tokens import KEY_SET, make_api_token, sign_claims

pytestmark = pytest.mark.http

LOCAL = Verifier(KEY_SET)
Header = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def closed_url() -> Iterator[str]:
    """Return the URL of a port at which no server listens."""
    with hold_closed_port() as port:
        yield f"http://127.0.0.1:{port}/jwks"


async def find_no_key(_: str) -> None:
    return None


def fail(_: object) -> Any:
    raise LookupError("a fault of the application")


def connect(token: str, kind: str = "http", *, headers: int = 1) -> HTTPConnection:
    sent = [bearer(token)] * headers
    return HTTPConnection({"type": kind, "method": "GET", "path": "/", "query_string": b"", "headers": sent})


def bearer(token: str) -> Header:
    return b"authorization", f"Bearer {token}".encode()


def list_auths(url: str) -> dict[str, Any]:
    remote = Verifier(RemoteKeySet(url, max_wait_seconds=0.001))
    sessions = SessionTokens(RecordedLookup(None), secrets=[SECRET]), SessionCookies(RecordedLookup(None))
    return {
        "BearerAuth": BearerAuth(LOCAL),
        "BearerAuth, keys that cannot be fetched": BearerAuth(remote),
        "BearerAuth, several issuers": BearerAuth(lambda _: None),
        "BearerAuth, issuers that fail": BearerAuth(fail),
        "BearerAuth, accept": BearerAuth(LOCAL, accept=lambda _: False),
        "CredentialAuth": CredentialAuth(JwtCredentials(LOCAL), *sessions, ApiKeys(find_no_key)),
        "CredentialAuth, keys that cannot be fetched": CredentialAuth(JwtCredentials(remote), ApiKeys(find_no_key)),
    }


TOKENS: dict[str, Callable[[], str]] = {
    "expired": lambda: make_api_token(exp=1),
    "without rights": make_api_token,
    "of an unknown key": lambda: sign_claims({"sub": "ada", "exp": 9_999_999_999}, kid="unknown"),
    "without a session": lambda: make_api_token(sub="other"),
    "forged": lambda: make_api_token()[:-20] + "A" * 20,
    "not a token": lambda: "a-credential-of-no-kind-that-is-known",
}
NAMES = [
    *("current_user", "current_user_optional", "current_claims", "current_session", "user_id", "get_user_id"),
    *("forbid_impersonation", "require_not_anonymous", "oauth2_scheme", "oauth2_scheme_optional"),
]


def list_dependencies(auth: Any) -> dict[str, Any]:
    found = {name: getattr(auth, name) for name in NAMES} | {
        "require_role": auth.require_role("admin"),
        "require_scope": auth.require_scope("tasks:read"),
        "require_organization_role": BearerAuth(LOCAL).require_organization_role("owner"),
    }
    functions = {f"{name}.function": each.function for name, each in found.items() if hasattr(each, "function")}
    return found | functions


Collected = list[BaseException]


def build_app(dependencies: dict[str, Any], collected: Collected) -> FastAPI:
    """Return an application with two routes for each dependency, which adds what refuses a request to `collected`."""
    app = FastAPI()

    async def keep(_: object, error: Exception) -> Any:
        collected.append(error)
        return Response(status_code=403)

    async def answer() -> None: ...

    app.add_exception_handler(HTTPException, keep)
    app.add_exception_handler(LookupError, keep)
    for name, dependency in dependencies.items():
        for scopes in ([], ["tasks:read"]):
            path = f"/{name}/{len(scopes)}"
            app.get(path, dependencies=[Security(dependency, scopes=scopes)])(answer)
    return app


def find_places(error: BaseException, token: str) -> set[str]:
    return {place for place, text in variables_of_package(error).items() if token in text}


def kinds_for(auth_name: str) -> list[str]:
    return ["of an unknown key"] if "fetched" in auth_name else list(TOKENS)


def send_requests(app: FastAPI, dependencies: dict[str, Any], token: str) -> Iterator[str]:
    """Send `token` in each way to each route. Yield the path after each request."""
    for headers in ([bearer(token)], [bearer(token)] * 2, [(b"x-api-key", token.encode())]):
        for name in dependencies:
            for scopes in (0, 1):
                path = f"/{name}/{scopes}"
                send_request(app, path, headers)
                yield path


@pytest.mark.parametrize("auth_name", list_auths("https://auth.example.com/jwks"))
def test_no_frame_has_the_token_of_a_refused_request(auth_name: str, closed_url: str) -> None:
    auth, collected = list_auths(closed_url)[auth_name], Collected()
    dependencies = list_dependencies(auth)
    app = build_app(dependencies, collected)
    refused = 0
    for kind in kinds_for(auth_name):
        token = TOKENS[kind]()
        for path in send_requests(app, dependencies, token):
            for error in collected:
                assert find_places(error, token) == set(), (kind, path)
            refused += len(collected)
            collected.clear()
    assert refused > 50 * len(kinds_for(auth_name))


@pytest.mark.parametrize("auth_name", list_auths("https://auth.example.com/jwks"))
def test_refused_request_leaves_no_cycle(auth_name: str, closed_url: str) -> None:
    """Its variables end with the request, and not at the next garbage collection."""
    auth, collected = list_auths(closed_url)[auth_name], Collected()
    dependencies = list_dependencies(auth)
    app = build_app(dependencies, collected)

    def refuse() -> None:
        for kind in kinds_for(auth_name):
            for _ in send_requests(app, dependencies, TOKENS[kind]()):
                collected.clear()

    assert find_frames_left(refuse) == []


CALLS: dict[str, Callable[[str, str], object]] = {
    "current_user(request)": lambda token, _: BearerAuth(LOCAL).current_user(connect(token)),
    "current_user(websocket)": lambda token, _: BearerAuth(LOCAL).current_user(connect(token, "websocket")),
    "current_user(token)": lambda token, _: BearerAuth(LOCAL).current_user(token),
    "current_claims(token)": lambda token, _: BearerAuth(LOCAL).current_claims(token),
    "current_user.function(token)": lambda token, _: BearerAuth(LOCAL).current_user.function(token),
    "current_user(request), 503": lambda token, url: remote_auth(url).current_user(connect(token)),
    "current_user(token), 503": lambda token, url: remote_auth(url).current_user(token),
    "oauth2_scheme": lambda token, _: BearerAuth(LOCAL).oauth2_scheme(connect(token, headers=2)),
    "verify_token": lambda token, _: BearerAuth(LOCAL).verify_token(token),
    "verify_token, 503": lambda token, url: remote_auth(url).verify_token(token),
    "verify_token, coroutine function": lambda token, _: BearerAuth(find_no_key).verify_token(token),
    "verify_token, issuers that fail": lambda token, _: BearerAuth(fail).verify_token(token),
    "CredentialAuth.verify_token": lambda token, _: CredentialAuth(JwtCredentials(LOCAL)).verify_token(token),
    "CredentialAuth.verify_token, no JWTs": lambda token, _: CredentialAuth(ApiKeys(find_no_key)).verify_token(token),
    "backend": lambda token, _: JwtAuthenticationBackend(LOCAL).authenticate(connect(token)),
    "backend, 503": lambda token, url: JwtAuthenticationBackend(remote_auth(url)).authenticate(connect(token)),
    "backend, header": lambda token, _: JwtAuthenticationBackend(LOCAL, token_header="X-Token").authenticate(
        HTTPConnection({"type": "http", "headers": [(b"x-token", token.encode())]})
    ),
    "connections": lambda token, _: BearerAuth(LOCAL).connections.authenticate(connect(token)),
}


def remote_auth(url: str) -> BearerAuth[Any]:
    return BearerAuth(Verifier(RemoteKeySet(url, max_wait_seconds=0.001)))


@pytest.mark.parametrize("name", CALLS)
def test_no_frame_has_the_token_of_a_call(name: str, closed_url: str) -> None:
    expires_at = 9_999_999_999 if "503" in name else 1
    token = sign_claims({"sub": "ada", "iss": "https://other.example.com", "exp": expires_at}, kid="k")

    async def call() -> None:
        result: Any = CALLS[name](token, closed_url)
        if isinstance(result, Awaitable):
            await result

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its frames are compared
        asyncio.run(call())
    assert find_places(caught.value, token) == set()


def test_token_of_a_request_is_a_str_whose_representation_is_not_it() -> None:
    token = asyncio.run(BearerAuth(LOCAL).oauth2_scheme(connect("a.b.c")))
    assert isinstance(token, str)
    assert (token == "a.b.c", f"{token}", token.split("."), len(token)) == (True, "a.b.c", ["a", "b", "c"], 5)
    assert "a.b.c" not in f"{token!r} {[token]} { ({'token': token}) }"


def test_frame_with_a_token_is_found() -> None:
    """The control: a frame that claims to be of the package."""
    namespace: dict[str, Any] = {"__name__": "fastjose.control"}
    exec("def refuse(token):\n    raise LookupError", namespace)  # noqa: S102 - the frame needs that name
    with pytest.raises(LookupError) as caught:
        namespace["refuse"]("a.b.c")
    assert len(find_places(caught.value, "a.b.c")) == 1
