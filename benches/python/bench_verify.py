"""Verification of twelve claims: each library, each algorithm, with keys as text and as key objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.support.fixtures import CLAIMS, create_token
from benches.support.libraries import LIBRARIES
from benches.support.library import get_pytest_id, list_combinations
from benches.support.report_layout import set_table_cell

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.library import KeyForm, Library

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


@pytest.mark.parametrize(("algorithm", "library", "key_form"), list_combinations(LIBRARIES), ids=get_pytest_id)
def test_verify(benchmark: BenchmarkFixture, algorithm: str, library: Library, key_form: KeyForm) -> None:
    """Measure one verification."""
    set_table_cell(benchmark, "Verify 12 claims", f"{library.name}, {key_form}", algorithm)
    assert benchmark(library.prepare_verification(create_token(algorithm), algorithm, key_form)) == CLAIMS
