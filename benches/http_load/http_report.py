"""Report of the load test: `benches/results/http.md`."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benches.machine.environment import describe_environment
from benches.report.tables import format_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.http_load.wrk import LoadResult


@dataclass(frozen=True)
class Application:
    """A served application and its results, one per round."""

    name: str
    url: str
    valid_only: list[LoadResult] = field(default_factory=list)
    """Load with valid tokens only."""
    valid_during_flood: list[LoadResult] = field(default_factory=list)
    """Valid tokens, while the same number of connections sends invalid ones."""
    invalid_flood: list[LoadResult] = field(default_factory=list)
    """Invalid tokens of the flood."""


def format_page(applications: Sequence[Application], load: str) -> str:
    """Return the page with the medians over the rounds."""
    steady_rows = [(application.name, application.valid_only) for application in applications]
    flood_rows = [row for application in applications if application.invalid_flood for row in _flood_rows(application)]
    return f"""# HTTP load test

Written by `make bench-http`. wrk sends `GET /me` over loopback to `examples/todo` under uvicorn (uvloop, httptools, one
worker): {load}. The tables show medians of the rounds.
`docs/internals/performance.md` describes the method.

{describe_environment()}
## Valid tokens

{_format_table(steady_rows)}

## Valid tokens while half of the connections send invalid ones

One third of the invalid tokens is expired, one third is signed by another key, one third is truncated. The first line
of each application is the valid half, the second line the invalid half.

{_format_table(flood_rows)}
"""


def _flood_rows(application: Application) -> tuple[tuple[str, list[LoadResult]], tuple[str, list[LoadResult]]]:
    return (
        (application.name, application.valid_during_flood),
        (f"{application.name}: rejected", application.invalid_flood),
    )


def _format_table(rows: Sequence[tuple[str, Sequence[LoadResult]]]) -> str:
    header = ["", "requests/s", "p50, ms", "p99, ms"]
    return format_table(header, [[name, *_format_cells(results)] for name, results in rows])


def _format_cells(results: Sequence[LoadResult]) -> list[str]:
    requests_per_second = statistics.median(result.requests_per_second for result in results)
    p50_ms = statistics.median(result.p50_us for result in results) / 1_000
    p99_ms = statistics.median(result.p99_us for result in results) / 1_000
    return [f"{requests_per_second:,.0f}", f"{p50_ms:.2f}", f"{p99_ms:.2f}"]
