"""Runs the contests, and holds them against the targets: `gates.py [--rounds N] [--output FILE] [--check]`.

`--output` leaves the figures for `report.py`. `--check` is for the tests: every contestant does its work once, those
that cargo would have to build first stay out, and nothing is timed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from benches.comparisons.comparisons import CONTESTS
from benches.comparisons.interleaved_timer import ROUNDS, measure
from benches.comparisons.measurements import Figures, save
from benches.comparisons.target_results import outcomes
from benches.targets import BARE, TARGETS


def main() -> int:
    """Run what the command line asks for; return 1 where a target is missed and nothing is left for a report."""
    parser = argparse.ArgumentParser(description="Measure the contestants in turns.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each takes its turn; at least 2")
    parser.add_argument("--output", type=Path, help="where to leave the figures, as JSON")
    parser.add_argument("--check", action="store_true", help="do the work once, and time nothing")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # peers warn at every call; what they warn of is none of our business here
    if options.check:
        return check()
    contests = {name: run(name, options.rounds) for name in CONTESTS}
    if options.output:
        save(contests, options.output)
        return 0
    print(*(outcome.sentence() for outcome in outcomes(contests)), sep="\n")
    return 0 if all(outcome.reached for outcome in outcomes(contests)) else 1


def run(name: str, rounds: int) -> dict[str, Figures]:
    """Run one contest, and say what came of it."""
    with CONTESTS[name]() as contestants:
        figures = measure(contestants, rounds)
    print(f"{name}:", ", ".join(f"{who} {one.median_us:.2f} µs" for who, one in figures.items()), flush=True)
    return figures


def check() -> int:
    """Have every contestant but the bare primitive do its work once, and see that every target has its two."""
    for name, contest in CONTESTS.items():
        with contest() as contestants:
            for who in contestants.keys() - {BARE}:
                contestants[who].seconds(1)
        named = {who for target in TARGETS if target.contest == name for who in (target.work, target.against)}
        assert named <= contestants.keys(), named
        print(f"{name}: {len(contestants)} contestants")
    assert {target.contest for target in TARGETS} <= CONTESTS.keys()
    return 0


if __name__ == "__main__":
    sys.exit(main())
