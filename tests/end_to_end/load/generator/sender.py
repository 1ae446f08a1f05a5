"""The schedule of the requests: each is sent when it is due, however long the others take."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from end_to_end.load.generator.connections import Connection
from end_to_end.load.generator.orders import Order, Sample, Tally
from end_to_end.load.verdict import WRONG, Response, Verdict, classify

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from end_to_end.load.tokens import Kind

RESPONSE_TIMEOUT_SECONDS = 20
"""The time after the last request in which all must be answered."""
TICK_SECONDS = 0.001
"""The precision of the timers of an event loop."""
FIRST_CONNECTIONS = 64
MAX_EXAMPLES = 20


class Sender:
    """Sends the requests of one order to an origin."""

    def __init__(self, origin: str, order: Order) -> None:
        address = urlsplit(origin)
        self._host, self._port = address.hostname or "", address.port or 0
        self._order = order
        self._tally = Tally()
        self._idle: list[Connection] = []
        self._connections: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[Sample, float]] = deque()
        self._in_flight = 0
        self._sent = 0
        self._starts_at = self._ends_at = 0.0

    async def open_connections(self) -> None:
        """Open the first connections; others are opened when they are needed."""
        count = min(self._order.connections, FIRST_CONNECTIONS)
        self._idle = await asyncio.gather(*(Connection.open(self._host, self._port) for _ in range(count)))
        self._connections = list(self._idle)

    async def send_all(self, starts_at: float) -> Tally:
        """Send the requests from this time on, wait for the responses, and return what happened."""
        self._starts_at, self._ends_at = starts_at, starts_at + self._order.seconds
        await asyncio.sleep(max(0.0, starts_at - time.monotonic()))
        await (self._send_as_answered() if self._order.rate is None else self._send_at(self._order.rate))
        await self._wait_for_responses()
        self._tally.seconds = time.monotonic() - self._starts_at
        return self._tally

    async def _send_at(self, rate: float) -> None:
        """Send each request at its multiple of `1 / rate`; late ones are made up, so that the rate is constant."""
        total = round(self._order.seconds * rate)
        while self._sent < total:
            due = min(total, int((time.monotonic() - self._starts_at) * rate) + 1)
            while self._sent < due:
                self._send_or_leave_out(self._starts_at + self._sent / rate)
            await asyncio.sleep(TICK_SECONDS)

    def _send_or_leave_out(self, due_at: float) -> None:
        if self._in_flight < self._order.max_in_flight:
            self._send_next(due_at)
        else:
            self._sent += 1
            self._tally.unsent += 1

    async def _send_as_answered(self) -> None:
        for _ in range(self._order.connections):
            self._send_next(time.monotonic())
        await asyncio.sleep(max(0.0, self._ends_at - time.monotonic()))

    def _send_next(self, due_at: float) -> None:
        sample = self._order.choose(self._sent, due_at)
        self._sent += 1
        self._in_flight += 1
        if (connection := self._take_idle()) is not None:
            self._send(connection, sample, due_at)
            return
        self._waiting.append((sample, due_at))
        if len(self._connections) + len(self._opening) < self._order.connections:
            self._start(self._open())

    def _take_idle(self) -> Connection | None:
        """Return the most recently used connection."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
            self._connections.remove(connection)
        return None

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        try:
            connection = await Connection.open(self._host, self._port)
        except OSError:
            if self._waiting:
                self._record(*self._waiting.popleft(), None)
            return
        self._connections.append(connection)
        self._use(connection)

    def _use(self, connection: Connection) -> None:
        if self._waiting:
            self._send(connection, *self._waiting.popleft())
        else:
            self._idle.append(connection)

    def _send(self, connection: Connection, sample: Sample, due_at: float) -> None:
        self._tally.late_sends.append(time.monotonic() - due_at)
        connection.send(sample.request, partial(self._receive, connection, sample, due_at))

    def _receive(self, connection: Connection, sample: Sample, due_at: float, response: Response | None) -> None:
        self._record(sample, due_at, response)
        if response is None:
            self._connections.remove(connection)
            if self._waiting:
                self._start(self._open())
            return
        self._use(connection)
        if self._order.rate is None and time.monotonic() < self._ends_at:
            self._send_next(time.monotonic())

    def _record(self, sample: Sample, due_at: float, response: Response | None) -> None:
        self._in_flight -= 1
        verdict = classify(sample.kind, sample.user_id, response, self._order.reasons)
        self._tally.verdicts[sample.kind, verdict] += 1
        if verdict is Verdict.CORRECT:
            self._tally.latencies[sample.kind].append(time.monotonic() - due_at)
        elif verdict in WRONG and len(self._tally.wrong) < MAX_EXAMPLES:
            self._tally.wrong.append(_describe(sample.kind, verdict, due_at - self._starts_at, response))

    async def _wait_for_responses(self) -> None:
        """Wait for the responses; what has none in time failed. A connection that is closed reports its request."""
        deadline = time.monotonic() + RESPONSE_TIMEOUT_SECONDS
        while self._in_flight and time.monotonic() < deadline:  # noqa: ASYNC110 - an event would cost each request time
            await asyncio.sleep(0.01)
        while self._waiting:
            self._record(*self._waiting.popleft(), None)
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0.05)


def _describe(kind: Kind, verdict: Verdict, seconds: float, response: Response | None) -> str:
    answer = (
        "no response" if response is None else f"{response.status} {dict(response.headers)} {response.body[:200]!r}"
    )
    return f"{verdict.value}: {kind.value} after {seconds:.2f} s: {answer}"
