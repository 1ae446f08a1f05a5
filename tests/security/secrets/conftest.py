"""The process whose memory is searched, and a server that answers its requests."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from support.environment.requirements import skip_or_fail
from support.memory.owner_process import OwnerProcess, run_owner_process

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def owner_process() -> Iterator[OwnerProcess]:
    """Yield a process that owns secrets; skip where the memory of another process cannot be read."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the memory of another process is read from /proc/<pid>/mem, which Linux alone has")
    with run_owner_process() as process:
        try:
            process.find({})
        except PermissionError:
            skip_or_fail(
                "/proc/<pid>/mem of a child process must be readable: allow ptrace (kernel.yama.ptrace_scope=1)"
            )
        yield process


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with an empty key set, which is also the answer of a server without the session."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b'{"keys":[]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """Yield the URL of a server that answers every request."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()
