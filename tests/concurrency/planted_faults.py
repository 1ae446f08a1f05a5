"""Checks that each model finds the fault that is planted for it: `planted/<fault>.patch`.

`make loom-check` plants each fault in a copy of the sources. The model that `FAULTS` names must fail then.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from concurrency.planted_runs import check_each, fails_test
from support.processes.planted_patch import apply_patch

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "tests/concurrency/loom/Cargo.toml"
PATCHES = ROOT / "tests/concurrency/planted"
WORK = ROOT / "target/loom-planted"

FAULTS = {
    "created_twice": "threads_that_create_the_value_of_a_process_get_the_same",
    "empty_part": "a_revocation_is_found_while_expired_ones_are_removed",
    "forgotten_kid": "a_kid_is_listed_while_one_of_its_tokens_waits",
    "header_of_same_length": "a_header_is_found_by_its_own_text_alone",
    "lost_place": "the_places_are_free_once_all_waiters_are_gone",
    "lost_revocation": "a_revocation_that_is_extended_is_found_while_expired_ones_are_removed",
    "lost_slot": "at_most_max_places_are_taken_at_a_time",
    "lost_wake_up": "waiters_get_keys_that_were_published_before_they_came",
    "manual_old_response": "a_manual_fetch_ends_with_the_outcome_of_a_later_fetch",
    "old_response": "a_waiter_gets_its_key_after_a_fetch_that_failed",
    "other_header": "a_header_takes_one_place",
    "other_string": "a_string_is_never_another_string_of_its_slot",
    "removed_entry": "the_entry_of_a_kid_stays_while_one_of_its_tokens_waits",
    "replaced_revocation": "revocations_of_one_token_are_merged",
    "shared_old_answer": "a_credential_is_not_in_flight_once_all_requests_are_answered",
    "snapshot_after_wake_up": "refreshes_at_the_same_time_share_one_fetch",
    "stale_answer": "an_answer_is_newer_than_the_request_that_gets_it",
    "too_much_memory": "tokens_that_wait_never_exceed_the_memory",
    "two_fetches": "the_generation_that_a_reader_sees_never_goes_back",
    "two_refresh_tasks": "one_thread_starts_the_refresh_task",
    "two_values": "threads_that_create_the_value_of_an_object_get_the_same",
    "unanswered_request": "requests_that_may_share_an_answer_are_all_answered",
    "withdrawn_keys": "a_token_is_never_found_under_keys_that_were_withdrawn",
}
"""The faults, each with the model that finds it."""


def main() -> int:
    """Plant each fault, or those that the arguments name. Return 1 if a model does not find its own."""
    return check_each(finds, sys.argv[1:] or FAULTS)


def finds(fault: str) -> bool:
    """Plant the fault in a copy of the sources, and return True if its model fails."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(ROOT / "src", WORK / "src")
    apply_patch(PATCHES / f"{fault}.patch", WORK)
    command = ["cargo", "test", "--locked", "--quiet", "--manifest-path", str(MANIFEST), "--target-dir", "target/loom"]
    return fails_test(fault, command, [FAULTS[fault]], ROOT, FASTJOSE_SOURCE=str(WORK / "src"))


if __name__ == "__main__":
    sys.exit(main())
