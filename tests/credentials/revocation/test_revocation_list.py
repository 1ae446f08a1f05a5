"""`RevocationList`: its entries, their times, the states of a copy, and its arguments."""

from __future__ import annotations

import copy
import os
import pickle
import threading
from typing import TYPE_CHECKING, Any

import pytest

from fastjose.exceptions import StoreUnavailableError
from fastjose.revocation import RevocationList
from support.processes.polling import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_000_000.0
DAY = 86_400
KEEP_SECONDS = 300


class Clock:
    """A clock that shows the time that a test sets."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock at `NOW`; a test can change it."""
    stopped = Clock()
    monkeypatch.setattr("time.time", stopped)
    return stopped


def test_identifiers_of_different_kinds_are_different() -> None:
    revocations = RevocationList()
    revocations.revoke_token("a")
    revocations.revoke_session("b")
    revocations.revoke_user("c")
    identifiers: list[dict[str, Any]] = [{kind: text} for kind in ("jti", "sid", "sub") for text in "abc"]
    revoked = [identifier for identifier in identifiers if revocations.is_revoked(**identifier)]
    assert revoked == [{"jti": "a"}, {"sid": "b"}, {"sub": "c"}]
    assert len(revocations) == 3
    assert revocations.is_revoked(jti="x", sid="b", sub="x")
    assert not RevocationList().is_revoked(jti="a")
    assert RevocationList()


@pytest.mark.parametrize(
    ("iat", "expected"),
    [(NOW - 1, True), (NOW, True), (NOW + 0.7, True), (NOW + 0.9, True), (NOW + 1, False), (None, True)],
)
def test_revocation_wins_the_second_in_which_it_happens(clock: Clock, iat: float | None, *, expected: bool) -> None:
    clock.now = NOW + 0.7
    revocations = RevocationList()
    revocations.revoke_user("user-1")
    assert revocations.is_revoked(sub="user-1", iat=iat) is expected


def test_revocation_of_a_user_can_have_an_earlier_time_and_keeps_the_later_one(clock: Clock) -> None:
    revocations = RevocationList()
    revocations.revoke_user("user-1", at=NOW - 100)
    assert revocations.is_revoked(sub="user-1", iat=NOW - 100)
    assert not revocations.is_revoked(sub="user-1", iat=NOW - 99)
    for at in (NOW - 50, NOW - 70):
        revocations.revoke_user("user-1", at=at)
    assert revocations.is_revoked(sub="user-1", iat=NOW - 50)
    assert not revocations.is_revoked(sub="user-1", iat=NOW - 49)
    assert len(revocations) == 1
    assert clock() == NOW


def test_entry_expires_after_until(clock: Clock) -> None:
    revocations = RevocationList(max_token_lifetime_seconds=DAY)
    revocations.revoke_token("default")
    revocations.revoke_token("named", until=NOW + 60)
    revocations.revoke_token("named", until=NOW + 30)
    for elapsed, expected in [(60 + KEEP_SECONDS - 1, 2), (60 + KEEP_SECONDS, 1), (DAY + KEEP_SECONDS, 0)]:
        clock.now = NOW + elapsed
        assert len(revocations) == expected
    assert not revocations.is_revoked(jti="default")


def test_copy_of_a_store_is_closed_until_it_is_trusted() -> None:
    revocations = RevocationList(policy="closed")
    revocations.revoke_session("ended")
    assert not revocations.is_synchronised
    assert revocations.is_revoked(sid="ended")
    with pytest.raises(StoreUnavailableError, match="not synchronised") as raised:
        revocations.is_revoked(sid="other")
    assert raised.value.code == "store_unavailable"
    assert raised.value.retry_after_seconds == 1.0
    revocations.trust_for(3_600)
    assert revocations.is_synchronised
    assert not revocations.is_revoked(sid="other")
    for stop in (revocations.distrust, lambda: revocations.trust_for(0)):
        revocations.trust_for(3_600)
        stop()
        with pytest.raises(StoreUnavailableError):
            revocations.is_revoked(sid="other")


def test_trust_ends_by_itself_whatever_the_clock_shows(clock: Clock) -> None:
    revocations = RevocationList(policy="closed")
    revocations.trust_for(3_600)
    clock.now = NOW + DAY  # a clock that is set does not change what was heard from the store
    assert revocations.is_synchronised
    revocations.trust_for(0.01)
    wait_until(lambda: not revocations.is_synchronised)


def test_open_copy_accepts_what_is_not_listed() -> None:
    revocations = RevocationList(policy="open")
    revocations.revoke_session("ended")
    assert revocations.is_revoked(sid="ended")
    assert not revocations.is_revoked(sid="other")
    assert not revocations.is_synchronised
    assert "not synchronised" in repr(revocations)


def test_list_in_memory_is_complete_by_itself() -> None:
    revocations = RevocationList()
    revocations.distrust()
    assert revocations.is_synchronised
    assert not revocations.is_revoked(jti="a")


INVALID: list[tuple[Callable[[RevocationList], object], type[Exception], str]] = [
    (lambda revocations: revocations.revoke_token(""), ValueError, "jti must be a str"),
    (lambda revocations: revocations.revoke_session("\ud800token-1"), ValueError, "sid must be a str of valid"),
    (lambda revocations: revocations.revoke_user(5), TypeError, "sub must be a str"),  # type: ignore[arg-type]
    (lambda revocations: revocations.revoke_user("u", at=1.7e12), ValueError, "at must be a time in seconds"),
    (lambda revocations: revocations.revoke_token("t", until=-1), ValueError, "until must be a time in seconds"),
    (lambda revocations: revocations.revoke_token("t", until=float("nan")), ValueError, "until must be a time"),
    (lambda revocations: revocations.revoke_token("t", until="1"), TypeError, "until must be a time"),  # type: ignore[arg-type]
    (lambda revocations: revocations.is_revoked(), TypeError, "must be called with jti, sid or sub"),
    (lambda revocations: revocations.is_revoked(iat=1), TypeError, "must be called with jti, sid or sub"),
    (lambda revocations: revocations.is_revoked(jti=b"t"), TypeError, "jti must be a str"),  # type: ignore[arg-type]
    (lambda revocations: revocations.trust_for(-1), ValueError, "seconds must be"),
    (lambda revocations: revocations.trust_for(float("nan")), ValueError, "seconds must be"),
    (lambda _: RevocationList(max_token_lifetime_seconds=0), ValueError, "max_token_lifetime_seconds must be"),
    (lambda _: RevocationList(max_token_lifetime_seconds=float("inf")), ValueError, "max_token_lifetime_seconds"),
    (lambda _: RevocationList(max_token_lifetime_seconds="1"), TypeError, "max_token_lifetime_seconds"),  # type: ignore[arg-type]
    (lambda _: RevocationList(policy="shut"), ValueError, 'policy must be "closed", "open" or None'),  # type: ignore[arg-type]
    (pickle.dumps, TypeError, "cannot be pickled"),
]


@pytest.mark.parametrize(("attempt", "error", "text"), INVALID, ids=[text for _, _, text in INVALID])
def test_invalid_argument_is_named(
    attempt: Callable[[RevocationList], object], error: type[Exception], text: str
) -> None:
    revocations = RevocationList()
    with pytest.raises(error, match=text) as raised:
        attempt(revocations)
    assert "token-1" not in str(raised.value)
    assert len(revocations) == 0


def test_copy_is_the_same_list() -> None:
    revocations = RevocationList()
    assert copy.copy(revocations) is revocations
    assert copy.deepcopy({"list": revocations})["list"] is revocations


def test_threads_share_a_list() -> None:
    revocations = RevocationList()

    def revoke(name: str) -> None:
        for i in range(500):
            revocations.revoke_session(f"{name}-{i}")
            assert revocations.is_revoked(sid=f"{name}-{i}")

    threads = [threading.Thread(target=revoke, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(revocations) == 2_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_of_a_fork_has_the_entries_of_its_parent_and_its_own() -> None:
    revocations = RevocationList()
    revocations.revoke_session("before")
    child = os.fork()
    if child == 0:
        revocations.revoke_session("in-the-child")
        revoked = [revocations.is_revoked(sid=sid) for sid in ("before", "in-the-child", "other")]
        os._exit(0 if revoked == [True, True, False] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not revocations.is_revoked(sid="in-the-child")
