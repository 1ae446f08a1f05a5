"""Writes the report of `make bench`: `python -m benches.report MEASUREMENTS BENCHMARKS`.

The arguments are the files of `check_targets.py --output` and of `pytest --benchmark-json`. The output is
`benches/results/README.md`, its plot, and the table in `docs/internals/performance.md`. The exit status
is 1 if a target is missed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benches.comparisons.measurements import load_measurements
from benches.comparisons.target_results import TargetResult, evaluate_targets
from benches.report.page_table import CAPTION, format_page_table, replace_marked_table
from benches.report.ratio_plot import draw_ratios
from benches.report.tables import format_benchmarks, format_comparisons, format_criterion_results, format_table
from benches.support.environment import describe_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.comparisons.measurements import Measurements

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benches" / "results"
PERFORMANCE_PAGE = ROOT / "docs" / "internals" / "performance.md"
CRITERION = ROOT / "target" / "criterion"
PLOT = "ratios.svg"


def main(measurements_file: Path, benchmarks_file: Path) -> int:
    """Write the report. Return 1 if a target is missed, else 0."""
    measurements = load_measurements(measurements_file)
    results = evaluate_targets(measurements)
    report = "\n".join(format_report(measurements, results, benchmarks_file))
    RESULTS.joinpath("README.md").write_text(report, encoding="utf-8")
    draw_ratios(results, RESULTS / PLOT)
    replace_marked_table(PERFORMANCE_PAGE, format_page_table(measurements))
    return print_summary(results)


def print_summary(results: Sequence[TargetResult]) -> int:
    """Print the missed targets and the number of reached ones. Return 1 if a target is missed, else 0."""
    missed = [result for result in results if not result.is_reached]
    for result in missed:
        print(result.format_line(), file=sys.stderr)
    print(f"{len(results) - len(missed)} of {len(results)} targets reached: benches/results/README.md")
    return 1 if missed else 0


def format_report(measurements: Measurements, results: Sequence[TargetResult], benchmarks_file: Path) -> Iterator[str]:
    """Yield the report, paragraph by paragraph."""
    yield "# Benchmark results\n\nWritten by `make bench`. `docs/internals/performance.md` describes the method."
    yield "Compare ratios within one run; microseconds vary between runs.\n"
    yield describe_environment()
    yield f"## Targets\n\n{format_target_table(results)}\n\n![Measured ratios and targets]({PLOT})\n"
    yield f"## {CAPTION}\n\n{format_page_table(measurements)}\n"
    yield "## Comparisons behind the targets\n\nMedians in µs, measured in turns.\n"
    yield from format_comparisons(measurements)
    yield "## All libraries\n\nMedians in µs, measured by pytest-benchmark one after another."
    yield "They are less exact than the comparisons.\n"
    yield from format_benchmarks(json.loads(benchmarks_file.read_text(encoding="utf-8"))["benchmarks"])
    yield "## Rust core without Python\n\nMedians in µs, measured by criterion.\n"
    yield format_criterion_results(CRITERION) + "\n"


def format_target_table(results: Sequence[TargetResult]) -> str:
    """Return the table of the targets."""
    header = ("comparison", "candidate", "baseline", "target", "measured", "middle half of the rounds", "reached")
    rows = [
        (
            result.target.comparison,
            result.target.candidate,
            result.target.baseline,
            result.limit_text,
            result.value_text,
            result.middle_half_text,
            "yes" if result.is_reached else "**no**",
        )
        for result in results
    ]
    return format_table(header, rows, first_right_column=3)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
