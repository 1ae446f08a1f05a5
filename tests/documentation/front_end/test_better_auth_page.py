"""The page on Better Auth is correct: its two sides run as written, in a real browser, and find each other.

The only changes are the origins, which have free ports here, the database, and the secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fastjose
from support.better_auth.server import SERVER_DIRECTORY, read_first_line
from support.clients.browser_script import BROWSER, run_browser_script
from support.documentation.blocks.markdown import find_block
from support.environment.requirements import require_program
from support.processes.child_process import run_process
from support.processes.node_packages import require_node_with_packages
from support.servers.postgresql import drop_all_tables
from support.servers.uvicorn_server import run_uvicorn_with

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "guide" / "better-auth.md").read_text(encoding="utf-8")
FRONTEND = ROOT / "examples" / "todo" / "frontend"
FILES = re.compile(r"`((?:\w+/)+[^`\s]+\.ts|main\.py)`[^`]*?\n\n```(?:ts|python)[^\n]*\n(.*?)```", re.DOTALL)
ENVIRONMENT = re.compile(r"`\.env` of the (front end|application)[^`]*```dotenv\n(.*?)```", re.DOTALL)
PAGE_ORIGIN = "http://localhost:3000"


@dataclass(frozen=True)
class Visit:
    """What two users of the page did, and the log of the application."""

    report: Any
    log: str


def read_environment(side: str) -> dict[str, str]:
    """Return the variables that the page gives to `side`."""
    return dict(line.split("=", 1) for line in dict(ENVIRONMENT.findall(PAGE))[side].splitlines())


COOKIES_ROUTE = """

from fastapi import Request


@app.get("/me")
async def list_cookies(request: Request) -> list[str]:
    return sorted(request.cookies)
"""
"""What the page on browsers leaves to its reader."""
OTHER_PAGES = "from cookies_app import app\nimport sockets_app\n\napp.include_router(sockets_app.app.router)\n"


@contextlib.contextmanager
def run_other_pages(folder: Path, origin: str, environment: dict[str, str]) -> Iterator[str]:
    """Run the applications of the pages on browsers and on WebSockets, for a front end at `origin`."""
    cookies = find_block("docs/deployment/browsers.md", "allow_credentials=True").code
    sockets = find_block("docs/guide/identity.md", '@app.websocket("/events")').code
    assert cookies.count("https://app.example.com") == 1
    folder.mkdir()
    for name, code in {
        "cookies_app": cookies.replace("https://app.example.com", origin) + COOKIES_ROUTE,
        "sockets_app": sockets,
        "other_pages": OTHER_PAGES,
    }.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    environment = {**environment, "JWT_WEBSOCKET_SUBPROTOCOL": "bearer"}
    options = ["--app-dir", str(folder)]
    with run_uvicorn_with(Path(sys.executable), folder, "other_pages:app", environment, options) as server:
        yield server.origin


def read_expressions(origin: str) -> str:
    """Return the JavaScript of these pages, for their application at `origin`."""
    fetch = find_block("docs/deployment/browsers.md", "credentials:", "ts").code.strip().removesuffix(";")
    socket = find_block("docs/guide/identity.md", "new WebSocket", "js").code.strip()
    assert "https://api.example.com" in fetch
    assert "wss://api.example.com" in socket
    fetch = fetch.replace("https://api.example.com", origin)
    return json.dumps({"fetch": fetch, "socket": socket.replace("wss://api.example.com", f"ws{origin[4:]}")})


def write_files(folder: Path, origin: str = PAGE_ORIGIN) -> None:
    """Write the files of the page into `folder`, for a front end at `origin`."""
    for name, code in FILES.findall(PAGE):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code.replace(PAGE_ORIGIN, origin), encoding="utf-8")


@pytest.fixture(scope="module")
def front_end(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the front end of the page, and yield its origin."""
    folder = tmp_path_factory.mktemp("front-end")
    write_files(folder)
    quick_start = find_block("docs/quick-start.md", "readUser", "ts")
    assert quick_start.title == "lib/api.ts"
    (folder / "lib" / "quick-start.ts").write_text(quick_start.code, encoding="utf-8")
    drop_all_tables(postgresql)  # of an earlier module: Better Auth would alter them
    node = require_node_with_packages(SERVER_DIRECTORY, "the page on Better Auth")
    require_node_with_packages(FRONTEND, "the page on Better Auth")
    tools = ["--packages", f"{SERVER_DIRECTORY}/node_modules"]
    tools += ["--esbuild", f"{FRONTEND}/node_modules/esbuild/lib/main.js"]
    given = {"DATABASE_URL": postgresql, "BETTER_AUTH_SECRET": secrets.token_urlsafe(32)}
    environment = {**read_environment("front end"), **given, "PATH": os.environ.get("PATH", os.defpath)}
    command = [node, "serve_page.mjs", "--sources", str(folder), *tools]
    log = folder / "front-end.log"
    with run_process(
        command, environment=environment, cwd=Path(__file__).parent, log=log, stdout=subprocess.PIPE
    ) as process:
        yield read_first_line(process, log).strip()


@pytest.fixture(scope="module")
def visit(front_end: str, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """Return the visit of two users, at the front end and the application of the page."""
    chromium = require_program("chromium", "the test of the page needs Debian's chromium")
    node = require_node_with_packages(BROWSER, "the test of the page")
    folder = tmp_path_factory.mktemp("application")
    write_files(folder, front_end)
    environment = {
        name: value.replace(PAGE_ORIGIN, front_end) for name, value in read_environment("application").items()
    }
    environment["PYTHONPATH"] = str(Path(fastjose.__file__).parents[1])
    with (
        run_uvicorn_with(
            Path(sys.executable), folder, "main:app", environment, ["--app-dir", str(folder)]
        ) as application,
        run_other_pages(folder / "other-pages", front_end, environment) as other,
    ):
        command = [node, "front_end.mjs", "--chromium", chromium, "--page", front_end, "--backend", application.origin]
        command += ["--blocks", read_expressions(other)]
        report = json.loads(run_browser_script(command, folder))
        return Visit(report, application.read_log())


def test_page_has_the_files_of_both_sides() -> None:
    routes = ["app/api/auth/[...all]/route.ts"]
    modules = ["lib/auth.ts", "lib/auth-client.ts", "lib/api.ts", "lib/server-api.ts"]
    assert sorted(name for name, _ in FILES.findall(PAGE)) == sorted([*routes, *modules, "main.py"])


def test_guest_is_greeted_and_rejected(visit: Visit) -> None:
    assert visit.report["guest"] == [[200, {"message": "Hello guest"}], [401, {"detail": "Not authenticated"}]]


def test_user_is_known_to_the_application(visit: Visit) -> None:
    assert visit.report["greeting"] == "Hello Ada"
    assert [(status, user["email"]) for status, user in visit.report["ada"]] == [(200, "ada@example.com")] * 3


def test_quick_start_reads_the_user_or_nothing(visit: Visit) -> None:
    assert visit.report["userOfGuest"] is None
    assert visit.report["userOfQuickStart"]["email"] == "ada@example.com"


def test_cookies_are_sent_if_permitted(visit: Visit) -> None:
    assert visit.report["cookies"] == [200, ["better-auth.session_token"]]


def test_socket_of_a_browser_has_the_token_as_subprotocol(visit: Visit) -> None:
    subprotocol, message = visit.report["socket"]
    assert (subprotocol, message) == ("bearer", f"Hello {visit.report['userOfQuickStart']['user_id']}")


def test_calls_share_a_token(visit: Visit) -> None:
    assert visit.report["tokensOfThreeCalls"] == 0


def test_token_is_renewed_before_it_expires(visit: Visit) -> None:
    assert [status for status, _ in visit.report["later"]] == [200, 200]
    assert visit.report["tokensAfterItsLifetime"] == 1


def test_server_of_the_front_end_calls_as_its_user(visit: Visit) -> None:
    assert visit.report["server"]["email"] == "ada@example.com"


def test_other_user_of_another_tab_gets_no_answer_of_the_first(visit: Visit) -> None:
    assert visit.report["afterChangeInOtherTab"] == "Hello Grace"


def test_no_request_failed(visit: Visit) -> None:
    assert "WARNING" not in visit.log
    assert " 500 " not in visit.log
