"""Measures every comparison and checks the targets: `python -m benches.comparisons.check_targets`.

`--rounds N` sets the number of rounds. `--output FILE` writes the measurements for the report. `--only NAME` selects a
comparison. `--check` is for the tests: it runs each candidate once and measures nothing. It leaves out the candidates
that cargo would have to build first.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from benches.comparisons.comparisons import COMPARISONS
from benches.comparisons.interleaved_timer import DEFAULT_ROUNDS
from benches.comparisons.measurements import Measurement, save_measurements
from benches.comparisons.target_results import evaluate_targets
from benches.machine.environment import describe_environment
from benches.targets import TARGETS


def main() -> int:
    """Run the command line. Return 1 if a target is missed and no output file is requested, else 0."""
    parser = argparse.ArgumentParser(description="Measure the comparisons and check the targets.")
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="number of rounds, at least 2")
    parser.add_argument("--output", type=Path, help="JSON file for the measurements")
    parser.add_argument("--only", action="append", choices=COMPARISONS, help="comparison to measure; may be repeated")
    parser.add_argument("--check", action="store_true", help="run each candidate once and measure nothing")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # other libraries warn at each call; their warnings do not concern this project
    if options.check:
        check_candidates()
        return 0
    print(describe_environment())
    names = options.only or COMPARISONS
    measurements = {name: measure_comparison(name, options.rounds) for name in names}
    if options.output:
        save_measurements(measurements, options.output)
        return 0
    results = evaluate_targets(measurements, [target for target in TARGETS if target.comparison in names])
    print(*(result.format_line() for result in results), sep="\n")
    return 0 if all(result.is_reached for result in results) else 1


def measure_comparison(name: str, rounds: int) -> dict[str, Measurement]:
    """Measure one comparison and print the medians."""
    measurements = COMPARISONS[name].measure(rounds)
    costs = (format_measurement(candidate, measurement) for candidate, measurement in measurements.items())
    print(f"{name}:", ", ".join(costs), flush=True)
    return measurements


def format_measurement(candidate: str, measurement: Measurement) -> str:
    """Return the name of the candidate with its median, or with the reason why there is none."""
    if measurement.unavailable:
        return f"{candidate} ({measurement.unavailable})"
    return f"{candidate} {measurement.median:,.2f} {measurement.unit}"


def check_candidates() -> None:
    """Run each candidate once, as far as the tests can, and check that each target names existing candidates."""
    for name, comparison in COMPARISONS.items():
        candidates = set(comparison.check())
        targets = [target for target in TARGETS if target.comparison == name]
        missing = {name for target in targets for name in (target.candidate, target.baseline)} - candidates
        assert not missing, missing
        print(f"{name}: {len(candidates)} candidates")
    assert {target.comparison for target in TARGETS} <= COMPARISONS.keys()


if __name__ == "__main__":
    sys.exit(main())
