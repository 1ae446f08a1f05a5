"""Checks that each target finds the fault that is planted for it: `tests/fuzz/planted/<target>.patch`."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

from fuzz.runner import corpora, sessions
from fuzz.runner.targets import FUZZ, ROOT, WORK, Target, build, environment

MAX_SECONDS = 120
FINDING = re.compile(r"(?:panicked at|AssertionError)[^\0]*Test unit written to")
COPIED = ("src", "tests/fuzz", "tests/support", "python", "Cargo.toml", "Cargo.lock", "build.rs", ".cargo", "README.md")


def check(targets: list[Target]) -> None:
    """Plant each fault in a copy of the sources, and exit with 1 if a target does not find its own within two minutes.

    A target begins with its seeds and corpus, which find nothing in the sources as they are.
    """
    missed = [target.name for target in targets if not finds_fault(target)]
    if missed:
        raise SystemExit(f"planted faults were not found by: {', '.join(missed)}")


def finds_fault(target: Target) -> bool:
    """Return True if the target finds its planted fault."""
    copy = WORK / "planted"
    shutil.rmtree(copy, ignore_errors=True)
    for name in COPIED:
        source, destination = ROOT / name, copy / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, destination, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, destination)
    patch = FUZZ / "planted" / f"{target.name}.patch"
    subprocess.run(["patch", "--strip=1", "--silent", f"--input={patch}"], cwd=copy, check=True)  # noqa: S603, S607
    build([target], copy)
    folder = corpora.unpack(target.name)
    scratch = WORK / "planted-corpus"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    variables = environment(PYTHONPATH=f"{copy / 'python'}:{copy / 'tests'}")
    command = [*target.program(), *sessions.options_of(target), f"-max_total_time={MAX_SECONDS}"]
    begun = time.monotonic()
    log = WORK / "logs" / f"planted-{target.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        result = subprocess.run(  # noqa: S603
            [*command, str(scratch), str(folder)], env=variables, stdout=output, stderr=output, check=False
        )
    # A target that cannot even start fails too, but has not found anything.
    is_found = result.returncode != 0 and FINDING.search(log.read_text(encoding="utf-8", errors="replace")) is not None
    print(f"{target.name}: {'found' if is_found else 'NOT FOUND'} after {time.monotonic() - begun:.1f} s", flush=True)
    return is_found
