"""`scripts/supply_chain/check_advisories.py` does not take a database that it could not ask for a pass."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-2024-1"}]}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found"}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return import_module("supply_chain.check_advisories")


@pytest.mark.parametrize(
    ("report", "required", "passes"),
    [
        ([GOOD], "1", True),
        ([GOOD, BAD], "", False),
        ([BAD, SKIPPED], "", False),
        ([GOOD, SKIPPED], "", True),
        ([GOOD, SKIPPED], "1", False),
        ([], "1", False),
    ],
)
def test_report_passes_only_if_every_package_was_audited(
    script: Any, monkeypatch: pytest.MonkeyPatch, report: list[dict[str, Any]], required: str, passes: object
) -> None:
    monkeypatch.setenv("FASTJOSE_REQUIRE_ADVISORIES", required)
    assert script.report_finding(script.read_report("dev.txt", report)) is passes


def test_tool_that_fails_has_checked_nothing(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTJOSE_REQUIRE_ADVISORIES", "1")
    assert script.check_crates("false").unreachable
    finding = script.check_packages("false", ROOT / "requirements" / "dev.txt")
    assert finding.unreachable
    assert not script.report_finding(finding)


def test_audited_files_exist(script: Any) -> None:
    assert script.AUDITED
    assert all((ROOT / "requirements" / f"{name}.txt").is_file() for name in script.AUDITED)
