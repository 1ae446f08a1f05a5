"""Markdown tables of the comparisons, of pytest-benchmark's JSON file, and of criterion's estimates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benches.comparisons.measurements import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benches.comparisons.measurements import Measurement, Measurements


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], first_right_column: int = 1) -> str:
    """Return a Markdown table; columns from `first_right_column` on are aligned to the right."""
    rule = ["---" if column < first_right_column else "--:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def format_us(value_us: float) -> str:
    """Return a time in µs with three significant digits or more."""
    return f"{value_us:.2f}" if value_us < 10 else f"{value_us:.1f}" if value_us < 1_000 else f"{value_us:,.0f}"


def format_cost(measurement: Measurement) -> str:
    """Return the median of a measurement, or a dash if it is not available."""
    if measurement.unavailable:
        return "–"
    return f"{measurement.median:,.0f}" if measurement.unit == INSTRUCTIONS else format_us(measurement.median)


def format_comparisons(measurements: Measurements) -> Iterator[str]:
    """Yield a heading and a table for each comparison."""
    for comparison, by_candidate in measurements.items():
        rows = [(name, format_cost(measurement)) for name, measurement in by_candidate.items()]
        (unit,) = {measurement.unit for measurement in by_candidate.values() if not measurement.unavailable} or {""}
        yield f"### {comparison}\n\n{format_table(('', unit), rows)}\n"


def format_benchmarks(benchmarks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a heading and a table for each table name that `report_layout.set_table_cell` assigned."""
    tables: dict[str, dict[tuple[str, str], float]] = {}
    for benchmark in benchmarks:
        info = benchmark["extra_info"]
        table = tables.setdefault(info["table"], {})
        table[info["row"], info["column"]] = benchmark["stats"]["median"] / info["operations_per_call"] * 1e6
    for name, cells in tables.items():
        yield f"### {name}\n\n{_format_grid(cells)}\n"


def _format_grid(cells: Mapping[tuple[str, str], float]) -> str:
    rows, columns = (list(dict.fromkeys(cell[axis] for cell in cells)) for axis in (0, 1))
    body = [
        [row, *(format_us(cells[row, column]) if (row, column) in cells else "–" for column in columns)] for row in rows
    ]
    return format_table(["", *columns], body)


def format_criterion_results(directory: Path) -> str:
    """Return a table of the estimates that criterion wrote to `directory`."""
    rows = []
    for estimates in sorted(directory.glob("*/*/new/estimates.json")):
        median_ns = json.loads(estimates.read_text(encoding="utf-8"))["median"]["point_estimate"]
        group, function = estimates.parts[-4:-2]
        rows.append((group, function, format_us(median_ns / 1_000)))
    return format_table(("", "", "µs"), rows, first_right_column=2)
