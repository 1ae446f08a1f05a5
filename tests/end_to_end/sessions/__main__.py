"""The command line: `python -m end_to_end.sessions [--seconds 10] [--rate 200] [--only TEXT] [--load-all]`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import pytest

from end_to_end.libraries import describe_environment
from end_to_end.sessions.oracle import Verdict
from end_to_end.sessions.report import Report, render_details, render_table
from end_to_end.sessions.run import run_all
from end_to_end.sessions.settings import SETTINGS


def main() -> int:
    """Run each combination in turn and print the figures; return 1 if a verdict was false or a requirement failed."""
    options = _read_command_line()
    chosen = [
        replace(setting, has_load=setting.has_load or options.load_all)
        for setting in SETTINGS
        if options.only in setting.name
    ]
    reports = run_all(chosen, options.seconds, options.rate, _print_progress)
    print(render_table(reports), describe_environment(), sep="\n\n")
    failures = [failure for report in reports for failure in report.find_failures()]
    print(_summarize(reports), f"{len(failures)} failures" if failures else "no failure", sep="; ")
    return 1 if failures or not reports else 0


def _read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="end_to_end.sessions", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="duration of the load on one combination")
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--only", default="", help="run the combinations whose name contains this text")
    parser.add_argument("--load-all", action="store_true", help="put load on every combination")
    return parser.parse_args()


def _print_progress(report: Report) -> None:
    details = render_details(report)
    print(details or f"{report.setting}: {len(report.cases)} cases, {len(report.requests)} requests", file=sys.stderr)


def _summarize(reports: list[Report]) -> str:
    requests = sum(len(report.requests) + len(report.cases) for report in reports)
    counts = [
        f"{sum(report.count_false(verdict) for report in reports)} {verdict.value}s"
        for verdict in (Verdict.FALSE_ACCEPTANCE, Verdict.FALSE_REJECTION)
    ]
    return ", ".join([f"{requests} verdicts", *counts])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:  # raised by the helpers of the tests
        sys.exit(str(missing))
