"""`fastjose doctor` on an application whose environment a test chooses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from support.environment.fresh_import import set_environment
from support.processes.command_line import CommandResult, run_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

GOOD_SECRET = "Zb7kQv93mXtLw0RfYhCp5sNgUeJ2aDiO8xTq1KzE"


class Diagnosis(NamedTuple):
    """What doctor said."""

    result: CommandResult
    document: dict[str, Any]

    @property
    def codes(self) -> set[str]:
        """The codes of mistakes."""
        return {each["code"] for each in self.document["findings"] if each["severity"] != "note"}

    @property
    def notes(self) -> set[str]:
        """The codes of notes."""
        return {each["code"] for each in self.document["findings"] if each["severity"] == "note"}

    def finding(self, code: str) -> dict[str, Any]:
        """Return the finding of a code."""
        found: dict[str, Any] = next(each for each in self.document["findings"] if each["code"] == code)
        return found


def diagnose(
    monkeypatch: pytest.MonkeyPatch,
    directory: Path,
    environment: Mapping[str, str],
    *arguments: str,
    standard_input: str = "",
) -> Diagnosis:
    """Run doctor in `directory` under `environment`, and check the exit status."""
    set_environment(monkeypatch, directory, environment)
    result = run_command("doctor", "--json", *arguments, standard_input=standard_input)
    assert result.errors == ""
    document = json.loads(result.output)
    has_mistakes = any(each["severity"] != "note" for each in document["findings"])
    assert result.exit_code == int(has_mistakes)
    assert document["has_mistakes"] == has_mistakes
    for finding in document["findings"]:
        assert finding["problem"]
        assert finding["cure"]
    return Diagnosis(result, document)
