"""A real PostgreSQL for the tests: a new cluster in a temporary folder, reached by a socket in it, no port needed."""

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

from support.child_process import START_SECONDS, STOP_SECONDS, run_process
from support.requirements import require_program, skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL = "apt-get install postgresql"
UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to run as root; the first of these that exists
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
# A cluster that is thrown away needs no care for power cuts.
SETTINGS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20", "-c", "timezone=Asia/Kolkata")


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """Run PostgreSQL while the block lasts; yield the URL of its database. Skip the test where it is not installed."""
    initdb, postgres = require_program("initdb", INSTALL), require_program("postgres", INSTALL)
    account = unprivileged_account()
    with folder_of(account) as folder:
        data = folder / "data"
        create_cluster(initdb, data, account)
        command = [postgres, "-D", str(data), "-k", str(folder), *SETTINGS]
        log = folder / "postgresql.log"
        with run_process(command, environment=ENVIRONMENT, cwd=folder, log=log, **account) as process:
            url = f"postgresql://test@/postgres?host={folder}"
            wait_until_answering(url, process, log)
            try:
                yield url
            finally:
                process.send_signal(signal.SIGINT)  # the fast shutdown: does not wait for clients to go
                process.wait(STOP_SECONDS)


def empty(url: str) -> None:
    """Drop every table."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def unprivileged_account() -> dict[str, Any]:
    """Return what `subprocess` needs to run PostgreSQL as somebody else than root; nothing if we are not root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    accounts = [known[name] for name in UNPRIVILEGED if name in known]
    if not accounts:
        skip_or_fail("PostgreSQL does not run as root, and there is no account to run it as")
    return {"user": accounts[0].pw_uid, "group": accounts[0].pw_gid, "extra_groups": []}


@contextlib.contextmanager
def folder_of(account: dict[str, Any]) -> Iterator[Path]:
    """Make a folder that belongs to `account`, and remove it; pytest's own are closed to others than root."""
    folder = Path(tempfile.mkdtemp(prefix="fastjose-"))
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        yield folder
    finally:
        shutil.rmtree(folder)


def create_cluster(initdb: str, data: Path, account: dict[str, Any]) -> None:
    command = [initdb, "-D", str(data), "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync"]
    done = subprocess.run(  # noqa: S603 - Debian's own program
        command, check=False, cwd=data.parent, env=ENVIRONMENT, capture_output=True, text=True, **account
    )
    assert done.returncode == 0, done.stderr


def wait_until_answering(url: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(encoding='utf-8')}")
