"""Checks that each target finds the faults that are planted for it: `tests/fuzz/planted/<target>/<fault>.patch`."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from fuzz.runner import corpora, sessions
from fuzz.runner.processor_time import run_measured
from fuzz.runner.targets import BUILD, FUZZ, ROOT, WORK, Target, build, environment
from support.processes.planted_patch import apply_patch, copy_sources

if TYPE_CHECKING:
    from pathlib import Path

MAX_SECONDS = 120
"""The processor time in which a fault must be found. The clock decides nothing, so that the machine may be busy."""

PLANTED_BUILD = BUILD.with_name(f"{BUILD.name}-planted")
"""A folder of its own. In a common one, cargo would take the core with a fault for that of the tree: it compares only
the times of files, and paths relative to the workspace."""

FINDING = re.compile(r"(?:panicked at|AssertionError)[^\0]*Test unit written to")
COPIED = ("src", "tests/fuzz", "tests/support", "python", "Cargo.toml", "Cargo.lock", "build.rs", ".cargo", "README.md")


def check(targets: list[Target], faults: list[str]) -> None:
    """Plant each fault in a copy of the sources, and exit with 1 if a target does not find it in two minutes.

    A target begins with the seeds and the corpus of the tree, which find nothing in the sources as they are. `faults`
    names those to check; all if it is empty.
    """
    patches = [(target, patch) for target in targets for patch in list_patches(target)]
    chosen = [(target, patch) for target, patch in patches if not faults or patch.stem in faults]
    missed = [f"{target.name}/{patch.stem}" for target, patch in chosen if not finds_fault(target, patch)]
    if missed:
        raise SystemExit(f"planted faults were not found: {', '.join(missed)}")


def list_patches(target: Target) -> list[Path]:
    """Return the faults of a target. Exit with 1 if it has none."""
    patches = sorted((FUZZ / "planted" / target.name).glob("*.patch"))
    if not patches:
        raise SystemExit(f"{target.name} must have a planted fault: add a patch to tests/fuzz/planted/{target.name}")
    return patches


def finds_fault(target: Target, patch: Path) -> bool:
    """Return True if the target finds a fault."""
    copy = plant(patch)
    if BUILD.exists() and not PLANTED_BUILD.exists():
        shutil.copytree(BUILD, PLANTED_BUILD)  # so that the dependencies are not compiled twice
    build([target], copy, PLANTED_BUILD)
    scratch = WORK / "planted-corpus"
    shutil.rmtree(scratch, ignore_errors=True)
    corpora.unpack(target.name, scratch)
    variables = environment(PYTHONPATH=f"{copy / 'python'}:{copy / 'tests'}")
    options = [*sessions.options_of(target, prefix=f"{WORK}/planted-"), "-timeout=600"]
    log = WORK / "logs" / f"planted-{target.name}-{patch.stem}.txt"
    usage = run_measured([*target.program(PLANTED_BUILD), *options, str(scratch)], log, variables, MAX_SECONDS)
    # A target that cannot even start fails too, but has not found anything.
    is_found = usage.exit_code != 0 and FINDING.search(log.read_text(encoding="utf-8", errors="replace")) is not None
    verdict = "found" if is_found else "NOT FOUND"
    print(f"{target.name:<10} {patch.stem:<24} {verdict} after {usage.seconds:.1f} s", flush=True)
    return is_found


def plant(patch: Path) -> Path:
    """Return a copy of the sources with a fault."""
    copy = WORK / "planted"
    shutil.rmtree(copy, ignore_errors=True)
    copy_sources(ROOT, COPIED, copy, "__pycache__")
    apply_patch(patch, copy)
    return copy
