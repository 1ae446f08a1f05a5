"""`RedisRevocations`: a list of revocations that processes and machines share over Redis or Valkey."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from fastjose._arguments import check_number
from fastjose._core import RevocationList
from fastjose._revocation.entry import Entry
from fastjose._revocation.redis_client import check_redis, create_client
from fastjose._revocation.revocation_stream import RevocationStream
from fastjose._revocation.synchronizer import Synchronizer, logger
from fastjose._tracebacks import hide_arguments
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from redis import Redis
    from typing_extensions import Self

    from fastjose._revocation.entry import Kind

_T = TypeVar("_T")
DEFAULT_KEY = "fastjose:revocations"


class RedisRevocations:
    """A list of revocations in Redis or Valkey, with a copy in each process. No request waits for Redis.

    The revocations are the entries of one stream. A thread of each process reads the stream, so that a revocation
    takes effect in every process within milliseconds. The copy is trusted while Redis answers the thread: for at most
    `max_staleness_seconds` after the time at which the last answer was asked for. After a failure the whole stream is
    read again before the copy is trusted.

    Requires redis-py (`pip install "fastjose[redis]"`), and Redis 5 or newer, which must not evict keys and should
    persist them.

    Attributes:
        local: The copy of this process.

    Example:
        revocations = RedisRevocations("redis://localhost:6379/0")
        verifier = api_verifier("https://app.example.com", revocations=revocations)

        @contextlib.asynccontextmanager
        async def lifespan(app: FastAPI):
            async with revocations:
                yield
    """

    @hide_arguments
    def __init__(
        self,
        redis: str | Redis,
        *,
        key: str = DEFAULT_KEY,
        policy: Literal["closed", "open"] = "closed",
        max_token_lifetime_seconds: float = 86_400,
        max_staleness_seconds: float = 5,
    ) -> None:
        """Prepare the list. It does not connect before `start`, and is not synchronised until then.

        Args:
            redis: A URL (`redis://`, `rediss://` for TLS, `unix://`), or a synchronous `redis.Redis`, whose connection
                settings are copied.
            key: The key of the stream. Applications with different issuers need different keys.
            policy: The answer for a token that is not listed, while the copy is not synchronised: `closed` raises a
                StoreUnavailableError, which becomes a 503; `open` accepts the token. A token that is listed is
                rejected in both cases.
            max_token_lifetime_seconds: As for `RevocationList`.
            max_staleness_seconds: The longest time for which a copy is trusted without an answer from Redis, in
                seconds. A connection that is dead without being closed is noticed after this time.

        Raises:
            ModuleNotFoundError: redis-py is not installed.
            TypeError: `redis` is neither a URL nor a `redis.Redis` of one server, or an argument has the wrong type.
            ValueError: The URL is not valid, `key` is empty, or a number is out of range.
        """
        check_redis(redis)
        if not isinstance(key, str) or not key:
            raise ValueError("key must be a str that is not empty")
        if policy not in ("closed", "open"):  # a list cannot be in a set
            raise ValueError('policy must be "closed" or "open"')
        if not 0.1 <= check_number("max_staleness_seconds", max_staleness_seconds) <= 3_600:  # noqa: PLR2004 - one answer in 20 ms at most
            raise ValueError("max_staleness_seconds must be a number of seconds, from 0.1 to 3600")
        self.local = RevocationList(max_token_lifetime_seconds=max_token_lifetime_seconds, policy=policy)
        self._redis, self._key, self._max_staleness_seconds = redis, key, max_staleness_seconds
        self._forget_connections()
        _instances.add(self)

    def __copy__(self) -> Self:
        """Return this object, as a copy of a `RevocationList` is: its thread belongs to it."""
        return self

    def __deepcopy__(self, _memo: object, /) -> Self:
        """Return this object."""
        return self

    def __reduce__(self) -> NoReturn:
        """Raise the error: the thread belongs to this process, and the URL may have a password."""
        raise TypeError(
            "RedisRevocations cannot be pickled: create it in the other process, where it reads the same stream"
        )

    def _forget_connections(self) -> None:
        self._lock = threading.Lock()
        self._synchronizer: Synchronizer | None = None
        self._writer: RevocationStream | None = None
        self.local.distrust()

    def start(self) -> None:
        """Start the thread of this process, and wait for the first synchronisation, at most `max_staleness_seconds`.

        Does not raise if Redis does not answer: the policy applies until it does. No effect if the thread runs. A
        process that was forked must call it itself: it has no threads of its parent.
        """
        with self._lock:
            if self._synchronizer is None:
                self._synchronizer = Synchronizer(self._redis, self._key, self.local, self._max_staleness_seconds)
                self._synchronizer.start()

    def stop(self) -> None:
        """Stop the thread of this process, and close its connections. The copy is not synchronised afterwards."""
        with self._lock:
            synchronizer, self._synchronizer = self._synchronizer, None
            if synchronizer is not None:
                synchronizer.stop()
            if self._writer is not None:
                self._writer.close_idle_connections()

    async def __aenter__(self) -> Self:
        """Call `start` in another thread."""
        await _run_in_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Call `stop` in another thread."""
        await _run_in_thread(self.stop)

    # Plain functions that return a coroutine: the revocation is in effect in this process even if it is not awaited.

    def revoke_token(self, jti: str, until: float | None = None) -> Coroutine[Any, Any, None]:
        """Revoke the token with this `jti`, in this process at once and in the others through Redis. Must be awaited.

        Args:
            jti: The `jti` of the token.
            until: The `exp` of the token, in seconds since the epoch. Defaults to `max_token_lifetime_seconds` from
                now.

        Raises:
            StoreUnavailableError: Redis did not confirm. The revocation is in effect in this process. Call it again.
            ValueError, TypeError: As `RevocationList.revoke_token`.
        """
        self.local.revoke_token(jti, until)
        return self._publish("token", jti, until)

    def revoke_session(self, sid: str, until: float | None = None) -> Coroutine[Any, Any, None]:
        """Revoke every token with this `sid`, in this process at once and in the others through Redis.

        Args:
            sid: The `sid` of the tokens.
            until: The latest `exp` of a token of the session, in seconds since the epoch. The default is that of
                `revoke_token`.

        Raises:
            StoreUnavailableError, ValueError, TypeError: As `revoke_token`.
        """
        self.local.revoke_session(sid, until)
        return self._publish("session", sid, until)

    def revoke_user(self, sub: str, at: float | None = None, until: float | None = None) -> Coroutine[Any, Any, None]:
        """Revoke every token of a user that was issued at or before a time, in this process and through Redis.

        Args:
            sub: The `sub` of the tokens.
            at: The time, in seconds since the epoch. Defaults to now. A token of the same second is revoked. If the
                issuer's clock may be ahead, pass a time that is as much later.
            until: The latest `exp` of such a token, in seconds since the epoch. The default is that of
                `revoke_token`.

        Raises:
            StoreUnavailableError, ValueError, TypeError: As `revoke_token`.
        """
        at = time.time() if at is None else at
        self.local.revoke_user(sub, at, until)
        return self._publish("user", sub, until, at)

    def is_revoked(
        self, *, jti: str | None = None, sid: str | None = None, sub: str | None = None, iat: float | None = None
    ) -> bool:
        """Return whether a token or a session is revoked, as `RevocationList.is_revoked`."""
        return self.local.is_revoked(jti=jti, sid=sid, sub=sub, iat=iat)

    @property
    def is_synchronised(self) -> bool:
        """Whether the copy of this process has every revocation."""
        return self.local.is_synchronised

    def __len__(self) -> int:
        """Return the number of entries of the copy that have an effect."""
        return len(self.local)

    def __bool__(self) -> bool:
        """Return True, also for an empty list."""
        return True

    def __repr__(self) -> str:
        """Describe the list without its URL."""
        return f"<RedisRevocations key={self._key!r}{'' if self.is_synchronised else ', not synchronised'}>"

    async def _publish(self, kind: Kind, identifier: str, until: float | None, at: float | None = None) -> None:
        until = time.time() + self.local.max_token_lifetime_seconds if until is None else until
        entry = Entry(kind, identifier, float(until), None if at is None else float(at))
        if not await _run_in_thread(lambda: self._write(entry)):
            raise StoreUnavailableError(
                "Store unavailable: Redis did not confirm the revocation, which is in effect in this process only"
            )

    def _write(self, entry: Entry) -> bool:
        """Write `entry` to Redis. Return False if Redis does not confirm: its error may contain the identifier."""
        try:
            with self._lock:
                if self._writer is None:
                    client = create_client(self._redis, timeout_seconds=self._max_staleness_seconds)
                    self._writer = RevocationStream(client, self._key)
                writer = self._writer
            writer.add(entry)
        except Exception as error:  # noqa: BLE001 - whatever redis-py raises, the revocation is not confirmed
            logger.error("a revocation was not written to Redis: %s", type(error).__name__)
            return False
        return True


async def _run_in_thread(function: Callable[[], _T]) -> _T:
    """Run `function` in a thread, from asyncio or trio."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return await trio.to_thread.run_sync(function)  # type: ignore[no-any-return]
    return await asyncio.to_thread(function)


_instances: weakref.WeakSet[RedisRevocations] = weakref.WeakSet()


def _forget_in_child() -> None:
    """Leave to the parent what a fork copied: the threads do not run here, and the connections are its own."""
    for instance in list(_instances):
        instance._forget_connections()  # noqa: SLF001 - of this module


def _stop_all() -> None:
    for instance in list(_instances):
        instance.stop()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
