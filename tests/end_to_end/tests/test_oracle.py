"""The judgement of the end-to-end run: what is valid, withdrawn, counted apart, and a fault, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from end_to_end.oracle import Judgement, Kind, Outage, Publication, Request, judge

HOSTILE = [kind for kind in Kind if kind.is_hostile]
OUTAGE = Outage("connection refused", since=100.0, until=110.0)


def request(kind: Kind = Kind.CURRENT, **changes: Any) -> Request:
    """Return a request for a token of the key `a`, from 50.0 to 50.1, that was accepted."""
    usual = Request(kind, key_id="a", subject="ada", sent_at=50.0, answered_at=50.1, status=200, said="ada")
    return replace(usual, **changes)


def refused(status: int | None = 401, **changes: Any) -> Request:
    return request(**{"status": status, "said": "Invalid token", **changes})


def published() -> Publication:
    """The key `a` from 0 to some moment between 200.0 and 200.6; `b` from 200.5 on."""
    found = Publication()
    found.note_signature("a", at=0.0)
    found.note_set(["a"], asked_at=200.0, answered_at=200.1)
    found.note_set(["b"], asked_at=200.5, answered_at=200.6)
    return found


def judged(of: Request, served_at: dict[str, float] | None = None) -> Judgement:
    return judge(of, published(), {"a": 0.0} if served_at is None else served_at, [OUTAGE])


# --- Valid tokens ---


def test_valid_token_is_to_be_accepted() -> None:
    assert judged(request()) is Judgement.ACCEPTED


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503, None])
def test_every_other_answer_to_a_valid_token_is_a_false_refusal(status: int | None) -> None:
    assert judged(refused(status)) is Judgement.FALSE_REFUSAL


@pytest.mark.parametrize("kind", [Kind.FRESH, Kind.CURRENT, Kind.OLD, Kind.WITHDRAWN])
def test_what_counts_is_the_key_and_not_as_what_the_token_was_drawn(kind: Kind) -> None:
    assert judged(request(kind)) is Judgement.ACCEPTED
    assert judged(refused(kind=kind)) is Judgement.FALSE_REFUSAL


def test_taking_one_user_for_another_is_a_false_acceptance() -> None:
    assert judged(request(said="grace")) is Judgement.FALSE_ACCEPTANCE
    assert judged(request(said="grace", sent_at=300.0, answered_at=300.1)) is Judgement.FALSE_ACCEPTANCE


# --- Keys that leave ---


def test_token_is_valid_while_its_key_is_listed() -> None:
    assert judged(refused(sent_at=199.0, answered_at=200.0)) is Judgement.FALSE_REFUSAL


def test_token_whose_key_has_left_is_withdrawn_whatever_the_answer() -> None:
    sent_later: dict[str, Any] = {"sent_at": 200.6, "answered_at": 200.7}

    assert judged(request(**sent_later)) is Judgement.WITHDRAWN_ACCEPTED
    assert judged(refused(**sent_later)) is Judgement.WITHDRAWN_REFUSED


@pytest.mark.parametrize(("sent_at", "answered_at"), [(199.0, 200.05), (200.1, 200.2), (200.55, 201.0)])
def test_either_answer_is_right_while_the_key_may_be_leaving(sent_at: float, answered_at: float) -> None:
    assert judged(request(sent_at=sent_at, answered_at=answered_at)) is Judgement.LEAVING
    assert judged(refused(sent_at=sent_at, answered_at=answered_at)) is Judgement.LEAVING


def test_key_counts_as_published_from_its_first_signature_on() -> None:
    found = Publication()
    found.note_signature("new", at=10.0)

    assert found.is_listed_throughout(request(key_id="new", sent_at=9.0, answered_at=10.0))
    assert not found.is_listed_throughout(request(key_id="new", sent_at=9.0, answered_at=10.1))


def test_set_that_was_made_before_a_key_does_not_say_that_it_has_left() -> None:
    found = Publication()
    found.note_signature("new", at=10.0)
    found.note_set(["old"], asked_at=9.9, answered_at=10.1)
    found.note_set(["old", "new"], asked_at=10.2, answered_at=10.3)

    assert not found.gone
    assert found.listed == found.key_ids == {"old", "new"}
    assert not found.is_gone_before(request(key_id="new", sent_at=20.0))


def test_key_that_left_is_gone_from_the_first_set_without_it() -> None:
    found = published()
    found.note_set(["b"], asked_at=300.0, answered_at=300.1)

    assert found.gone == {"a"}
    assert found.is_gone_before(request(sent_at=200.6))
    assert not found.is_gone_before(request(sent_at=200.59))


# --- The outage ---


def test_unavailable_in_the_outage_is_excused_for_a_key_that_was_never_served() -> None:
    meanwhile: dict[str, Any] = {"sent_at": 105.0, "answered_at": 105.1}

    assert judged(refused(503, **meanwhile), served_at={}) is Judgement.UNAVAILABLE
    assert judged(refused(503, **meanwhile), served_at={"a": 106.0}) is Judgement.UNAVAILABLE
    assert judged(refused(503, **meanwhile), served_at={"a": 90.0}) is Judgement.FALSE_REFUSAL


@pytest.mark.parametrize("status", [401, 500, None])
def test_only_503_is_excused(status: int | None) -> None:
    assert judged(refused(status, sent_at=105.0, answered_at=105.1), served_at={}) is Judgement.FALSE_REFUSAL


@pytest.mark.parametrize(
    ("sent_at", "answered_at", "expected"),
    [
        (99.0, 99.9, Judgement.FALSE_REFUSAL),
        (99.0, 100.0, Judgement.UNAVAILABLE),  # its fetch was broken off
        (109.9, 112.0, Judgement.UNAVAILABLE),
        (110.0, 110.1, Judgement.FALSE_REFUSAL),  # sent when the issuer was back
    ],
)
def test_outage_excuses_what_was_under_way_in_it(sent_at: float, answered_at: float, expected: Judgement) -> None:
    assert judged(refused(503, sent_at=sent_at, answered_at=answered_at), served_at={}) is expected


def test_outage_that_lasts_has_no_end() -> None:
    lasting = Outage("black hole", since=100.0)

    assert lasting.is_on
    assert lasting.overlaps(request(sent_at=1e9, answered_at=1e9))
    assert lasting.ended(110.0) == replace(OUTAGE, what="black hole")


# --- Hostile tokens ---


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_token_is_to_be_refused_at_every_time(kind: Kind) -> None:
    for sent_at in (50.0, 105.0, 200.3, 300.0):
        when: dict[str, Any] = {"sent_at": sent_at, "answered_at": sent_at + 0.1}
        assert judged(request(kind, **when)) is Judgement.FALSE_ACCEPTANCE
        assert judged(refused(401, kind=kind, **when)) is Judgement.REFUSED
        assert judged(refused(503, kind=kind, **when)) is Judgement.REFUSED


@pytest.mark.parametrize("status", [500, 502, None])
def test_hostile_token_must_not_break_the_app(status: int | None) -> None:
    assert judged(refused(status, kind=Kind.UNSIGNED)) is Judgement.FAULT


def test_there_are_seven_kinds_of_hostile_tokens() -> None:
    assert len(HOSTILE) == 7
