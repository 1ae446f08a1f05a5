"""One verification whose instructions are counted, under callgrind.

`python -m benches.instructions.verification_workloads ALGORITHM KEY TOKEN`. The key is PEM. The caller passes the same
token to the primitive, because the instructions of a signature check depend on its numbers.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from benches.instructions.forks import call_repeatedly, run_in_forks
from benches.support.fixtures import ORIGIN
from benches.targets import VERIFIER
from fastjose import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run the workload."""
    run_in_forks({VERIFIER: create_workload(*sys.argv[1:])})


def create_workload(algorithm: str, key: str, token: str) -> Callable[[int], None]:
    """Return a function that verifies `token` a given number of times."""
    verify = Verifier(key, algorithms=algorithm, issuer=ORIGIN, audience=ORIGIN).verify
    return partial(call_repeatedly, partial(verify, token))


if __name__ == "__main__":
    main()
