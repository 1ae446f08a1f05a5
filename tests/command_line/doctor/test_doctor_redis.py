"""`fastjose doctor` names a wrong database and a wrong prefix of Redis, and shows no session token."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
import redis

from support.better_auth.server import Browser, run_better_auth_server
from support.environment.doctor import GOOD_SECRET, Diagnosis, diagnose
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "pa55w0rd-of-the-url"
TOKEN = "Zk3vN8qLw2XyT5bRm7HsJ4cGd9FpE6aU"
PREFIX_VARIABLE = "BETTER_AUTH_SESSION_STORE_PREFIX"


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with run_redis_server(password=PASSWORD) as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(server: RedisServer) -> None:
    with server.connect() as client:
        client.flushall()


def write_session(server: RedisServer, prefix: str, database: int = 0) -> None:
    """Write the keys of one session, as Better Auth does."""
    with contextlib.closing(redis.Redis.from_url(server.url[:-1] + str(database))) as client:
        client.set(f"{prefix}{TOKEN}", "{}")
        client.set(f"{prefix}active-sessions-u1", "[]")


def write_keys(server: RedisServer, prefix: str, database: int = 0, count: int = 3) -> None:
    with contextlib.closing(redis.Redis.from_url(server.url[:-1] + str(database))) as client:
        client.mset({f"{prefix}{secrets.token_hex(16)}": "x" for _ in range(count)})


def examine(
    monkeypatch: pytest.MonkeyPatch, path: Path, server: RedisServer, database: int = 0, prefix: str | None = None
) -> Diagnosis:
    environment = {
        "BETTER_AUTH_SECRET": GOOD_SECRET,
        "JWT_CREDENTIALS": "session",
        "BETTER_AUTH_URL": "https://app.acme.test",
        "BETTER_AUTH_SESSION_STORE": server.url[:-1] + str(database),
        **({} if prefix is None else {PREFIX_VARIABLE: prefix}),
    }
    diagnosis = diagnose(monkeypatch, path, environment)
    assert PASSWORD not in diagnosis.result.output
    assert TOKEN not in diagnosis.result.output
    return diagnosis


def test_doctor_sessions_of_other_database_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer
) -> None:
    write_session(server, "better-auth:", 3)
    write_keys(server, "celery:", 1)
    diagnosis = examine(monkeypatch, tmp_path, server)
    assert diagnosis.codes == {"redis_database"}
    finding = diagnosis.finding("redis_database")
    assert "database 3" in finding["problem"]
    assert "/3 at the end of BETTER_AUTH_SESSION_STORE" in finding["cure"]
    assert examine(monkeypatch, tmp_path, server, 3).codes == set()


def test_doctor_other_database_and_other_prefix_are_both_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer
) -> None:
    write_session(server, "shop:auth:", 2)
    finding = examine(monkeypatch, tmp_path, server).finding("redis_database")
    assert "/2 at the end" in finding["cure"]
    assert finding["line"] == f"{PREFIX_VARIABLE}=shop:auth:"
    assert examine(monkeypatch, tmp_path, server, 2, "shop:auth:").codes == set()


@pytest.mark.parametrize(("written", "configured"), [("better-auth:", "shop:"), ("shop:", None), ("auth", "auth:")])
def test_doctor_other_prefix_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer, written: str, configured: str | None
) -> None:
    write_session(server, written)
    diagnosis = examine(monkeypatch, tmp_path, server, prefix=configured)
    assert diagnosis.codes == {"redis_prefix"}
    assert diagnosis.finding("redis_prefix")["line"] == f"{PREFIX_VARIABLE}={written}"
    assert examine(monkeypatch, tmp_path, server, prefix=written).codes == set()


def test_doctor_empty_prefix_gets_no_line_that_has_no_effect(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer
) -> None:
    write_session(server, "")
    finding = examine(monkeypatch, tmp_path, server).finding("redis_prefix")
    assert finding["line"] is None
    assert "empty variable counts as not set" in finding["cure"]


@pytest.mark.parametrize("prefix", [f"{TOKEN}:", "a\nJWT_SECRET=x:", "$(id):"])
def test_doctor_prefix_that_may_be_anything_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer, prefix: str
) -> None:
    write_session(server, prefix)
    diagnosis = examine(monkeypatch, tmp_path, server)
    assert diagnosis.finding("redis_prefix")["line"] is None
    assert prefix not in diagnosis.result.output


def test_doctor_redis_with_other_keys_alone_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer
) -> None:
    write_keys(server, "celery:")
    write_keys(server, f"{TOKEN}:")
    write_keys(server, "", count=5)
    write_keys(server, "cache:", 4, count=1)
    diagnosis = examine(monkeypatch, tmp_path, server)
    assert diagnosis.codes == {"redis_other_keys"}
    problem = diagnosis.finding("redis_other_keys")["problem"]
    assert problem.endswith("its keys have 'celery:'; other databases with keys: 4 (1 key)")


@pytest.mark.parametrize("has_other_key", [True, False])
def test_doctor_redis_without_sessions_is_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer, *, has_other_key: bool
) -> None:
    if has_other_key:
        write_keys(server, "better-auth:verification-")
    diagnosis = examine(monkeypatch, tmp_path, server)
    assert (diagnosis.codes, diagnosis.notes) == (set(), {"redis_without_sessions"})


def test_doctor_sessions_among_many_keys_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: RedisServer
) -> None:
    write_keys(server, "celery:", count=5_000)
    write_session(server, "shop:")
    assert examine(monkeypatch, tmp_path, server).codes == {"redis_prefix"}


def test_doctor_redis_that_forbids_scan_is_not_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with run_redis_server() as running, running.connect() as client:
        client.execute_command("ACL", "SETUSER", "default", "-scan", "-info")  # type: ignore[no-untyped-call]
        diagnosis = examine(monkeypatch, tmp_path, running)
    assert diagnosis.codes == set()
    assert "SCAN" in diagnosis.document["facts"]["not checked"]


@pytest.mark.parametrize(
    ("storage", "database", "prefix", "codes"),
    [
        ("package", 5, None, set()),
        ("package", 5, "shop:", {"redis_prefix"}),
        ("package", 0, None, {"redis_database"}),
        ("by-hand", 5, None, {"redis_prefix"}),
    ],
)
def test_doctor_secondary_storage_of_better_auth_is_compared(  # noqa: PLR0913, PLR0917 - fixtures and the case
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    server: RedisServer,
    storage: str,
    database: int,
    prefix: str | None,
    codes: set[str],
) -> None:
    url = server.url[:-1] + "5"
    log = tmp_path / "log"
    with (
        run_better_auth_server("sessions", log, redis_url=url, redis_storage=storage) as running,  # type: ignore[arg-type]
        Browser(running) as browser,
    ):
        browser.sign_up("ada@acme.test", "correct horse battery staple", "Ada")
        token = next(value for name, value in browser.cookies.items() if name.endswith("session_token"))
        diagnosis = examine(monkeypatch, tmp_path, server, database, prefix)
    assert diagnosis.codes == codes
    assert token.partition(".")[0] not in diagnosis.result.output
