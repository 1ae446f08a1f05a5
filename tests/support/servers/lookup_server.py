"""A server of look-ups on loopback that responds as a test decides, also in ways that are not HTTP.

It keeps connections open as Node.js does, and records the requests of each connection.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Respond = Callable[["Request"], Iterable[bytes]]

TIMEOUT_SECONDS = 60
"""The time after which a server stops waiting, even if the test has failed."""

SESSION = {
    "session": {"id": "s1", "userId": "u1", "token": "a" * 32, "expiresAt": "2099-01-08T00:00:00.000Z"},
    "user": {"id": "u1", "email": "ada@example.com", "name": "Ada"},
}


@dataclass(frozen=True)
class Request:
    """A request: its number from 1 on, the number of its connection, its target, its headers and its body."""

    number: int
    connection: int
    target: str
    headers: dict[str, str]
    body: str = ""


class CloseConnection(Exception):  # noqa: N818 - not an error
    """Raised by a `respond` to close the connection."""


def reply(status: int, body: bytes | str = b"", **headers: str) -> list[bytes]:
    """Return a response. An underscore in the name of a header stands for a hyphen."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Any", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return ["\r\n".join([*lines, f"content-length: {len(content)}", "", ""]).encode() + content]


def reply_json(value: Any, status: int = 200, **headers: str) -> list[bytes]:
    """Return a response with JSON."""
    return reply(status, json.dumps(value), content_type="application/json", **headers)


def respond_with_session(_: Request) -> list[bytes]:
    """Respond that the session lives."""
    return reply_json(SESSION)


class LookupServer:
    """The server: its URL, and the requests and connections that it has received."""

    def __init__(self, respond: Respond) -> None:
        """Listen on a free port, and respond to each request with the bytes that `respond` returns."""
        self.respond = respond
        self.requests: list[Request] = []
        self.connection_count = 0
        self.request_received = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_for_request(self) -> Request:
        """Return the latest request, once one has arrived that was not waited for."""
        assert self.request_received.acquire(timeout=TIMEOUT_SECONDS), "no request has arrived"
        return self.requests[-1]

    def accept(self) -> None:
        """Serve each connection in a thread, until the server is closed."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Close the listener and every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connection_count += 1
            number = self.connection_count
            self._open.add(connection)
        with contextlib.suppress(OSError, CloseConnection), connection, connection.makefile("rb") as lines:
            while request := self._read_request(lines, number):
                for chunk in self.respond(request):
                    connection.sendall(chunk)
        with self._lock:
            self._open.discard(connection)

    def _read_request(self, lines: Any, connection: int) -> Request | None:
        first = lines.readline().decode()
        if not first:
            return None
        headers = {}
        while line := lines.readline().decode().strip():
            name, _, value = line.partition(": ")
            assert name.lower() not in headers, "a header occurs twice"
            headers[name.lower()] = value
        body = lines.read(int(headers.get("content-length", "0"))).decode()
        with self._lock:
            request = Request(len(self.requests) + 1, connection, first.split()[1], headers, body)
            self.requests.append(request)
        self.request_received.release()
        return request


@contextlib.contextmanager
def serve_lookups(respond: Respond = respond_with_session) -> Iterator[LookupServer]:
    """Serve look-ups on a free loopback port while the block lasts."""
    server = LookupServer(respond)
    thread = threading.Thread(target=server.accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(TIMEOUT_SECONDS)
