"""What a test needs beyond Python and Rust: skipped with a clear word where it is missing, a failure where it must run.

`make test` needs Python and Rust alone. Tests that use Node, Chromium or PostgreSQL ask here for the programs they
call; without them they skip and name what to install. With `FASTJOSE_REQUIRE_ALL=1`, as in CI, a missing program fails
the test.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

DEBIAN_POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # not on Debian's PATH


def require(program: str, install: str) -> str:
    """Return the path of `program`, or skip (CI: fail), saying how to `install` it."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, DEBIAN_POSTGRESQL)])
    found = shutil.which(program, path=places)
    if found is None:
        missing(f"{program} is not installed: {install}")
    return found


def missing(reason: str) -> NoReturn:
    """Skip the test for `reason`; fail it where everything is required."""
    if os.environ.get("FASTJOSE_REQUIRE_ALL") == "1":
        pytest.fail(f"required here: {reason}")
    pytest.skip(reason)
