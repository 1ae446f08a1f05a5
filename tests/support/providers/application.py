"""Applications that the blocks of the page configure, and their routes."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from support.environment.fresh_import import load_auth
from support.providers.forms import TokenForm

NOT_GRANTED = "not-granted"
"""A role, scope or permission that no token has."""


def build_app_from_code(code: str, form: TokenForm) -> FastAPI:
    """Return the application of a block of Python, which defines `auth`."""
    names: dict[str, Any] = {"__name__": "from_the_page"}
    exec(compile(code, "providers.md", "exec"), names)  # noqa: S102 - a block of the page
    auth = names["auth"]
    return _build_app(auth, Annotated[Any, Depends(auth.current_user)], form)


def build_app_from_environment(
    monkeypatch: pytest.MonkeyPatch, directory: Path, environment: str, form: TokenForm
) -> FastAPI:
    """Return the application of `fastjose.auth`, with a block of environment variables as its `.env`."""
    (directory / ".env").write_text(environment, encoding="utf-8")
    auth = load_auth(monkeypatch, directory, ENVIRONMENT="development")  # the secrets of the page are published
    return _build_app(auth, auth.AuthenticatedUser, form)


def _build_app(auth: Any, user_type: Any, form: TokenForm) -> FastAPI:
    """Return an application with `/me`, and a route for each grant of `form`."""
    app = FastAPI()

    @app.post("/me")
    @app.get("/me")
    async def me(user: user_type) -> Any:
        return user

    requirements = {"role": auth.require_role, "scope": auth.require_scope, "permission": auth.require_permission}
    for kind, granted in form.grants.items():
        for number, name in enumerate([NOT_GRANTED, *granted]):
            dependencies = [Depends(requirements[kind](name))]
            app.get(f"/{kind}/{number}", dependencies=dependencies)(_return_true)
    return app


async def _return_true() -> bool:
    return True
