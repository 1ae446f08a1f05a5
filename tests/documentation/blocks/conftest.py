"""What the pages require from their reader: by subject, so that a page names what it uses."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from fastjose.testing import TokenIssuer, serve_jwks
from support.documentation.blocks.loaded_modules import restored_modules
from support.documentation.blocks.markdown import ROOT, find_block
from support.documentation.blocks.page_run import BETTER_AUTH_PORT, PageRun
from support.documentation.blocks.root_logger import restored_root_logger
from support.documentation.blocks.shell import stop_servers
from support.environment.fresh_import import set_environment
from support.servers.redis_server import run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastjose.testing import JwksServer

FASTAPI_USERS = ROOT / "tests" / "documentation" / "migration" / "users.py"
IGNORED = shutil.ignore_patterns("node_modules", "__pycache__", "*.db", ".env")


@pytest.fixture(scope="module")
def issuer() -> Iterator[JwksServer]:
    """Yield the server that stands in for Better Auth."""
    with serve_jwks(TokenIssuer()) as server:
        yield server


@pytest.fixture
def page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: JwksServer) -> Iterator[PageRun]:
    """Yield the state of a page before its first block."""
    port = int(issuer.issuer_url.rpartition(":")[2])
    origin = f"http://localhost:{port}"
    token = issuer.issuer.mint_token("user-1", iss=origin, aud=origin)
    run = PageRun(tmp_path, environment={"TOKEN": token, "ENVIRONMENT": "development"})
    run.set_port(BETTER_AUTH_PORT, port)
    run.start_namespace("from_the_page")
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": origin, "ENVIRONMENT": "development"})
    monkeypatch.syspath_prepend(tmp_path)
    tables = MetaData()  # a page can have the same models as another
    monkeypatch.setattr(SQLModel, "metadata", tables)
    monkeypatch.setattr(SQLModel, "_sa_registry", registry(metadata=tables))
    with restored_modules(tmp_path), restored_root_logger():
        yield run
    stop_servers(run)


@pytest.fixture
def auth_js_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the secret of Auth.js, which the application has in its environment."""
    monkeypatch.setenv("AUTH_SECRET", "the-secret-of-your-auth-js-application")


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the URL of a Redis server of the page."""
    with run_redis_server() as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        yield


@pytest.fixture
def secret_file(page_run: PageRun) -> None:
    """Write the secret that the page takes from a file."""
    page_run.write("run/secrets/introspection", "the-secret-of-my-api")


@pytest.fixture
def quick_start(page_run: PageRun) -> None:
    """Write the application of the quick start, which the page tests."""
    page_run.write("main.py", find_block("docs/quick-start.md", "OptionalUser").code)


@pytest.fixture
def configured_quick_start(page_run: PageRun, quick_start: None) -> None:  # noqa: ARG001 - it writes main.py
    """Write the application of the quick start, and its environment."""
    page_run.write(".env", "BETTER_AUTH_URL=http://localhost:3000\n")
    page_run.replacements["https://app.example.com"] = "http://localhost:3000"


@pytest.fixture
def expired_token(page_run: PageRun, issuer: JwksServer) -> None:
    """Write an expired token of the issuer for another application, and the environment of the page."""
    environment = page_run.write(".env", "BETTER_AUTH_URL=http://localhost:3000\n")
    origin = environment.read_text(encoding="utf-8").strip().partition("=")[2]
    page_run.write("token.txt", issuer.issuer.mint_token(expires_in_seconds=-60, iss=origin, aud="another"))


@pytest.fixture
def python_jose_project(page_run: PageRun) -> None:
    """Write a program and a test that use python-jose."""
    page_run.write("src/tokens.py", "from jose import JWTError, jwt\n")
    page_run.write("tests/test_tokens.py", "from tokens import jwt\n")


@pytest.fixture
def fastapi_users_project(page_run: PageRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the module `users` of a project that uses fastapi-users, and set its secret."""
    page_run.write("users.py", FASTAPI_USERS.read_text(encoding="utf-8"))
    monkeypatch.setenv("JWT_SECRET", "the-secret-of-fastapi-users-with-32-octets-or-more")


@pytest.fixture
def todo_folder(page_run: PageRun) -> None:
    """Copy the to-do application, whose folder is the working directory of the page."""
    shutil.copytree(ROOT / "examples" / "todo", page_run.folder, ignore=IGNORED, dirs_exist_ok=True)
