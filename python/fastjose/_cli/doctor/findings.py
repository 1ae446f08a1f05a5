"""The findings of `fastjose doctor`, and the report that has them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastjose._cli.doctor.catalog import CATALOG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Severity = Literal["error", "warning", "note"]
"""`error`: valid users are rejected, or the application does not start. `warning`: a likely mistake.

`note`: not a mistake, but worth knowing."""

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """A mistake. No text contains a secret.

    Attributes:
        code: The code, stable across releases: a key of `CATALOG`.
        severity: How bad it is.
        problem: What is wrong.
        cure: What to change.
        line: The exact line for `.env`, or None.
    """

    code: str
    severity: Severity
    problem: str
    cure: str
    line: str | None = None


NOT_CHECKED = "not checked"
"""The name of the fact that some parts were not examined."""


class Fact(NamedTuple):
    """A fact about the application that was found in order, or that it was not examined."""

    name: str
    value: str


@dataclass
class Report:
    """What was examined: the findings, and the facts that are in order."""

    findings: list[Finding] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def has_mistakes(self) -> bool:
        """Whether a finding is more than a note."""
        return self.fails("warning")

    def fails(self, least: Severity) -> bool:
        """Return whether a finding is at least as bad as `least`."""
        return any(_SEVERITIES.index(finding.severity) <= _SEVERITIES.index(least) for finding in self.findings)

    def add(self, findings: Iterable[Finding | Fact]) -> None:
        """Add findings, each once, and facts."""
        for each in findings:
            if isinstance(each, Fact):
                self.facts.append(each)
            elif each not in self.findings:
                self.findings.append(each)

    def remove(self, code: str) -> None:
        """Remove the findings of a code."""
        self.findings = [each for each in self.findings if each.code != code]

    def without_secrets(self, hide: Callable[[str], str]) -> Report:
        """Return the report with the texts that `hide` returns."""
        findings = [
            replace(
                each,
                problem=hide(each.problem),
                cure=hide(each.cure),
                line=None if each.line is None else hide(each.line),
            )
            for each in self.findings
        ]
        return Report(findings, [Fact(name, hide(value)) for name, value in self.facts])


def find(code: str, problem: str, cure: str | None = None, *, line: str | None = None) -> Finding:
    """Return the finding `code`, with the cure of the catalog if none is given."""
    entry = CATALOG[code]
    return Finding(code, entry.severity, problem, cure or entry.cure, line)
