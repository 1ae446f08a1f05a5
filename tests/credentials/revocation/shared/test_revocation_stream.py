"""The stream of revocations in a real Redis, and answers that no Redis of ours gives."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import redis

from fastjose._revocation.entry import Entry, MalformedEntryError
from fastjose._revocation.revocation_stream import PAGE_ENTRIES, START, RevocationStream
from support.servers.redis_server import RedisServer, run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "revocations"
FIELDS: Any = {"kind": "session", "id": "session-1", "until": "2000.0"}
ENTRY = Entry("session", "session-1", 2_000.0)


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with run_redis_server() as server:
        yield server


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    """Yield a client of the server, which is empty. It waits a second for an answer."""
    with redis.Redis.from_url(server.url, socket_timeout=1) as client:
        client.flushall()
        yield client


@pytest.fixture
def stream(client: redis.Redis) -> RevocationStream:
    return RevocationStream(client, KEY)


def make_entry(number: int, until: float | None = None) -> Entry:
    return Entry("session", f"session-{number}", time.time() + 60 if until is None else until)


class Answering:
    """A client that gives one answer to every command, and notes the arguments."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.calls = answer, list[Any]()

    def register_script(self, _: str) -> Any:
        return self._give

    def _give(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append((args, kwargs))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    xread = xinfo_stream = info = _give


def stream_of(answer: Any) -> RevocationStream:
    client: Any = Answering(answer)
    return RevocationStream(client, KEY)


def read_entries(stream: RevocationStream, after: str, wait_seconds: float | None = None) -> list[Any]:
    return [entry for _, entry in stream.read(after, wait_seconds)[1]]


# --- Reading ---


def test_stream_that_does_not_exist_has_no_entries(stream: RevocationStream) -> None:
    for wait_seconds in (None, 0.000_1, 0.01):  # a wait of 0 milliseconds has no end
        assert stream.read(START, wait_seconds) == (START, [], True)


def test_entries_after_a_position_are_read(stream: RevocationStream, client: redis.Redis) -> None:
    entries = [make_entry(number) for number in range(3)]
    for entry in entries[:2]:
        stream.add(entry)
    position, rows, are_all = stream.read(START, None)
    assert ([entry for _, entry in rows], are_all) == (entries[:2], True)
    assert position == rows[-1][0] == client.xinfo_stream(KEY)["last-generated-id"].decode()
    stream.add(entries[2])
    assert read_entries(stream, position, 0.01) == [entries[2]]
    assert RevocationStream(client, "another").read(START, None) == (START, [], True)


def test_full_page_is_not_the_end(stream: RevocationStream, client: redis.Redis) -> None:
    with client.pipeline() as pipeline:
        for number in range(1, PAGE_ENTRIES + 1):
            pipeline.xadd(KEY, FIELDS, id=f"1-{number}")
        pipeline.execute()
    position, found, are_all = stream.read(START, None)
    assert (position, len(found), are_all) == (f"1-{PAGE_ENTRIES}", PAGE_ENTRIES, False)
    assert stream.read(position, None) == (position, [], True)
    assert len(stream.read("1-1", None)[1]) == PAGE_ENTRIES - 1
    assert stream.read("1-1", None)[2]


@pytest.mark.parametrize(
    ("wait_seconds", "milliseconds"), [(None, None), (0.2, 200), (1.5, 1_500), (0.000_1, 1), (0, 1)]
)
def test_wait_for_an_entry_is_in_milliseconds(wait_seconds: float | None, milliseconds: int | None) -> None:
    client: Any = Answering([])
    RevocationStream(client, KEY).read("5-1", wait_seconds)
    assert client.calls == [(({KEY: "5-1"},), {"count": PAGE_ENTRIES, "block": milliseconds})]


@pytest.mark.parametrize("row", [(b"7-1", FIELDS), ("7-1", FIELDS)])
def test_answers_of_both_protocols_are_read(row: Any) -> None:
    for answer in ([[KEY.encode(), [row]]], {KEY.encode(): [[row]]}):
        assert stream_of(answer).read(START, None) == ("7-1", [("7-1", ENTRY)], True)


@pytest.mark.parametrize("answer", [None, [], {}, [[KEY, []]], {KEY: []}, {KEY: [[]]}])
def test_answer_without_entries_stays_at_the_position(answer: Any) -> None:
    assert stream_of(answer).read("5-1", None) == ("5-1", [], True)


@pytest.mark.parametrize(
    "answer",
    [
        5,
        True,
        "text",
        [5],
        [[KEY]],
        [[KEY, [(b"7-1",)]]],
        [[KEY, [(b"7-1", None)]]],
        [[KEY, [(b"7-1", FIELDS)]], [KEY, [(b"7-2", FIELDS)]]],
        [[KEY, [(5, FIELDS)]]],
    ],
)
def test_answer_that_is_no_list_of_entries_is_malformed(answer: Any) -> None:
    with pytest.raises(MalformedEntryError, match=r"must be") as raised:
        stream_of(answer).read(START, None)
    assert raised.value.__context__ is None or isinstance(raised.value.__context__, ValueError)
    assert "session-1" not in str(raised.value)


def test_entry_that_is_not_a_revocation_is_returned_as_its_error(stream: RevocationStream, client: redis.Redis) -> None:
    bad: list[Any] = [{**FIELDS, "kind": "device"}, {**FIELDS, "until": "2000000000000"}, {"x": "y"}]
    positions: list[Any] = [client.xadd(KEY, fields) for fields in (FIELDS, *bad, FIELDS)]
    position, rows, are_all = stream.read(START, None)
    assert [row[0] for row in rows] == [each.decode() for each in positions]
    assert (position, are_all) == (rows[-1][0], True)
    assert [entry for _, entry in (rows[0], rows[-1])] == [ENTRY] * 2
    errors = [entry for _, entry in rows[1:-1]]
    assert all(isinstance(error, MalformedEntryError) for error in errors)
    assert not any("session-1" in str(error) or "2000000000000" in str(error) for error in errors)


def test_stream_has_the_entries_that_were_not_deleted(stream: RevocationStream, client: redis.Redis) -> None:
    for number in range(1, 4):
        client.xadd(KEY, FIELDS, id=f"1-{number}")
    client.xdel(KEY, "1-2")
    assert [stream.has_entry(f"1-{number}") for number in range(1, 5)] == [True, False, True, False]


# --- The position ---


def test_stream_has_the_positions_up_to_its_last(stream: RevocationStream, client: redis.Redis) -> None:
    assert stream.has_position(START)
    assert not stream.has_position("0-1")
    client.xadd(KEY, FIELDS, id="10-2")
    reached = {position: stream.has_position(position) for position in ("0-0", "9-9", "10-2", "10-3", "10-10", "11-0")}
    assert reached == {"0-0": True, "9-9": True, "10-2": True, "10-3": False, "10-10": False, "11-0": False}


def test_position_of_a_key_that_is_no_stream_is_an_error(stream: RevocationStream, client: redis.Redis) -> None:
    client.set(KEY, "text")
    with pytest.raises(redis.ResponseError):
        stream.has_position(START)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"last-generated-id": 5},
        {"last-generated-id": b"x"},
        {"last-generated-id": b"5-\xff"},
        {"last-generated-id": ""},
    ],
)
def test_position_that_is_no_two_numbers_is_malformed(answer: Any) -> None:
    with pytest.raises(MalformedEntryError, match=r"^the (answer must be text|position must be two numbers)$"):
        stream_of(answer).has_position(START)
    with pytest.raises(MalformedEntryError):
        stream_of({"last-generated-id": b"5-1"}).has_position("5")
    assert stream_of({"last-generated-id": "5-1"}).has_position("5-1")


# --- Expired entries ---


def test_each_addition_checks_the_next_entries(stream: RevocationStream, client: redis.Redis) -> None:
    now = time.time()
    for number in range(20):
        client.xadd(KEY, make_entry(number, now - 301).to_fields())  # type: ignore[arg-type] # its keys are str
    lengths: list[Any] = []
    for number in range(3):
        stream.add(make_entry(number))
        lengths.append(client.xlen(KEY))
    assert lengths == [13, 6, 3]
    rows: Any = client.xrange(KEY)
    assert [fields[b"id"] for _, fields in rows] == [b"session-0", b"session-1", b"session-2"]


def test_removal_takes_every_expired_entry(stream: RevocationStream, client: redis.Redis) -> None:
    now = time.time()
    for number, until in enumerate([now - 1_000, now - 290, now - 301, now + 60]):
        client.xadd(KEY, make_entry(number, until).to_fields())  # type: ignore[arg-type] # its keys are str
    for _ in range(2):
        stream.remove_expired()
        rows: Any = client.xrange(KEY)
        assert [fields[b"id"] for _, fields in rows] == [b"session-1", b"session-3"]
    client.xadd(KEY, {"kind": "nonsense"})
    stream.remove_expired()
    assert client.xlen(KEY) == 3


def test_removal_goes_on_where_the_last_page_ended() -> None:
    client: Any = Answering(b"(7-1")
    stream = RevocationStream(client, KEY)
    stream.remove_expired()
    stream.add(ENTRY)
    stream.remove_expired()
    arguments = [call["args"] for _, call in client.calls]
    assert arguments == [
        ["-", 1_000, 300],
        ["(7-1", 8, 300, "kind", "session", "id", "session-1", "until", "2000.0"],
        ["(7-1", 1_000, 300],
    ]
    assert all(call["keys"] == [KEY] for _, call in client.calls)


@pytest.mark.parametrize("answer", [None, 5, [b"-"]])
def test_answer_of_a_script_that_is_no_text_is_malformed(answer: Any) -> None:
    with pytest.raises(MalformedEntryError, match=r"^the answer must be text$"):
        stream_of(answer).remove_expired()
    with pytest.raises(MalformedEntryError, match=r"^the answer must be text$"):
        stream_of(answer).add(ENTRY)


# --- The memory of the server ---


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 1}, True),
        ({"maxmemory_policy": "allkeys-random", "maxmemory": 50_000_000}, True),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 0}, False),
        ({"maxmemory_policy": "allkeys-lru"}, False),
        ({"maxmemory_policy": "volatile-lru", "maxmemory": 1}, False),
        ({"maxmemory_policy": "noeviction", "maxmemory": 1}, False),
        ({"maxmemory": 1}, False),
        ({}, False),
        (redis.ResponseError("NOPERM"), False),
        (redis.AuthenticationError("x"), False),
    ],
)
def test_server_that_deletes_any_key_may_evict(answer: Any, *, expected: bool) -> None:
    client: Any = Answering(answer)
    assert RevocationStream(client, KEY).may_be_evicted() is expected
    assert client.calls == [(("memory",), {})]


def test_idle_connections_are_closed_and_those_in_use_are_not(client: redis.Redis, stream: RevocationStream) -> None:
    pool = client.connection_pool
    in_use, idle = pool.get_connection(), pool.get_connection()
    pool.release(idle)
    stream.close_idle_connections()
    assert (in_use._sock is None, idle._sock is None) == (False, True)
    pool.release(in_use)
    stream.add(make_entry(1))
    assert client.xlen(KEY) == 1
