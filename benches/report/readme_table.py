"""The few figures that the README shows: one verification of twelve claims, per library and algorithm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import benches.targets as t
from benches.report.tables import markdown, microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benches.comparisons.measurements import Figures

CAPTION = "One verification of twelve claims, in µs"
ALGORITHMS = (t.HS256, t.RS256, t.ES256, t.EDDSA)
CONTESTANTS = (t.NATIVE, t.SEEN, t.DECODE, t.OXYJWT_KEY, t.PYTHON_JOSE_TEXT, t.PYJWT_TEXT)
IN_THE_README = re.compile(r"(?<=<!-- make bench writes this table -->\n).*?(?=\n<!-- to here -->)", re.DOTALL)


def summary(contests: Mapping[str, Mapping[str, Figures]]) -> str:
    """Return the table."""
    rows = [[who, *(_cell(contests[algorithm], who) for algorithm in ALGORITHMS)] for who in CONTESTANTS]
    return markdown(["", *ALGORITHMS], rows)


def _cell(figures: Mapping[str, Figures], who: str) -> str:
    return microseconds(figures[who].median_us) if who in figures else "–"


def put_into(page: Path, table: str) -> None:
    """Write the table into a page, where its marks are."""
    text = page.read_text(encoding="utf-8")
    page.write_text(IN_THE_README.sub(lambda _: table, text), encoding="utf-8")
