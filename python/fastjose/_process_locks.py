"""`ProcessLock`: a lock that the child of a `fork()` does not inherit."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet


class ProcessLock:
    """A lock of the threads of one process.

    It is free in the child of a `fork()`: a thread of the parent, which the child does not have, may have held it. The
    thread that holds it can take it again, because a finalizer or a signal handler can run at any time.
    """

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        """Begin free."""
        self.renew()
        _locks.add(self)

    def renew(self) -> None:
        """Replace the lock by a free one."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        """Wait until no other thread holds the lock, and take it."""
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self._lock.release()


_locks: WeakSet[ProcessLock] = WeakSet()


def _renew_in_child() -> None:
    for lock in list(_locks):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_in_child)
