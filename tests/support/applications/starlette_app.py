"""An application of Starlette that needs neither FastAPI nor pydantic, and the backends that authenticate its requests.

`create_app` is for tests in this process. `app` is served by uvicorn, with FastAPI and pydantic made impossible to
import. It accepts the tokens that are signed with `TEST_SECRET`, and exits when its standard input closes.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from fastjose.starlette import JwtAuthenticationBackend

MISSING = ("fastapi", "pydantic", "pydantic_core", "pydantic_settings")


def describe(connection: Request | WebSocket) -> dict[str, Any]:
    """Return what a route sees of the sender of a request."""
    user = connection.user
    scopes = connection.auth.scopes
    if not user.is_authenticated:
        return {"authenticated": False, "name": user.display_name, "scopes": scopes}
    return {
        "authenticated": True,
        "user_id": user.user_id,
        "identity": user.identity,
        "name": user.display_name,
        "email": user.email,
        "scopes": scopes,
    }


async def show(request: Request) -> JSONResponse:
    """Describe the sender, or that there is none."""
    return JSONResponse(describe(request))


@requires("authenticated", status_code=401)
async def me(request: Request) -> JSONResponse:
    """Describe the user."""
    return JSONResponse(describe(request))


@requires(["authenticated", "role:admin"])
def admin(request: Request) -> JSONResponse:
    """Describe an administrator, in the thread pool."""
    return JSONResponse(describe(request))


@requires("tasks:write")
async def tasks(request: Request) -> JSONResponse:
    """Describe a user whose token has the scope."""
    return JSONResponse(describe(request))


async def events(websocket: WebSocket) -> None:
    """Send the description of the sender."""
    await websocket.accept("bearer" if "bearer" in websocket.scope["subprotocols"] else None)
    await websocket.send_json(describe(websocket))
    await websocket.close()


@requires("authenticated")
async def private_events(websocket: WebSocket) -> None:
    """Send the description of a user."""
    await events(websocket)


ROUTES = [
    Route("/", show, methods=["GET", "POST"]),
    Route("/me", me),
    Route("/admin", admin),
    Route("/tasks", tasks),
    WebSocketRoute("/events", events),
    WebSocketRoute("/private", private_events),
]


def create_app(backend: JwtAuthenticationBackend, **options: Any) -> Starlette:
    """Return the application whose requests `backend` authenticates."""
    return Starlette(routes=ROUTES, middleware=[backend.middleware()], **options)


def create_served_app() -> Starlette:
    """Return the application without FastAPI and pydantic."""
    for name in MISSING:
        sys.modules[name] = None  # type: ignore[assignment]  # Python then raises a ModuleNotFoundError at an import
    from fastjose import Verifier  # noqa: PLC0415 - after the modules are missing
    from fastjose.starlette import JwtAuthenticationBackend  # noqa: PLC0415 - as above
    from support.processes.exit_on_stdin_close import exit_when_stdin_closes  # noqa: PLC0415 - only in the child process

    exit_when_stdin_closes()
    verifier = Verifier(os.environ["TEST_SECRET"], algorithms=["HS256"])
    return create_app(JwtAuthenticationBackend(verifier, websocket_subprotocol="bearer"))


if "TEST_SECRET" in os.environ:
    app = create_served_app()
