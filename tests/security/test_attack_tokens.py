"""Every token of the corpus has its expected verdict in every verification call, and no error discloses input."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from support.tokens.attack_tokens.case import Accepted, Case, Rejected
from support.tokens.attack_tokens.cases import CASES
from support.tokens.jose_builder import NOW
from support.tokens.verification_results import (
    VerificationResult,
    call_and_record,
    create_verifier,
    find_leaks,
    verify_every_way,
)

if TYPE_CHECKING:
    from fastjose import Verifier

THREADS = 8
REJECTED = [case for case in CASES if isinstance(case.expected, Rejected)]
VERIFIABLE = [case for case in CASES if case.needs_verifier]


@pytest.fixture(autouse=True)
def _freeze_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_attack_token_has_expected_verdict_in_every_call(case: Case) -> None:
    found = {one.way: one.verdict for one in verify_every_way(case)}
    assert found == dict.fromkeys(found, case.expected)


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: case.id)
def test_rejection_does_not_disclose_token_or_key(case: Case) -> None:
    errors = [one.error for one in verify_every_way(case) if one.error is not None]
    assert errors
    assert not set[str]().union(*(find_leaks(case, error) for error in errors))


def test_verify_logs_and_prints_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    results = [verify_case(case, create_verifier(case)) for case in VERIFIABLE]
    assert len(results) == len(VERIFIABLE)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_shared_verifiers_agree_across_threads() -> None:
    shared = [(case, create_verifier(case, cache_size=10)) for case in VERIFIABLE]
    with ThreadPoolExecutor(THREADS) as pool:
        wrong = list(pool.map(find_wrong_verdicts, [shared] * THREADS))
    assert wrong == [[]] * THREADS


def find_wrong_verdicts(shared: list[tuple[Case, Verifier]]) -> list[str]:
    return [case.id for case, own in shared if verify_case(case, own).verdict != case.expected]


def verify_case(case: Case, own: Verifier) -> VerificationResult:
    return call_and_record("verify", lambda: own.verify(case.token))


def test_corpus_has_both_verdicts_and_unique_ids() -> None:
    kinds = [type(case.expected) for case in CASES]
    assert kinds.count(Accepted) > 100
    assert kinds.count(Rejected) > 1000
    assert len({case.id for case in CASES}) == len(CASES)
