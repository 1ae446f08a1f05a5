"""The Authorize button of `/docs` in a real browser: the to-do application needs no other server to sign in.

`support/clients/browser/authorize.mjs` performs the steps of a user and prints what the page shows. Chromium comes from
Debian. The page loads Swagger UI from a CDN. The test serves it from the npm package instead.
"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.clients.browser_script import BROWSER, run_browser_script
from support.environment.requirements import require_program
from support.processes.node_packages import require_node_with_packages
from support.servers.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

TODO = Path(__file__).parents[3] / "examples" / "todo"
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
    """Yield the to-do application, configured for development, with an empty database."""
    directory = tmp_path_factory.mktemp("todo")
    environment = {
        "PYTHONPATH": str(TODO),
        "BETTER_AUTH_SECRET": secrets.token_urlsafe(48),
        "ENVIRONMENT": "development",
        "DATABASE_URL": f"sqlite:///{directory}/todo.db",
    }
    with run_uvicorn(directory, "support.applications.served_todo_app:app", **environment) as app:
        yield app


@pytest.fixture(scope="module")
def browser_output(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """Return the output of the script that opens `/docs` in the browser."""
    chromium = require_program("chromium", "the test of the Authorize button needs Debian's chromium")
    node = require_node_with_packages(BROWSER, "the test of the Authorize button")
    app: ServedApp = request.getfixturevalue("app")  # started only if a browser is available
    command = [node, "authorize.mjs", "--base", app.origin, "--chromium", chromium]
    return run_browser_script(command, tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def page_report(browser_output: str) -> Any:
    """Return the state of the page `before` and `after` sign-in, and the `traffic` between."""
    return json.loads(browser_output)


def test_me_before_sign_in_responds_401(page_report: Any) -> None:
    assert page_report["before"]["me"] == {"status": 401, "body": {"detail": "Not authenticated"}}


def test_me_after_sign_in_returns_the_user(page_report: Any) -> None:
    assert page_report["after"]["dialog"] == "Authorized"
    assert page_report["after"]["me"]["status"] == 200
    assert page_report["after"]["me"]["body"]["user_id"] == "ada"


@pytest.mark.parametrize(("moment", "state"), [("before", "unlocked"), ("after", "locked")])
def test_operations_that_require_a_token_show_a_lock(page_report: Any, moment: str, state: str) -> None:
    locks = page_report[moment]["locks"]
    assert {operation: locks[operation] for operation in LOCKED_OPERATIONS} == dict.fromkeys(LOCKED_OPERATIONS, state)
    assert [operation for operation in locks if operation not in LOCKED_OPERATIONS] == ["POST /api/auth/token"]
    assert locks["POST /api/auth/token"] is None


def test_sign_in_contacts_no_other_server(page_report: Any) -> None:
    opened = ["GET /docs", "GET /openapi.json"]
    assert page_report["traffic"]["server"] == [*opened, "GET /me", *opened, "POST /api/auth/token", "GET /me"]
    assert set(page_report["traffic"]["swaggerUi"]) == {"swagger-ui.css", "swagger-ui-bundle.js"}
    assert all(url.endswith("/favicon.png") for url in page_report["traffic"]["aborted"])  # the icon of FastAPI's page
    assert page_report["traffic"]["pageErrors"] == 0


def test_browser_and_server_output_contain_no_token(browser_output: str, app: ServedApp) -> None:
    assert not TOKEN.search(browser_output)
    assert not TOKEN.search(app.read_log())
