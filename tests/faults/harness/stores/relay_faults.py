"""What a relay does to the answers of a database server."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from faults.harness.http_faults import close, hang, reset

if TYPE_CHECKING:
    from faults.harness.listener import Exchange
    from faults.harness.stores.relay import Misbehave

BYTE_SECONDS = 0.05


def drip(exchange: Exchange, data: bytes) -> bool:
    """Send one byte at a time until the fault ends."""
    for number in range(len(data)):
        exchange.send(data[number : number + 1])
        if exchange.server.fault_ended.wait(BYTE_SECONDS):
            exchange.send(data[number + 1 :])
            break
    return True


def answer_late(exchange: Exchange, data: bytes) -> bool:
    """Send the answer when the fault ends, and all look-ups have given up."""
    exchange.server.fault_ended.wait()
    exchange.send(data)
    return True


def reset_in_answer(exchange: Exchange, data: bytes) -> None:
    """Send half of the answer."""
    exchange.send(data[: len(data) // 2])
    reset(exchange, data)


def close_in_answer(exchange: Exchange, data: bytes) -> None:
    """Send half of the answer."""
    exchange.send(data[: len(data) // 2])


def hang_in_answer(exchange: Exchange, data: bytes) -> None:
    """Send half of the answer."""
    exchange.send(data[: len(data) // 2])
    exchange.wait_until_left()


def answer_twice(exchange: Exchange, data: bytes) -> bool:
    """Send each piece twice."""
    exchange.send(data + data)
    return True


def flap(exchange: Exchange, data: bytes) -> bool:
    """Reset every second connection."""
    if exchange.server.connections % 2:
        reset(exchange, data)
        return False
    exchange.send(data)
    return True


def send_html(exchange: Exchange, _: bytes) -> None:
    """Send a page, as a proxy does."""
    exchange.send(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>Log in</title>")


def send_nonsense(exchange: Exchange, _: bytes) -> None:
    """Send bytes of no protocol."""
    exchange.send(b"\x00\xff" * 1_000)


def then_hang(data: bytes) -> Misbehave:
    """Return the fault that sends `data` and no more."""

    def send(exchange: Exchange, _: bytes) -> None:
        exchange.send(data)
        exchange.wait_until_left()

    return send


def then_close(data: bytes) -> Misbehave:
    """Return the fault that sends `data` and closes the connection."""
    return lambda exchange, _: exchange.send(data)


def without_end(start: bytes, piece: bytes) -> Misbehave:
    """Return the fault that repeats `piece` until the client leaves."""

    def send(exchange: Exchange, _: bytes) -> None:
        exchange.send(start)
        while not exchange.server.fault_ended.is_set():
            exchange.send(piece)

    return send


def postgresql_message(kind: bytes, severity: bytes, code: bytes) -> bytes:
    """Return a message of PostgreSQL: `E`, an error, or `N`, a notice."""
    fields = b"S%s\0V%s\0C%s\0Mthe server is not ready\0\0" % (severity, severity, code)
    return kind + struct.pack(">I", len(fields) + 4) + fields


RELAY_FAULTS: dict[str, Misbehave] = {
    "hangs": hang,
    "drips": drip,
    "answers late": answer_late,
    "resets": reset,
    "resets in its answer": reset_in_answer,
    "closes": close,
    "closes in its answer": close_in_answer,
    "hangs in its answer": hang_in_answer,
    "answers twice": answer_twice,
    "flaps": flap,
    "sends HTML": send_html,
    "sends nonsense": send_nonsense,
}
"""The faults of every protocol by name; the subject is the server."""

POSTGRESQL_FAULTS: dict[str, Misbehave] = {
    "announces 2 GiB": then_hang(b"D" + struct.pack(">I", 2**31 - 1)),
    "announces a negative length": then_hang(b"D\xff\xff\xff\xff"),
    "is starting up": then_close(postgresql_message(b"E", b"FATAL", b"57P03")),
    "is shutting down": then_close(postgresql_message(b"E", b"FATAL", b"57P01")),
    "sends notices without end": without_end(b"", postgresql_message(b"N", b"NOTICE", b"00000") * 100),
}

REDIS_FAULTS: dict[str, Misbehave] = {
    "announces 2 GiB": then_hang(b"$2147483647\r\n"),
    "announces a negative length": then_hang(b"$-2\r\n"),
    "announces a huge number": then_hang(b"$99999999999999999999\r\n"),
    "nests lists": then_hang(b"*1\r\n" * 10_000),
    "is loading": then_close(b"-LOADING Redis is loading the dataset in memory\r\n"),
    "is a replica that lost its master": then_close(b"-MASTERDOWN Link with MASTER is down\r\n"),
    "sends a line without end": without_end(b"+", b"a" * 10_000),
}
