"""Load on `/me` of the to-do application over HTTP: `python -m benches.http_load`, or `make bench-http`.

uvicorn runs with uvloop, httptools and one worker on one core; wrk runs on the other core and sends over loopback. The
applications take turns: without authentication, on python-jose, on fastjose. In a second load, half of the connections
send invalid tokens as fast as they are answered. The report shows the throughput of the other half.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benches.http_load import wrk
from benches.http_load.http_report import Application, format_page
from benches.http_load.server import run_server
from benches.support.auth_apps import PAYLOAD_CLAIMS
from benches.support.fixtures import HOUR_SECONDS, NOW, create_token, get_key_pair
from benches.targets import NO_AUTHENTICATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "benches" / "results" / "http.md"
APPLICATIONS: Mapping[str, str] = {
    NO_AUTHENTICATION: "benches.http_load.app_without_auth:app",
    "python-jose reference": "benches.http_load.app_python_jose:app",
    "fastjose": "support.applications.served_todo_app:app",
}
CONNECTIONS = 32
TOKEN_COUNT = 900


def main() -> None:
    """Run the command line and write the report."""
    parser = argparse.ArgumentParser(description="Measure /me of the to-do application under load.")
    parser.add_argument("--seconds", type=int, default=10, help="duration of each load")
    parser.add_argument("--rounds", type=int, default=3, help="number of turns of each application")
    parser.add_argument("--output", type=Path, default=RESULT, help="file for the report")
    parser.add_argument("--check", action="store_true", help="check the responses without wrk and measure nothing")
    options = parser.parse_args()
    if not options.check:
        wrk.require_wrk()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        valid_file, invalid_file = write_token_files(Path(directory))
        applications = [stack.enter_context(served_application(name, Path(directory))) for name in APPLICATIONS]
        for application in applications:
            check_responses(application, valid_file, invalid_file)
        if options.check:
            return
        for _ in range(options.rounds):
            for application in applications:
                run_round(application, valid_file, invalid_file, options.seconds)
    page = format_page(applications, f"{options.rounds} × {options.seconds} s each, {CONNECTIONS} connections")
    options.output.write_text(page, encoding="utf-8")
    print(page)


def check_responses(application: Application, valid_file: Path, invalid_file: Path) -> None:
    """Send each token once and check the status. These requests also warm the application up."""
    invalid_status = 200 if application.name == NO_AUTHENTICATION else 401
    with httpx.Client(trust_env=False) as client:
        for path, status in ((valid_file, 200), (invalid_file, invalid_status)):
            for token in path.read_text(encoding="utf-8").splitlines():
                response = client.get(application.url, headers={"Authorization": f"Bearer {token}"})
                require_correct_responses(application, is_correct=response.status_code == status)
    print(f"{application.name}: responses are correct")


def run_round(application: Application, valid_file: Path, invalid_file: Path, seconds: int) -> None:
    """Send valid tokens only, then valid and invalid tokens at the same time."""
    (valid_only,) = wrk.run_loads([wrk.Load(application.url, valid_file, CONNECTIONS, seconds)])
    application.valid_only.append(valid_only)
    require_correct_responses(application, is_correct=valid_only.error_responses == 0)
    if application.name == NO_AUTHENTICATION:
        return
    loads = [wrk.Load(application.url, file, CONNECTIONS // 2, seconds) for file in (valid_file, invalid_file)]
    valid, invalid = wrk.run_loads(loads)
    application.valid_during_flood.append(valid)
    application.invalid_flood.append(invalid)
    is_correct = valid.error_responses == 0 and invalid.error_responses == invalid.responses
    require_correct_responses(application, is_correct=is_correct)


def require_correct_responses(application: Application, *, is_correct: bool) -> None:
    """Stop the measurement if a response is wrong.

    Raises:
        RuntimeError: `is_correct` is false.
    """
    if not is_correct:
        raise RuntimeError(f"{application.name} must accept every valid token and reject every invalid one")


def write_token_files(directory: Path) -> tuple[Path, Path]:
    """Write a file of valid tokens, and one of invalid tokens: expired, signed by another key, and truncated."""
    valid = [create_token("HS256", {**PAYLOAD_CLAIMS, "sub": f"user-{number}"}) for number in range(TOKEN_COUNT)]
    expired = create_token("HS256", {**PAYLOAD_CLAIMS, "iat": NOW - 2 * HOUR_SECONDS, "exp": NOW - HOUR_SECONDS})
    invalid = [expired, create_token("HS256", PAYLOAD_CLAIMS, key_index=1), expired.rpartition(".")[0]]
    paths = directory / "valid", directory / "invalid"
    for path, tokens in zip(paths, (valid, invalid), strict=True):
        path.write_text("\n".join(tokens), encoding="utf-8")
    return paths


@contextlib.contextmanager
def served_application(name: str, directory: Path) -> Iterator[Application]:
    """Serve one application with an empty database of its own."""
    environment = {
        "BETTER_AUTH_SECRET": get_key_pair("HS256").verification_key,
        "DATABASE_URL": f"sqlite:///{directory}/{name.replace(' ', '-')}.db",
    }
    with run_server(APPLICATIONS[name], directory, environment) as server:
        yield Application(name, server.url)


if __name__ == "__main__":
    main()
