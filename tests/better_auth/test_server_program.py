"""The program of the Better Auth servers: an error in one of its own routes does not end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from support.better_auth.server import run_better_auth_server

if TYPE_CHECKING:
    from pathlib import Path


def test_error_in_a_route_of_the_program_does_not_end_it(tmp_path: Path) -> None:
    """As while the database is down. A rejected promise without a handler ends Node."""
    log = tmp_path / "better-auth.log"
    with run_better_auth_server("default", log) as server:
        no_json = httpx.post(f"{server.address}/create-api-key", content=b"{", trust_env=False)
        assert no_json.status_code == 500
        assert server.fetch_json("/mailbox") == []
    assert "SyntaxError" in log.read_text(encoding="utf-8")
