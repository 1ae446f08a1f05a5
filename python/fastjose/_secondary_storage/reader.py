"""`SecondaryStorage`: read the values that Better Auth has written, within a time limit and without leaking them."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NoReturn

from fastjose._arguments import check_number
from fastjose._database.hidden_text import HiddenText
from fastjose._secondary_storage.clients import GivenClient, OwnClients, RedisClient, start_get
from fastjose._tracebacks import drop_tracebacks
from fastjose.exceptions import StoreUnavailableError

MAX_VALUE_LENGTH = 1 << 20
"""The longest value that is parsed, in characters."""
_MAX_PREFIX_LENGTH = 256


class UnreadableValueError(ValueError):
    """A value is not what Better Auth writes. The message does not contain any part of it."""


class SecondaryStorage:
    """The keys below one prefix."""

    def __init__(self, client_or_url: RedisClient | str, *, prefix: str, timeout_seconds: float) -> None:
        """Check the arguments. No connection is opened before the first look-up.

        Raises:
            ImportError: A URL is given and redis-py is not installed.
            TypeError: The client is not asynchronous, or an argument has the wrong type.
            ValueError: The URL, the prefix or the time limit is not valid.
        """
        if not isinstance(prefix, str):
            raise TypeError("prefix must be a str: the `keyPrefix` of Better Auth's storage")
        if len(prefix) > _MAX_PREFIX_LENGTH:
            raise ValueError(f"prefix must have at most {_MAX_PREFIX_LENGTH} characters")
        if not 0 < check_number("timeout_seconds", timeout_seconds) < float("inf"):
            raise ValueError("timeout_seconds must be a positive number")
        self.prefix = prefix
        self._timeout_seconds = timeout_seconds
        self._clients = (
            OwnClients(client_or_url, timeout_seconds) if isinstance(client_or_url, str) else GivenClient(client_or_url)
        )

    def start_clock(self) -> float:
        """Return the time of the running event loop at which a look-up that starts now must have ended."""
        return _running_loop().time() + self._timeout_seconds

    async def read(self, key: str, deadline: float) -> HiddenText | None:
        """Return the value of `key`, or None if there is none.

        Neither key nor value has a repr that shows it: error reports include the local variables of each function.

        Args:
            key: The key without the prefix.
            deadline: From `start_clock`.

        Raises:
            StoreUnavailableError: The server does not answer in time, or refuses.
            UnreadableValueError: The value is not text.
        """
        name = HiddenText(self.prefix + key)
        value = await self._get(name, deadline - _running_loop().time())
        return None if value is None else HiddenText(_to_text(value))

    async def close(self) -> None:
        """Close the connections of the running event loop, unless the application has given its client."""
        await self._clients.close()

    async def _get(self, name: str, seconds: float) -> Any:
        """Read the value. Errors of redis-py can quote it, so their class alone is kept."""
        reading = start_get(self._clients.connect(), name)
        try:
            return await asyncio.wait_for(reading, seconds)
        except Exception as error:  # noqa: BLE001 - a server that answers nonsense causes any error of the parser
            failure, is_other_type = type(error).__name__, str(error).startswith("WRONGTYPE")
            drop_tracebacks(error)
        if is_other_type:
            raise UnreadableValueError("the value must be a string of Redis")
        raise StoreUnavailableError(f"the secondary storage must answer ({failure}): check Redis, its URL and its ACL")


def parse_json(text: str) -> Any:
    """Parse JSON of at most `MAX_VALUE_LENGTH` characters; JSON within a JSON string is parsed, too.

    A storage written by hand may encode the text of Better Auth once more.

    Raises:
        UnreadableValueError: The text is too long, is not JSON, or has half a surrogate pair.
    """
    if len(text) > MAX_VALUE_LENGTH:
        raise UnreadableValueError(f"the value must have at most {MAX_VALUE_LENGTH} characters")
    parsed = _parse_json_once(text)
    return _parse_json_once(parsed) if isinstance(parsed, str) else parsed


def unreadable_value(what: str) -> StoreUnavailableError:
    """Return the error for a value that Better Auth cannot have written."""
    return StoreUnavailableError(f"{what} must be what Better Auth writes: check the prefix and who writes to Redis")


def _parse_json_once(text: str) -> Any:
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair would fail later, in a response
    except (ValueError, RecursionError):
        pass
    else:
        return parsed
    raise UnreadableValueError("the value must be JSON")


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _to_text(value: object) -> str:
    """Return `value`, which a client returns as `bytes` unless it decodes responses."""
    if isinstance(value, str):
        return value
    text = _decode(value) if isinstance(value, bytes) else None
    if text is None:
        raise UnreadableValueError("the value must be UTF-8")
    return text


def _decode(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:  # holds the value
        return None


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("the secondary storage must be used on asyncio: redis-py does not run on trio") from None
