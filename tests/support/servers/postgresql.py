"""A PostgreSQL server for the tests: a new cluster in a temporary folder, reached through a socket in it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from support.environment.requirements import require_program, skip_or_fail
from support.processes.child_process import START_SECONDS, STOP_SECONDS, run_process

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL = "apt-get install postgresql"
UNPRIVILEGED_NAME = "postgres"  # PostgreSQL refuses to run as root
UNPRIVILEGED_UID = 65_534  # the account of unmapped users, used if PostgreSQL has none
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
# A temporary cluster does not have to survive a power failure.
SETTINGS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=80", "-c", "timezone=Asia/Kolkata")


class PostgreSqlServer:
    """A cluster in `folder` that can be stopped and started again."""

    def __init__(self, folder: Path, account: dict[str, Any]) -> None:
        """Create the cluster. The server is not running."""
        self._folder, self._account = folder, account
        self._postgres = require_program("postgres", INSTALL)
        self._running = contextlib.ExitStack()
        self.url = f"postgresql://test@/postgres?host={folder}"
        create_cluster(require_program("initdb", INSTALL), folder / "data", account)

    @property
    def socket(self) -> str:
        """Return the path of its Unix socket."""
        return f"{self._folder}/.s.PGSQL.5432"

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""
        command = [self._postgres, "-D", str(self._folder / "data"), "-k", str(self._folder), *SETTINGS]
        log = self._folder / "postgresql.log"
        running = run_process(command, environment=ENVIRONMENT, cwd=self._folder, log=log, **self._account)
        process = self._running.enter_context(running)
        wait_until_ready(self.url, process, log)
        self._running.callback(process.wait, STOP_SECONDS)
        self._running.callback(process.send_signal, signal.SIGINT)  # fast shutdown: does not wait for clients

    def stop(self) -> None:
        """Stop the server. It ends the connections of its clients."""
        self._running.close()


@contextlib.contextmanager
def run_postgresql_server() -> Iterator[PostgreSqlServer]:
    """Run PostgreSQL inside the block and yield its server. Skip the test if it is not installed."""
    require_program("initdb", INSTALL)
    account = find_unprivileged_account()
    with create_folder_for(account) as folder:
        server = PostgreSqlServer(folder, account)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def run_postgresql() -> Iterator[str]:
    """Run PostgreSQL inside the block and yield the URL of its database. Skip the test if it is not installed."""
    with run_postgresql_server() as server:
        yield server.url


def drop_all_tables(url: str) -> None:
    """Drop every table."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def find_unprivileged_account() -> dict[str, Any]:
    """Return the arguments with which `subprocess` runs PostgreSQL without root rights: none unless we are root."""
    if os.geteuid() != 0:
        return {}
    named = [entry for entry in pwd.getpwall() if entry.pw_name == UNPRIVILEGED_NAME]
    accounts = named or [entry for entry in pwd.getpwall() if entry.pw_uid == UNPRIVILEGED_UID]
    if not accounts:
        skip_or_fail("PostgreSQL does not run as root, and no unprivileged account was found")
    return {"user": accounts[0].pw_uid, "group": accounts[0].pw_gid, "extra_groups": []}


@contextlib.contextmanager
def create_folder_for(account: dict[str, Any]) -> Iterator[Path]:
    """Create a folder owned by `account` and remove it afterwards. Only root can read pytest's own folders."""
    folder = Path(tempfile.mkdtemp(prefix="fastjose-"))
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        yield folder
    finally:
        shutil.rmtree(folder)


def create_cluster(initdb: str, data: Path, account: dict[str, Any]) -> None:
    command = [initdb, "-D", str(data), "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync"]
    done = subprocess.run(  # noqa: S603 - a trusted program
        command, check=False, cwd=data.parent, env=ENVIRONMENT, capture_output=True, text=True, **account
    )
    assert done.returncode == 0, done.stderr


def wait_until_ready(url: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(encoding='utf-8')}")
