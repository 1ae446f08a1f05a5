"""Measures revocation: `python -m benches.revocation`, or `make bench-revocation`. Needs redis-server.

It prints the delay from a revocation in one process to the refusal in another, the cost of a check, the memory of a
list, and the time in which a process loads it from Redis.
"""

from __future__ import annotations

import argparse

from benches.revocation.figures import print_cost, print_delay, print_load_time, print_memory
from support.servers.redis_server import run_redis_server


def main() -> None:
    """Run the command line and print the figures."""
    parser = argparse.ArgumentParser(description="Measure revocation over Redis.")
    parser.add_argument("--revocations", type=int, default=2_000, help="number of revocations whose delay is measured")
    parser.add_argument("--entries", type=int, default=1_000_000, help="number of entries of a long list")
    parser.add_argument("--rounds", type=int, default=60, help="number of rounds of the comparison of costs")
    options = parser.parse_args()
    print_cost(options.rounds)
    print_memory(options.entries)
    with run_redis_server() as server:
        print_delay(server.url, options.revocations)
    with run_redis_server() as server:
        print_load_time(server.url, options.entries // 10)


if __name__ == "__main__":
    main()
