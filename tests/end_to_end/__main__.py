"""The command line: `python -m end_to_end [--seconds 60] [--rate 250] [--baseline-seconds 30] [--valid-only]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pytest

from end_to_end.libraries import BASELINES, FASTJOSE, Library, describe_environment
from end_to_end.load_generator import INVALID, VALID, Plan
from end_to_end.report import RunReport, render_details, render_table
from end_to_end.run import run


def main() -> int:
    """Run each library in turn and print the measurements; return 1 if fastjose fails a requirement."""
    options = _read_command_line()
    shares = VALID if options.valid_only else VALID | INVALID
    plans = [(FASTJOSE, Plan(options.seconds, options.rate, shares=shares))]
    if options.baseline_seconds:
        plans += [(library, Plan(options.baseline_seconds, options.rate, shares=shares)) for library in BASELINES]
    reports = [_run(library, plan) for library, plan in plans]
    print(render_table(reports), describe_environment(), sep="\n\n")
    failures = reports[0].find_failures()
    print(
        "failed: " + "; ".join(failures) if failures else "no valid token was rejected, no invalid token was accepted"
    )
    return 1 if failures else 0


def _read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="end_to_end", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="duration of the load on fastjose")
    parser.add_argument("--rate", type=int, default=250, help="requests a second")
    parser.add_argument(
        "--baseline-seconds", type=float, default=30, help="duration of the load on each baseline; 0 omits them"
    )
    parser.add_argument("--valid-only", action="store_true", help="send no withdrawn and attack tokens")
    return parser.parse_args()


def _run(library: Library, plan: Plan) -> RunReport:
    print(f"{library.name} {library.version()}, {plan.seconds:.0f} s …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as directory:
        report = run(library, plan, Path(directory))
    print(render_details(report) + "\n", flush=True)
    return report


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:  # raised by the helpers of the tests
        sys.exit(str(missing))
