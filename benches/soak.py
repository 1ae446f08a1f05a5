"""Memory: verifies many tokens many times, in every way there is, and holds the resident set flat.

`soak.py [--verifications N] [--tokens N]`, or `make soak`. Among the tokens are expired, forged and cut ones. Each way
first goes through all of them once; from then on no pass may end further than `TOLERANCE_MIB` from where that left
the resident set. Exit status 1 if one does.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benches.support.fixtures import CLAIMS, HOUR, NOW, ORIGIN, keys, token
from fastjose import JOSEError, Key, Verifier, jwt, verify_token

TOLERANCE_MIB = 5
MIB = 1_048_576
STATM = Path("/proc/self/statm")

EDDSA_EVERY = 100
"""Every so-many-th token is signed with EdDSA, the others with HS256."""
BAD_EVERY = 20
KIDS = 1_000

Subject = tuple[str, str, str]
"""A token, the key that should verify it, and the algorithm."""
Way = Callable[[Sequence[Subject]], int]
"""Verifies all of them, and returns how many were accepted."""


def main() -> int:
    """Soak as long as the command line asks for; return 1 if memory has grown or shrunk too far, else 0."""
    parser = argparse.ArgumentParser(description="Hold memory flat over many verifications.")
    parser.add_argument("--verifications", type=int, default=10_000_000)
    parser.add_argument("--tokens", type=int, default=100_000, help="how many different ones")
    options = parser.parse_args()
    if not STATM.exists():
        sys.exit(f"this reads {STATM}, which Linux alone has")
    subjects = [subject(number) for number in range(options.tokens)]
    return watch(all_ways(options.tokens), subjects, passes=max(1, options.verifications // options.tokens))


def watch(ways: dict[str, Way], subjects: Sequence[Subject], passes: int) -> int:
    """Let the ways take turns, after one for each to warm up, and say how far memory is from where that left it."""
    accepted = {name: way(subjects) for name, way in ways.items()}
    start, first, furthest = time.monotonic(), resident_mib(), 0.0
    print(f"after warming up: {first:.1f} MiB")
    for number, name in enumerate(itertools.islice(itertools.cycle(ways), passes), start=1):
        if ways[name](subjects) != accepted[name]:
            raise RuntimeError(f"{name} accepts another number of tokens than at first")
        off = resident_mib() - first
        furthest = max(furthest, off, key=abs)
        if number % (4 * len(ways)) == 0 or number == passes:
            print(
                f"{number * len(subjects):,} verifications, {off:+.1f} MiB, {time.monotonic() - start:.0f} s",
                flush=True,
            )
    flat = abs(furthest) <= TOLERANCE_MIB
    print(f"furthest off: {furthest:+.1f} MiB, {'flat' if flat else 'NOT FLAT'} (±{TOLERANCE_MIB} MiB)")
    return 0 if flat else 1


def subject(number: int) -> Subject:
    """Return one of the tokens."""
    algorithm = "EdDSA" if number % EDDSA_EVERY == 0 else "HS256"
    claims = {**CLAIMS, "sub": f"user-{number}"}
    kid = f"key-{number % KIDS}"
    bad = number // BAD_EVERY % 3 if number % BAD_EVERY == 1 else None
    if bad == 0:
        claims |= {"iat": NOW - 2 * HOUR, "exp": NOW - HOUR}
    made = token(algorithm, claims, kid=kid, number=1 if bad == 1 else 0)
    return made[:-9] if bad == 2 else made, keys(algorithm).verifying, algorithm


def all_ways(tokens: int) -> dict[str, Way]:
    """Return the ways; the cache is one that cannot hold all the tokens."""
    both = [Key(keys(algorithm).verifying, algorithm=algorithm) for algorithm in ("HS256", "EdDSA")]
    expected: dict[str, Any] = {"issuer": ORIGIN, "audience": ORIGIN}
    plain, caching = (Verifier(both, cache_size=size, **expected) for size in (0, tokens // 2))
    return {
        "Verifier": lambda subjects: count(lambda one: plain.verify(one[0]), subjects),
        "Verifier with a cache": lambda subjects: count(lambda one: caching.verify(one[0]), subjects),
        "identify_at_hand": lambda subjects: count(lambda one: plain.identify_at_hand(one[0]), subjects),
        "identify_at_hand with a cache": lambda subjects: count(lambda one: caching.identify_at_hand(one[0]), subjects),
        "verify_async": lambda subjects: asyncio.run(count_async(caching, subjects)),
        "jwt.decode": lambda subjects: count(lambda one: jwt.decode(one[0], one[1], [one[2]], **expected), subjects),
        "verify_token": lambda subjects: count(
            lambda one: verify_token(one[0], one[1], algorithms=[one[2]], **expected), subjects
        ),
        "a key at each call": lambda subjects: count(
            lambda one: verify_token(one[0], f"{one[0][-40:]} is another secret", algorithms=["HS256"]), subjects
        ),
    }


def count(verify: Callable[[Subject], object], subjects: Sequence[Subject]) -> int:
    """Verify each, and count the accepted."""
    accepted = 0
    for one in subjects:
        try:
            verify(one)
            accepted += 1
        except JOSEError:  # noqa: PERF203 - refusals are what is tried here
            pass
    return accepted


async def count_async(verifier: Verifier, subjects: Sequence[Subject]) -> int:
    """Verify each on an event loop, and count the accepted."""
    accepted = 0
    for one in subjects:
        try:
            await verifier.verify_async(one[0])
            accepted += 1
        except JOSEError:  # noqa: PERF203 - refusals are what is tried here
            pass
    return accepted


def resident_mib() -> float:
    """Return the resident set of this process."""
    pages = int(STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


if __name__ == "__main__":
    sys.exit(main())
