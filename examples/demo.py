"""The demonstration: `make demo` shows the to-do application at work, `make serve` leaves it running.

`demo.py` starts the application under uvicorn, signs two users in, and prints what each case should answer beside what
it does answer; then how long a verification takes here and with python-jose. Its exit status is 1 if anything differs.
`demo.py --serve` runs the application in the foreground on `PORT` (8000).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from jose import jwt

from fastjose import Verifier, sign_token
from fastjose.settings import AuthSettings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TODO = Path(__file__).parent / "todo"
APP = "backend.main:app"
LISTENING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
START_SECONDS = 60
STOP_SECONDS = 10
LEEWAY_SECONDS = 10  # an expired token is accepted for so long, in case the clocks differ

PASSWORD = "development"  # noqa: S105 - the development issuer's, public
TITLES = {"ada": "Write the first program", "grace": "Find the moth"}
TOKEN_URL = "/api/auth/token"  # noqa: S105 - the default
PROTECTED = (
    ("get", "/api/tasks"),
    ("post", "/api/tasks"),
    ("get", "/api/tasks/{task_id}"),
    ("patch", "/api/tasks/{task_id}"),
    ("delete", "/api/tasks/{task_id}"),
    ("get", "/api/public/tasks/{task_id}"),
    ("get", "/me"),
    ("get", "/hello"),
)

ROUNDS = 9
REPEATS_FASTJOSE = 5000
REPEATS_PYTHON_JOSE = 500


class DemoError(Exception):
    """The demonstration cannot go on; the text says why."""


@dataclass(frozen=True)
class Row:
    """One case: what it should answer, and what it did answer."""

    case: str
    expected: str
    seen: str

    @property
    def ok(self) -> bool:
        """Whether the application did what it should."""
        return self.seen == self.expected


def main() -> int:
    """Run what the command line asks for, and return the exit status."""
    parser = argparse.ArgumentParser(description="The to-do application: a demonstration, or a server to try it on.")
    parser.add_argument("--serve", action="store_true", help="leave the application running on PORT (8000)")
    if parser.parse_args().serve:
        return serve()
    try:
        return demonstrate()
    except (DemoError, httpx.HTTPError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def demonstrate() -> int:
    """Print the table and the measurement; return 1 if any row differs, else 0."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the server is ended then too
    secret = secrets.token_urlsafe(48)
    with running_app(secret) as origin, httpx.Client(base_url=origin, timeout=30, trust_env=False) as client:
        tokens = {name: sign_in(client, name) for name in TITLES}
        rows = [*token_rows(client, tokens, secret), *ownership_rows(client, tokens), *documentation_rows(client)]
    print(table(rows))
    print()
    print(measurement(tokens["ada"], secret))
    return exit_status(rows)


def exit_status(rows: Sequence[Row]) -> int:
    """Return 0 if every case answered as it should, 1 otherwise."""
    return 0 if all(row.ok for row in rows) else 1


# The server


@contextlib.contextmanager
def running_app(secret: str) -> Iterator[str]:
    """Run the application in a process of its own, on a new database and a free port; yield its origin."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "uvicorn.log"
        # Port 0: the system picks a free port and uvicorn says which, so that nobody can take it in between.
        command = [sys.executable, "-m", "uvicorn", APP, "--app-dir", str(TODO), "--port", "0"]
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own application
                [*command, "--no-use-colors", "--no-access-log"],
                cwd=directory,  # no `.env` here
                env=environment(secret, directory),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield wait_until_listening(process, log)
        finally:
            stop(process)


def environment(secret: str, directory: str) -> dict[str, str]:
    """Return this process's environment with nothing of the application's settings but `secret` and a new database."""
    others = {name: value for name, value in os.environ.items() if name.lower() not in AuthSettings.model_fields}
    return {**others, "BETTER_AUTH_SECRET": secret, "DATABASE_URL": f"sqlite:///{directory}/todo.db"}


def wait_until_listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the origin that uvicorn names once it listens; `DemoError` with what it said if it ends before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := LISTENING.search(log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.02)
    raise DemoError(f"the application did not start:\n{log.read_text(encoding='utf-8')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End `process`, by force if it does not end when asked."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve() -> int:
    """Run the application in the foreground until Ctrl-C."""
    provide_secret()
    sys.path.insert(0, str(TODO))
    config = uvicorn.Config(APP, host="127.0.0.1", port=port())
    # Bound here, so that what is said of the address is true: a port that is taken ends this with uvicorn's message.
    listener = config.bind_socket()
    print(whereabouts(f"http://127.0.0.1:{listener.getsockname()[1]}"), flush=True)
    with listener, contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again, having stopped
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def provide_secret() -> None:
    """Make up a secret for this run where none is configured; in production the application says that it lacks one."""
    try:
        settings = load_settings()
    except ValueError as error:
        sys.exit(str(error))
    if settings.mode == "secret" and settings.better_auth_secret is None and not settings.is_production:
        os.environ["BETTER_AUTH_SECRET"] = secrets.token_urlsafe(48)


def port() -> int:
    """Return the port to serve on; 0 means any that is free."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the highest there is
        sys.exit("PORT must be a number from 0 to 65535")
    return int(text)


def whereabouts(origin: str) -> str:
    """Say where the application is, and how to sign in."""
    from backend.core.config import get_settings  # noqa: PLC0415 - not on the path before
    from backend.development_issuer import is_issuer  # noqa: PLC0415 - the same

    lines = [f"To-do list: {origin}", f"Documentation, with the Authorize button: {origin}/docs"]
    if is_issuer(get_settings()):
        lines.append(f"Sign in as {' or '.join(TITLES)}, password {PASSWORD}")
    return "\n".join([*lines, "Ctrl-C stops it"])


# The cases


def token_rows(client: httpx.Client, tokens: dict[str, str], secret: str) -> list[Row]:
    """Return the rows on what makes a token good or bad."""
    expired = token_for("ada", secret, lifetime_seconds=-LEEWAY_SECONDS - 60)
    forged = token_for("ada", secrets.token_urlsafe(48), lifetime_seconds=60)
    return [
        Row("valid token", "200 ada", answer(get(client, "/me", tokens["ada"]))),
        Row("expired token", "401 Token has expired", answer(get(client, "/me", expired))),
        Row(
            "wrong signature",
            "401 Invalid token: Signature verification failed.",
            answer(get(client, "/me", forged)),
        ),
        Row("missing token", "401 Not authenticated", answer(get(client, "/me"))),
        Row("optional, without token", "200 Hello guest", answer(get(client, "/hello"))),
    ]


def ownership_rows(client: httpx.Client, tokens: dict[str, str]) -> list[Row]:
    """Return the rows on what belongs to whom, once each user has created a task."""
    tasks = {name: create_task(client, token, TITLES[name]) for name, token in tokens.items()}
    return [
        Row(
            "wrong owner",
            "403 Not authorized to access this resource",
            answer(get(client, f"/api/tasks/{tasks['ada']}", tokens["grace"])),
        ),
        *(Row(f"{name}'s list", TITLES[name], titles(get(client, "/api/tasks", tokens[name]))) for name in tokens),
    ]


def documentation_rows(client: httpx.Client) -> list[Row]:
    """Return the rows on what `/docs` shows: a lock icon at each operation that reads a token, and where to sign in."""
    document = client.get("/openapi.json").raise_for_status().json()
    schemes = document["components"]["securitySchemes"]
    locked = [
        (method, path)
        for method, path in PROTECTED
        if any(schemes[name]["type"] == "oauth2" for name in security(document, method, path))
    ]
    password_flows = [scheme["flows"]["password"]["tokenUrl"] for scheme in schemes.values()]
    return [
        Row("lock icons", f"{len(PROTECTED)} of {len(PROTECTED)}", f"{len(locked)} of {len(PROTECTED)}"),
        Row("sign-in of /docs", TOKEN_URL, ", ".join(password_flows)),
    ]


def security(document: dict[str, Any], method: str, path: str) -> list[str]:
    """Return the names of the security schemes that an operation in the OpenAPI document takes."""
    operation = document["paths"].get(path, {}).get(method, {})
    return [name for requirement in operation.get("security", []) for name in requirement]


# The client


def sign_in(client: httpx.Client, name: str) -> str:
    """Return a token from the development issuer."""
    response = client.post(TOKEN_URL, data={"username": name, "password": PASSWORD})
    token: str = response.raise_for_status().json()["access_token"]
    return token


def token_for(name: str, secret: str, *, lifetime_seconds: int) -> str:
    """Return a token for `name` that the issuer would not give out."""
    now = int(time.time())
    return sign_token({"sub": name, "iat": now, "exp": now + lifetime_seconds}, secret, algorithm="HS256")


def create_task(client: httpx.Client, token: str, title: str) -> str:
    """Create a task, and return its id."""
    response = client.post("/api/tasks", json={"title": title}, headers=bearer(token))
    task_id: str = response.raise_for_status().json()["id"]
    return task_id


def get(client: httpx.Client, path: str, token: str | None = None) -> httpx.Response:
    """Request `path`, with `token` if there is one."""
    return client.get(path, headers=bearer(token) if token else {})


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries `token`."""
    return {"Authorization": f"Bearer {token}"}


def answer(response: httpx.Response) -> str:
    """Return the status and the one thing that the body says, for the table."""
    try:
        body = response.json()
    except ValueError:
        return f"{response.status_code}, no JSON"
    said = body.get("detail") or body.get("message") or body.get("user_id")
    return f"{response.status_code} {said}"


def titles(response: httpx.Response) -> str:
    """Return the titles in a list of tasks."""
    return ", ".join(task["title"] for task in response.json())


# What is printed


def table(rows: Sequence[Row]) -> str:
    """Return the cases as aligned text."""
    lines = [("case", "expected", "seen", "ok")]
    lines += [(row.case, row.expected, row.seen, "yes" if row.ok else "NO") for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return "\n".join(" | ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def measurement(token: str, secret: str) -> str:
    """Return one line: what a verification of `token` takes with fastjose and with python-jose, medians in µs."""
    fastjose = partial(Verifier(secret, algorithms=["HS256"]).verify, token)
    python_jose = partial(jwt.decode, token, secret, algorithms=["HS256"])
    # Taken in turns, so that whatever else the machine does strikes both.
    pairs = [
        (microseconds(fastjose, REPEATS_FASTJOSE), microseconds(python_jose, REPEATS_PYTHON_JOSE))
        for _ in range(ROUNDS)
    ]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    figures = f"fastjose {ours:.2f}, python-jose {theirs:.2f} ({theirs / ours:.1f} times)"
    return f"µs per verification: {figures}, same token, same run"


def microseconds(call: Callable[[], Any], repeats: int) -> float:
    """Return how long one `call` takes, the mean of `repeats`."""
    return timeit.timeit(call, number=repeats) / repeats * 1e6


if __name__ == "__main__":
    sys.exit(main())
