"""One verification of twelve claims: each library, each algorithm, with a key as text and prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.support.fixtures import CLAIMS, token
from benches.support.libraries import LIBRARIES, called, combinations
from benches.support.report_layout import place

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.libraries import Form, Library

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


@pytest.mark.parametrize(("algorithm", "library", "form"), combinations(LIBRARIES), ids=called)
def test_verify(benchmark: BenchmarkFixture, algorithm: str, library: Library, form: Form) -> None:
    """Measure one verification."""
    place(benchmark, "Verify 12 claims", f"{library.name}, {form}", algorithm)
    assert benchmark(library.verification(token(algorithm), algorithm, form)) == CLAIMS
