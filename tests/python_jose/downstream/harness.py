"""Functions that pass tokens to a library and record its answers."""

# FastAPI evaluates the route's annotations, which name local variables. Do not import `annotations` here.

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

Answers = dict[str, Any]


def try_over_http(dependency: Callable[..., Any], tokens: Mapping[str, str]) -> Answers:
    """Send each token to a route whose user comes from `dependency`."""
    app = FastAPI()

    @app.get("/me")
    def me(user: Annotated[Any, Depends(dependency)]) -> Any:
        return user

    return try_app(app, tokens)


def try_app(app: FastAPI, tokens: Mapping[str, str]) -> Answers:
    """Send each token to `/me` of `app`."""
    with TestClient(app) as client:
        return {
            case: describe_response(client.get("/me", headers={"authorization": f"Bearer {token}"}))
            for case, token in tokens.items()
        }


def describe_response(response: httpx.Response) -> list[Any]:
    """Return the status and the body, parsed if it is JSON."""
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return [response.status_code, response.json() if is_json else response.text]


def try_call(verify: Callable[[str], Any], tokens: Mapping[str, str]) -> Answers:
    """Call `verify` with each token."""
    return {case: call_and_describe(verify, token) for case, token in tokens.items()}


def call_and_describe(verify: Callable[[str], Any], token: str) -> list[Any]:
    """Return the result of `verify`, or the name and text of its exception."""
    try:
        return ["returned", verify(token)]
    except Exception as error:  # noqa: BLE001 - any exception is recorded
        return [type(error).__name__, str(error)]
