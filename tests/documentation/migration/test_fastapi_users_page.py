"""The page on fastapi-users is correct: fastjose accepts the tokens of its JWT strategy."""

from __future__ import annotations

import contextlib
import importlib
import io
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values

from fastjose import sign_token
from support.clients.http_client import HttpClient
from support.documentation.blocks.markdown import read_page
from support.environment.fresh_import import import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKS = [block for block in read_page("docs/migration/fastapi-users.md") if block.language == "python"]
(ENVIRONMENT,) = (block.code for block in read_page("docs/migration/fastapi-users.md") if block.language == "dotenv")
VARIABLES = {name: str(value) for name, value in dotenv_values(stream=io.StringIO(ENVIRONMENT)).items()}
NAMES = ["before", "after", "active"]
USER_ID = "00000000-0000-0000-0000-000000000001"


@dataclass
class Project:
    """The application of each block, by name, and the module `users` that they share."""

    users: Any
    clients: dict[str, HttpClient]

    def sign_in(self) -> str:
        """Return a token that fastapi-users issues."""
        form = {"username": "ada@example.com", "password": self.users.PASSWORD}
        response = self.clients["before"].post("/auth/jwt/login", data=form)
        token = response.json()["access_token"]
        assert isinstance(token, str)
        return token

    def statuses(self, token: str | None) -> dict[str, int]:
        """Return the answer of each application to a token."""
        return {name: client.get("/me", token).status_code for name, client in self.clients.items()}


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Project]:
    # The secret of the page is published.
    set_environment(monkeypatch, tmp_path, {**VARIABLES, "ENVIRONMENT": "development"})
    monkeypatch.syspath_prepend(tmp_path)
    shutil.copy(Path(__file__).with_name("users.py"), tmp_path)
    for name, block in zip(NAMES, BLOCKS, strict=True):
        (tmp_path / f"page_{name}.py").write_text(block.code, encoding="utf-8")
    users = importlib.import_module("users")
    fresh = {"fastjose.auth", *(f"page_{name}" for name in NAMES)}
    apps = {name: import_fresh(monkeypatch, f"page_{name}", fresh.__contains__).app for name in NAMES}
    with contextlib.ExitStack() as stack:
        yield Project(users, {name: stack.enter_context(HttpClient(app)) for name, app in apps.items()})
    del sys.modules["users"]


def sign(**claims: Any) -> str:
    defaults = {"sub": USER_ID, "aud": ["fastapi-users:auth"], "exp": int(time.time()) + 60}
    kept = {name: value for name, value in {**defaults, **claims}.items() if value is not ...}
    return sign_token(kept, VARIABLES["JWT_SECRET"], algorithm="HS256")


def test_each_application_knows_the_user_of_a_token(project: Project) -> None:
    token = project.sign_in()
    assert {name: client.get("/me", token).json() for name, client in project.clients.items()} == {
        name: {"user_id": USER_ID} for name in NAMES
    }


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 3600},
        {"aud": ["fastapi-users:reset"]},
        {"aud": ["fastapi-users:verify"]},
        {"aud": ...},
        {"sub": ...},
    ],
    ids=["expired", "reset", "verify", "no audience", "no subject"],
)
def test_each_application_rejects_what_fastapi_users_rejects(project: Project, claims: dict[str, Any]) -> None:
    assert project.statuses(sign()) == dict.fromkeys(NAMES, 200)
    assert project.statuses(sign(**claims)) == dict.fromkeys(NAMES, 401)


def test_token_without_expiry_is_accepted_by_fastapi_users_alone(project: Project) -> None:
    assert project.statuses(sign(exp=...)) == {"before": 200, "after": 401, "active": 401}


def test_deactivated_user_is_rejected_where_the_user_is_read(project: Project) -> None:
    token = project.sign_in()
    project.users.ADA.is_active = False
    assert project.statuses(token) == {"before": 401, "after": 200, "active": 401}


def test_token_of_an_unknown_user_is_rejected_where_the_user_is_read(project: Project) -> None:
    for subject in ("00000000-0000-0000-0000-000000000002", "not a UUID"):
        assert project.statuses(sign(sub=subject)) == {"before": 401, "after": 200, "active": 401}


def test_authorize_button_signs_in_at_the_documented_path(project: Project) -> None:
    schemes = project.clients["after"].get("/openapi.json").json()["components"]["securitySchemes"]
    assert [scheme["flows"]["password"]["tokenUrl"] for scheme in schemes.values()] == ["/auth/jwt/login"]
