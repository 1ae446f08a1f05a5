"""`fastjose.auth` under an environment that the test chooses.

It reads the environment when it is imported. So it is imported anew for each, and taken out again, so that no other
test meets it.
"""

# FastAPI reads the annotations of the routes here, which name local variables: so no `annotations` import.

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI

import fastjose
from fastjose.settings import AuthSettings

SECRET = "a secret for these tests that is long enough for HS512 as well: 64"


def set_environment(monkeypatch: pytest.MonkeyPatch, directory: Path, environment: Mapping[str, str]) -> None:
    """Leave nothing of the settings but `environment`, and no `.env` but one in `directory`."""
    monkeypatch.chdir(directory)
    for name in AuthSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def import_afresh(
    monkeypatch: pytest.MonkeyPatch, module: str, reads_environment: Callable[[str], bool] = "fastjose.auth".__eq__
) -> ModuleType:
    """Import `module`, and anew whatever `reads_environment`; leave none of these behind."""
    monkeypatch.delattr(fastjose, "auth", raising=False)
    for name in filter(reads_environment, list(sys.modules)):
        monkeypatch.delitem(sys.modules, name)
    try:
        return importlib.import_module(module)
    finally:
        for name in filter(reads_environment, list(sys.modules)):
            del sys.modules[name]


def load_auth(monkeypatch: pytest.MonkeyPatch, directory: Path, **environment: str) -> Any:
    """Import `fastjose.auth` under `environment`."""
    set_environment(monkeypatch, directory, environment)
    return import_afresh(monkeypatch, "fastjose.auth")


def app_around(auth: Any) -> FastAPI:
    """Return an application with a route for each of the three aliases."""
    app = FastAPI()

    @app.get("/me")
    async def me(user: auth.AuthenticatedUser) -> Any:
        return user

    @app.get("/user-id")
    async def user_id(user_id: auth.UserId) -> Any:
        return user_id

    @app.get("/optional")
    async def optional(user: auth.OptionalUser) -> Any:
        return user

    return app
