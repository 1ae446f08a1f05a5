"""A few seconds of `make soak-threads`, and its counters, which count wrong verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from concurrency.threads.rotating_issuer import PUBLISHED_KEYS, RotatingIssuer
from concurrency.threads.run import run
from concurrency.threads.worker import FETCH_INTERVAL, Worker
from fastjose import JWTError
from fastjose.jwt import get_unverified_claims

if TYPE_CHECKING:
    from collections.abc import Callable

DRAWS = 3 * FETCH_INTERVAL


def draw(verify: Callable[[str], dict[str, Any]], rotations: int = 0) -> Worker:
    """Count the verdicts of `verify` on tokens of an issuer that has rotated its keys."""
    issuer = RotatingIssuer()
    for _ in range(rotations):
        issuer.rotate()
    worker = Worker(issuer, seed=1)
    for _ in range(DRAWS):
        worker.verify(verify)
    return worker


def test_threads_that_share_a_verifier_give_no_wrong_verdict_while_keys_rotate() -> None:
    result = run(seconds=4, rotation_seconds=0.5)
    assert result.is_right, result
    assert result.rotations >= 2
    assert result.requests >= 2


def test_bad_tokens_that_are_accepted_are_counted() -> None:
    counts = draw(get_unverified_claims).counts
    assert counts.accepted == DRAWS
    assert DRAWS / 10 < counts.wrongly_accepted < DRAWS / 3


def test_claims_of_another_token_are_counted() -> None:
    counts = draw(lambda _: {"sub": "user-0-0"}).counts
    assert counts.wrongly_accepted > DRAWS * 0.9


def test_a_token_of_a_withdrawn_key_that_is_accepted_is_counted() -> None:
    """All but the tokens of withdrawn keys have a right verdict."""
    issuer = RotatingIssuer()
    for _ in range(PUBLISHED_KEYS + 1):
        issuer.rotate()
    good = {token: subject for batch in issuer.batches for token, subject in batch.good}

    def verify(token: str) -> dict[str, Any]:
        if token not in good:
            raise JWTError("refused")
        return {"sub": good[token]}

    worker = Worker(issuer, seed=1)
    for _ in range(DRAWS * 2):
        worker.verify(verify)
    assert worker.counts.wrongly_accepted == DRAWS * 2 // (2 * FETCH_INTERVAL)
    assert worker.counts.wrongly_refused == 0


def test_good_tokens_that_are_refused_are_counted() -> None:
    def refuse(_: str) -> dict[str, Any]:
        raise JWTError("refused")

    counts = draw(refuse, rotations=1).counts
    assert counts.wrongly_refused > DRAWS / 2
    assert counts.accepted == 0
