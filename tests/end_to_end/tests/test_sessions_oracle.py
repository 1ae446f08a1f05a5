"""The verdicts of the run on sessions: alive, ended, in between, cached in a cookie, and in an outage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from end_to_end.sessions.oracle import (
    FOREVER,
    RECOVERY_SECONDS,
    CookieCache,
    Life,
    Outage,
    Request,
    Rules,
    Verdict,
    classify,
)

ALIVE = Life("ada", since=10.0)
ENDED = Life("ada", since=10.0, end_requested_at=90.0, ended_at=91.0)
IN_DOUBT = Life("ada", since=10.0, end_requested_at=90.0)
CACHE = CookieCache(fresh_until=99.0, expired_since=101.0)
LOOK_UP = Rules()
CACHE_ALONE = Rules(has_look_up=False)
OUTAGE = Outage("redis stopped", since=99.0, until=102.0)


def request(status: int | None, life: Life = ALIVE, **changes: Any) -> Request:
    """Return a request from 100.0 to 100.1."""
    sent = Request(
        "bearer", life, None, is_hostile=False, sent_at=100.0, responded_at=100.1, status=status, answer="ada"
    )
    return replace(sent, **changes)


def verdicts(rules: Rules, *outages: Outage, **changes: Any) -> list[Verdict]:
    """Return the verdicts on a 200, a 401 and a 503."""
    return [classify(request(status, **changes), rules, outages) for status in (200, 401, 503)]


# --- With a look-up ---


def test_classify_live_session_requires_acceptance() -> None:
    assert verdicts(LOOK_UP) == [Verdict.ACCEPTED, Verdict.FALSE_REJECTION, Verdict.FAILURE]


def test_classify_ended_session_requires_rejection() -> None:
    assert verdicts(LOOK_UP, life=ENDED) == [Verdict.FALSE_ACCEPTANCE, Verdict.REJECTED, Verdict.FAILURE]


@pytest.mark.parametrize(("sent_at", "responded_at"), [(89.0, 90.5), (90.2, 90.4), (90.9, 95.0)])
def test_classify_session_that_is_ending_allows_both(sent_at: float, responded_at: float) -> None:
    times = {"sent_at": sent_at, "responded_at": responded_at}
    assert verdicts(LOOK_UP, life=ENDED, **times)[:2] == [Verdict.ACCEPTED, Verdict.REJECTED]


def test_classify_session_at_the_edges_of_its_life_is_exact() -> None:
    before = {"sent_at": 89.0, "responded_at": 90.0}
    after = {"sent_at": 91.0, "responded_at": 92.0}
    assert verdicts(LOOK_UP, life=ENDED, **before)[:2] == [Verdict.ACCEPTED, Verdict.FALSE_REJECTION]
    assert verdicts(LOOK_UP, life=ENDED, **after)[:2] == [Verdict.FALSE_ACCEPTANCE, Verdict.REJECTED]


def test_classify_session_whose_end_was_not_confirmed_allows_both_for_ever() -> None:
    assert IN_DOUBT.is_in_doubt
    assert verdicts(LOOK_UP, life=IN_DOUBT)[:2] == [Verdict.ACCEPTED, Verdict.REJECTED]


def test_classify_request_before_the_sign_in_was_answered_allows_a_rejection() -> None:
    assert verdicts(LOOK_UP, life=Life("ada", since=100.05))[:2] == [Verdict.ACCEPTED, Verdict.REJECTED]


def test_classify_another_user_is_a_false_acceptance() -> None:
    assert classify(request(200, answer="grace"), LOOK_UP, []) is Verdict.FALSE_ACCEPTANCE


@pytest.mark.parametrize("status", [400, 403, 429, 500, 502, None])
def test_classify_any_other_status_is_a_failure(status: int | None) -> None:
    assert classify(request(status), LOOK_UP, [OUTAGE]) is Verdict.FAILURE


def test_classify_hostile_credential_requires_rejection_at_any_time() -> None:
    assert verdicts(LOOK_UP, is_hostile=True)[:2] == [Verdict.FALSE_ACCEPTANCE, Verdict.REJECTED]
    assert verdicts(CACHE_ALONE, is_hostile=True, cache=CACHE, sent_at=50.0, responded_at=50.1)[:2] == [
        Verdict.FALSE_ACCEPTANCE,
        Verdict.REJECTED,
    ]


def test_classify_with_a_stated_age_allows_acceptance_for_that_time() -> None:
    assert verdicts(Rules(max_age_seconds=10), life=ENDED)[0] is Verdict.ACCEPTED
    assert verdicts(Rules(max_age_seconds=9), life=ENDED)[0] is Verdict.FALSE_ACCEPTANCE


# --- What Better Auth answered before and after ---


def test_classify_session_that_better_auth_denied_before_requires_rejection() -> None:
    assert verdicts(LOOK_UP, life=IN_DOUBT, was_alive=(False, False))[0] is Verdict.FALSE_ACCEPTANCE
    assert verdicts(Rules(max_age_seconds=1), life=IN_DOUBT, was_alive=(False, False))[0] is Verdict.ACCEPTED
    assert verdicts(LOOK_UP, cache=CACHE, was_alive=(False, False))[0] is Verdict.ACCEPTED  # until the cookie expires


def test_classify_session_that_better_auth_confirmed_twice_requires_acceptance() -> None:
    assert verdicts(LOOK_UP, life=IN_DOUBT, was_alive=(True, True))[1] is Verdict.FALSE_REJECTION
    assert verdicts(LOOK_UP, life=IN_DOUBT, was_alive=(True, False))[1] is Verdict.REJECTED


# --- Cookie caches ---


def test_classify_fresh_cache_requires_acceptance_without_a_look_up() -> None:
    fresh = {"sent_at": 98.0, "responded_at": 99.0, "cache": CACHE}
    assert verdicts(CACHE_ALONE, OUTAGE, **fresh) == [
        Verdict.ACCEPTED,
        Verdict.FALSE_REJECTION,
        Verdict.FAILURE,  # there is nothing to look up
    ]


def test_classify_fresh_cache_of_an_ended_session_allows_both() -> None:
    assert verdicts(CACHE_ALONE, life=ENDED, cache=CACHE)[:2] == [Verdict.ACCEPTED, Verdict.REJECTED]
    assert verdicts(LOOK_UP, life=ENDED, cache=CACHE)[:2] == [Verdict.ACCEPTED, Verdict.REJECTED]


def test_classify_expired_cache_requires_rejection_or_a_look_up() -> None:
    expired = {"sent_at": 101.0, "responded_at": 101.1, "cache": CACHE}
    rejection, acceptance = [Verdict.FALSE_ACCEPTANCE, Verdict.REJECTED], [Verdict.ACCEPTED, Verdict.FALSE_REJECTION]
    assert verdicts(CACHE_ALONE, **expired)[:2] == rejection
    assert verdicts(LOOK_UP, **expired)[:2] == acceptance
    assert verdicts(LOOK_UP, life=ENDED, **expired)[:2] == rejection


def test_classify_without_cache_and_look_up_requires_rejection() -> None:
    assert verdicts(CACHE_ALONE)[:2] == [Verdict.FALSE_ACCEPTANCE, Verdict.REJECTED]


# --- Outages ---


@pytest.mark.parametrize(
    ("sent_at", "responded_at", "expected"),
    [
        (98.0, 98.9, Verdict.FAILURE),
        (98.0, 99.0, Verdict.UNAVAILABLE),
        (101.0, 109.0, Verdict.UNAVAILABLE),
        (102.0 + RECOVERY_SECONDS - 0.1, 104.0, Verdict.UNAVAILABLE),
        (102.0 + RECOVERY_SECONDS, 104.0, Verdict.FAILURE),
    ],
)
def test_classify_503_is_excused_in_the_outage_and_the_recovery(
    sent_at: float, responded_at: float, expected: Verdict
) -> None:
    assert classify(request(503, sent_at=sent_at, responded_at=responded_at), LOOK_UP, [OUTAGE]) is expected


def test_classify_outage_does_not_excuse_a_wrong_answer() -> None:
    assert verdicts(LOOK_UP, OUTAGE) == [Verdict.ACCEPTED, Verdict.FALSE_REJECTION, Verdict.UNAVAILABLE]
    assert verdicts(LOOK_UP, OUTAGE, life=ENDED) == [Verdict.FALSE_ACCEPTANCE, Verdict.REJECTED, Verdict.UNAVAILABLE]


def test_life_that_expires_ends_around_that_time_and_not_later_than_it_was_ended() -> None:
    life = Life("ada", since=10.0)
    life.expire_at(50.0)
    assert (life.end_requested_at, life.ended_at) == (48.9, 50.05)
    ended = Life("ada", since=10.0, end_requested_at=20.0, ended_at=21.0)
    ended.expire_at(50.0)
    assert (ended.end_requested_at, ended.ended_at, ALIVE.ended_at) == (20.0, 21.0, FOREVER)
