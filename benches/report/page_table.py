"""Table of `docs/internals/performance.md`: one verification of twelve claims, by candidate and algorithm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import benches.targets as t
from benches.report.tables import format_cost, format_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benches.comparisons.measurements import Measurement, Measurements

CAPTION = "One verification of twelve claims, in µs"
ALGORITHMS = (t.HS256, t.RS256, t.ES256, t.EDDSA)
CANDIDATES = (t.VERIFIER, t.VERIFIER_CACHED, t.DECODE, t.RYJWT_KEY, t.OXYJWT_KEY, t.PYTHON_JOSE_TEXT, t.PYJWT_TEXT)
MARKED_TABLE = re.compile(r"(?<=<!-- make bench writes this table -->\n).*?(?=\n<!-- to here -->)", re.DOTALL)


def format_page_table(measurements: Measurements) -> str:
    """Return the table."""
    rows = [
        [candidate, *(_format_cell(measurements[algorithm], candidate) for algorithm in ALGORITHMS)]
        for candidate in CANDIDATES
    ]
    return format_table(["", *ALGORITHMS], rows)


def _format_cell(by_candidate: Mapping[str, Measurement], candidate: str) -> str:
    return format_cost(by_candidate[candidate]) if candidate in by_candidate else "–"


def replace_marked_table(page: Path, table: str) -> None:
    """Replace the table between the two HTML comments in `page`.

    Raises:
        ValueError: The page does not have exactly one such pair of comments.
    """
    text, count = MARKED_TABLE.subn(lambda _: table, page.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{page.name} must contain one table between the comments of {MARKED_TABLE.pattern!r}")
    page.write_text(text, encoding="utf-8")
