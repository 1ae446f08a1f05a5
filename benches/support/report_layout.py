"""Position of each pytest-benchmark result in the tables of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


def set_table_cell(
    benchmark: BenchmarkFixture, table: str, row: str, column: str, *, operations_per_call: int = 1
) -> None:
    """Assign the result of `benchmark` to a cell of the report; the report divides by `operations_per_call`."""
    benchmark.group = f"{table}, {column}"
    benchmark.extra_info.update(table=table, row=row, column=column, operations_per_call=operations_per_call)
