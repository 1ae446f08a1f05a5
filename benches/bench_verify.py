"""One verification of twelve claims: each library, each algorithm, with a key as text and prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from libraries import LIBRARIES, called, combinations
from material import CLAIMS, token
from places import place

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from libraries import Form, Library

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


@pytest.mark.parametrize(("algorithm", "library", "form"), combinations(LIBRARIES), ids=called)
def test_verify(benchmark: BenchmarkFixture, algorithm: str, library: Library, form: Form) -> None:
    """Measure one verification."""
    place(benchmark, "Verify 12 claims", f"{library.name}, {form}", algorithm)
    assert benchmark(library.verification(token(algorithm), algorithm, form)) == CLAIMS
