"""Programs that some tests require beyond Python and Rust.

`make test` requires only Python and Rust. Tests that use Node, Chromium, PostgreSQL, Redis or nginx look up their
programs here. If a program is missing, the test is skipped with a message that names what to install. With
`FASTJOSE_REQUIRE_ALL=1`, as in CI, the test fails instead.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

DEBIAN_POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # not on Debian's PATH


def find_program(program: str) -> str | None:
    """Return the path of `program`, or None if it is not installed."""
    search_path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, DEBIAN_POSTGRESQL)])
    return shutil.which(program, path=search_path)


def require_program(program: str, install: str) -> str:
    """Return the path of `program`; without it, skip the test (CI: fail) with `install` as instructions."""
    found = find_program(program)
    if found is None:
        skip_or_fail(f"{program} is not installed: {install}")
    return found


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test for `reason`; with `FASTJOSE_REQUIRE_ALL=1`, fail it."""
    if os.environ.get("FASTJOSE_REQUIRE_ALL") == "1":
        pytest.fail(f"required here: {reason}")
    pytest.skip(reason)
