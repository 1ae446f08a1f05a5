"""`python -m concurrency.nightly threads|miri [--planted] [test …]`: the exit status is 1 if a test failed.

If the toolchain is missing, the tests are skipped. With `--planted`, each planted fault must be found.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from concurrency.nightly.planted_faults import FAULTS, finds
from concurrency.nightly.toolchain import HERE, MIRI, ROOT, TOOLS, find_missing, run_tests

if TYPE_CHECKING:
    from concurrency.nightly.toolchain import Tool


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Run tests of the core under ThreadSanitizer or Miri.")
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("--planted", action="store_true", help="check that the planted faults are found")
    parser.add_argument("tests", nargs="*", help="names of tests, or parts of them")
    options = parser.parse_args()
    tool = TOOLS[options.tool]
    if missing := find_missing(tool):
        print(f"skipped: {missing}")
        return 1 if os.environ.get("FASTJOSE_REQUIRE_ALL") == "1" else 0
    if options.planted:
        missed = [fault.name for fault in FAULTS if fault.tool is tool and not finds(fault)]
        return 1 if missed else 0
    return run_tests(tool, ROOT, [*tool.targets, "--", *(options.tests or select_tests(tool))]).returncode


def select_tests(tool: Tool) -> list[str]:
    """Return the arguments that select the tests which the tool can run: all but with Miri, which cannot call C."""
    if tool is not MIRI:
        return []
    lines = (HERE / "miri_tests.txt").read_text(encoding="utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    return [argument for name in names for argument in (("--skip", name[1:]) if name.startswith("!") else (name,))]


if __name__ == "__main__":
    sys.exit(main())
