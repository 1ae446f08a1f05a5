"""A Redis server for the tests: on a free port of loopback, without persistence."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import redis

from support.environment.requirements import require_program
from support.processes.child_process import START_SECONDS, STOP_SECONDS, run_process
from support.servers.ports import find_free_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

INSTALL = "apt-get install redis-server"
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
SETTINGS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no")
# In Redis' log.
READY = "Ready to accept connections"
ADDRESS_IN_USE = "Address already in use"
START_ATTEMPTS = 3  # each at another port: one that was free can be taken before Redis listens at it


@dataclass
class RedisServer:
    """A Redis server that can be stopped, started again at the same address, and frozen.

    `url` is what redis-py and Better Auth connect to; it contains the password, if there is one.
    """

    port: int
    folder: Path
    password: str | None = field(default=None, repr=False)
    settings: Sequence[str] = ()
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Return the URL of database 0."""
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server, empty, and wait until it answers."""
        password = ("--requirepass", self.password) if self.password else ()
        program = require_program("redis-server", INSTALL)
        command = [program, "--port", str(self.port), "--dir", str(self.folder), *SETTINGS, *password, *self.settings]
        log = self.folder / "redis.log"
        self._process = self._running.enter_context(
            run_process(command, environment=ENVIRONMENT, cwd=self.folder, log=log)
        )
        self._wait_until_ready(log)

    def stop(self) -> None:
        """Stop the server: its port refuses connections, and its data is gone."""
        if self._process is not None:
            self.thaw()
            self._running.close()
            self._process = None

    def restart(self) -> None:
        """Stop the server and start it at the same address, empty."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Suspend the server: connections stay open, and no command is answered."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let a suspended server run again. A server that has ended stays as it is."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def connect(self) -> Iterator[redis.Redis]:
        """Connect a client of redis-py that returns `str`, for the block."""
        with redis.Redis.from_url(self.url, decode_responses=True, socket_timeout=STOP_SECONDS) as client:
            yield client

    def _wait_until_ready(self, log: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if READY in log.read_text(encoding="utf-8"):  # and not by a connection: another server may have the port
                return
            time.sleep(0.02)
        raise RuntimeError(f"Redis did not start:\n{log.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def run_redis_server(*settings: str, password: str | None = None, cluster: bool = False) -> Iterator[RedisServer]:
    """Run Redis inside the block and yield it. Skip the test if it is not installed.

    `settings` are further arguments of `redis-server`, such as `"--maxclients", "1"`. A `cluster` has this one node.
    """
    require_program("redis-server", INSTALL)
    with tempfile.TemporaryDirectory(prefix="fastjose-") as folder:
        server = start_redis_server(Path(folder), password, settings, cluster=cluster)
        try:
            yield server
        finally:
            server.stop()


def start_redis_server(folder: Path, password: str | None, settings: Sequence[str], *, cluster: bool) -> RedisServer:
    """Start Redis at a free port and return it."""
    for remaining in reversed(range(START_ATTEMPTS)):
        # A cluster listens at a second port: by default at that plus 10,000, which the kernel gives to clients.
        bus = ("--cluster-enabled", "yes", "--cluster-port", str(find_free_port())) if cluster else ()
        server = RedisServer(find_free_port(), folder, password, (*settings, *bus))
        try:
            server.start()
        except RuntimeError as error:
            server.stop()
            if not remaining or ADDRESS_IN_USE not in str(error):
                raise
        else:
            break
    return server
