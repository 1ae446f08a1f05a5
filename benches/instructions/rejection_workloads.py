"""Accepted and rejected EdDSA tokens whose instructions are counted, under callgrind.

`python -m benches.instructions.rejection_workloads`. An expired token differs from an accepted one by the time of the
verification alone, so both have the same signature check. The numbers of a forged signature differ, and with them the
instructions of its check: so each workload takes the same number of different, fixed tokens in turn.
"""

from __future__ import annotations

import time
from itertools import cycle, islice
from typing import TYPE_CHECKING
from unittest import mock

from benches.instructions.fixed_tokens import ED25519_JWK, EXPIRES, create_eddsa_token
from benches.instructions.forks import FEW_CALLS, run_in_forks
from benches.support.fixtures import ORIGIN
from benches.targets import ACCEPTED, EXPIRED, FORGED
from fastjose import JOSEError, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TOKEN_COUNT = FEW_CALLS
"""Number of tokens. Each number of calls is a multiple of it."""


def main() -> None:
    """Run every workload."""
    run_in_forks(create_workloads())


def create_workloads() -> Mapping[str, Callable[[int], None]]:
    """Return the workloads."""
    valid = [create_eddsa_token(number) for number in range(1, TOKEN_COUNT + 1)]
    forged = [create_eddsa_token(number, is_forged=True) for number in range(1, TOKEN_COUNT + 1)]
    return {
        ACCEPTED: _create_workload(valid, EXPIRES - 1_000, None),
        EXPIRED: _create_workload(valid, EXPIRES + 1_000, "expired"),
        FORGED: _create_workload(forged, EXPIRES - 1_000, "bad_signature"),
    }


def check_workloads() -> None:
    """Run each workload once."""
    for run in create_workloads().values():
        run(1)


def _create_workload(tokens: Sequence[str], now: float, expected_code: str | None) -> Callable[[int], None]:
    """Return a function that verifies the tokens in turn at the time `now` and checks the code of the last error."""
    verify = Verifier(ED25519_JWK, algorithms="EdDSA", issuer=ORIGIN, audience=ORIGIN).verify

    def get_code(token: str) -> str | None:
        try:
            verify(token)
        except JOSEError as error:
            return error.code
        return None

    def run(count: int) -> None:
        code = expected_code
        with mock.patch.object(time, "time", _Clock(now)):
            for token in islice(cycle(tokens), count):
                code = get_code(token)
        if code != expected_code:
            raise RuntimeError(f"the code of every verification must be {expected_code}, not {code}")

    return run


class _Clock:
    """A replacement of `time.time` that always returns the same time. A mock would record each call."""

    def __init__(self, now: float) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now


if __name__ == "__main__":
    main()
