"""Checks that the searches of schedules find the faults that are planted for them: `planted_schedules/<fault>.patch`.

`make model-faults` plants each fault in a copy of the crate. The search that `FAULTS` names must fail then.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from concurrency.planted_runs import check_each, fails_test
from support.processes.planted_patch import apply_patch, copy_sources

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
    return check_each(finds, sys.argv[1:] or FAULTS)


def finds(fault: str) -> bool:
    """Plant the fault in a copy of the crate, and return True if its search fails."""
    copy = WORK / "crate"
    shutil.rmtree(copy, ignore_errors=True)
    copy_sources(ROOT, COPIED, copy)
    apply_patch(PATCHES / f"{fault}.patch", copy)
    command = ["cargo", "test", "--locked", "--quiet", "--lib", "--target-dir", str(WORK / "target")]
    return fails_test(fault, command, ["--", "--exact", FAULTS[fault]], copy)


if __name__ == "__main__":
    sys.exit(main())
