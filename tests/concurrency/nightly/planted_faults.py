"""The planted faults of ThreadSanitizer and Miri: each is a patch, and the test that must report it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from concurrency.nightly.toolchain import HERE, MIRI, ROOT, THREADS, run_tests
from support.processes.planted_patch import apply_patch, copy_sources

if TYPE_CHECKING:
    from pathlib import Path

    from concurrency.nightly.toolchain import Tool

PATCHES = HERE / "planted"
COPIED = ("src", "tests/rust", "benches", "build.rs", "Cargo.toml", "Cargo.lock", ".cargo", "README.md")
FORBIDDEN, ALLOWED = 'unsafe_code = "forbid"', 'unsafe_code = "allow"'


@dataclass(frozen=True)
class Fault:
    """A fault: its patch in `planted`, the tool that must report it, its test, and the words of the report."""

    name: str
    tool: Tool
    arguments: tuple[str, ...]
    report: str


FAULTS = [
    Fault("unsynchronised_count", THREADS, ("--test", "shared_threads"), "ThreadSanitizer: data race"),
    Fault("read_beyond_the_end", MIRI, ("--lib", "--", "encoding::json::fast_path"), "Undefined Behavior"),
    Fault("uninitialized_bytes", MIRI, ("--lib", "--", "transport::cookies"), "uninitialized"),
]


def finds(fault: Fault) -> bool:
    """Plant the fault in a copy of the core, and return True if its tool reports it."""
    tree = ROOT / "target" / fault.tool.name / "planted"
    copy_core(tree)
    apply_patch(PATCHES / f"{fault.name}.patch", tree)
    begun = time.monotonic()
    result = run_tests(fault.tool, tree, list(fault.arguments), is_quiet=True)
    is_found = result.returncode != 0 and fault.report in result.stdout + result.stderr
    print(f"{fault.name}: {'found' if is_found else 'NOT FOUND'} after {time.monotonic() - begun:.1f} s", flush=True)
    return is_found


def copy_core(tree: Path) -> None:
    """Copy the core, in which unsafe code is allowed: without it, none of these faults compiles."""
    shutil.rmtree(tree, ignore_errors=True)
    copy_sources(ROOT, COPIED, tree)
    manifest = tree / "Cargo.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(FORBIDDEN, ALLOWED), encoding="utf-8")
