"""Instructions of one HS256 verification by part, beside ryjwt: `python -m benches.instructions.peer_profile`.

The native module is built once more with its symbols, because the names of functions tell the parts. The difference
between many and few verifications is counted, so that imports are not. Needs valgrind, cargo, and CPython 3.12 or newer
with ryjwt, which `.venv-bench` has.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benches.instructions.peer_workloads import FASTJOSE, RYJWT_NAME, WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "target" / "symbols"
BUILD = ("cargo", "build", "--locked", "--quiet", "--release", "--lib", "--features", "python,pyo3/extension-module")
FEW_CALLS, MANY_CALLS = 100, 1_100
PARTS = (
    ("SHA-256 of the blocks", r"sha256_block_data_order"),
    ("HMAC around it", r"HMAC|SHA256|hmac|mac_key|OPENSSL_cleanse|CRYPTO_memcmp"),
    (
        "JSON and claims",
        r"fastjose::encoding::json|fastjose::jwt|json_decode|JSONDecoder|jiter|_ryjwt::claims|from_utf8",
    ),
    ("pydantic-core and msgspec", r"\[.*(_pydantic_core|msgspec).*\]"),
    ("memory and strings of C", r"\[.*libc.*\]"),
    ("CPython", r"\[.*(libpython|/python3?|ld-linux).*\]"),
    ("the rest of the module", r""),
)
"""The parts, and what the name of a function or of its file contains. The first part that matches counts."""
_LINE = re.compile(r"^\s*([\d,]+)\s+(\S.*)$", re.MULTILINE)


def main() -> None:
    """Print a table for each workload."""
    with tempfile.TemporaryDirectory() as directory:
        package = build_with_symbols(Path(directory))
        for workload in WORKLOADS:
            ours, theirs = (count_by_part(workload, library, package) for library in (FASTJOSE, RYJWT_NAME))
            print(f"| {workload} | {FASTJOSE} | {RYJWT_NAME} |\n| --- | --: | --: |")
            for part, _ in PARTS:
                print(f"| {part} | {ours[part]:,.0f} | {theirs[part]:,.0f} |")
            print(f"| together | {sum(ours.values()):,.0f} | {sum(theirs.values()):,.0f} |\n", flush=True)


def build_with_symbols(directory: Path) -> Path:
    """Build the native module, and return a folder from which the package is imported with it."""
    environment = {**os.environ, "CARGO_PROFILE_RELEASE_STRIP": "none", "CARGO_TARGET_DIR": str(TARGET)}
    subprocess.run(BUILD, cwd=ROOT, env=environment, check=True)  # noqa: S603 - cargo
    package = directory / "python"
    shutil.copytree(ROOT / "python", package)
    shutil.copy(TARGET / "release" / "libfastjose.so", package / "fastjose" / "_core.abi3.so")
    return package


def count_by_part(workload: str, library: str, package: Path) -> dict[str, float]:
    """Return the instructions of one verification by part."""
    few, many = (count_by_function(workload, library, package, count) for count in (FEW_CALLS, MANY_CALLS))
    by_part = dict.fromkeys((part for part, _ in PARTS), 0.0)
    for function in few.keys() | many.keys():
        part = next(part for part, pattern in PARTS if re.search(pattern, function))
        by_part[part] += (many.get(function, 0) - few.get(function, 0)) / (MANY_CALLS - FEW_CALLS)
    return by_part


def count_by_function(workload: str, library: str, package: Path, calls: int) -> Mapping[str, int]:
    """Run the workload under callgrind, and return the instructions of each function without those that it calls."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(map(str, (package, ROOT)))}
    with tempfile.NamedTemporaryFile() as profile:
        program = (sys.executable, "-m", "benches.instructions.peer_workloads", workload, library, str(calls))
        command = ("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={profile.name}", *program)
        subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603 - a program of ours
        annotate = ("callgrind_annotate", "--show-percs=no", "--threshold=100", profile.name)
        annotated = subprocess.run(annotate, check=True, capture_output=True, text=True).stdout  # noqa: S603 - valgrind's
    counts: Counter[str] = Counter()
    for count, function in _LINE.findall(annotated.partition("file:function")[2]):
        counts[function] += int(count.replace(",", ""))
    return counts


if __name__ == "__main__":
    main()
