"""The command line: `python -m end_to_end [--seconds 60] [--rate 250] [--peer-seconds 30] [--valid-only]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pytest

from end_to_end.libraries import FASTJOSE, PEER_LIBRARIES, Library, surroundings
from end_to_end.load_generator import INVALID, VALID, Plan
from end_to_end.report import Figures, details, table
from end_to_end.run import run


def main() -> int:
    """Run each library in turn and print the figures; only fastjose can fail."""
    options = _read_command_line()
    shares = VALID if options.valid_only else VALID | INVALID
    plans = [(FASTJOSE, Plan(options.seconds, options.rate, shares=shares))]
    if options.peer_seconds:
        plans += [(peer, Plan(options.peer_seconds, options.rate, shares=shares)) for peer in PEER_LIBRARIES]
    runs = [_run(library, plan) for library, plan in plans]
    print(table(runs), surroundings(), sep="\n\n")
    failures = runs[0].failures()
    print("failed: " + "; ".join(failures) if failures else "no valid token was refused, no invalid one accepted")
    return 1 if failures else 0


def _read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="end_to_end", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long fastjose is under load")
    parser.add_argument("--rate", type=int, default=250, help="requests a second")
    parser.add_argument("--peer-seconds", type=float, default=30, help="how long each peer is; 0 leaves them out")
    parser.add_argument(
        "--valid-only", action="store_true", help="what rotation and outage cost without hostile tokens"
    )
    return parser.parse_args()


def _run(library: Library, plan: Plan) -> Figures:
    print(f"{library.name} {library.version()}, {plan.seconds:.0f} s …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as directory:
        figures = run(library, plan, Path(directory))
    print(details(figures) + "\n", flush=True)
    return figures


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:  # how the tests' own helpers say it
        sys.exit(str(missing))
