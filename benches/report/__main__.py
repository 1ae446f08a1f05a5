"""Writes `benches/results/README.md`, its plot, and the table of the README, from what `make bench` has measured.

`report.py FIGURES BENCHMARKS`: what `gates.py --output` and `pytest --benchmark-json` left. Exits 1 where a target is
missed, and says which.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import benches.report.ratio_plot as ratios
from benches.comparisons.measurements import load
from benches.comparisons.target_results import Outcome, outcomes
from benches.report.readme_table import CAPTION, put_into, summary
from benches.report.tables import markdown, of_benchmarks, of_contests, of_criterion
from benches.support.environment import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benches.comparisons.measurements import Figures

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benches" / "results"
CRITERION = ROOT / "target" / "criterion"
PLOT = "ratios.svg"


def main(figures: Path, benchmarks: Path) -> int:
    """Write the report; return 1 if a target is missed, else 0."""
    contests = load(figures)
    reached = outcomes(contests)
    RESULTS.joinpath("README.md").write_text("\n".join(page(contests, reached, benchmarks)), encoding="utf-8")
    ratios.draw(reached, RESULTS / PLOT)
    put_into(ROOT / "README.md", summary(contests))
    return verdict(reached)


def verdict(reached: Sequence[Outcome]) -> int:
    """Say which targets are missed."""
    missed = [outcome for outcome in reached if not outcome.reached]
    for outcome in missed:
        print(outcome.sentence(), file=sys.stderr)
    print(f"{len(reached) - len(missed)} of {len(reached)} targets reached: benches/results/README.md")
    return 1 if missed else 0


def page(contests: Mapping[str, Mapping[str, Figures]], reached: Sequence[Outcome], benchmarks: Path) -> Iterator[str]:
    """Yield the report, paragraph by paragraph."""
    yield "# What was measured\n\nWritten by `make bench`; `docs/performance.md` says how. Ratios hold, µs drift.\n"
    yield described()
    yield f"## Targets\n\n{target_table(reached)}\n\n![How many times as fast]({PLOT})\n"
    yield f"## {CAPTION}\n\n{summary(contests)}\n"
    yield "## The contests behind the targets\n\nMedians in µs, measured in turns.\n"
    yield from of_contests(contests)
    yield "## Every library\n\nMedians in µs, by pytest-benchmark, one after the other: less exact than the contests.\n"
    yield from of_benchmarks(json.loads(benchmarks.read_text(encoding="utf-8"))["benchmarks"])
    yield "## The core, without Python\n\nMedians in µs, by criterion.\n"
    yield of_criterion(CRITERION)


def target_table(reached: Sequence[Outcome]) -> str:
    """Return the targets as a table."""
    head = ("what", "work", "against", "asked for", "seen", "half of the rounds", "reached")
    rows = [
        (
            outcome.target.contest,
            outcome.target.work,
            outcome.target.against,
            outcome.limit_text,
            outcome.seen_text,
            outcome.middle_half_text,
            "yes" if outcome.reached else "**no**",
        )
        for outcome in reached
    ]
    return markdown(head, rows, right_from=3)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
