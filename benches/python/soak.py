"""Memory test: verifies many tokens many times with each API and checks that the resident set stays flat.

`python -m benches.python.soak [--verifications N] [--tokens N]`, or `make soak`. Some tokens are expired, forged or
truncated. Each API first verifies all tokens once. After each later pass, the resident set must be within
`TOLERANCE_MIB` of its size after that warm-up. The exit status is 1 if it is not.
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

from benches.support.fixtures import CLAIMS, HOUR_SECONDS, NOW, ORIGIN, create_token, get_key_pair
from fastjose import JOSEError, Key, Verifier, jwt, verify_token
from fastjose._core import RequestAuthenticator
from fastjose.fastapi import CurrentUser

TOLERANCE_MIB = 5
MIB = 1_048_576
STATM = Path("/proc/self/statm")

EDDSA_INTERVAL = 100
"""One token in this number is signed with EdDSA, the others with HS256."""
INVALID_INTERVAL = 20
"""One token in this number is invalid: in turn expired, forged and truncated."""
KID_COUNT = 1_000

TokenCase = tuple[str, str, str]
"""A token, the key that should verify it, and the algorithm."""
Pass = Callable[[Sequence[TokenCase]], int]
"""Verifies all tokens and returns the number of accepted ones."""


def main() -> int:
    """Run the command line. Return 1 if memory has grown or shrunk too far, else 0."""
    parser = argparse.ArgumentParser(description="Check that memory stays flat over many verifications.")
    parser.add_argument("--verifications", type=int, default=10_000_000)
    parser.add_argument("--tokens", type=int, default=100_000, help="number of different tokens")
    options = parser.parse_args()
    if not STATM.exists():
        sys.exit(f"{STATM} must exist: run this test on Linux")
    cases = [create_case(number) for number in range(options.tokens)]
    pass_count = max(1, options.verifications // options.tokens)
    return check_memory(create_passes(options.tokens), cases, pass_count)


def check_memory(passes: dict[str, Pass], cases: Sequence[TokenCase], pass_count: int) -> int:
    """Run the passes in turns after a warm-up pass of each. Print the change of memory; return 1 if it is too large."""
    accepted = {name: run_pass(cases) for name, run_pass in passes.items()}
    start, warm_mib, largest_change_mib = time.monotonic(), get_resident_mib(), 0.0
    print(f"after warm-up: {warm_mib:.1f} MiB")
    for number, name in enumerate(itertools.islice(itertools.cycle(passes), pass_count), start=1):
        if passes[name](cases) != accepted[name]:
            raise RuntimeError(f"{name} must accept the same number of tokens in each pass")
        change_mib = get_resident_mib() - warm_mib
        largest_change_mib = max(largest_change_mib, change_mib, key=abs)
        if number % (4 * len(passes)) == 0 or number == pass_count:
            elapsed_seconds = time.monotonic() - start
            print(f"{number * len(cases):,} verifications, {change_mib:+.1f} MiB, {elapsed_seconds:.0f} s", flush=True)
    is_flat = abs(largest_change_mib) <= TOLERANCE_MIB
    status = "flat" if is_flat else "NOT FLAT"
    print(f"largest change: {largest_change_mib:+.1f} MiB, {status} (±{TOLERANCE_MIB} MiB)")
    return 0 if is_flat else 1


def create_case(number: int) -> TokenCase:
    """Return the token with that number, with its key and algorithm."""
    algorithm = "EdDSA" if number % EDDSA_INTERVAL == 0 else "HS256"
    claims = {**CLAIMS, "sub": f"user-{number}"}
    defects = ("expired", "forged", "truncated")
    defect = defects[number // INVALID_INTERVAL % 3] if number % INVALID_INTERVAL == 1 else None
    if defect == "expired":
        claims |= {"iat": NOW - 2 * HOUR_SECONDS, "exp": NOW - HOUR_SECONDS}
    key_index = 1 if defect == "forged" else 0
    token = create_token(algorithm, claims, kid=f"key-{number % KID_COUNT}", key_index=key_index)
    return token[:-9] if defect == "truncated" else token, get_key_pair(algorithm).verification_key, algorithm


def create_passes(token_count: int) -> dict[str, Pass]:
    """Return a pass for each API. The token cache holds only half of the tokens, so that it evicts entries."""
    keys = [Key(get_key_pair(algorithm).verification_key, algorithm=algorithm) for algorithm in ("HS256", "EdDSA")]
    expected: dict[str, Any] = {"issuer": ORIGIN, "audience": ORIGIN}
    plain, caching = (Verifier(keys, cache_size=size, **expected) for size in (0, token_count // 2))
    authenticator, caching_authenticator = (
        RequestAuthenticator(verifier, dict, build_from_fields=CurrentUser.model_validate)
        for verifier in (plain, caching)
    )
    return {
        "Verifier": lambda cases: count_accepted(lambda case: plain.verify(case[0]), cases),
        "Verifier with a cache": lambda cases: count_accepted(lambda case: caching.verify(case[0]), cases),
        "RequestAuthenticator": lambda cases: count_accepted(
            lambda case: authenticator.authenticate_user(case[0]), cases
        ),
        "RequestAuthenticator with a cache": lambda cases: count_accepted(
            lambda case: caching_authenticator.authenticate_user(case[0]), cases
        ),
        "verify_async": lambda cases: asyncio.run(count_accepted_async(caching, cases)),
        "jwt.decode": lambda cases: count_accepted(
            lambda case: jwt.decode(case[0], case[1], [case[2]], **expected), cases
        ),
        "verify_token": lambda cases: count_accepted(
            lambda case: verify_token(case[0], case[1], algorithms=[case[2]], **expected), cases
        ),
        "verify_token with a new key for each token": lambda cases: count_accepted(
            lambda case: verify_token(case[0], f"{case[0][-40:]} is another secret", algorithms=["HS256"]), cases
        ),
    }


def count_accepted(verify: Callable[[TokenCase], object], cases: Sequence[TokenCase]) -> int:
    """Verify each token and return the number of accepted ones."""
    accepted = 0
    for case in cases:
        try:
            verify(case)
            accepted += 1
        except JOSEError:  # noqa: PERF203 - the test includes rejections
            pass
    return accepted


async def count_accepted_async(verifier: Verifier, cases: Sequence[TokenCase]) -> int:
    """Verify each token on an event loop and return the number of accepted ones."""
    accepted = 0
    for case in cases:
        try:
            await verifier.verify_async(case[0])
            accepted += 1
        except JOSEError:  # noqa: PERF203 - the test includes rejections
            pass
    return accepted


def get_resident_mib() -> float:
    """Return the resident set of this process, in MiB."""
    pages = int(STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


if __name__ == "__main__":
    sys.exit(main())
