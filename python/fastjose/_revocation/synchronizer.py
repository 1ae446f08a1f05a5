"""The thread that keeps the copy of a process up to date."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from fastjose._revocation.entry import MalformedEntryError
from fastjose._revocation.redis_client import create_client
from fastjose._revocation.revocation_stream import START, RevocationStream

if TYPE_CHECKING:
    from redis import Redis

    from fastjose._core import RevocationList
    from fastjose._revocation.entry import Entry

logger = logging.getLogger("fastjose.revocation")

WAITS_PER_STALENESS = 5
"""The number of answers that are expected within the longest time that a copy is trusted without one."""

FIRST_RETRY_SECONDS = 0.05
MAX_RETRY_SECONDS = 1.0
STOP_INTERVAL_SECONDS = 0.02
REMOVAL_INTERVAL_SECONDS = 60


class Synchronizer:
    """Reads a stream from its beginning, and trusts the copy once its end is reached.

    The thread waits at the end of the stream. Redis answers at the next entry, or after a fifth of
    `max_staleness_seconds`. Each answer extends the trust, counted from the time at which it was asked for. After any
    failure the copy is not trusted, and the stream is read from its beginning over a new connection. While the stream
    has an entry that is not a revocation, the copy has all others, and is not trusted.
    """

    def __init__(self, redis: str | Redis, key: str, local: RevocationList, max_staleness_seconds: float) -> None:
        """Prepare the thread without starting it."""
        self._redis, self._key, self._local = redis, key, local
        self._max_staleness_seconds = max_staleness_seconds
        self._stop = threading.Event()
        self._is_first_read_done = threading.Event()
        self._client: Redis | None = None
        self._has_failed = False
        self._thread = threading.Thread(target=self._run, name="fastjose.revocation", daemon=True)

    def start(self) -> None:
        """Start the thread, and wait until the copy is complete, or for `max_staleness_seconds`."""
        self._thread.start()
        self._is_first_read_done.wait(self._max_staleness_seconds)

    def stop(self) -> None:
        """Stop the thread. The copy is not trusted afterwards."""
        self._stop.set()
        deadline = time.monotonic() + self._max_staleness_seconds + 1
        # Again and again: the thread may be about to open the connection that it then waits on.
        while self._thread.is_alive() and time.monotonic() < deadline:
            client = self._client
            if client is not None:
                client.connection_pool.disconnect(inuse_connections=True)  # wakes the thread
            self._thread.join(STOP_INTERVAL_SECONDS)
        self._local.distrust()

    def _run(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._stop.is_set():
            has_been_synchronised = self._follow_stream()
            self._local.distrust()
            if self._stop.is_set():
                break
            retry_seconds = FIRST_RETRY_SECONDS if has_been_synchronised else min(2 * retry_seconds, MAX_RETRY_SECONDS)
            self._stop.wait(retry_seconds * random.uniform(0.5, 1))  # noqa: S311 - no secret

    def _follow_stream(self) -> bool:
        """Read the stream until a failure. Return whether its end was reached."""
        client = self._client = create_client(self._redis, timeout_seconds=self._max_staleness_seconds)
        reader = _StreamReader(RevocationStream(client, self._key), self._local, self._max_staleness_seconds)
        try:
            while not self._stop.is_set():
                reader.read()
                if reader.has_malformed_entries:
                    self._has_failed = True
                elif reader.is_at_end:
                    self._report_success()
        except Exception as error:  # noqa: BLE001 - whatever redis-py raises, a new connection follows
            self._local.distrust()
            self._report_failure(error)
        finally:
            client.close()
        return reader.is_at_end

    def _report_success(self) -> None:
        self._is_first_read_done.set()
        if self._has_failed:
            self._has_failed = False
            logger.warning("the list of revocations is synchronised with Redis again")

    def _report_failure(self, error: Exception) -> None:
        if self._has_failed or self._stop.is_set():
            return
        self._has_failed = True
        logger.error("the list of revocations is not synchronised with Redis: %s: %s", type(error).__name__, error)


class _StreamReader:
    """Reads a stream from its beginning into a list."""

    def __init__(self, stream: RevocationStream, local: RevocationList, max_staleness_seconds: float) -> None:
        self._stream, self._local, self._max_staleness_seconds = stream, local, max_staleness_seconds
        self._position = START
        self.is_at_end = False
        self._malformed = deque[str]()  # positions
        self._checked_at = time.monotonic()
        self._removed_at = time.monotonic() - REMOVAL_INTERVAL_SECONDS * random.random()  # noqa: S311 - no secret

    @property
    def has_malformed_entries(self) -> bool:
        """Whether the stream has entries that are not revocations: what they were meant to revoke is not known."""
        return bool(self._malformed)

    def read(self) -> None:
        """Add the next entries to the list; trust the list if they are all, and each is a revocation."""
        asked_at, wait_seconds = time.monotonic(), self._max_staleness_seconds / WAITS_PER_STALENESS
        self._position, rows, are_all = self._stream.read(self._position, wait_seconds if self.is_at_end else None)
        for position, entry in rows:
            if error := self._add(entry):
                self._note_malformed(position, error)
        if not are_all:
            return
        if not self.is_at_end and self._stream.may_be_evicted():
            logger.warning("Redis may delete the revocations: its maxmemory-policy must not be one of allkeys-*")
        self.is_at_end = True
        if not self._malformed:
            self._local.trust_for(max(0.0, asked_at + self._max_staleness_seconds - time.monotonic()))
        if asked_at - self._checked_at >= wait_seconds:
            self._checked_at = asked_at
            self._check_stream()

    def _add(self, entry: Entry | MalformedEntryError) -> Exception | None:
        """Add a revocation to the list, or return the reason why it is not one."""
        if isinstance(entry, MalformedEntryError):
            return entry
        try:
            entry.apply_to(self._local)
        except ValueError as error:
            return error
        return None

    def _note_malformed(self, position: str, error: Exception) -> None:
        self._local.distrust()
        if not self._malformed:
            logger.error("entry %s in Redis is not a revocation, and must be deleted: %s", position, error)
        self._malformed.append(position)

    def _check_stream(self) -> None:
        if not self._stream.has_position(self._position):
            logger.error("the revocations in Redis were deleted: this process keeps its own, a new process has none")
            self._position = START
        while self._malformed and not self._stream.has_entry(self._malformed[0]):
            self._malformed.popleft()
        if self._checked_at - self._removed_at >= REMOVAL_INTERVAL_SECONDS:
            self._removed_at = self._checked_at
            self._stream.remove_expired()
