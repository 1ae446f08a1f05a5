"""The backend under a real uvicorn, without FastAPI and pydantic: requests, and WebSocket handshakes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fastjose import Verifier, sign_token
from fastjose.starlette import JwtAuthenticationBackend
from support.applications.starlette_app import MISSING, create_app
from support.clients.asgi_client import open_websocket
from support.clients.websocket_handshake import open_websocket as open_without_extension
from support.environment.fresh_import import SECRET
from support.servers.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http


def make_token(**claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60, **claims}, SECRET, algorithm="HS256")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    directory = tmp_path_factory.mktemp("starlette")
    with run_uvicorn(directory, "support.applications.starlette_app:app", TEST_SECRET=SECRET) as served:
        yield served


def test_requests_of_plain_starlette(served: ServedApp) -> None:
    assert served.get("/me", make_token(scope="a")).json()["scopes"] == ["authenticated", "a"]
    assert served.get("/").json()["authenticated"] is False
    rejected = served.get("/", make_token(exp=1))
    assert (rejected.status_code, rejected.json()) == (401, {"detail": "Token has expired"})
    assert rejected.headers["www-authenticate"] == "Bearer"


def receive_first(served: ServedApp, path: str, token: str | None) -> Any:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    url = served.origin.replace("http", "ws", 1) + path
    with connect(url, additional_headers=headers, proxy=None) as socket:
        return json.loads(socket.recv())


def test_accepted_handshakes(served: ServedApp) -> None:
    assert receive_first(served, "/private", make_token())["user_id"] == "user-1"
    assert receive_first(served, "/events", None)["authenticated"] is False


def test_token_after_a_subprotocol(served: ServedApp) -> None:
    url = served.origin.replace("http", "ws", 1) + "/private"
    with connect(url, subprotocols=["bearer", make_token()], proxy=None) as socket:  # type: ignore[list-item]
        assert json.loads(socket.recv())["user_id"] == "user-1"


def test_rejected_handshake_is_answered_with_the_response(served: ServedApp) -> None:
    with pytest.raises(InvalidStatus) as rejected:
        receive_first(served, "/events", make_token(exp=1))
    response = rejected.value.response
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.body == b'{"detail":"Token has expired"}'


def test_handshake_without_required_scope_is_answered_with_403(served: ServedApp) -> None:
    with pytest.raises(InvalidStatus) as rejected:
        receive_first(served, "/private", None)
    assert rejected.value.response.status_code == 403


def test_server_without_responses_to_handshakes_closes_the_websocket() -> None:
    app = create_app(JwtAuthenticationBackend(Verifier(SECRET, algorithms=["HS256"])))
    assert open_without_extension(app, "/events", make_token(exp=1)) == 1008
    assert open_websocket(app, "/events", [(b"authorization", b"Bearer ")]).status == 401


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("import fastjose.starlette", 'this requires Starlette: pip install "fastjose[starlette]"'),
        (
            "from fastjose.starlette import JwtAuthenticationBackend as B; B.from_environment()",
            "from_environment requires pydantic-settings",
        ),
    ],
)
def test_missing_package_is_named(statement: str, error: str) -> None:
    missing = [*MISSING, "starlette"] if statement.startswith("import") else MISSING
    code = f"import sys; sys.modules.update(dict.fromkeys({[*missing]!r})); {statement}"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this interpreter
    assert run.stderr.strip().splitlines()[-1].startswith(f"ModuleNotFoundError: {error}")
