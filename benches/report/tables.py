"""Tables in Markdown: of the contests, of pytest-benchmark's JSON, of criterion's estimates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benches.comparisons.measurements import Figures


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], right_from: int = 1) -> str:
    """Return a table; columns from `right_from` on are aligned to the right."""
    rule = ["---" if column < right_from else "--:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def microseconds(value: float) -> str:
    """Return a time with as many digits as mean something."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1_000 else f"{value:,.0f}"


def of_contests(contests: Mapping[str, Mapping[str, Figures]]) -> Iterator[str]:
    """Yield a table for each contest."""
    for name, figures in contests.items():
        rows = [(who, microseconds(one.median_us)) for who, one in figures.items()]
        yield f"### {name}\n\n{markdown(('', 'µs'), rows)}\n"


def of_benchmarks(benchmarks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table for each that the benches name (`places.py`)."""
    tables: dict[str, dict[tuple[str, str], float]] = {}
    for benchmark in benchmarks:
        info = benchmark["extra_info"]
        table = tables.setdefault(info["table"], {})
        table[info["row"], info["column"]] = benchmark["stats"]["median"] / info["pieces"] * 1e6
    for name, cells in tables.items():
        yield f"### {name}\n\n{_grid(cells)}\n"


def _grid(cells: Mapping[tuple[str, str], float]) -> str:
    rows, columns = (list(dict.fromkeys(place[axis] for place in cells)) for axis in (0, 1))
    body = [
        [row, *(microseconds(cells[row, column]) if (row, column) in cells else "–" for column in columns)]
        for row in rows
    ]
    return markdown(["", *columns], body)


def of_criterion(directory: Path) -> str:
    """Return a table of what criterion has left in `directory`."""
    rows = []
    for estimates in sorted(directory.glob("*/*/new/estimates.json")):
        median_ns = json.loads(estimates.read_text(encoding="utf-8"))["median"]["point_estimate"]
        group, function = estimates.parts[-4:-2]
        rows.append((group, function, microseconds(median_ns / 1_000)))
    return markdown(("", "", "µs"), rows, right_from=2)
