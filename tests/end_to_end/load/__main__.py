"""The command line: `python -m end_to_end.load [--seconds 600] [--peer-seconds 30]`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from end_to_end.load.candidates import FASTJOSE, PEERS, Candidate
from end_to_end.load.report import describe_p99, find_failures, render_details, render_table
from end_to_end.load.rotation import SECONDS
from end_to_end.load.run import Plan, run

if TYPE_CHECKING:
    from end_to_end.load.phases import Measurements


def main() -> int:
    """Run each application in turn and print the measurements; return 1 if fastjose fails a requirement."""
    options = _read_command_line()
    if sys.platform != "linux":
        sys.exit("Linux is required: memory and processor time are read from /proc")
    measured = {FASTJOSE.label: _run(FASTJOSE, Plan(options.seconds, options.rate, options.notice))}
    if options.peer_seconds:
        plan = Plan(options.peer_seconds, options.rate, options.notice)
        measured |= {peer.label: _run(peer, plan) for peer in PEERS if _is_installed(peer)}
    print(render_table(measured), _describe_machine(), describe_p99(measured[FASTJOSE.label]), sep="\n\n")
    failures = find_failures(measured[FASTJOSE.label])
    print("failed: " + "; ".join(failures) if failures else "no wrong verdict, no failure")
    return 1 if failures else 0


def _read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="end_to_end.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="duration of the load on fastjose")
    parser.add_argument("--peer-seconds", type=float, default=30, help="the same for each peer; 0 omits them")
    parser.add_argument("--rate", type=float, help="requests a second; by default 80 %% of the capacity")
    parser.add_argument("--notice", type=float, default=SECONDS, help="seconds from a key's publication to its use")
    return parser.parse_args()


def _is_installed(peer: Candidate) -> bool:
    if not peer.is_installed:
        print(f"{peer.name} is left out: it is not installed for CPython {platform.python_version()}", file=sys.stderr)
    return peer.is_installed


def _run(candidate: Candidate, plan: Plan) -> Measurements:
    print(f"{candidate.label} ({candidate.version()}), {plan.seconds:.0f} s …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as directory:
        measured = run(candidate, plan, Path(directory))
    print(render_details(candidate.label, measured) + "\n", flush=True)
    return measured


def _describe_machine() -> str:
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"Python {platform.python_version()}, uvicorn {version('uvicorn')}, FastAPI {version('fastapi')}, "
        f"{os.cpu_count()} cores of {platform.machine()}, load {load}"
    )


if __name__ == "__main__":
    sys.exit(main())
