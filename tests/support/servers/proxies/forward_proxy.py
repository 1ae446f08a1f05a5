"""A forward proxy on loopback: tunnels by CONNECT, and plain http in absolute form.

RFC 9110 §9.3.6, RFC 9112 §3.2.2.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from support.servers.tls_server import serve_until_left, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path


class ForwardProxy:
    """The proxy: its port, the targets that clients asked for, and the headers of their requests to the proxy."""

    def __init__(self, credentials: str | None, refusal: int | None) -> None:
        """Permit the clients with `credentials`, or all. With `refusal`, permit none."""
        self.port = 0
        self.targets: list[str] = []
        self.headers: list[Message] = []
        self._authorization = credentials and f"Basic {base64.b64encode(credentials.encode()).decode()}"
        self._refusal = refusal

    @property
    def url(self) -> str:
        """Return the URL of the proxy, without credentials."""
        return f"http://127.0.0.1:{self.port}"

    def refusal_of(self, target: str, headers: Message) -> int | None:
        """Record a request, and return the status with which it is refused."""
        self.targets.append(target)
        self.headers.append(headers)
        if self._authorization is not None and headers["Proxy-Authorization"] != self._authorization:
            return 407
        return self._refusal


@contextlib.contextmanager
def serve_forward_proxy(
    *, credentials: str | None = None, refusal: int | None = None, certificate: Path | None = None
) -> Iterator[ForwardProxy]:
    """Serve a proxy while the block lasts. Every host name leads to loopback, so that tests can use made-up names.

    With `credentials` (`user:password`), other clients get a 407. With `refusal`, every client gets that status. With a
    certificate, clients speak TLS to the proxy.
    """
    proxy = ForwardProxy(credentials, refusal)
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy})) as server:
        proxy.port = server.server_port
        if certificate is not None:
            context = server_context(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        with serve_until_left(server):
            yield proxy


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that ends the connection."""


class _Handler(BaseHTTPRequestHandler):
    proxy: ClassVar[ForwardProxy]

    def do_CONNECT(self) -> None:
        if self._is_permitted():
            target = socket.create_connection(("127.0.0.1", int(self.path.rpartition(":")[2])))
            self.send_response(200)
            self.end_headers()
            self._relay(target)

    def do_GET(self) -> None:
        if self._is_permitted():
            url = urlsplit(self.path)
            target = socket.create_connection(("127.0.0.1", url.port or 80))
            fields = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            target.sendall(f"GET {url.path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n".encode())
            self._relay(target)

    def _is_permitted(self) -> bool:
        status = self.proxy.refusal_of(self.path, self.headers)
        if status is not None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return status is None

    def _relay(self, target: socket.socket) -> None:
        self.close_connection = True
        with target:
            thread = threading.Thread(target=_copy, args=(self.connection, target))
            thread.start()
            _copy(target, self.connection)
            thread.join()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side ends, and end the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
