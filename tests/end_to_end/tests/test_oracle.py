"""The verdicts of the end-to-end run on valid, withdrawn and attack tokens, at every time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from end_to_end.oracle import Outage, PublishedKeys, Request, TokenKind, Verdict, classify

HOSTILE = [kind for kind in TokenKind if kind.is_attack]
OUTAGE = Outage("connection refused", since=100.0, until=110.0)


def accepted_request(kind: TokenKind = TokenKind.CURRENT, **changes: Any) -> Request:
    """Return an accepted request with a token of the key `a`, from 50.0 to 50.1."""
    accepted = Request(
        kind, key_id="a", subject="ada", sent_at=50.0, responded_at=50.1, status=200, user_or_reason="ada"
    )
    return replace(accepted, **changes)


def rejected_request(status: int | None = 401, **changes: Any) -> Request:
    return accepted_request(**{"status": status, "user_or_reason": "Invalid token", **changes})


def published_keys() -> PublishedKeys:
    """Return the key `a` from 0 to some moment between 200.0 and 200.6, and `b` from 200.5."""
    keys = PublishedKeys()
    keys.record_signature("a", at=0.0)
    keys.record_key_set(["a"], requested_at=200.0, responded_at=200.1)
    keys.record_key_set(["b"], requested_at=200.5, responded_at=200.6)
    return keys


def classify_request(request: Request, served_at: dict[str, float] | None = None) -> Verdict:
    return classify(request, published_keys(), {"a": 0.0} if served_at is None else served_at, [OUTAGE])


# --- Valid tokens ---


def test_classify_valid_token_accepted_returns_accepted() -> None:
    assert classify_request(accepted_request()) is Verdict.ACCEPTED


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503, None])
def test_classify_valid_token_with_any_other_status_returns_false_rejection(status: int | None) -> None:
    assert classify_request(rejected_request(status)) is Verdict.FALSE_REJECTION


@pytest.mark.parametrize("kind", [TokenKind.FRESH, TokenKind.CURRENT, TokenKind.OLD, TokenKind.WITHDRAWN])
def test_classify_genuine_token_of_any_kind_uses_only_its_key(kind: TokenKind) -> None:
    assert classify_request(accepted_request(kind)) is Verdict.ACCEPTED
    assert classify_request(rejected_request(kind=kind)) is Verdict.FALSE_REJECTION


def test_classify_response_with_another_user_returns_false_acceptance() -> None:
    assert classify_request(accepted_request(user_or_reason="grace")) is Verdict.FALSE_ACCEPTANCE
    assert (
        classify_request(accepted_request(user_or_reason="grace", sent_at=300.0, responded_at=300.1))
        is Verdict.FALSE_ACCEPTANCE
    )


# --- Keys that leave ---


def test_classify_token_of_a_listed_key_rejected_returns_false_rejection() -> None:
    assert classify_request(rejected_request(sent_at=199.0, responded_at=200.0)) is Verdict.FALSE_REJECTION


def test_classify_token_of_a_withdrawn_key_returns_withdrawn() -> None:
    after_withdrawal: dict[str, Any] = {"sent_at": 200.6, "responded_at": 200.7}

    assert classify_request(accepted_request(**after_withdrawal)) is Verdict.WITHDRAWN_ACCEPTED
    assert classify_request(rejected_request(**after_withdrawal)) is Verdict.WITHDRAWN_REJECTED


@pytest.mark.parametrize(("sent_at", "responded_at"), [(199.0, 200.05), (200.1, 200.2), (200.55, 201.0)])
def test_classify_token_while_its_key_may_be_leaving_returns_key_leaving(sent_at: float, responded_at: float) -> None:
    assert classify_request(accepted_request(sent_at=sent_at, responded_at=responded_at)) is Verdict.KEY_LEAVING
    assert classify_request(rejected_request(sent_at=sent_at, responded_at=responded_at)) is Verdict.KEY_LEAVING


def test_published_keys_with_a_first_signature_list_the_key_from_then_on() -> None:
    keys = PublishedKeys()
    keys.record_signature("new", at=10.0)

    assert keys.is_listed_throughout(accepted_request(key_id="new", sent_at=9.0, responded_at=10.0))
    assert not keys.is_listed_throughout(accepted_request(key_id="new", sent_at=9.0, responded_at=10.1))


def test_published_keys_with_a_set_older_than_the_key_do_not_withdraw_it() -> None:
    keys = PublishedKeys()
    keys.record_signature("new", at=10.0)
    keys.record_key_set(["old"], requested_at=9.9, responded_at=10.1)
    keys.record_key_set(["old", "new"], requested_at=10.2, responded_at=10.3)

    assert not keys.withdrawn
    assert keys.listed == keys.key_ids == {"old", "new"}
    assert not keys.is_withdrawn_before(accepted_request(key_id="new", sent_at=20.0))


def test_published_keys_withdraw_a_key_at_the_first_set_without_it() -> None:
    keys = published_keys()
    keys.record_key_set(["b"], requested_at=300.0, responded_at=300.1)

    assert keys.withdrawn == {"a"}
    assert keys.is_withdrawn_before(accepted_request(sent_at=200.6))
    assert not keys.is_withdrawn_before(accepted_request(sent_at=200.59))


# --- The outage ---


def test_classify_503_in_outage_for_a_key_never_served_returns_unavailable() -> None:
    in_outage: dict[str, Any] = {"sent_at": 105.0, "responded_at": 105.1}

    assert classify_request(rejected_request(503, **in_outage), served_at={}) is Verdict.UNAVAILABLE
    assert classify_request(rejected_request(503, **in_outage), served_at={"a": 106.0}) is Verdict.UNAVAILABLE
    assert classify_request(rejected_request(503, **in_outage), served_at={"a": 90.0}) is Verdict.FALSE_REJECTION


@pytest.mark.parametrize("status", [401, 500, None])
def test_classify_other_failures_in_outage_return_false_rejection(status: int | None) -> None:
    assert (
        classify_request(rejected_request(status, sent_at=105.0, responded_at=105.1), served_at={})
        is Verdict.FALSE_REJECTION
    )


@pytest.mark.parametrize(
    ("sent_at", "responded_at", "expected"),
    [
        (99.0, 99.9, Verdict.FALSE_REJECTION),
        (99.0, 100.0, Verdict.UNAVAILABLE),  # its fetch was aborted
        (109.9, 112.0, Verdict.UNAVAILABLE),
        (110.0, 110.1, Verdict.FALSE_REJECTION),  # sent after the outage
    ],
)
def test_classify_503_excuses_requests_that_overlap_the_outage(
    sent_at: float, responded_at: float, expected: Verdict
) -> None:
    assert classify_request(rejected_request(503, sent_at=sent_at, responded_at=responded_at), served_at={}) is expected


def test_outage_that_is_ongoing_overlaps_every_later_request() -> None:
    lasting = Outage("black hole", since=100.0)

    assert lasting.is_ongoing
    assert lasting.overlaps(accepted_request(sent_at=1e9, responded_at=1e9))
    assert lasting.with_end(110.0) == replace(OUTAGE, state="black hole")


# --- Attack tokens ---


@pytest.mark.parametrize("kind", HOSTILE)
def test_classify_attack_token_at_any_time_requires_rejection(kind: TokenKind) -> None:
    for sent_at in (50.0, 105.0, 200.3, 300.0):
        times: dict[str, Any] = {"sent_at": sent_at, "responded_at": sent_at + 0.1}
        assert classify_request(accepted_request(kind, **times)) is Verdict.FALSE_ACCEPTANCE
        assert classify_request(rejected_request(401, kind=kind, **times)) is Verdict.REJECTED
        assert classify_request(rejected_request(503, kind=kind, **times)) is Verdict.REJECTED


@pytest.mark.parametrize("status", [500, 502, None])
def test_classify_attack_token_that_breaks_the_app_returns_app_failure(status: int | None) -> None:
    assert classify_request(rejected_request(status, kind=TokenKind.UNSIGNED)) is Verdict.APP_FAILURE


def test_token_kinds_include_seven_attack_kinds() -> None:
    assert len(HOSTILE) == 7
