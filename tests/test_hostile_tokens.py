"""Every token of the corpus meets its verdict, in every way to verify, and no refusal gives anything away."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from corpus import CASES
from corpus_case import Accepted, Case, Refused, Verdict
from raw_jose import NOW
from verdicts import attempts, leaks, outcome, verifier

if TYPE_CHECKING:
    from fastjose import Verifier

THREADS = 8


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_meets_its_verdict_in_every_way(case: Case) -> None:
    verdicts = {name: outcome(attempt)[0] for name, attempt in attempts(case)}
    assert verdicts == dict.fromkeys(verdicts, case.expected)


@pytest.mark.parametrize(
    "case", [case for case in CASES if isinstance(case.expected, Refused)], ids=lambda case: case.id
)
def test_gives_nothing_away(case: Case, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    errors = [error for _, attempt in attempts(case) for error in [outcome(attempt)[1]] if error is not None]
    assert errors
    assert not set().union(*(leaks(case, error) for error in errors))
    assert not [record for record in caplog.records if record.name != "asyncio"]
    assert capfd.readouterr() == ("", "")


def test_threads_agree_on_shared_verifiers() -> None:
    shared = [(case, verifier(case, cache_size=10)) for case in CASES if case.needs_verifier]
    with ThreadPoolExecutor(THREADS) as pool:
        wrong = list(pool.map(_disagreements, [shared] * THREADS))
    assert wrong == [[]] * THREADS


def _disagreements(shared: list[tuple[Case, Verifier]]) -> list[str]:
    return [case.id for case, own in shared if _verdict(own, case) != case.expected]


def _verdict(own: Verifier, case: Case) -> Verdict:
    return outcome(lambda: own.verify(case.token))[0]


def test_holds_both_kinds_of_verdict() -> None:
    kinds = [type(case.expected) for case in CASES]
    assert kinds.count(Accepted) > 100
    assert kinds.count(Refused) > 1000
    assert len({case.id for case in CASES}) == len(CASES)
