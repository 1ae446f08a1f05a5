"""`python -m concurrency.threads [--seconds N] [--threads N]`: the exit status is 1 if a verdict was wrong."""

from __future__ import annotations

import argparse
import sys
import sysconfig
from dataclasses import asdict

from concurrency.threads.run import run

TOLERANCE_MIB = 5
MIN_SECONDS_FOR_MEMORY = 60
"""In a shorter time, memory is still warming up."""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Verify tokens in threads while the keys rotate.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    result = run(options.seconds, options.threads)
    build = "without the GIL" if sysconfig.get_config_var("Py_GIL_DISABLED") else "with the GIL"
    print(f"CPython {sys.version.split()[0]} {build}: {options.threads} threads, {options.seconds:.0f} s")
    print(f"{result.rotations} rotations, {result.requests} requests for the set")
    print(", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in asdict(result.counts).items()))
    is_flat = abs(result.largest_change_mib) <= TOLERANCE_MIB or options.seconds < MIN_SECONDS_FOR_MEMORY
    status = "flat" if is_flat else "NOT FLAT"
    print(f"{result.warm_mib:.1f} MiB after warm-up, largest change {result.largest_change_mib:+.1f} MiB, {status}")
    return 0 if result.is_right and is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
