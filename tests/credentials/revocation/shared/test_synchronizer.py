"""The thread that follows the stream: when it trusts the copy, when it asks again, and how it stops."""

from __future__ import annotations

import itertools
import logging
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._core import RevocationList
from fastjose._revocation import synchronizer
from fastjose._revocation.entry import Entry, MalformedEntryError
from fastjose._revocation.revocation_stream import START
from fastjose._revocation.synchronizer import Synchronizer, _StreamReader
from support.processes.child_process import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

STALENESS = 5.0
FAR = 99_999_999_999.0


class Clock:
    """The time of the thread, which the tests move."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


class Stream:
    """A stream whose answers are given: a position, entries, and whether these are all, or an error.

    An entry is at the position of its answer.
    """

    def __init__(self, *answers: Any, evicts: bool = False) -> None:
        self.answers, self.evicts = list(answers), evicts
        self.reads: list[tuple[str, float | None]] = []
        self.known: set[str] | None = None
        self.deleted: set[str] = set()
        self.asked: list[str] = []
        self.removals = 0
        self.while_reading: Callable[[], object] = lambda: None

    def read(self, after: str, wait_seconds: float | None) -> Any:
        self.reads.append((after, wait_seconds))
        self.while_reading()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        position, entries, are_all = answer
        return position, [(position, entry) for entry in entries], are_all

    def has_entry(self, position: str) -> bool:
        return position not in self.deleted

    def may_be_evicted(self) -> bool:
        return self.evicts

    def has_position(self, position: str) -> bool:
        self.asked.append(position)
        return self.known is None or position in self.known

    def remove_expired(self) -> None:
        self.removals += 1


class NotedList:
    """A list in memory that notes for how long it is trusted; 0 if it is distrusted."""

    def __init__(self) -> None:
        self.local = RevocationList(policy="closed")
        self.trusts: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.local, name)

    def trust_for(self, seconds: float) -> None:
        assert seconds >= 0
        self.trusts.append(seconds)

    def distrust(self) -> None:
        self.trusts.append(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(synchronizer, "time", clock)
    monkeypatch.setattr("fastjose._revocation.synchronizer.random.random", lambda: 0.5)
    return clock


def revoke(sid: str) -> Entry:
    return Entry("session", sid, FAR)


def create_reader(stream: Stream) -> tuple[Any, NotedList]:
    local: Any = NotedList()
    return _StreamReader(stream, local, STALENESS), local  # type: ignore[arg-type] # the methods that it calls


# --- The reader ---


def test_list_is_trusted_once_the_last_page_was_read(clock: Clock) -> None:
    stream = Stream(("1-1", [revoke("a")], False), ("2-1", [revoke("b")], True), ("3-1", [revoke("c")], True))
    reader, local = create_reader(stream)
    reader.read()
    assert (reader.is_at_end, local.trusts) == (False, [])
    assert local.is_revoked(sid="a")
    reader.read()
    assert (reader.is_at_end, local.trusts) == (True, [STALENESS])
    clock.now += 3
    reader.read()
    assert local.trusts == [STALENESS] * 2
    assert stream.reads == [(START, None), ("1-1", None), ("2-1", STALENESS / 5)]
    assert all(local.is_revoked(sid=sid) for sid in "abc")


def test_page_after_the_end_that_is_not_the_last_extends_no_trust(clock: Clock) -> None:
    stream = Stream(("1-1", [], True), ("2-1", [revoke("a")], False), ("3-1", [], True))
    reader, local = create_reader(stream)
    for _ in range(2):
        reader.read()
        clock.now += 1
    assert local.trusts == [STALENESS]
    assert local.is_revoked(sid="a")
    reader.read()
    assert local.trusts == [STALENESS] * 2


@pytest.mark.parametrize(("seconds", "trust"), [(0, 5.0), (2, 3.0), (5, 0.0), (9, 0.0)])
def test_trust_counts_from_the_time_at_which_the_answer_was_asked_for(
    clock: Clock, seconds: float, trust: float
) -> None:
    stream = Stream(("1-1", [], True))
    reader, local = create_reader(stream)
    stream.while_reading = lambda: setattr(clock, "now", clock.now + seconds)
    reader.read()
    assert local.trusts == [trust]


@pytest.mark.parametrize("bad", [Entry("session", "", FAR), MalformedEntryError("kind must be token")])
def test_list_is_not_trusted_while_an_entry_is_not_a_revocation(
    clock: Clock, caplog: pytest.LogCaptureFixture, bad: Any
) -> None:
    stream = Stream(
        ("1-1", [revoke("a")], True), ("2-1", [bad, bad, revoke("b")], True), ("3-1", [bad], True), ("4-1", [], True)
    )
    reader, local = create_reader(stream)
    reader.read()
    trusts = []
    for deleted in (set[str](), set[str](), {"3-1"}, {"3-1", "2-1"}, {"3-1", "2-1"}):
        clock.now += STALENESS / 5
        stream.deleted = deleted
        reader.read()
        trusts.append((reader.has_malformed_entries, local.trusts[-1]))
    assert trusts == [(True, 0), (True, 0), (True, 0), (False, 0), (False, STALENESS)]
    assert all(local.is_revoked(sid=sid) for sid in "ab")
    (record,) = caplog.records
    text = record.getMessage()
    assert text.startswith("entry 2-1 in Redis is not a revocation, and must be deleted: ")
    assert text.endswith("must be token" if isinstance(bad, MalformedEntryError) else "that is not empty")


@pytest.mark.parametrize("evicts", [True, False])
def test_server_that_may_evict_is_reported_once(
    clock: Clock, caplog: pytest.LogCaptureFixture, *, evicts: bool
) -> None:
    reader, _ = create_reader(Stream(("1-1", [], False), ("1-1", [], True), evicts=evicts))
    for _ in range(4):
        reader.read()
        clock.now += 10
    text = "Redis may delete the revocations: its maxmemory-policy must not be one of allkeys-*"
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.WARNING, text)] * evicts


def test_position_is_checked_once_in_the_time_of_a_wait(clock: Clock) -> None:
    stream = Stream(("1-1", [], True))
    reader, _ = create_reader(stream)
    checks = []
    for seconds in (0, 0.5, 0.5, 0.999, 0.001, 1, 5):
        clock.now += seconds
        reader.read()
        checks.append(len(stream.asked))
    assert checks == [0, 0, 1, 1, 2, 3, 4]
    assert set(stream.asked) == {"1-1"}


def test_deleted_stream_is_read_from_its_beginning_and_reported(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    stream = Stream(("9-1", [revoke("a")], True), ("9-1", [], True), ("5-1", [revoke("b")], True))
    reader, local = create_reader(stream)
    reader.read()
    stream.known = {"5-1"}
    for _ in range(3):
        clock.now += 1
        reader.read()
    assert [position for position, _ in stream.reads] == [START, "9-1", START, "5-1"]
    assert local.is_revoked(sid="a")
    assert local.is_revoked(sid="b")
    text = "the revocations in Redis were deleted: this process keeps its own, a new process has none"
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.ERROR, text)]
    assert local.trusts == [STALENESS] * 4


def test_expired_entries_are_removed_once_a_minute(clock: Clock) -> None:
    stream = Stream(("1-1", [], True))
    reader, _ = create_reader(stream)
    removals = []
    for seconds in (1, 28, 1, 30, 29, 1, 60, 59, 1):  # half a minute has passed at the start
        clock.now += seconds
        reader.read()
        removals.append(stream.removals)
    assert removals == [0, 0, 1, 1, 1, 2, 3, 3, 4]


# --- The thread ---


class Clients:
    """The clients that a thread creates, and what becomes of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *streams: Stream) -> None:
        self.streams, self.created, self.closed = list(streams), list[Any](), 0
        self.connection_pool, self.disconnects = self, list[Any]()
        self.when_disconnected: Callable[[], object] = lambda: None
        monkeypatch.setattr(synchronizer, "create_client", self.create)
        monkeypatch.setattr(synchronizer, "RevocationStream", self.open_stream)

    def create(self, redis: Any, *, timeout_seconds: float) -> Clients:
        self.created.append((redis, timeout_seconds))
        return self

    def open_stream(self, client: Any, key: str) -> Stream:
        assert (client, key) == (self, "key")
        return self.streams.pop(0) if len(self.streams) > 1 else self.streams[0]

    def close(self) -> None:
        self.closed += 1

    def disconnect(self, *, inuse_connections: bool) -> None:
        self.disconnects.append(inuse_connections)
        self.when_disconnected()


def create_synchronizer(staleness: float = STALENESS) -> tuple[Synchronizer, NotedList]:
    local: Any = NotedList()
    return Synchronizer("redis://localhost", "key", local, staleness), local


def test_failure_closes_the_connection_and_the_copy(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    failing, gone = Stream(("1-1", [], True), MalformedEntryError("nonsense")), Stream(ConnectionError("gone"))
    clients = Clients(monkeypatch, failing, gone)
    thread, local = create_synchronizer()
    assert thread._follow_stream() is True
    assert (local.trusts, clients.closed) == ([STALENESS, 0], 1)
    assert thread._follow_stream() is False
    assert (local.trusts, clients.closed) == ([STALENESS, 0, 0], 2)
    assert clients.created == [("redis://localhost", STALENESS)] * 2
    assert clock.now == 1_000
    texts = [record.getMessage() for record in caplog.records]
    assert texts == ["the list of revocations is not synchronised with Redis: MalformedEntryError: nonsense"]


def test_end_of_the_failure_is_reported_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    back = Stream(("1-1", [], False), ("1-1", [], True), ("1-1", [], True), ConnectionError("again"))
    Clients(monkeypatch, Stream(ConnectionError("gone")), back)
    thread, _ = create_synchronizer()
    for _ in range(2):
        thread._follow_stream()
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.WARNING, logging.ERROR]
    assert caplog.records[1].getMessage() == "the list of revocations is synchronised with Redis again"


def test_copy_without_malformed_entries_is_reported_as_synchronised(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    stream = Stream(("1-1", [MalformedEntryError("nonsense")], True), ("1-1", [], True), ("1-1", [], True))
    stream.while_reading = lambda: setattr(clock, "now", clock.now + 1)
    stream.deleted = {"1-1"}
    stream.answers.append(ConnectionError("gone"))
    Clients(monkeypatch, stream)
    thread, _ = create_synchronizer()
    thread._follow_stream()
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.WARNING, logging.ERROR]
    assert caplog.records[1].getMessage() == "the list of revocations is synchronised with Redis again"


def test_failure_while_it_stops_is_not_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stream = Stream(ConnectionError("closed"))
    clients = Clients(monkeypatch, stream)
    thread, _ = create_synchronizer()
    stream.while_reading = thread._stop.set
    assert thread._follow_stream() is False
    assert (caplog.records, clients.closed, len(stream.reads)) == ([], 1, 1)
    assert thread._follow_stream() is False
    assert len(stream.reads) == 1


class Stop:
    """The signal to stop, which notes the waits, and is set after some."""

    def __init__(self, waits: int) -> None:
        self.left, self.waits = waits, list[float]()

    def is_set(self) -> bool:
        return self.left <= 0

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.left -= 1


def test_thread_waits_longer_after_each_failure_until_it_was_synchronised(monkeypatch: pytest.MonkeyPatch) -> None:
    results = iter([False, False, False, False, False, False, True, False, True])
    thread, local = create_synchronizer()
    stop = Stop(9)
    monkeypatch.setattr(thread, "_stop", stop)
    monkeypatch.setattr(thread, "_follow_stream", lambda: next(results))
    monkeypatch.setattr("fastjose._revocation.synchronizer.random.uniform", lambda low, high: low + high)
    thread._run()
    assert [wait / 1.5 for wait in stop.waits] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1, 1, 0.05, 0.1, 0.05])
    assert local.trusts == [0] * 9


def test_thread_that_was_stopped_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    thread, local = create_synchronizer()
    stop = Stop(1)
    monkeypatch.setattr(thread, "_stop", stop)
    monkeypatch.setattr(thread, "_follow_stream", lambda: setattr(stop, "left", 0))
    thread._run()
    assert (stop.waits, local.trusts) == ([], [0])


def test_start_waits_for_the_first_synchronisation_and_stop_ends_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    read, stream = threading.Event(), Stream(("1-1", [revoke("a")], True))
    clients = Clients(monkeypatch, stream)
    thread, local = create_synchronizer()
    stream.while_reading = lambda: len(stream.reads) > 1 and read.wait(START_SECONDS)
    thread.start()
    assert local.trusts[:1] == [pytest.approx(STALENESS, abs=STALENESS)]
    assert local.is_revoked(sid="a")
    running = thread._thread
    assert (running.name, running.daemon, running.is_alive()) == ("fastjose.revocation", True, True)
    clients.when_disconnected = read.set
    thread.stop()
    assert not running.is_alive()
    assert clients.disconnects[0] is True
    assert (local.trusts[-1], clients.closed) == (0, 1)


def test_start_and_stop_end_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, released, stream = threading.Event(), threading.Event(), Stream(("1-1", [], True))
    clients = Clients(monkeypatch, stream)
    stream.while_reading = lambda: (asked.set(), released.wait(START_SECONDS))  # type: ignore[func-returns-value]
    thread, local = create_synchronizer(0.1)
    monkeypatch.setattr(synchronizer, "STOP_INTERVAL_SECONDS", 0.01)
    times = itertools.count()
    monkeypatch.setattr(synchronizer, "time", SimpleNamespace(monotonic=lambda: next(times) / 5))
    thread.start()
    assert asked.wait(START_SECONDS)
    assert local.trusts == []
    thread.stop()
    assert local.trusts == [0]
    assert 2 <= len(clients.disconnects) <= 6
    released.set()
    thread._thread.join(START_SECONDS)
    assert not thread._thread.is_alive()


def test_thread_that_has_no_connection_yet_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    released, clients = threading.Event(), Clients(monkeypatch, Stream(ConnectionError("closed")))
    monkeypatch.setattr(synchronizer, "create_client", lambda *_, **__: released.wait(START_SECONDS) and clients)
    times = itertools.count()
    monkeypatch.setattr(synchronizer, "time", SimpleNamespace(monotonic=lambda: next(times) / 5))
    thread, local = create_synchronizer(0.1)
    thread.start()
    thread.stop()
    assert (local.trusts, clients.disconnects) == ([0], [])
    released.set()
    thread._thread.join(START_SECONDS)
    assert not thread._thread.is_alive()


def test_thread_that_was_not_started_is_stopped_at_once() -> None:
    thread, local = create_synchronizer()
    thread.stop()
    assert local.trusts == [0]
