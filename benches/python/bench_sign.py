"""Signing twelve claims: each library that signs, each algorithm, with a key as text and prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.support.fixtures import CLAIMS
from benches.support.libraries import LIBRARIES, called, combinations, verifier
from benches.support.report_layout import place

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.libraries import Form, Library

SIGNING = [library for library in LIBRARIES if library.encode]

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


@pytest.mark.parametrize(("algorithm", "library", "form"), combinations(SIGNING), ids=called)
def test_sign(benchmark: BenchmarkFixture, algorithm: str, library: Library, form: Form) -> None:
    """Measure one signature."""
    place(benchmark, "Sign 12 claims", f"{library.name}, {form}", algorithm)
    made = benchmark(library.signature(CLAIMS, algorithm, form))
    assert verifier(algorithm).verify(made) == CLAIMS
