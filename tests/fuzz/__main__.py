"""Runs the verbs of the Makefile: `python -m fuzz run --hours 1`, `quick`, `check`, `minimize`, `coverage`, `seeds`."""

from __future__ import annotations

import argparse

from fuzz.runner import coverage, planted, seeds, sessions
from fuzz.runner.targets import TARGETS, find_targets


def main() -> None:
    """Run the command on the chosen targets."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("command", choices=("run", "quick", "check", "minimize", "coverage", "seeds"))
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(target.name for target in TARGETS)}; all by default")
    parser.add_argument("--hours", type=float, default=1.0, help="hours of the clock for all targets")
    parser.add_argument("--seconds", type=float, default=120.0, help="seconds of a quick run")
    parser.add_argument("--processes", type=int, default=2, help="how many targets run at a time")
    parser.add_argument("--fault", action="append", default=[], help="a planted fault to check; all by default")
    arguments = parser.parse_args()
    targets = find_targets(arguments.targets)
    match arguments.command:
        case "run":
            sessions.run(targets, arguments.hours * 3600, arguments.processes, is_recorded=True)
        case "quick":
            sessions.run(targets, arguments.seconds, arguments.processes, is_recorded=False)
        case "check":
            planted.check(targets, arguments.fault)
        case "minimize":
            sessions.minimize(targets)
        case "coverage":
            coverage.report([target for target in targets if not target.is_python])
        case "seeds":
            seeds.write()


main()
