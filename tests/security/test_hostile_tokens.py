"""Every token of the corpus meets its verdict, in every way to verify, and no refusal gives anything away."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from support.attack_tokens.case import Accepted, Case, Refused
from support.attack_tokens.cases import CASES
from support.jose_builder import NOW
from support.verification_results import Outcome, leaks, outcome, outcomes, verifier

if TYPE_CHECKING:
    from fastjose import Verifier

THREADS = 8
REFUSED = [case for case in CASES if isinstance(case.expected, Refused)]
VERIFIABLE = [case for case in CASES if case.needs_verifier]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_meets_its_verdict_in_every_way(case: Case) -> None:
    found = {one.way: one.verdict for one in outcomes(case)}
    assert found == dict.fromkeys(found, case.expected)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_gives_nothing_away(case: Case) -> None:
    errors = [one.error for one in outcomes(case) if one.error is not None]
    assert errors
    assert not set[str]().union(*(leaks(case, error) for error in errors))


def test_nothing_is_logged_or_printed(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    judged = [_judged(case, verifier(case)) for case in VERIFIABLE]
    assert len(judged) == len(VERIFIABLE)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_threads_agree_on_shared_verifiers() -> None:
    shared = [(case, verifier(case, cache_size=10)) for case in VERIFIABLE]
    with ThreadPoolExecutor(THREADS) as pool:
        wrong = list(pool.map(_wrongly_judged, [shared] * THREADS))
    assert wrong == [[]] * THREADS


def _wrongly_judged(shared: list[tuple[Case, Verifier]]) -> list[str]:
    return [case.id for case, own in shared if _judged(case, own).verdict != case.expected]


def _judged(case: Case, own: Verifier) -> Outcome:
    return outcome("verify", lambda: own.verify(case.token))


def test_the_corpus_holds_both_kinds_of_verdict_and_no_name_twice() -> None:
    kinds = [type(case.expected) for case in CASES]
    assert kinds.count(Accepted) > 100
    assert kinds.count(Refused) > 1000
    assert len({case.id for case in CASES}) == len(CASES)
