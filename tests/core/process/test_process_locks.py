"""`ProcessLock`: free in the child of a `fork()`, and for the thread that holds it."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._hints.hint_log import HintLog
from fastjose._hints.hint_log import _lock as hints_lock
from fastjose._hints.jwt_hints import HintLimits
from fastjose._hints.jwt_hints import _lock as limits_lock
from fastjose._process_locks import ProcessLock
from fastjose._sessions.empty_table import UnansweredTokens
from fastjose._sessions.empty_table import _lock as tokens_lock
from fastjose._verifiers.tenants import KeptVerifiers

if TYPE_CHECKING:
    from collections.abc import Callable

CHOSEN: Any = "chosen"


def kept_verifiers() -> tuple[ProcessLock, Callable[[], object]]:
    kept: KeptVerifiers[Any] = KeptVerifiers(time.monotonic)
    kept.add("issuer", CHOSEN)
    return kept._lock, lambda: kept.get("issuer")


USERS: dict[str, Callable[[], tuple[ProcessLock, Callable[[], object]]]] = {
    "kept verifiers": kept_verifiers,
    "log of hints": lambda: (hints_lock, lambda: HintLog({"code": "text"})._is_due("code")),
    "limits of hints": lambda: (limits_lock, HintLimits().reserve_inspection),
    "unanswered tokens": lambda: (
        tokens_lock,
        lambda: UnansweredTokens().should_count_rows("", is_found=True) is False,
    ),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("name", USERS)
def test_lock_that_another_thread_held_is_free_in_the_child(name: str) -> None:
    lock, use = USERS[name]()
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            is_held.set()
            may_end.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_held.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # ends a child that waits for the lock
        os._exit(0 if use() else 1)
    _, status = os.waitpid(child, 0)
    may_end.set()
    thread.join()
    assert status == 0
    assert use(), "the lock of the parent is as it was"


def test_thread_that_holds_the_lock_can_take_it_again() -> None:
    lock = ProcessLock()
    with lock, lock:
        pass
    order: list[str] = []

    def take() -> None:
        with lock:
            order.append("other")

    thread = threading.Thread(target=take)
    with lock:
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
