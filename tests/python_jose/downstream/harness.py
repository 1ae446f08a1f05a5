"""How a driver shows tokens to its library, and what is noted of the answers."""

# FastAPI reads the annotations of the route here, which name local variables: so no `annotations` import.

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

Answers = dict[str, Any]


def try_over_http(dependency: Callable[..., Any], tokens: Mapping[str, str]) -> Answers:
    """Send each token to a route that takes the user from `dependency`."""
    app = FastAPI()

    @app.get("/me")
    def me(user: Annotated[Any, Depends(dependency)]) -> Any:
        return user

    return try_app(app, tokens)


def try_app(app: FastAPI, tokens: Mapping[str, str]) -> Answers:
    """Send each token to `/me` of `app`."""
    with TestClient(app) as client:
        return {
            case: note(client.get("/me", headers={"authorization": f"Bearer {token}"}))
            for case, token in tokens.items()
        }


def note(response: httpx.Response) -> list[Any]:
    """Return the status, and the body: of JSON what it holds."""
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return [response.status_code, response.json() if is_json else response.text]


def try_call(verify: Callable[[str], Any], tokens: Mapping[str, str]) -> Answers:
    """Call `verify` with each token."""
    return {case: call(verify, token) for case, token in tokens.items()}


def call(verify: Callable[[str], Any], token: str) -> list[Any]:
    """Return what `verify` does, or the name and text of what it raises."""
    try:
        return ["returned", verify(token)]
    except Exception as error:  # noqa: BLE001 - which one it is, is what is noted
        return [type(error).__name__, str(error)]
