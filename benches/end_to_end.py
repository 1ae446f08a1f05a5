"""The to-do application's `/me` over HTTP, under load: `end_to_end.py`, or `make bench-http`.

uvicorn with uvloop and httptools, one worker, on a core of its own; wrk on the other, over loopback. The applications
take turns: without authentication, on python-jose, on fastjose. Then a flood: half of the connections send tokens that
must be refused, as fast as they are, and what counts is how the other half fares.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

import wrk
from apps import PAYLOAD_CLAIMS
from http_report import Application, page
from material import HOUR, NOW, keys, token
from support.child_process import run_process
from support.uvicorn_server import wait_until_listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benches" / "results" / "http.md"
OPEN_TO_ALL = "no authentication"
APPLICATIONS: Mapping[str, str] = {
    OPEN_TO_ALL: "app_no_auth:app",
    "python-jose, as specified": "app_python_jose:app",
    "fastjose": "support.served_todo_app:app",
}
SERVER = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-use-colors")
CONNECTIONS = 32
TOKENS = 900


def main() -> None:
    """Run what the command line asks for, and write the result."""
    parser = argparse.ArgumentParser(description="The to-do application's /me under load.")
    parser.add_argument("--seconds", type=int, default=10, help="how long each load lasts")
    parser.add_argument("--rounds", type=int, default=3, help="how often each application takes its turn")
    parser.add_argument("--output", type=Path, default=RESULT, help="where to write the result")
    parser.add_argument("--check", action="store_true", help="ask each application once, without wrk, and time nothing")
    options = parser.parse_args()
    if not options.check:
        wrk.require_wrk()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        good, bad = write_tokens(Path(directory))
        measured = [stack.enter_context(served(name, Path(directory))) for name in APPLICATIONS]
        for application in measured:
            ask(application, good, bad)
        if options.check:
            return
        for _ in range(options.rounds):
            for application in measured:
                take_turn(application, good, bad, options.seconds)
    text = page(measured, f"{options.rounds} × {options.seconds} s each, {CONNECTIONS} connections")
    options.output.write_text(text, encoding="utf-8")
    print(text)


def ask(application: Application, good: Path, bad: Path) -> None:
    """See that the application takes every good token and refuses every bad one; which also warms it up."""
    with httpx.Client(trust_env=False) as client:
        for path, status in ((good, 200), (bad, 200 if application.name == OPEN_TO_ALL else 401)):
            for one in path.read_text(encoding="utf-8").splitlines():
                answer = client.get(application.url, headers={"Authorization": f"Bearer {one}"})
                check(answer.status_code == status, application)
    print(f"{application.name} answers")


def take_turn(application: Application, good: Path, bad: Path, seconds: int) -> None:
    """Run good tokens alone, then good and bad ones at once."""
    (steady,) = wrk.run([wrk.Load(application.url, good, CONNECTIONS, seconds)])
    application.steady.append(steady)
    check(steady.refused == 0, application)
    if application.name == OPEN_TO_ALL:
        return
    half = CONNECTIONS // 2
    spared, flood = wrk.run([wrk.Load(application.url, tokens, half, seconds) for tokens in (good, bad)])
    application.spared.append(spared)
    application.flood.append(flood)
    check(spared.refused == 0 and flood.refused == flood.answers, application)


def check(answers_are_right: bool, application: Application) -> None:  # noqa: FBT001 - an assertion
    """Stop where an application answers what it must not: its figures would mean nothing."""
    if not answers_are_right:
        raise RuntimeError(f"{application.name}: a good token was refused, or a bad one was not")


def write_tokens(directory: Path) -> tuple[Path, Path]:
    """Write good tokens and bad ones: expired, signed by another key, and cut off."""
    good = [token("HS256", {**PAYLOAD_CLAIMS, "sub": f"user-{number}"}) for number in range(TOKENS)]
    expired = token("HS256", {**PAYLOAD_CLAIMS, "iat": NOW - 2 * HOUR, "exp": NOW - HOUR})
    bad = [expired, token("HS256", PAYLOAD_CLAIMS, number=1), expired.rpartition(".")[0]]
    paths = directory / "good", directory / "bad"
    for path, tokens in zip(paths, (good, bad), strict=True):
        path.write_text("\n".join(tokens), encoding="utf-8")
    return paths


@contextlib.contextmanager
def served(name: str, directory: Path) -> Iterator[Application]:
    """Serve one application, with a database of its own that nobody asks."""
    application = APPLICATIONS[name]
    cwd = directory / application.partition(":")[0]
    cwd.mkdir()
    command = [*wrk.on_core(0), sys.executable, "-m", "uvicorn", application, *SERVER, "--port", "0"]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("benches", "tests", "examples/todo")),
        "BETTER_AUTH_SECRET": keys("HS256").verifying,
        "DATABASE_URL": f"sqlite:///{cwd}/todo.db",
    }
    log = cwd / "uvicorn.log"
    with run_process(command, environment=environment, cwd=cwd, log=log) as process:
        yield Application(name, f"{wait_until_listening(process, log)}/me")


if __name__ == "__main__":
    main()
