"""Ports of loopback: for servers that a test starts by their port, and one at which none listens."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Below the ports that the kernel gives to clients. A client that reconnects to a stopped server could otherwise be
# given the server's port, and connect to itself.
PORTS = range(20_000, 30_000)


def find_free_port() -> int:
    """Return a port of loopback at which no server listens."""
    while True:
        port = secrets.choice(PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def hold_closed_port() -> Iterator[int]:
    """Yield a port at which no server listens, while the block lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        yield bound.getsockname()[1]
