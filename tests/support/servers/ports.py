"""Ports of loopback for servers that a test starts by their port."""

from __future__ import annotations

import contextlib
import secrets
import socket

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
