"""An application that prints a line when a request begins, so that a test knows which requests wait for a key.

Its fetches have a minute, so that a busy machine ends none.
"""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from faults.harness.tokens import AUDIENCE
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

BEGINNING = "a request begins"
FETCH_SECONDS = 60


def create_app(url: str) -> FastAPI:
    """Return the application, which verifies tokens with the keys at `url`."""
    app = FastAPI()
    auth = BearerAuth(Verifier(RemoteKeySet(url, timeout_seconds=FETCH_SECONDS), audience=AUDIENCE))

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user

    return app


class AnnouncingApp:
    """Prints `BEGINNING` at each request, and passes it on."""

    def __init__(self, app: FastAPI) -> None:
        """Pass requests on to `app`."""
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Print, and pass on."""
        if scope["type"] == "http":
            print(BEGINNING, flush=True)  # noqa: T201 - read by the test
        await self._app(scope, receive, send)


if url := os.environ.get("TEST_JWKS_URL"):
    app = AnnouncingApp(create_app(url))
    exit_when_stdin_closes()
