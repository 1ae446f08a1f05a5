"""Signing of twelve claims: each library that signs, each algorithm, with keys as text and as key objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.support.fixtures import CLAIMS
from benches.support.libraries import LIBRARIES, create_verifier
from benches.support.library import get_pytest_id, list_combinations
from benches.support.report_layout import set_table_cell

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.library import KeyForm, Library

SIGNING_LIBRARIES = [library for library in LIBRARIES if library.encode]

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


@pytest.mark.parametrize(("algorithm", "library", "key_form"), list_combinations(SIGNING_LIBRARIES), ids=get_pytest_id)
def test_sign(benchmark: BenchmarkFixture, algorithm: str, library: Library, key_form: KeyForm) -> None:
    """Measure one signature."""
    set_table_cell(benchmark, "Sign 12 claims", f"{library.name}, {key_form}", algorithm)
    token = benchmark(library.prepare_signing(CLAIMS, algorithm, key_form))
    assert create_verifier(algorithm).verify(token) == CLAIMS
