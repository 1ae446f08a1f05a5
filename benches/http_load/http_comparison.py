"""Processor time of a server per answer over HTTP: a user verified with EdDSA by JWKS, and routes without a user.

uvicorn (uvloop, httptools, one worker) runs on one core, wrk on the other. The servers take turns of a second. The
authenticated application has the default settings: only the URL of the key set, the issuer and the audience are set.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

import benches.targets as t
from benches.comparisons.measurements import Measurement, all_unavailable
from benches.http_load import wrk
from benches.http_load.server import Server, run_server
from benches.support.fixtures import CLAIMS, ORIGIN, create_forged_token, create_token
from benches.support.remote_keys import serve_eddsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATIONS = {
    t.FASTJOSE: "benches.http_load.app_authenticated:app",
    t.NO_AUTHENTICATION: "benches.http_load.app_bare:app",
    t.EMPTY_DEPENDENCY: "benches.http_load.app_empty_dependency:app",
}
CONNECTIONS = 32
TOKEN_COUNT = 900
TURN_SECONDS = 1
ROUNDS_PER_TURN = 10
"""A turn is a thousand times as long as the slice of a timed candidate, so there are fewer turns than rounds."""


class HttpComparison:
    """Servers that wrk loads in turns."""

    def measure(self, rounds: int) -> dict[str, Measurement]:
        """Measure the processor time of each server per answer, after a turn for each that is not measured."""
        if shutil.which("wrk") is None:
            return all_unavailable(APPLICATIONS, wrk.MISSING)
        turns = max(2, rounds // ROUNDS_PER_TURN)
        with tempfile.TemporaryDirectory() as directory, run_servers(Path(directory)) as servers:
            tokens = write_tokens(Path(directory))
            costs_us: dict[str, list[float]] = {name: [] for name in servers}
            order = list(servers)
            for _ in range(turns + 1):
                for name in order:
                    costs_us[name].append(measure_turn(servers[name], tokens))
                order.reverse()
        return {name: Measurement(tuple(costs[1:])) for name, costs in costs_us.items()}

    def check(self) -> tuple[str, ...]:
        """Check the responses of each server, without wrk."""
        with tempfile.TemporaryDirectory() as directory, run_servers(Path(directory)) as servers:
            for name, server in servers.items():
                is_open = name != t.FASTJOSE
                assert send(server, create_token("EdDSA")) == 200, name
                assert send(server, create_forged_token("EdDSA")) == (200 if is_open else 401), name
                assert server.read_cpu_seconds() > 0, name
        return tuple(APPLICATIONS)


def measure_turn(server: Server, tokens: Path) -> float:
    """Load a server and return the processor time of an answer, in µs.

    Raises:
        RuntimeError: An answer was an error.
    """
    before = server.read_cpu_seconds()
    (result,) = wrk.run_loads([wrk.Load(server.url, tokens, CONNECTIONS, TURN_SECONDS)])
    if result.error_responses:
        raise RuntimeError(f"{server.url} must accept every token")
    return (server.read_cpu_seconds() - before) / result.responses * 1e6


def send(server: Server, token: str) -> int:
    """Return the status of a request with the token."""
    response = httpx.get(server.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    return response.status_code


def write_tokens(directory: Path) -> Path:
    """Write a file of EdDSA tokens for different users."""
    path = directory / "tokens"
    tokens = (create_token("EdDSA", {**CLAIMS, "sub": f"user-{number}"}) for number in range(TOKEN_COUNT))
    path.write_text("\n".join(tokens), encoding="utf-8")
    return path


@contextlib.contextmanager
def run_servers(directory: Path) -> Iterator[dict[str, Server]]:
    """Run a server for each application, and one for the key set."""
    with contextlib.ExitStack() as stack:
        settings = {"JWKS_URL": stack.enter_context(serve_eddsa_key()), "JWT_ISSUER": ORIGIN, "JWT_AUDIENCE": ORIGIN}
        yield {
            name: stack.enter_context(run_server(application, directory, settings))
            for name, application in APPLICATIONS.items()
        }
