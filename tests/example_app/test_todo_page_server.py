"""The server of the to-do page: its files, its one origin, and the accounts that survive a restart."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from page_server import PageUnavailableError, run_page
from support.better_auth.server import read_first_line
from support.processes.child_process import run_process
from support.processes.node_packages import require_node_with_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

FRONTEND = Path(__file__).parents[2] / "examples" / "todo" / "frontend"
SECRETS = ("the first secret of the page, long enough", "the second secret, after a restart of it")
ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}


@contextlib.contextmanager
def run_server(directory: Path, *options: str, secret: str = SECRETS[0]) -> Iterator[httpx.Client]:
    """Run the server on a free port, and yield a client of its origin that sends this origin, as a browser does."""
    node = require_node_with_packages(FRONTEND, "the page of the to-do list")
    log = directory / "page.log"
    command = [node, "server.mjs", "--port", "0", "--stop-with-stdin", *options]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "BETTER_AUTH_SECRET": secret}
    with run_process(command, environment=environment, cwd=FRONTEND, log=log, stdout=subprocess.PIPE) as process:
        origin = read_first_line(process, log).removeprefix("To-do page: ").strip()
        with httpx.Client(base_url=origin, headers={"origin": origin}, trust_env=False, timeout=30) as client:
            yield client


def test_page_has_strict_policy_and_its_files(tmp_path: Path) -> None:
    with run_server(tmp_path, "--backend", "http://127.0.0.1:8001/") as client:
        page = client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        policy = page.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
        assert "connect-src 'self' http://127.0.0.1:8001" in policy
        for path in re.findall(r'(?:href|src)="(/[^"]+)"', page.text):
            assert client.get(path).status_code == 200
        assert "http://127.0.0.1:8001" in client.get("/main.js").text


def test_unknown_path_returns_404(tmp_path: Path) -> None:
    with run_server(tmp_path) as client:
        for path in ("//", "//[", "/..%2fserver.mjs", "/server.mjs", "/%00", "/api/auth", "/index.html/"):
            assert read_status_line(client.base_url, path) == "HTTP/1.1 404 Not Found"
        assert client.get("/").status_code == 200


def read_status_line(origin: httpx.URL, path: str) -> str:
    """Return the status line of the answer for `path`, which httpx would not send as it is."""
    with socket.create_connection((origin.host, origin.port or 80), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {origin.host}\r\nConnection: close\r\n\r\n".encode())
        return connection.makefile("rb").readline().decode().strip()


def test_other_name_of_this_machine_is_redirected(tmp_path: Path) -> None:
    with run_server(tmp_path) as client:
        answer = client.get("/?credential=cookie", headers={"host": f"localhost:{client.base_url.port}"})
        assert answer.status_code == 302
        assert answer.headers["location"] == f"http://127.0.0.1:{client.base_url.port}/?credential=cookie"


def test_accounts_survive_restart_and_sessions_do_not(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    options = ("--accounts", str(file))
    with run_server(tmp_path, *options) as client:
        assert client.post("/api/auth/sign-up/email", json={**ADA, "name": "Ada"}).status_code == 200
        cookies = dict(client.cookies)
    assert file.stat().st_mode & 0o777 == 0o600
    assert ADA["password"] not in file.read_text(encoding="utf-8")
    with run_server(tmp_path, *options, secret=SECRETS[1]) as client:
        client.cookies.update(cookies)
        assert client.get("/api/auth/get-session").json() is None
        client.cookies.clear()
        assert client.post("/api/auth/sign-in/email", json=ADA).json()["user"]["name"] == "Ada"
        assert client.get("/api/auth/token").json()["token"].startswith("eyJ")


def test_port_in_use_is_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    require_node_with_packages(FRONTEND, "the page of the to-do list")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        page = run_page("http://127.0.0.1:8001", port, SECRETS[0], tmp_path / "accounts.json")
        with pytest.raises(PageUnavailableError, match="PAGE_PORT selects another port"):
            page.__enter__()
    assert f"--port must be a free port: {port} is in use" in capfd.readouterr().err
