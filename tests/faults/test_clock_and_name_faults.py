"""A system clock that is set, and a name resolution that fails or is slow, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import record
from faults.harness.key_sources import KEY_SOURCES
from faults.harness.programs.libc_faults import run_with_faults

if TYPE_CHECKING:
    from pathlib import Path

    from faults.harness.programs.subjects import Subjects

RESOLUTIONS = {
    "name resolution fails": "resolution_fails",
    "name resolution hangs": "resolution_hangs",
    "name resolution is slow": "resolution_is_slow",
}
CLOCKS = {
    "clock is an hour slow": "clock_is_an_hour_slow",
    "clock is a day fast": "clock_is_a_day_fast",
    "clock is a day fast during revocations": "revocations_survive_a_fast_clock",
}


@pytest.mark.parametrize("fault", RESOLUTIONS)
def test_fault_of_name_resolution_causes_no_wrong_verdict(fault: str, tmp_path: Path, subjects: Subjects) -> None:
    results = run_with_faults(tmp_path, RESOLUTIONS[fault], *subjects.names, **subjects.variables)
    subjects.record(fault, results)


@pytest.mark.parametrize("fault", CLOCKS)
def test_fault_of_the_clock_causes_no_wrong_verdict(fault: str, tmp_path: Path) -> None:
    results = run_with_faults(tmp_path, CLOCKS[fault], *KEY_SOURCES)
    for subject, counters in zip(KEY_SOURCES, results, strict=True):
        record(f"{fault} ({subject})", counters)
