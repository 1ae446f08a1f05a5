"""Writes the report of `make bench`: `python -m benches.report MEASUREMENTS BENCHMARKS`.

The arguments are the files of `check_targets.py --output` and of `pytest --benchmark-json`. The output is
`benches/results/README.md`, its plots, and the tables in `README.md`, `docs/speed.md` and
`docs/internals/performance.md`. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benches.comparisons.measurements import load_measurements
from benches.comparisons.target_results import TargetResult, evaluate_targets
from benches.machine.environment import describe_environment
from benches.report.checks_table import CHECKS_CAPTION, CHECKS_METHOD, format_checks_table
from benches.report.page_table import CAPTION, format_page_table, replace_marked_table
from benches.report.ratio_plot import draw_ratios
from benches.report.request_table import format_request_table, format_return_type_sentence
from benches.report.speed_plot import draw_speed
from benches.report.tables import format_benchmarks, format_comparisons, format_criterion_results, format_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.comparisons.measurements import Measurements

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benches" / "results"
README = ROOT / "README.md"
PERFORMANCE_PAGE = ROOT / "docs" / "internals" / "performance.md"
SPEED_PAGE = ROOT / "docs" / "speed.md"
REQUEST_CAPTION = "A request with a user, over one without"
CALLGRIND_REMARK = (
    "callgrind emulates a processor with AVX2, without AVX-512 and without SHA extensions: an EdDSA signature check is "
    "counted on the code path for AVX2, and HMAC takes more instructions than on a current processor."
)
CRITERION = ROOT / "target" / "criterion"
TARGET_PLOT, SPEED_PLOT = "ratios.svg", "speed.svg"


def main(measurements_file: Path, benchmarks_file: Path) -> int:
    """Write the report. Return 1 if a target is missed, else 0."""
    measurements = load_measurements(measurements_file)
    results = evaluate_targets(measurements)
    report = "\n".join(format_report(measurements, results, benchmarks_file))
    RESULTS.joinpath("README.md").write_text(report, encoding="utf-8")
    draw_ratios(results, RESULTS / TARGET_PLOT)
    draw_speed(measurements, RESULTS / SPEED_PLOT)
    replace_marked_table(PERFORMANCE_PAGE, format_page_table(measurements))
    for page in (README, SPEED_PAGE):
        replace_marked_table(page, format_request_table(measurements))
    return print_summary(results)


def describe_fastapi() -> str:
    """Return the versions that a request goes through."""
    return f"FastAPI {version('fastapi')} and CPython {platform.python_version()}"


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
    yield f"![Time of one verification, by library and algorithm]({SPEED_PLOT})\n"
    yield f"## {CAPTION}\n\n{format_page_table(measurements)}\n"
    yield f"## {REQUEST_CAPTION}\n\n{format_request_table(measurements)}\n"
    yield f"Instructions, counted by callgrind, on {describe_fastapi()}. {format_return_type_sentence(measurements)}"
    yield f"{CALLGRIND_REMARK}\n"
    yield f"## {CHECKS_CAPTION}\n\n{CHECKS_METHOD}\n\n{format_checks_table()}\n"
    yield f"## Targets\n\n{format_target_table(results)}\n\n![Measured ratios and targets]({TARGET_PLOT})\n"
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
