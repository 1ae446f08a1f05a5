"""`examples/demo.py` as `make demo` and `make serve` run it."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from support.processes.child_process import START_SECONDS, STOP_SECONDS, run_process

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.http

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"
CASES = [
    "valid token",
    "expired token",
    "wrong signature",
    "missing token",
    "optional, without token",
    "wrong owner",
    "ada's list",
    "grace's list",
    "lock icons",
    "sign-in of /docs",
]
MEASUREMENT = re.compile(
    r"µs per verification: fastjose \d+\.\d+, python-jose \d+\.\d+ \(\d+\.\d times\), same token, same run"
)
TOKEN = re.compile(r"eyJ[\w-]+\.")


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    """Return `demo.py` as a module."""
    specification = importlib.util.spec_from_file_location("demo", DEMO)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["demo"] = module  # its dataclass resolves annotations here
    specification.loader.exec_module(module)
    return module


def child_environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", **changes}


def test_demo_cases_have_expected_results(tmp_path: Path) -> None:
    # These settings must not reach the application that the demonstration starts.
    misleading = child_environment(ENVIRONMENT="production", TOKEN_URL="/elsewhere", JWT_AUDIENCE="another")
    completed = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, DEMO], check=False, cwd=tmp_path, env=misleading, capture_output=True, text=True, timeout=300
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    header, _, *lines, blank, measurement = completed.stdout.splitlines()
    assert [cell.strip() for cell in header.split("|")] == ["case", "expected", "actual", "ok"]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert [case for case, *_ in cells] == CASES
    assert all(expected == actual and ok == "yes" for _, expected, actual, ok in cells)
    assert blank == ""
    assert MEASUREMENT.fullmatch(measurement)
    assert not TOKEN.search(completed.stdout + completed.stderr)
    assert list(tmp_path.iterdir()) == []


def test_different_row_is_marked_and_exits_with_1(demo: Any) -> None:
    same, different = demo.Row("a case", "401", "401"), demo.Row("another", "401", "200")
    assert demo.exit_status([same]) == 0
    assert demo.exit_status([same, different]) == 1
    assert [line.split()[-1] for line in demo.format_table([same, different]).splitlines()[2:]] == ["yes", "NO"]


@pytest.mark.parametrize(("application", "message"), [("backend.main:nothing", "nothing"), ("absent:app", "absent")])
def test_failed_start_of_application_exits_with_1(
    demo: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], application: str, message: str
) -> None:
    monkeypatch.setattr(demo, "APP", application)
    monkeypatch.setattr(sys, "argv", ["demo.py"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert demo.main() == 1
    error = capsys.readouterr().err
    assert "did not start" in error
    assert message in error


def test_security_scheme_names_unprotected_operation_returns_empty_list(demo: Any) -> None:
    document: dict[str, Any] = {"paths": {"/me": {"get": {"security": [{"OAuth2PasswordBearer": []}]}, "put": {}}}}
    assert demo.security_scheme_names(document, "get", "/me") == ["OAuth2PasswordBearer"]
    assert (
        demo.security_scheme_names(document, "put", "/me")
        == demo.security_scheme_names(document, "get", "/absent")
        == []
    )


@pytest.mark.parametrize(
    ("options", "path", "reason"),
    [
        (["--without-page"], os.environ.get("PATH", os.defpath), []),
        ([], "", ["Without the page: it needs Node.js 20.19 or newer, with npm"]),
    ],
)
def test_serve_prints_url_and_stops_on_interrupt(
    tmp_path: Path, options: list[str], path: str, reason: list[str]
) -> None:
    log = tmp_path / "log"
    unconfigured = child_environment(
        PORT="0", PATH=path, BETTER_AUTH_SECRET="", ENVIRONMENT="", BETTER_AUTH_URL="", JWKS_URL=""
    )
    command = [sys.executable, str(DEMO), "--serve", *options]
    with run_process(command, environment=unconfigured, cwd=tmp_path, log=log) as process:
        origin = wait_for_log(r"^To-do list: (\S+)$", log)
        assert re.findall(r"Without the page: .*", log.read_text(encoding="utf-8")) == reason
        assert f"{origin}/docs" in log.read_text(encoding="utf-8")
        assert "Sign in as ada or grace, password development" in log.read_text(encoding="utf-8")
        form = {"username": "ada", "password": "development"}
        wait_for_log(r"Application startup complete", log)
        token = httpx.post(f"{origin}/api/auth/token", data=form, trust_env=False, timeout=30).json()["access_token"]
        me = httpx.get(f"{origin}/me", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30)
        assert me.json()["user_id"] == "ada"
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
    assert token not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"JWKS_URL": "http://127.0.0.1:9/jwks"}, "BETTER_AUTH_URL, JWKS_URL or JWT_MODE selects another issuer"),
        ({"ENVIRONMENT": "production", "BETTER_AUTH_SECRET": "s" * 48}, "it is for development"),
    ],
)
def test_serve_leaves_page_out_in_other_configurations(
    tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    log = tmp_path / "log"
    cleared = {"BETTER_AUTH_SECRET": "", "ENVIRONMENT": "", "BETTER_AUTH_URL": "", "JWKS_URL": "", "JWT_MODE": ""}
    configured = child_environment(PORT="0", PAGE_PORT="0", **{**cleared, **environment})
    with run_process([sys.executable, str(DEMO), "--serve"], environment=configured, cwd=tmp_path, log=log):
        wait_for_log(r"Application startup complete", log)
    assert f"Without the page: {reason}" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("variable", ["PORT", "PAGE_PORT"])
def test_serve_invalid_port_exits_with_message(tmp_path: Path, variable: str) -> None:
    for port in ("http", "65536", "-1"):
        completed = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, DEMO, "--serve"],
            check=False,
            cwd=tmp_path,
            env=child_environment(**{"PORT": "0", variable: port}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (completed.returncode, completed.stderr.strip()) == (1, f"{variable} must be a number from 0 to 65535")


def wait_for_log(pattern: str, log: Path) -> str:
    """Wait until the log matches `pattern` and return its last group."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if found := re.search(pattern, log.read_text(encoding="utf-8"), re.MULTILINE):
            return found[found.re.groups]
        time.sleep(0.02)
    raise AssertionError(log.read_text(encoding="utf-8"))
