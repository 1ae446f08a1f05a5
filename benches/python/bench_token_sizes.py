"""Verification of small and large tokens: HS256, key objects, each library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.support.fixtures import CLAIMS_BY_SIZE, create_token
from benches.support.libraries import FASTJOSE_FUNCTIONS, LIBRARIES
from benches.support.library import get_pytest_id
from benches.support.report_layout import set_table_cell

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.library import Library

KEY_OBJECT_LIBRARIES = [library for library in LIBRARIES if library is not FASTJOSE_FUNCTIONS]


@pytest.mark.parametrize("library", KEY_OBJECT_LIBRARIES, ids=get_pytest_id)
@pytest.mark.parametrize("size", CLAIMS_BY_SIZE)
def test_verify_token_of_size(benchmark: BenchmarkFixture, size: str, library: Library) -> None:
    """Measure one verification."""
    set_table_cell(benchmark, "Verify tokens of several sizes (HS256)", library.name, size)
    claims = CLAIMS_BY_SIZE[size]
    assert benchmark(library.prepare_verification(create_token("HS256", claims), "HS256", "key")) == claims
