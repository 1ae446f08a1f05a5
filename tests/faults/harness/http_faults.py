"""What a faulty HTTP server does instead of its response. Where it sends a body, an attacker wrote it.

Each fault is a function that takes the exchange and the attacker's body: a verifier that used the body would accept a
forged token.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.servers.endless_server import ENDLESS_RESPONSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.harness import listener
    from faults.harness.faulty_server import Exchange

    Fault = Callable[[Exchange, bytes], None]

METADATA_URL = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
"""The address at which a cloud gives credentials to the programs of a machine."""

BOMB_BYTES = 20_000_000


@functools.cache
def compress_bomb() -> bytes:
    """Return JSON that is small until it is decompressed."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * 1_000_000
    return b"".join(compressor.compress(piece) for _ in range(BOMB_BYTES // len(piece))) + compressor.flush()


def hang(exchange: listener.Exchange, _: bytes) -> None:
    exchange.wait_until_left()


def drip(exchange: Exchange, body: bytes) -> None:
    exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    for byte in body:
        exchange.send(bytes([byte]))
        if exchange.server.fault_ended.wait(0.05):
            return


def drip_head(exchange: Exchange, body: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body):
        exchange.send(bytes([byte]))
        if exchange.server.fault_ended.wait(0.05):
            return


def cut_body(exchange: Exchange, body: bytes) -> None:
    """Send complete JSON, and less than the announced length."""
    exchange.send_response(body, length=len(body) + 1)


def announce_less(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, length=len(body) - 1)


def announce_nothing(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, length=0)


def announce_two_lengths(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, "200 OK", f"Content-Length: {len(body) + 1}")


def announce_negative_length(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, length=-1)


def announce_huge_length(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, length=2**63)


def cut_chunks(exchange: Exchange, body: bytes) -> None:
    """Send complete JSON in one chunk, without the last chunk."""
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body))


def send_chunk_of_wrong_size(exchange: Exchange, body: bytes) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n%s\r\n0\r\n\r\n" % body)


def reset(exchange: listener.Exchange, _: bytes) -> None:
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_body(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, length=len(body) + 100)
    reset(exchange, body)


def close(_: listener.Exchange, __: bytes) -> None:
    """Close the connection without a response."""


def send_html(exchange: Exchange, _: bytes) -> None:
    body = b"<!doctype html><title>Log in</title>"
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def send_no_http(exchange: Exchange, _: bytes) -> None:
    exchange.send(b"SSH-2.0-OpenSSH_9.6\r\n")


def send_nesting(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def send_bomb(exchange: Exchange, _: bytes) -> None:
    exchange.send_response(compress_bomb(), "200 OK", "Content-Encoding: gzip")


def send_broken_gzip(exchange: Exchange, body: bytes) -> None:
    exchange.send_response(body, "200 OK", "Content-Encoding: gzip")


def with_status(status: str, *headers: str) -> Fault:
    """Return the fault that sends the attacker's body with `status`."""
    return lambda exchange, body: exchange.send_response(body, status, *headers)


def without_end(name: str) -> Fault:
    """Return the fault that repeats one piece of `ENDLESS_RESPONSES` until the client leaves."""
    start, piece = ENDLESS_RESPONSES[name]

    def send(exchange: Exchange, _: bytes) -> None:
        exchange.send(start)
        with contextlib.suppress(TimeoutError):
            while piece and not exchange.server.fault_ended.is_set():
                exchange.send(piece)
        exchange.wait_until_left()

    return send


@dataclass(frozen=True)
class HttpFault:
    """A fault of a server: what it does, and whether it is one for every kind of server."""

    misbehave: Fault
    is_for_lookups: bool = True


HTTP_FAULTS: dict[str, HttpFault] = {
    "hangs": HttpFault(hang),
    "drips its body": HttpFault(drip),
    "drips its head": HttpFault(drip_head),
    "ends before its length": HttpFault(cut_body),
    "announces a byte less": HttpFault(announce_less),
    "announces no byte": HttpFault(announce_nothing),
    "announces two lengths": HttpFault(announce_two_lengths),
    "announces a negative length": HttpFault(announce_negative_length),
    "announces 2^63 bytes": HttpFault(announce_huge_length),
    "ends before the last chunk": HttpFault(cut_chunks),
    "sends a chunk of no size": HttpFault(send_chunk_of_wrong_size),
    "resets": HttpFault(reset),
    "resets in its body": HttpFault(reset_body),
    "closes": HttpFault(close),
    "sends HTML": HttpFault(send_html),
    "does not speak HTTP": HttpFault(send_no_http),
    "nests 100,000 lists": HttpFault(send_nesting),
    "sends a gzip bomb": HttpFault(send_bomb),
    "calls plain text gzip": HttpFault(send_broken_gzip),
    "redirects to the metadata address": HttpFault(with_status("302 Found", f"Location: {METADATA_URL}")),
    "redirects for ever": HttpFault(with_status("307 Temporary Redirect", f"Location: {METADATA_URL}")),
    "is in maintenance": HttpFault(with_status("503 Service Unavailable")),
    "fails": HttpFault(with_status("500 Internal Server Error")),
    "sends part of its content": HttpFault(with_status("206 Partial Content", "Content-Range: bytes 0-9/999")),
    "limits the rate": HttpFault(with_status("429 Too Many Requests", "Retry-After: 3600"), is_for_lookups=False),
    "limits the rate by date": HttpFault(
        with_status("503 Service Unavailable", "Retry-After: Fri, 31 Dec 2099 23:59:59 GMT"), is_for_lookups=False
    ),
    **{f"sends {name} without end": HttpFault(without_end(name)) for name in ENDLESS_RESPONSES},
}
"""The faults by name; the subject is the server."""
