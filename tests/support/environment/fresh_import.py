"""`fastjose.auth` under an environment that the test chooses.

The module reads the environment when it is imported. So each test imports a fresh copy, which is removed from
`sys.modules` afterwards, so that it does not affect other tests.
"""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

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
    """Set the variables in `environment`, unset every other setting, and use `directory` for `.env`."""
    monkeypatch.chdir(directory)
    for name in AuthSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def import_fresh(
    monkeypatch: pytest.MonkeyPatch, module: str, reads_environment: Callable[[str], bool] = "fastjose.auth".__eq__
) -> ModuleType:
    """Import `module` with fresh copies of the modules that `reads_environment` selects, and remove these copies."""
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
    return import_fresh(monkeypatch, "fastjose.auth")


def build_app(auth: Any) -> FastAPI:
    """Return an application with one route per alias."""
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
