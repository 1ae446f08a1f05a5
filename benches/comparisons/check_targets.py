"""Measures every comparison and checks the targets: `check_targets.py [--rounds N] [--output FILE] [--check]`.

`--output` writes the measurements for the report. `--check` is for the tests: it runs each candidate once and measures
nothing. It leaves out the candidates that cargo would have to build first.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from benches.comparisons.comparisons import COMPARISONS
from benches.comparisons.interleaved_timer import DEFAULT_ROUNDS, measure_interleaved
from benches.comparisons.measurements import Measurement, save_measurements
from benches.comparisons.target_results import evaluate_targets
from benches.targets import PRIMITIVE, TARGETS


def main() -> int:
    """Run the command line. Return 1 if a target is missed and no output file is requested, else 0."""
    parser = argparse.ArgumentParser(description="Measure the comparisons and check the targets.")
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="number of rounds, at least 2")
    parser.add_argument("--output", type=Path, help="JSON file for the measurements")
    parser.add_argument("--check", action="store_true", help="run each candidate once and measure nothing")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # other libraries warn at each call; their warnings do not concern this project
    if options.check:
        check_candidates()
        return 0
    measurements = {name: measure_comparison(name, options.rounds) for name in COMPARISONS}
    if options.output:
        save_measurements(measurements, options.output)
        return 0
    results = evaluate_targets(measurements)
    print(*(result.format_line() for result in results), sep="\n")
    return 0 if all(result.is_reached for result in results) else 1


def measure_comparison(name: str, rounds: int) -> dict[str, Measurement]:
    """Measure one comparison and print the medians."""
    with COMPARISONS[name]() as candidates:
        measurements = measure_interleaved(candidates, rounds)
    medians = (f"{candidate} {measurement.median_us:.2f} µs" for candidate, measurement in measurements.items())
    print(f"{name}:", ", ".join(medians), flush=True)
    return measurements


def check_candidates() -> None:
    """Run each candidate once, except the primitive, and check that each target names existing candidates."""
    for name, open_comparison in COMPARISONS.items():
        with open_comparison() as candidates:
            for candidate in candidates.keys() - {PRIMITIVE}:
                candidates[candidate].time_calls(1)
        targets = [target for target in TARGETS if target.comparison == name]
        missing = {name for target in targets for name in (target.candidate, target.baseline)} - candidates.keys()
        assert not missing, missing
        print(f"{name}: {len(candidates)} candidates")
    assert {target.comparison for target in TARGETS} <= COMPARISONS.keys()


if __name__ == "__main__":
    sys.exit(main())
