"""Small and large tokens: HS256, a prepared key, each library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.support.fixtures import SIZES, token
from benches.support.libraries import LIBRARIES, TEXT, called
from benches.support.report_layout import place

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.libraries import Library


@pytest.mark.parametrize("library", [library for library in LIBRARIES if library is not TEXT], ids=called)
@pytest.mark.parametrize("size", SIZES)
def test_size(benchmark: BenchmarkFixture, size: str, library: Library) -> None:
    """Measure one verification."""
    place(benchmark, "Verify tokens of several sizes (HS256)", library.name, size)
    assert benchmark(library.verification(token("HS256", SIZES[size]), "HS256", "key")) == SIZES[size]
