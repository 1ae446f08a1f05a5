"""The stores of Better Auth: PostgreSQL and Redis keep their data when they are stopped and started again."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support import postgresql
from support.child_process import STOP_SECONDS, run_process
from support.redis_server import run_redis_server
from support.requirements import require_program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from support.redis_server import RedisServer

# Better Auth and the application have a pool each.
SETTINGS = (*postgresql.SETTINGS, "-c", "max_connections=80")
KEEP_DATA = ("--appendonly", "yes", "--appendfsync", "always")


@dataclass
class PostgresqlServer:
    """A PostgreSQL server that can be stopped, and started again with its data."""

    program: str
    folder: Path
    account: dict[str, Any]
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The URL of its database, through its Unix socket."""
        return f"postgresql://test@/postgres?host={self.folder}"

    @property
    def socket(self) -> str:
        """The path of its Unix socket."""
        return f"{self.folder}/.s.PGSQL.5432"

    def start(self) -> None:
        """Start the server, and wait until it accepts clients."""
        command = [self.program, "-D", str(self.folder / "data"), "-k", str(self.folder), *SETTINGS]
        log = self.folder / "postgresql.log"
        self._process = self._running.enter_context(
            run_process(command, environment=postgresql.ENVIRONMENT, cwd=self.folder, log=log, **self.account)
        )
        postgresql.wait_until_ready(self.url, self._process, log)

    def stop(self) -> None:
        """Stop the server without waiting for its clients."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(STOP_SECONDS)
            self._running.close()
            self._process = None


@contextlib.contextmanager
def run_postgresql() -> Iterator[PostgresqlServer]:
    """Run PostgreSQL inside the block and yield it. Skip the test if it is not installed."""
    initdb, program = (require_program(name, postgresql.INSTALL) for name in ("initdb", "postgres"))
    account = postgresql.find_unprivileged_account()
    with postgresql.create_folder_for(account) as folder:
        postgresql.create_cluster(initdb, folder / "data", account)
        server = PostgresqlServer(program, folder, account)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def run_redis() -> contextlib.AbstractContextManager[RedisServer]:
    """Run a Redis that keeps its data."""
    return run_redis_server(*KEEP_DATA)
