"""The page of the to-do list in a real browser, served by `make serve` with a real Better Auth.

`support/clients/browser/todo_page.mjs` performs the steps of two users and prints what the page shows, once with JWTs
and once with cookies. Chromium comes from Debian. The screenshots are kept in the folder that `FASTJOSE_ARTIFACTS`
names.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.environment.requirements import require_program
from support.processes.child_process import START_SECONDS, run_process
from support.processes.node_packages import require_node_with_packages

ROOT = Path(__file__).parents[2]
BROWSER = ROOT / "tests" / "support" / "clients" / "browser"
FRONTEND = ROOT / "examples" / "todo" / "frontend"
MAX_VISIT_SECONDS = 180  # generous: reached only by a browser that hangs
PAGE = re.compile(r"^To-do list: (http://127\.0\.0\.1:\d+)$", re.MULTILINE)
BACKEND = re.compile(r"^Backend, with its documentation: (http://127\.0\.0\.1:\d+)/docs$", re.MULTILINE)
STARTED = re.compile(r"Application startup complete")
CREDENTIAL = re.compile(r"eyJ[\w-]+\.|session_token=|correct horse")
SCREENSHOTS = ["sign-in", "empty", "desktop-light", "desktop-dark", "phone-light", "phone-dark", "backend-away"]
PNG = b"\x89PNG\r\n\x1a\n"

ADA, GRACE = "ada@example.com", "grace@example.com"
LETTER, PROGRAM, CARDS = "Answer Mr Babbage", "Write the first program", "Order punched cards"
EMPTY = {"open": [], "done": [], "summary": "Your list is empty.", "isEmpty": True}
USED = {"user": ADA, "open": [LETTER], "done": [PROGRAM], "summary": "1 to do, 1 done", "isEmpty": False}


@dataclass(frozen=True)
class Visit:
    """A visit of the page with one credential: the output of the script, the log of the servers, the screenshots."""

    credential: str
    output: str
    log_file: Path
    screenshots: Path

    @property
    def report(self) -> Any:
        """What the page showed after each step."""
        return json.loads(self.output)


@pytest.fixture(scope="module", params=["jwt", "cookie"])
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """Return a visit of the page, served from an empty folder, by a browser with an empty profile."""
    chromium = require_program("chromium", "the test of the page needs Debian's chromium")
    node = require_node_with_packages(BROWSER, "the test of the page")
    require_node_with_packages(FRONTEND, "the page of the to-do list")
    directory = tmp_path_factory.mktemp(f"page-{request.param}")
    log = directory / "serve.log"
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("python", "tests", "examples")),
        "PORT": "0",
        "PAGE_PORT": "0",
    }
    command = [sys.executable, "-u", "-m", "support.applications.served_demo", "--serve"]
    with run_process(command, environment=environment, cwd=directory, log=log) as process:
        wait_until_started(process, log)
        screenshots = find_screenshot_folder(directory)
        output = open_page([node, "todo_page.mjs", "--chromium", chromium], request.param, log, screenshots, directory)
    return Visit(request.param, output, log, screenshots)


def wait_until_started(process: subprocess.Popen[str], log: Path) -> None:
    """Wait until the application accepts connections, which the page does before it; raise the log if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if STARTED.search(log.read_text(encoding="utf-8")):
            return
        time.sleep(0.02)
    raise RuntimeError(f"the to-do list did not start:\n{log.read_text(encoding='utf-8')}")


def find_screenshot_folder(directory: Path) -> Path:
    """Return the folder for screenshots: `FASTJOSE_ARTIFACTS`, or one in `directory`."""
    folder = Path(os.environ.get("FASTJOSE_ARTIFACTS") or directory / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_page(command: list[str], credential: str, log: Path, screenshots: Path, directory: Path) -> str:
    """Run the script of the browser at the addresses in `log`, and return its output."""
    served = log.read_text(encoding="utf-8")
    page, backend = PAGE.search(served), BACKEND.search(served)
    assert page, served
    assert backend, served
    addresses = ["--page", page[1], "--backend", backend[1], "--credential", credential]
    folders = ["--profile", str(directory / "profile"), "--screenshots", str(screenshots.resolve())]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(directory)}
    browser_log = directory / "browser.log"
    with run_process(
        [*command, *addresses, *folders], environment=environment, cwd=BROWSER, log=browser_log, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        status = process.wait(MAX_VISIT_SECONDS)  # the output is short enough for the pipe
        assert status == 0, browser_log.read_text(encoding="utf-8")
        return process.stdout.read()


# What users see


def test_new_user_sees_empty_list(visit: Visit) -> None:
    assert visit.report["created"] == {"user": ADA, **EMPTY}


def test_tasks_are_added_ticked_deleted_and_kept(visit: Visit) -> None:
    assert visit.report["used"] == visit.report["reloaded"] == USED
    assert visit.report["undone"]["open"] == [LETTER, CARDS]


def test_other_user_sees_no_task_of_first_user(visit: Visit) -> None:
    assert visit.report["otherUser"] == {"user": GRACE, **EMPTY}
    assert visit.report["firstUserAgain"] == USED


def test_list_is_the_same_with_other_credential(visit: Visit) -> None:
    assert visit.report["otherCredential"] == USED


def test_titles_are_shown_as_text(visit: Visit) -> None:
    assert visit.report["areTitlesText"]


# What goes wrong


def test_wrong_password_and_unknown_user_show_equal_error(visit: Visit) -> None:
    message = "The e-mail address or the password is wrong."
    assert (visit.report["wrongPassword"], visit.report["unknownUser"]) == (message, message)


def test_unreachable_backend_shows_banner_until_it_is_back(visit: Visit) -> None:
    assert visit.report["backendAway"] == "The backend cannot be reached."
    assert visit.report["backendBack"] == USED


def test_ended_session_asks_user_to_sign_in_and_hides_tasks(visit: Visit) -> None:
    assert visit.report["ended"] == "Your session has ended."
    assert visit.report["endedFor"] == ADA
    assert visit.report["tasksAfterEnd"] == 0


# How requests are authenticated


def test_requests_carry_only_the_chosen_credential(visit: Visit) -> None:
    carried = visit.report["traffic"]["carried"]
    name, other = {"jwt": ("authorization", "cookie"), "cookie": ("cookie", "authorization")}[visit.credential]
    assert set(carried) - {"nothing"} == {name, other}
    assert carried[other] == 1  # the list, while the other credential was chosen
    assert carried.get("nothing", 0) == (1 if visit.credential == "cookie" else 0)  # once the cookies are deleted


def test_expired_token_is_renewed(visit: Visit) -> None:
    assert visit.report["renewedTokens"] == (1 if visit.credential == "jwt" else 0)


def test_page_loads_nothing_from_other_servers(visit: Visit) -> None:
    assert visit.report["traffic"]["aborted"] == []
    assert visit.report["traffic"]["errors"] == []


def test_output_and_log_contain_no_credential(visit: Visit) -> None:
    assert not CREDENTIAL.search(visit.output)
    assert not CREDENTIAL.search(visit.log_file.read_text(encoding="utf-8"))


# How the page looks


def test_every_view_is_accessible_and_fits_the_screen(visit: Visit) -> None:
    assert visit.report["accessibility"] == []
    assert visit.report["focusAfterDelete"] == f"Delete {LETTER}"


def test_screenshots_are_kept(visit: Visit) -> None:
    for name in SCREENSHOTS:
        assert (visit.screenshots / f"todo-{visit.credential}-{name}.png").read_bytes().startswith(PNG)
