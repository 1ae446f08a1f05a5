"""The application of `examples/todo` in this process, with an environment chosen by the test.

Like `fastjose.auth`, the application reads the environment when it is imported.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt

from support.environment.fresh_import import import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest
    from fastapi import FastAPI

    from support.clients.http_client import HttpClient

SECRET = "the to-do list's secret, long enough for HS512 as well: 64 bytes"
TOKEN_URL = "/api/auth/token"


def load_todo_app(monkeypatch: pytest.MonkeyPatch, directory: Path, environment: Mapping[str, str]) -> FastAPI:
    """Import the application in `directory`, configured only by `environment` and by SECRET as default."""
    database_url = f"sqlite:///{directory}/todo.db"
    defaults = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": database_url, "ENVIRONMENT": "development"}
    set_environment(monkeypatch, directory, {**defaults, **environment})
    app: FastAPI = import_fresh(monkeypatch, "backend.main", reads_environment).app
    return app


def reads_environment(module: str) -> bool:
    # The models are not imported again, because SQLModel does not allow defining a table twice.
    return module == "fastjose.auth" or (module.startswith("backend") and not module.startswith("backend.models"))


def sign_in(client: HttpClient, name: str, password: str = "development") -> str:
    """Return a token from the development issuer."""
    response = client.post(TOKEN_URL, data={"username": name, "password": password})
    assert response.status_code == 200, response.text
    token: str = response.json()["access_token"]
    return token


def sign_token_for(user_id: str, secret: str = SECRET, *, lifetime_seconds: int = 60) -> str:
    """Return a token signed without fastjose."""
    now = int(time.time())
    return jwt.encode({"sub": user_id, "iat": now, "exp": now + lifetime_seconds}, secret, algorithm="HS256")


def create_task(client: HttpClient, token: str, **fields: Any) -> dict[str, Any]:
    """Create a task and return the response body."""
    response = client.post("/api/tasks", token, json={"title": "A task", **fields})
    assert response.status_code == 201, response.text
    task: dict[str, Any] = response.json()
    return task
