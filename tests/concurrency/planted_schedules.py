"""Checks that the searches of schedules find the faults that are planted for them: `planted_schedules/<fault>.patch`.

`make model-faults` plants each fault in a copy of the crate. The search that `FAULTS` names must fail then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from support.processes.planted_patch import apply_patch

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "tests/concurrency/planted_schedules"
WORK = ROOT / "target/model-planted"
COPIED = ("src", "tests/rust", "benches", ".cargo", "Cargo.toml", "Cargo.lock", "build.rs", "README.md")

_WHOLE_SET = "jwks::fetch_policy::model::"
_ONE_BY_ONE = "jwks::per_kid::fetch_rounds::model::"
_TABLE = "jwks::per_kid::key_table::model::"

FAULTS = {
    "endless_wait": _ONE_BY_ONE + "two_callers_of_one_kid_during_an_outage",
    "first_come": _ONE_BY_ONE + "a_published_and_a_made_up_kid",
    "free_round": _ONE_BY_ONE + "a_published_and_a_made_up_kid",
    "kept_permit": _ONE_BY_ONE + "a_kid_that_is_published_later_and_a_made_up_one",
    "late_round": _ONE_BY_ONE + "a_published_and_a_made_up_kid",
    "lost_waiter": _ONE_BY_ONE + "two_callers_of_one_kid_that_may_leave",
    "newest_first": _TABLE + "seven_steps_in_a_small_table",
    "old_answer": _WHOLE_SET + "two_callers_during_a_rotation",
    "one_round": _ONE_BY_ONE + "a_published_and_a_made_up_kid",
    "replaced_key": _TABLE + "seven_steps_in_a_small_table",
    "unwanted_entry": _TABLE + "seven_steps_in_a_small_table",
}
"""The faults, each with a search of `cargo test` that finds it."""


def main() -> int:
    """Plant each fault, or those that the arguments name. Return 1 if a search does not find its own."""
    missed = [fault for fault in sys.argv[1:] or FAULTS if not finds(fault)]
    if missed:
        print("planted faults were not found:", ", ".join(missed))
    return 1 if missed else 0


def finds(fault: str) -> bool:
    """Plant the fault in a copy of the crate, and return True if its search fails."""
    copy = WORK / "crate"
    plant(fault, copy)
    environment = {**os.environ, "RUST_BACKTRACE": "0"}
    command = ["cargo", "test", "--locked", "--quiet", "--lib", "--target-dir", str(WORK / "target")]
    subprocess.run([*command, "--no-run"], cwd=copy, env=environment, check=True)  # noqa: S603 - a fault compiles
    begun = time.monotonic()
    result = subprocess.run(  # noqa: S603
        [*command, "--", "--exact", FAULTS[fault]],
        cwd=copy,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    # The search has run and failed, as opposed to a name that no search has.
    is_found = result.returncode != 0 and "0 passed; 1 failed" in result.stdout
    print(f"{fault}: {'found' if is_found else 'NOT FOUND'} after {time.monotonic() - begun:.1f} s", flush=True)
    return is_found


def plant(fault: str, copy: Path) -> None:
    """Write a copy of the crate with the fault."""
    shutil.rmtree(copy, ignore_errors=True)
    for name in COPIED:
        source, destination = ROOT / name, copy / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, destination)
        else:
            shutil.copy2(source, destination)
    apply_patch(PATCHES / f"{fault}.patch", copy)


if __name__ == "__main__":
    sys.exit(main())
