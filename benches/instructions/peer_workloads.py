"""Verifications of HS256 tokens by fastjose and ryjwt, for `peer_profile.py`.

`python -m benches.instructions.peer_workloads WORKLOAD LIBRARY COUNT` verifies one token COUNT times.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from benches.instructions.forks import call_repeatedly
from benches.support.claims_types import CLAIMS_MODEL, CLAIMS_STRUCT
from benches.support.fixtures import CLAIMS_BY_SIZE, create_token
from benches.support.libraries import RYJWT, create_verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.support.library import Call

FASTJOSE, RYJWT_NAME = "fastjose", "ryjwt"
WORKLOADS: Mapping[str, tuple[str, Any]] = {
    "4 claims": ("4 claims", None),
    "12 claims": ("12 claims", None),
    "60 claims": ("60 claims", None),
    "12 claims, into a Pydantic model": ("12 claims", CLAIMS_MODEL),
    "12 claims, into a msgspec Struct": ("12 claims", CLAIMS_STRUCT),
}
"""The size of the claims of each workload, and the type into which they are converted."""


def main() -> None:
    """Run the workload of the command line."""
    workload, library, count = sys.argv[1:]
    call_repeatedly(create_call(workload, library), int(count))


def create_call(workload: str, library: str) -> Call:
    """Return the verification of the workload by the library."""
    size, claims_type = WORKLOADS[workload]
    token = create_token("HS256", CLAIMS_BY_SIZE[size])
    into = {} if claims_type is None else {"into": claims_type}
    if library == FASTJOSE:
        return partial(create_verifier("HS256").verify, token, **into)
    assert RYJWT is not None
    return partial(RYJWT.create_verification_key("HS256").decode, token, **into)


if __name__ == "__main__":
    main()
