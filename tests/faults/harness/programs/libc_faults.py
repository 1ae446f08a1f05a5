"""Programs with a wrong clock and a faulty name resolution, which this process controls."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from faults.harness.counters import Counters
from support.environment.requirements import require_program, skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[3]
SOURCE = Path(__file__).with_name("libc_faults.c")
TIMEOUT_SECONDS = 600
"""A bound for programs that take seconds."""


class LibcFaults:
    """The faults of a process whose C library is overridden by `libc_faults.c`."""

    def __init__(self, memory: mmap.mmap) -> None:
        """Control the faults in shared memory."""
        self._memory = memory

    def set_clock(self, shift_seconds: int) -> None:
        """Let the system clock be wrong by so many seconds."""
        self._write(0, shift_seconds)

    def set_name_resolution(self, *, fails: bool = False, seconds: float = 0) -> None:
        """Let the resolution of `keys.test` fail, or take so long."""
        self._write(2, int(seconds * 1_000))
        self._write(1, int(fails))

    @property
    def resolutions(self) -> int:
        """Return how often `keys.test` was resolved."""
        number: int = struct.unpack_from("=q", self._memory, 24)[0]
        return number

    def _write(self, index: int, number: int) -> None:
        struct.pack_into("=q", self._memory, 8 * index, number)


def open_faults() -> LibcFaults:
    """Return the faults of this process, which `run_with_faults` has started."""
    return LibcFaults(_map(Path(os.environ["FASTJOSE_TEST_FAULTS"])))


def _map(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 32)


def compile_overrides(folder: Path) -> Path:
    """Compile `libc_faults.c`. Skip the test where this is not possible."""
    if sys.platform != "linux":
        skip_or_fail("LD_PRELOAD requires Linux")
    library = folder / "libc_faults.so"
    command = [require_program("cc", "apt-get install gcc"), "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)]
    subprocess.run([*command, "-ldl"], check=True, timeout=TIMEOUT_SECONDS)  # noqa: S603 - ours
    return library


def run_with_faults(folder: Path, scenario: str, *subjects: str, **variables: str) -> list[Counters]:
    """Run a function of `libc_scenarios` in a process with the overrides, and return its counters."""
    faults = folder / "faults"
    faults.write_bytes(bytes(32))
    variables |= {"LD_PRELOAD": str(compile_overrides(folder)), "FASTJOSE_TEST_FAULTS": str(faults)}
    return run_program("faults.harness.programs.libc_scenarios", scenario, *subjects, **variables)


def run_program(module: str, scenario: str, *subjects: str, **variables: str) -> list[Counters]:
    """Run a function of a module of the harness in a process of its own, and return its counters for each subject."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*_package_path(), str(TESTS)]), **variables}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", module, scenario, *subjects]
    ended = subprocess.run(  # noqa: S603 - ours
        command, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
    )
    assert ended.returncode == 0, ended.stderr
    counters = [Counters(**json.loads(line)) for line in ended.stdout.splitlines()]
    assert len(counters) == len(subjects), ended.stdout
    return counters


def _package_path() -> Iterator[str]:
    with contextlib.suppress(KeyError):
        yield os.environ["PYTHONPATH"]
