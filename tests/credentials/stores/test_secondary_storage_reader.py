"""`SecondaryStorage` with a client of the application: keys, time limits, types of values, and what errors tell."""

from __future__ import annotations

import asyncio
import json
import traceback
from typing import Any

import pytest

from fastjose._database.hidden_text import HiddenText
from fastjose._secondary_storage.clients import GivenClient, OwnClients
from fastjose._secondary_storage.reader import (
    MAX_VALUE_LENGTH,
    SecondaryStorage,
    UnreadableValueError,
    parse_json,
    unreadable_value,
)
from fastjose.exceptions import StoreUnavailableError
from support.processes.child_process import STOP_SECONDS

SECRET = "a-secret"
LONG_SECONDS = 60.0  # a limit that no test reaches


class Client:
    """A client that answers with a value, or fails with an error. It notes the keys."""

    def __init__(self, answer: object) -> None:
        """Keep the answer."""
        self.answer = answer
        self.keys: list[str] = []

    async def get(self, name: str, /) -> Any:
        """Return the answer, or raise it."""
        self.keys.append(name)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def read(client: Any, key: str = "key", seconds: float = LONG_SECONDS, **options: Any) -> HiddenText | None:
    async def run() -> HiddenText | None:
        storage = SecondaryStorage(client, **{"prefix": "auth:", "timeout_seconds": seconds, **options})
        return await storage.read(key, storage.start_clock())

    return asyncio.run(run())


def fail(answer: object, kind: type[Exception]) -> str:
    """Return the text of the error with which a reading ends, whose traceback shows neither key nor error."""
    with pytest.raises(kind) as caught:
        read(Client(answer), HiddenText(SECRET))
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in report.stack if "/fastjose/" in frame.filename]
    assert frames
    assert SECRET not in f"{error} {[frame.locals for frame in frames]}"
    return str(error)


# --- Arguments ---


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"prefix": None}, TypeError, r"^prefix must be a str: the `keyPrefix`"),
        ({"prefix": b"x"}, TypeError, r"^prefix must be a str"),
        ({"prefix": "x" * 257}, ValueError, r"^prefix must have at most 256 characters$"),
        ({"timeout_seconds": 0}, ValueError, r"^timeout_seconds must be a positive number$"),
        ({"timeout_seconds": -1}, ValueError, r"^timeout_seconds must be a positive number$"),
        ({"timeout_seconds": float("inf")}, ValueError, r"^timeout_seconds must be a positive number$"),
        ({"timeout_seconds": float("nan")}, ValueError, r"^timeout_seconds must be a positive number$"),
    ],
)
def test_wrong_argument_of_a_storage_raises_an_error(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        SecondaryStorage(Client(None), **{"prefix": "", "timeout_seconds": 1, **options})


def test_storage_keeps_its_prefix_of_at_most_256_characters() -> None:
    for prefix in ("", "x" * 256):
        assert SecondaryStorage(Client(None), prefix=prefix, timeout_seconds=1e-9).prefix == prefix


def test_client_is_given_or_made_from_a_url() -> None:
    given = Client(None)
    clients = SecondaryStorage(given, prefix="", timeout_seconds=1)._clients
    assert isinstance(clients, GivenClient)
    assert clients.connect() is given
    made = SecondaryStorage("redis://localhost:17", prefix="", timeout_seconds=2.5)._clients
    assert isinstance(made, OwnClients)
    options = made._create().connection_pool.connection_kwargs
    assert (options["port"], options["socket_timeout"]) == (17, 2.5)


# --- Values ---


def test_value_is_read_below_the_prefix_and_hidden() -> None:
    client = Client(b"v\xc3\xa4lue")
    value = read(client, "session-key")
    assert (value, type(value), repr(value)) == ("välue", HiddenText, "<hidden>")
    (key,) = client.keys
    assert (key, type(key)) == ("auth:session-key", HiddenText)


@pytest.mark.parametrize(("answer", "value"), [(None, None), ("text", "text"), (b"", ""), ("", "")])
def test_value_is_text_or_none(answer: object, value: str | None) -> None:
    found = read(Client(answer))
    assert found == value
    assert found is None or isinstance(found, HiddenText)


@pytest.mark.parametrize("answer", [b"\xff", 17, ["x"], {"x": 1}, True, bytearray(b"x")])
def test_value_that_is_no_text_is_unreadable(answer: object) -> None:
    assert fail(answer, UnreadableValueError) == "the value must be UTF-8"


def test_value_of_another_type_of_redis_is_unreadable() -> None:
    error = RuntimeError(f"WRONGTYPE Operation against a key {SECRET}")
    assert fail(error, UnreadableValueError) == "the value must be a string of Redis"


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), OSError(SECRET), ValueError(f"{SECRET} WRONGTYPE"), KeyError("wrongtype")]
)
def test_failure_names_the_class_of_the_error_alone(error: Exception) -> None:
    assert fail(error, StoreUnavailableError) == (
        f"the secondary storage must answer ({type(error).__name__}): check Redis, its URL and its ACL"
    )


# --- The time limit ---


def test_clock_ends_after_the_time_limit() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        storage = SecondaryStorage(Client(None), prefix="", timeout_seconds=1000)
        before = loop.time()
        assert before + 1000 <= storage.start_clock() <= loop.time() + 1000

    asyncio.run(run())


def test_reading_ends_at_its_deadline() -> None:
    ended: list[str] = []

    class SlowClient:
        async def get(self, _: str, /) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

    async def run(deadline: float) -> None:
        storage = SecondaryStorage(SlowClient(), prefix="", timeout_seconds=LONG_SECONDS)
        with pytest.raises(StoreUnavailableError, match=r"must answer \(TimeoutError\)"):
            await storage.read("key", asyncio.get_running_loop().time() + deadline)

    asyncio.run(asyncio.wait_for(run(0.02), STOP_SECONDS))
    assert ended == ["cancelled"]
    asyncio.run(run(-1))


def test_reading_before_its_deadline_succeeds_whatever_the_clock_of_the_loop_shows() -> None:
    async def run() -> object:
        storage = SecondaryStorage(Client("value"), prefix="", timeout_seconds=LONG_SECONDS)
        await asyncio.sleep(0)

        class YieldingClient(Client):
            async def get(self, name: str, /) -> Any:
                await asyncio.sleep(0)
                return await super().get(name)

        storage._clients = GivenClient(YieldingClient("value"))
        return await storage.read("key", storage.start_clock())

    assert asyncio.run(run()) == "value"


def test_storage_outside_asyncio_raises_an_error() -> None:
    storage = SecondaryStorage(Client(None), prefix="", timeout_seconds=1)
    message = r"^the secondary storage must be used on asyncio: redis-py does not run on trio$"
    with pytest.raises(RuntimeError, match=message) as caught:
        storage.start_clock()
    assert caught.value.__suppress_context__
    with pytest.raises(RuntimeError, match=message):
        storage.read("key", 0).send(None)


# --- JSON ---


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ('{"a":[1,null,true]}', {"a": [1, None, True]}),
        (json.dumps('{"a":1}'), {"a": 1}),
        (json.dumps(json.dumps("text")), "text"),
        ("17", 17),
        ("null", None),
        ('{"a":"\\u00e9\\ud83d\\ude00"}', {"a": "é😀"}),
        (" " * (MAX_VALUE_LENGTH - 1) + "1", 1),
    ],
)
def test_json_is_parsed_also_within_a_string(text: str, parsed: object) -> None:
    assert parse_json(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET,
        json.dumps(SECRET),
        json.dumps(json.dumps(json.dumps({})))[:-1],
        '{"a":1',
        "NaN",
        '{"a":Infinity}',
        '{"a":-Infinity}',
        '"\\ud800"',
        '{"a":"\\ud800"}',
        '{"\\udc00":1}',
        json.dumps('{"a":"\\ud800"}'),
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_text_that_is_no_json_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableValueError, match=r"^the value must be JSON$") as caught:
        parse_json(text)
    assert caught.value.__context__ is None


def test_long_text_is_not_parsed() -> None:
    with pytest.raises(UnreadableValueError, match=r"^the value must have at most 1048576 characters$"):
        parse_json(" " * MAX_VALUE_LENGTH + "1")


def test_unreadable_value_is_described() -> None:
    error = unreadable_value("the entry of the session")
    assert isinstance(error, StoreUnavailableError)
    assert str(error) == (
        "the entry of the session must be what Better Auth writes: check the prefix and who writes to Redis"
    )
