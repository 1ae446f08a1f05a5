"""The Authorize button of `/docs`, pressed in a real browser: the to-do application needs no other server to sign in.

`browser/authorize.mjs` does what a person does and says what the page showed. Chromium is Debian's; Swagger UI, which
the page loads from a CDN, is given to it from the npm package.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.child_process import run_process
from support.node_packages import require_node_with_packages
from support.requirements import require_program
from support.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

BROWSER = Path(__file__).parent / "browser"
TODO = Path(__file__).parents[2] / "examples" / "todo"
VISIT_SECONDS = 180  # generous: only a browser that hangs takes so long
TOKEN = re.compile(r"eyJ[\w-]+\.")
LOCKED_OPERATIONS = [
    "GET /api/tasks",
    "POST /api/tasks",
    "GET /api/tasks/{task_id}",
    "PATCH /api/tasks/{task_id}",
    "DELETE /api/tasks/{task_id}",
    "GET /api/public/tasks/{task_id}",
    "GET /me",
    "GET /hello",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    """Yield the to-do application, with nothing configured but a secret and an empty database."""
    directory = tmp_path_factory.mktemp("todo")
    environment = {
        "PYTHONPATH": str(TODO),
        "BETTER_AUTH_SECRET": secrets.token_urlsafe(48),
        "DATABASE_URL": f"sqlite:///{directory}/todo.db",
    }
    with run_uvicorn(directory, "support.served_todo_app:app", **environment) as app:
        yield app


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """Return all that the browser's visit to `/docs` printed."""
    chromium = require_program("chromium", "the test of the Authorize button needs Debian's chromium")
    node = require_node_with_packages(BROWSER, "the test of the Authorize button")
    app: ServedApp = request.getfixturevalue("app")  # only now that it is clear that a browser can visit it
    return visit(node, chromium, app, tmp_path_factory.mktemp("browser"))


def visit(node: str, chromium: str, app: ServedApp, directory: Path) -> str:
    """Run the script, its browser starting from an empty profile, and return what it printed."""
    log = directory / "browser.log"
    command = [node, "authorize.mjs", "--base", app.origin, "--chromium", chromium]
    command += ["--profile", str(directory / "profile")]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(directory)}
    with run_process(command, environment=environment, cwd=BROWSER, log=log, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        status = process.wait(VISIT_SECONDS)  # what it prints is short: it fits into the pipe
        assert status == 0, log.read_text(encoding="utf-8")
        return process.stdout.read()


@pytest.fixture(scope="module")
def seen(said: str) -> Any:
    """Return what the page showed, `before` signing in and `after`, and the `traffic` that it took."""
    return json.loads(said)


def test_without_signing_in_the_answer_is_401(seen: Any) -> None:
    assert seen["before"]["me"] == {"status": 401, "body": {"detail": "Not authenticated"}}


def test_signed_in_the_answer_is_the_user(seen: Any) -> None:
    assert seen["after"]["dialog"] == "Authorized"
    assert seen["after"]["me"]["status"] == 200
    assert seen["after"]["me"]["body"]["user_id"] == "ada"


@pytest.mark.parametrize(("moment", "state"), [("before", "unlocked"), ("after", "locked")])
def test_each_operation_that_reads_a_token_has_a_lock(seen: Any, moment: str, state: str) -> None:
    locks = seen[moment]["locks"]
    assert {operation: locks[operation] for operation in LOCKED_OPERATIONS} == dict.fromkeys(LOCKED_OPERATIONS, state)
    assert [operation for operation in locks if operation not in LOCKED_OPERATIONS] == ["POST /api/auth/token"]
    assert locks["POST /api/auth/token"] is None


def test_no_other_server_takes_part(seen: Any) -> None:
    opened = ["GET /docs", "GET /openapi.json"]
    assert seen["traffic"]["server"] == [*opened, "GET /me", *opened, "POST /api/auth/token", "GET /me"]
    assert set(seen["traffic"]["swaggerUi"]) == {"swagger-ui.css", "swagger-ui-bundle.js"}
    assert all(url.endswith("/favicon.png") for url in seen["traffic"]["aborted"])  # an ornament of FastAPI's page
    assert seen["traffic"]["pageErrors"] == 0


def test_no_token_is_printed_or_logged(said: str, app: ServedApp) -> None:
    assert not TOKEN.search(said)
    assert not TOKEN.search(app.read_log())
