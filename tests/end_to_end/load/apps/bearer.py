"""What the applications on other libraries share: the bearer token, the refusal, and the route."""

import os
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from end_to_end.load.apps.collector import tune_collector
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

JWKS_URL, ISSUER, AUDIENCE = (os.environ[name] for name in ("LOAD_JWKS_URL", "LOAD_ISSUER", "LOAD_AUDIENCE"))
COOLDOWN_SECONDS = os.environ.get("LOAD_COOLDOWN_SECONDS")  # the default of the library without it
ALGORITHM = "ES256"

BearerCredentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


def refuse(error: Exception) -> HTTPException:
    """Return the response to a token that the library rejects."""
    return HTTPException(401, f"{type(error).__name__}: {error}", {"WWW-Authenticate": "Bearer"})


def report_unavailable(error: Exception) -> HTTPException:
    """Return the response while the key set is unavailable."""
    return HTTPException(503, f"{type(error).__name__}: {error}", {"Retry-After": "1"})


def create_app(get_user_id: Callable[..., object]) -> FastAPI:
    """Return the application whose route returns the user id of `get_user_id`, a dependency."""
    app = FastAPI()

    @app.get("/user-id")
    async def user_id(user_id: Annotated[str, Depends(get_user_id)]) -> dict[str, str]:
        return {"user_id": user_id}

    exit_when_stdin_closes()
    tune_collector()
    return app
