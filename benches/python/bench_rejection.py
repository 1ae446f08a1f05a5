"""Refusing beside accepting, with a prepared key: a refusal must not be the dearer of the two, or it is a lever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benches.support.fixtures import CLAIMS, ORIGIN, expired_token, forged_token, token
from benches.support.libraries import LIBRARIES, SEEN_BEFORE, TEXT, called
from benches.support.report_layout import place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.libraries import Call, Library

SUBJECTS: Mapping[str, Callable[[str], str]] = {
    "accepted": token,
    "expired": expired_token,
    "bad signature": forged_token,
    "wrong audience": lambda algorithm: token(algorithm, {**CLAIMS, "aud": f"{ORIGIN}/another"}),
    "not three parts": lambda algorithm: token(algorithm).rpartition(".")[0],
}
PAIRS = [
    (algorithm, library)
    for algorithm in ("HS256", "EdDSA")
    for library in LIBRARIES
    if library not in {SEEN_BEFORE, TEXT} and algorithm not in library.lacks
]

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


def outcome_of(verify: Call) -> Call:
    """Return a call that catches the refusal, as a caller would, and returns what came of it."""

    def attempt() -> Any:
        try:
            return verify()
        except Exception as error:  # noqa: BLE001 - each library has its own
            return error

    return attempt


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize(("algorithm", "library"), PAIRS, ids=called)
def test_refuse(benchmark: BenchmarkFixture, algorithm: str, library: Library, subject: str) -> None:
    """Measure one verdict."""
    place(benchmark, f"Refuse ({algorithm})", library.name, subject)
    verdict = benchmark(outcome_of(library.verification(SUBJECTS[subject](algorithm), algorithm, "key")))
    assert verdict == CLAIMS if subject == "accepted" else isinstance(verdict, Exception)
