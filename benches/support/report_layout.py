"""Where a benchmark of pytest-benchmark stands in the tables of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


def place(benchmark: BenchmarkFixture, table: str, row: str, column: str, pieces: int = 1) -> None:
    """Put the benchmark into `table`; a call of it does `pieces` pieces of work."""
    benchmark.group = f"{table}, {column}"
    benchmark.extra_info.update(table=table, row=row, column=column, pieces=pieces)
