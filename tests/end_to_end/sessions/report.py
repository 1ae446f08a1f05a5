"""The figures of one combination, from the verdicts on its responses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from end_to_end.report import format_milliseconds
from end_to_end.sessions.oracle import Verdict, classify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from end_to_end.sessions.cases import CaseResult
    from end_to_end.sessions.load import Load
    from end_to_end.sessions.oracle import Request, Rules

MIN_RATE_SHARE = 0.9


class Report:
    """What one combination answered: the cases one by one, and the load if there was one."""

    def __init__(  # noqa: PLR0913 - what a run knows
        self,
        setting: str,
        rules: Rules,
        cases: list[CaseResult],
        load: Load | None,
        *,
        rate: int = 0,
        crash: str = "",
    ) -> None:
        """Classify every response of a finished run; `crash` is the error with which it ended otherwise."""
        self.setting = setting
        self.crash = crash
        self.cases = cases
        self.load = load
        self._rate = rate
        requests = load.requests if load else []
        self.classified = [(request, classify(request, rules, load.outages if load else [])) for request in requests]
        self._counts = Counter(verdict for _, verdict in self.classified)
        self._statuses = Counter(request.status for request in requests)

    def count(self, verdict: Verdict) -> int:
        """Return how many responses under load got this verdict."""
        return self._counts[verdict]

    def count_status(self, status: int | None) -> int:
        """Return how many responses under load had this status."""
        return self._statuses[status]

    def count_false(self, verdict: Verdict) -> int:
        """Return how many responses were false in this way, among the cases and under load."""
        return self._counts[verdict] + sum(case.verdict is verdict for case in self.cases)

    @property
    def requests(self) -> list[Request]:
        """The requests under load."""
        return [request for request, _ in self.classified]

    @property
    def answered_rate(self) -> float:
        """Requests a second that the generator sent, over the time that it needed."""
        assert self.load is not None
        seconds = max(request.sent_at for request in self.requests) - self.load.started_at
        return len(self.requests) / max(seconds, 1e-9)

    def find_failures(self) -> list[str]:
        """Return one line for each requirement that the combination does not meet."""
        failures = [f"the run failed: {self.crash}"] if self.crash else []
        failures += [f"{case.name}: {case.describe()}" for case in self.cases if case.has_failed]
        if self.load is not None:
            failures += [
                f"{self.count(verdict)} times {verdict.value} under load"
                for verdict in (Verdict.FALSE_ACCEPTANCE, Verdict.FALSE_REJECTION, Verdict.FAILURE)
                if self.count(verdict)
            ]
            failures += [f"the log and Better Auth disagree: {text}" for text in self.load.disagreements]
            if self.answered_rate < self._rate * MIN_RATE_SHARE:
                failures.append(f"the rate was {self.answered_rate:.0f} requests a second, not {self._rate}")
        return failures

    def describe_errors(self) -> list[str]:
        """Return the incorrect responses under load, by kind, with their number and the time of the first."""
        found: dict[str, list[float]] = {}
        for request, verdict in self.classified:
            if verdict.is_false or verdict is Verdict.FAILURE:
                answer = "a user" if request.status == 200 else request.answer
                line = f"{verdict.value}: {request.kind}: {request.status} {answer}"
                assert self.load is not None
                found.setdefault(line, []).append(request.sent_at - self.load.started_at)
        return [f"{line}: {len(at)}, from {min(at):.1f} s to {max(at):.1f} s" for line, at in found.items()]


COLUMNS: dict[str, Callable[[Report], object]] = {
    "combination": lambda report: report.setting,
    "cases": lambda report: len(report.cases),
    "requests": lambda report: len(report.requests),
    "a second": lambda report: round(report.answered_rate) if report.requests else "-",
    "200": lambda report: report.count_status(200),
    "401": lambda report: report.count_status(401),
    "503": lambda report: report.count_status(503),
    "actions": lambda report: report.load.action_count if report.load else 0,
    "false acceptances": lambda report: report.count_false(Verdict.FALSE_ACCEPTANCE),
    "false rejections": lambda report: report.count_false(Verdict.FALSE_REJECTION),
    "failures": lambda report: report.count_false(Verdict.FAILURE),
    "ms, median / 99 % / maximum": lambda report: format_milliseconds(
        [request.latency_seconds for request in report.requests]
    ),
}


def render_table(reports: Iterable[Report]) -> str:
    """Return a Markdown table with a row for each combination."""
    head = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|--:" * (len(COLUMNS) - 1) + "|"]
    rows = ["| " + " | ".join(str(show(report)) for show in COLUMNS.values()) + " |" for report in reports]
    return "\n".join([*head, *rows])


def render_details(report: Report) -> str:
    """Return what a combination got wrong, or nothing."""
    lines = [*report.find_failures(), *report.describe_errors()]
    return "\n".join(f"  {report.setting}: {line}" for line in lines)
