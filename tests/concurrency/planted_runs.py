"""Runs of `cargo test` on sources with a planted fault, which must fail."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path


def check_each(finds: Callable[[str], bool], faults: Iterable[str]) -> int:
    """Plant each fault. Return 1, and print which, if some are not found."""
    missed = [fault for fault in faults if not finds(fault)]
    if missed:
        print("planted faults were not found:", ", ".join(missed))
    return 1 if missed else 0


def fails_test(fault: str, command: Sequence[str], selection: Sequence[str], folder: Path, **variables: str) -> bool:
    """Build the tests of `cargo test` with a planted fault, run the selected one, and return whether it fails."""
    environment = {**os.environ, "RUST_BACKTRACE": "0", **variables}
    subprocess.run([*command, "--no-run"], cwd=folder, env=environment, check=True)  # noqa: S603 - a fault compiles
    begun = time.monotonic()
    result = subprocess.run(  # noqa: S603 - the command of this tree
        [*command, *selection], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    # The test has run and failed, as opposed to a name that no test has.
    is_found = result.returncode != 0 and "0 passed; 1 failed" in result.stdout
    print(f"{fault}: {'found' if is_found else 'NOT FOUND'} after {time.monotonic() - begun:.1f} s", flush=True)
    return is_found
