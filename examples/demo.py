"""The demonstration: `make demo` runs all cases against the to-do application, `make serve` keeps it running.

`demo.py` starts the application under uvicorn, signs two users in, and prints the expected and actual response of every
case. Then it prints how long verification takes with fastjose and with python-jose. If a case differs, it exits with 1.
`demo.py --serve` runs the application in the foreground on `PORT` (8000). If Node is installed, it also runs the page
of the application, with a Better Auth that signs its users in, on `PAGE_PORT` (3000).
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
from page_server import PageUnavailableError, run_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TODO = Path(__file__).parent / "todo"
APP = "backend.main:app"
ACCOUNTS = Path("todo-accounts.json")  # in the working directory, as the database is
LISTENING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
START_SECONDS = 60
STOP_SECONDS = 10
LEEWAY_SECONDS = 10  # an expired token is accepted for this long, in case the clocks differ

PASSWORD = "development"  # noqa: S105 - the public password of the development issuer
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
    """The demonstration failed; the message contains the reason."""


@dataclass(frozen=True)
class Row:
    """One case with its expected and actual response."""

    case: str
    expected: str
    actual: str

    @property
    def is_ok(self) -> bool:
        """Return whether the actual response equals the expected one."""
        return self.actual == self.expected


def main() -> int:
    """Run the command given by the arguments and return the exit status."""
    parser = argparse.ArgumentParser(description="The to-do application: a demonstration, or a server to try it on.")
    parser.add_argument("--serve", action="store_true", help="leave the application running on PORT (8000)")
    parser.add_argument("--without-page", action="store_true", help="do not serve the page on PAGE_PORT (3000)")
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(with_page=not arguments.without_page)
    try:
        return demonstrate()
    except (DemoError, httpx.HTTPError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def demonstrate() -> int:
    """Print the table and the measurement; return 1 if any row differs, else 0."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stops the server too
    secret = secrets.token_urlsafe(48)
    with run_app(secret) as origin, httpx.Client(base_url=origin, timeout=30, trust_env=False) as client:
        tokens = {name: sign_in(client, name) for name in TITLES}
        rows = [*check_tokens(client, tokens, secret), *check_ownership(client, tokens), *check_documentation(client)]
    print(format_table(rows))
    print()
    print(measure_verification(tokens["ada"], secret))
    return exit_status(rows)


def exit_status(rows: Sequence[Row]) -> int:
    """Return 0 if every case is as expected, 1 otherwise."""
    return 0 if all(row.is_ok for row in rows) else 1


# The server


@contextlib.contextmanager
def run_app(secret: str) -> Iterator[str]:
    """Run the application in a child process, with a new database and a free port; yield its origin."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "uvicorn.log"
        # Port 0: the system chooses a free port and uvicorn logs it, so that no other process can take it first.
        command = [sys.executable, "-m", "uvicorn", APP, "--app-dir", str(TODO), "--port", "0"]
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own application
                [*command, "--no-use-colors", "--no-access-log"],
                cwd=directory,  # a directory without `.env`
                env=app_environment(secret, directory),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield wait_until_listening(process, log)
        finally:
            stop(process)


def app_environment(secret: str, directory: str) -> dict[str, str]:
    """Return this process's environment, with only `secret` and a new database, for development."""
    others = {name: value for name, value in os.environ.items() if name.lower() not in AuthSettings.model_fields}
    database_url = f"sqlite:///{directory}/todo.db"
    return {**others, "BETTER_AUTH_SECRET": secret, "DATABASE_URL": database_url, "ENVIRONMENT": "development"}


def wait_until_listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the origin that uvicorn logs when it listens; raise `DemoError` with the log if it exits before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := LISTENING.search(log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.02)
    raise DemoError(f"the application did not start:\n{log.read_text(encoding='utf-8')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate `process`; kill it if it does not exit in time."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve(*, with_page: bool) -> int:
    """Run the application in the foreground until Ctrl-C, with its page if `with_page` and Node is installed."""
    configure_development()
    sys.path.insert(0, str(TODO))
    config = uvicorn.Config(APP, host="127.0.0.1", port=read_port("PORT", 8000))
    page_port = read_port("PAGE_PORT", 3000)
    # Bind before printing the address: if the port is in use, uvicorn prints its error and exits.
    listener = config.bind_socket()
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with contextlib.ExitStack() as running:
        running.enter_context(listener)
        page = running.enter_context(try_page(origin, page_port)) if with_page else None
        print(format_instructions(origin, page), flush=True)
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after the shutdown
            uvicorn.Server(config).run(sockets=[listener])
    return 0


def configure_development() -> None:
    """Set `ENVIRONMENT` if it is not set. In development, generate a secret if none is configured."""
    settings = read_settings()
    if settings.environment is None:
        os.environ["ENVIRONMENT"] = "development"
    elif not settings.is_development:
        return
    if settings.mode == "secret" and settings.better_auth_secret is None:
        os.environ["BETTER_AUTH_SECRET"] = secrets.token_urlsafe(48)


def read_settings() -> AuthSettings:
    """Return the settings of the application; exit with a message if one is invalid."""
    try:
        return load_settings()
    except ValueError as error:
        sys.exit(str(error))


def read_port(variable: str, default: int) -> int:
    """Return the port that the environment variable names, or `default`; 0 selects a free port."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the highest port
        sys.exit(f"{variable} must be a number from 0 to 65535")
    return int(text)


@contextlib.contextmanager
def try_page(backend: str, port: int) -> Iterator[str | None]:
    """Run the page, configure the application for it and yield its origin; without it, say why and yield None."""
    with contextlib.ExitStack() as running:
        page: str | None = None
        try:
            page = running.enter_context(run_page(backend, port, find_page_secret(), ACCOUNTS))
            configure_page(page)
        except PageUnavailableError as error:
            print(f"Without the page: {error}", flush=True)
        yield page


def find_page_secret() -> str:
    """Return the secret that the application shares with the Better Auth of the page.

    Raises:
        PageUnavailableError: The settings name another issuer, or an environment in which the page is not served.
    """
    settings = read_settings()
    if settings.mode == "jwks" or settings.jwt_mode is not None:
        raise PageUnavailableError("BETTER_AUTH_URL, JWKS_URL or JWT_MODE selects another issuer")
    if settings.better_auth_secret is None or not settings.is_development:
        raise PageUnavailableError("it is for development: it needs BETTER_AUTH_SECRET, and ENVIRONMENT=development")
    return settings.better_auth_secret.get_secret_value()


def configure_page(page: str) -> None:
    """Configure the application, which is imported later, for JWTs and cookies from the page at the origin `page`."""
    os.environ["BETTER_AUTH_URL"] = page
    os.environ["JWT_CREDENTIALS"] = "jwt,cookie"
    os.environ["JWT_TRUSTED_ORIGINS"] = page
    os.environ["CORS_ORIGINS"] = page


def format_instructions(origin: str, page: str | None) -> str:
    """Return the addresses of the application and of its page, and how to sign in."""
    if page is not None:
        lines = [f"To-do list: {page}", f"Backend, with its documentation: {origin}/docs"]
    else:
        lines = [f"To-do list: {origin}", f"Documentation, with the Authorize button: {origin}/docs"]
    return "\n".join([*lines, *format_users(), "Press Ctrl-C to stop"])


def format_users() -> list[str]:
    """Return the line with the users of the development issuer, if the application has one."""
    from backend.core.config import get_settings  # noqa: PLC0415 - importable only with the extended path
    from backend.development_issuer import is_issuer  # noqa: PLC0415 - importable only with the extended path

    return [f"Sign in as {' or '.join(TITLES)}, password {PASSWORD}"] if is_issuer(get_settings()) else []


# The cases


def check_tokens(client: httpx.Client, tokens: dict[str, str], secret: str) -> list[Row]:
    """Return the rows on valid and invalid tokens."""
    expired = sign_token_for("ada", secret, lifetime_seconds=-LEEWAY_SECONDS - 60)
    forged = sign_token_for("ada", secrets.token_urlsafe(48), lifetime_seconds=60)
    return [
        Row("valid token", "200 ada", format_response(get(client, "/me", tokens["ada"]))),
        Row("expired token", "401 Token has expired", format_response(get(client, "/me", expired))),
        Row(
            "wrong signature",
            "401 Invalid token: Signature verification failed.",
            format_response(get(client, "/me", forged)),
        ),
        Row("missing token", "401 Not authenticated", format_response(get(client, "/me"))),
        Row("optional, without token", "200 Hello guest", format_response(get(client, "/hello"))),
    ]


def check_ownership(client: httpx.Client, tokens: dict[str, str]) -> list[Row]:
    """Return the rows on ownership, after each user has created a task."""
    tasks = {name: create_task(client, token, TITLES[name]) for name, token in tokens.items()}
    return [
        Row(
            "wrong owner",
            "403 Not authorized to access this task",
            format_response(get(client, f"/api/tasks/{tasks['ada']}", tokens["grace"])),
        ),
        *(
            Row(f"{name}'s list", TITLES[name], format_titles(get(client, "/api/tasks", tokens[name])))
            for name in tokens
        ),
    ]


def check_documentation(client: httpx.Client) -> list[Row]:
    """Return the rows on `/docs`: a lock icon for each operation with a token, and the sign-in URL."""
    document = client.get("/openapi.json").raise_for_status().json()
    schemes = document["components"]["securitySchemes"]
    locked = [
        (method, path)
        for method, path in PROTECTED
        if any(schemes[name]["type"] == "oauth2" for name in security_scheme_names(document, method, path))
    ]
    password_flows = [scheme["flows"]["password"]["tokenUrl"] for scheme in schemes.values()]
    return [
        Row("lock icons", f"{len(PROTECTED)} of {len(PROTECTED)}", f"{len(locked)} of {len(PROTECTED)}"),
        Row("sign-in of /docs", TOKEN_URL, ", ".join(password_flows)),
    ]


def security_scheme_names(document: dict[str, Any], method: str, path: str) -> list[str]:
    """Return the names of the security schemes of an operation in the OpenAPI document."""
    operation = document["paths"].get(path, {}).get(method, {})
    return [name for requirement in operation.get("security", []) for name in requirement]


# The client


def sign_in(client: httpx.Client, name: str) -> str:
    """Return a token from the development issuer."""
    response = client.post(TOKEN_URL, data={"username": name, "password": PASSWORD})
    token: str = response.raise_for_status().json()["access_token"]
    return token


def sign_token_for(name: str, secret: str, *, lifetime_seconds: int) -> str:
    """Return a token for `name` that the issuer would not issue."""
    now = int(time.time())
    return sign_token({"sub": name, "iat": now, "exp": now + lifetime_seconds}, secret, algorithm="HS256")


def create_task(client: httpx.Client, token: str, title: str) -> str:
    """Create a task and return its id."""
    response = client.post("/api/tasks", json={"title": title}, headers=bearer_header(token))
    task_id: str = response.raise_for_status().json()["id"]
    return task_id


def get(client: httpx.Client, path: str, token: str | None = None) -> httpx.Response:
    """Request `path`, with `token` if given."""
    return client.get(path, headers=bearer_header(token) if token else {})


def bearer_header(token: str) -> dict[str, str]:
    """Return the Authorization header with `token`."""
    return {"Authorization": f"Bearer {token}"}


def format_response(response: httpx.Response) -> str:
    """Return the status and the message of the body, for the table."""
    try:
        body = response.json()
    except ValueError:
        return f"{response.status_code}, not JSON"
    said = body.get("detail") or body.get("message") or body.get("user_id")
    return f"{response.status_code} {said}"


def format_titles(response: httpx.Response) -> str:
    """Return the titles of a list of tasks, separated by commas."""
    return ", ".join(task["title"] for task in response.json())


# Output


def format_table(rows: Sequence[Row]) -> str:
    """Return the rows as an aligned table."""
    lines = [("case", "expected", "actual", "ok")]
    lines += [(row.case, row.expected, row.actual, "yes" if row.is_ok else "NO") for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return "\n".join(" | ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def measure_verification(token: str, secret: str) -> str:
    """Return a line with the median duration of verifying `token` with fastjose and with python-jose, in µs."""
    fastjose = partial(Verifier(secret, algorithms=["HS256"]).verify, token)
    python_jose = partial(jwt.decode, token, secret, algorithms=["HS256"])
    # Alternate between the libraries, so that other load on the machine affects both.
    pairs = [
        (measure_microseconds(fastjose, REPEATS_FASTJOSE), measure_microseconds(python_jose, REPEATS_PYTHON_JOSE))
        for _ in range(ROUNDS)
    ]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    figures = f"fastjose {ours:.2f}, python-jose {theirs:.2f} ({theirs / ours:.1f} times)"
    return f"µs per verification: {figures}, same token, same run"


def measure_microseconds(call: Callable[[], Any], repeats: int) -> float:
    """Return the mean duration of `call` over `repeats` calls."""
    return timeit.timeit(call, number=repeats) / repeats * 1e6


if __name__ == "__main__":
    sys.exit(main())
