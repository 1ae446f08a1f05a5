"""The measurements of a run, and their table and details as text."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from end_to_end.oracle import Request, TokenKind, Verdict, classify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from end_to_end.load_generator import Load, Plan
    from end_to_end.oracle import PublishedKeys
    from end_to_end.proxy import Proxy

MIN_RATE_PER_SECOND = 200
MIN_ROTATIONS = 20


class RunReport:
    """The measurements of one run of one library."""

    def __init__(self, library: str, plan: Plan, load: Load, published: PublishedKeys, proxy: Proxy) -> None:
        """Classify every response of a finished run."""
        self.library = library
        self.plan = plan
        self.started_at = load.started_at
        self.fetches = len(proxy.fetched_at)
        self.key_count = len(published.key_ids)
        self.withdrawn_key_count = len(published.withdrawn)
        self._served_at, self._outages = proxy.served_at, proxy.outages
        self.classified = [
            (request, classify(request, published, proxy.served_at, proxy.outages)) for request in load.requests
        ]
        self._counts = Counter(verdict for _, verdict in self.classified)

    def count(self, verdict: Verdict) -> int:
        """Return how many responses got this verdict."""
        return self._counts[verdict]

    @property
    def requests(self) -> list[Request]:
        """Every request, in the order of the responses."""
        return [request for request, _ in self.classified]

    @property
    def rotations(self) -> int:
        """How many times a new key replaced another."""
        return self.key_count - 1

    @property
    def rate_per_second(self) -> float:
        """Responses by the seconds of sending, which are longer than planned if the load was too high."""
        seconds = max(request.sent_at for request in self.requests) - self.started_at
        return sum(request.status is not None for request in self.requests) / max(seconds, self.plan.seconds)

    @property
    def first_latencies(self) -> list[float]:
        """The latency of the first token of each key, while the proxy was up."""
        return [request.latency_seconds for request in self._accepted() if request.is_first and self.is_up(request)]

    @property
    def cached_key_latencies(self) -> list[float]:
        """The latency of valid tokens whose key the proxy had delivered before, in outages too."""
        never = float("inf")
        return [
            request.latency_seconds
            for request in self._accepted()
            if self._served_at.get(request.key_id or "", never) <= request.sent_at
        ]

    @property
    def avoidable_rejections(self) -> int:
        """How many valid tokens were rejected while the proxy was up."""
        return sum(verdict is Verdict.FALSE_REJECTION and self.is_up(request) for request, verdict in self.classified)

    def count_responses(self, kind: TokenKind) -> Counter[str]:
        """Return the responses to `kind` while the proxy was up, as status and reason, with their number."""
        requests = [request for request in self.requests if request.kind is kind and self.is_up(request)]
        return Counter(f"{request.status} {request.user_or_reason}" for request in requests)

    def is_up(self, request: Request) -> bool:
        """Return whether the proxy was up during the whole request."""
        return not any(outage.overlaps(request) for outage in self._outages)

    def count_kinds(self) -> Counter[TokenKind]:
        """Return how many requests were sent of each kind."""
        return Counter(request.kind for request in self.requests)

    def find_failures(self) -> list[str]:
        """Return one line for each requirement that the run does not meet."""
        failures = [
            f"{self.count(verdict)} times {verdict.value}"
            for verdict in (Verdict.FALSE_REJECTION, Verdict.FALSE_ACCEPTANCE, Verdict.APP_FAILURE)
            if self.count(verdict)
        ]
        failures += [
            f"no token was sent of the kind {kind.value}" for kind in self.plan.shares if not self.count_kinds()[kind]
        ]
        if self.rate_per_second < MIN_RATE_PER_SECOND:
            failures.append(f"the rate was {self.rate_per_second:.0f} requests a second, not {MIN_RATE_PER_SECOND}")
        if self.rotations < MIN_ROTATIONS:
            failures.append(f"there were {self.rotations} rotations, not {MIN_ROTATIONS}")
        return failures

    def _accepted(self) -> list[Request]:
        return [request for request, verdict in self.classified if verdict is Verdict.ACCEPTED]


def format_milliseconds(latencies: Sequence[float]) -> str:
    """Return the median, the 99th percentile, the maximum (in milliseconds) and the number of latencies."""
    if not latencies:
        return "-"
    ranked = sorted(latencies)
    chosen = [ranked[len(ranked) // 2], ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)], ranked[-1]]
    return " / ".join(f"{latency * 1000:.1f}" for latency in chosen) + f" ({len(ranked)})"


COLUMNS: dict[str, Callable[[RunReport], object]] = {
    "library": lambda run: run.library,
    "s": lambda run: round(run.plan.seconds),
    "requests": lambda run: len(run.requests),
    "a second": lambda run: round(run.rate_per_second),
    "rotations": lambda run: run.rotations,
    "first token of a key, ms": lambda run: format_milliseconds(run.first_latencies),
    "cached key, ms": lambda run: format_milliseconds(run.cached_key_latencies),
    "all, ms": lambda run: format_milliseconds([request.latency_seconds for request in run.requests]),
    "JWKS fetches": lambda run: run.fetches,
    "503 in the outage": lambda run: run.count(Verdict.UNAVAILABLE),
    "false rejections": lambda run: run.count(Verdict.FALSE_REJECTION),
    "of these with the proxy up": lambda run: run.avoidable_rejections,
    "false acceptances": lambda run: run.count(Verdict.FALSE_ACCEPTANCE),
}


def render_table(runs: Iterable[RunReport]) -> str:
    """Return a Markdown table with a row for each run."""
    head = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|--:" * (len(COLUMNS) - 1) + "|"]
    return "\n".join([*head, *("| " + " | ".join(str(show(run)) for show in COLUMNS.values()) + " |" for run in runs)])


def render_details(run: RunReport) -> str:
    """Return the requests by kind, the responses by verdict, and every incorrect response with its time."""
    sent = ", ".join(f"{kind.value} {count}" for kind, count in run.count_kinds().most_common())
    verdicts = ", ".join(f"{verdict.value} {run.count(verdict)}" for verdict in Verdict)
    lines = [
        f"{run.library}: {run.key_count} keys, {run.withdrawn_key_count} of which left the JWKS",
        f"  sent: {sent}",
        f"  verdicts: {verdicts}",
    ]
    responses = [
        f"  {kind.value}: {response}: {count}"
        for kind in TokenKind
        if kind.is_attack
        for response, count in run.count_responses(kind).most_common()
    ]
    return "\n".join([*lines, *responses, *_incorrect_responses(run)])


def _incorrect_responses(run: RunReport) -> list[str]:
    """Return a line for each incorrect response, with its number and times."""
    times: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for request, verdict in run.classified:
        if verdict in (Verdict.FALSE_REJECTION, Verdict.FALSE_ACCEPTANCE, Verdict.APP_FAILURE):
            response = (verdict.value, request.kind.value, f"{request.status} {request.user_or_reason}")
            times[response].append(request.sent_at - run.started_at)
    return [
        f"  {verdict}: {kind}: {response}: {len(at)}, at {_format_spans(at)}"
        for (verdict, kind, response), at in times.items()
    ]


def _format_spans(times: list[float], min_gap_seconds: float = 0.5) -> str:
    spans: list[list[float]] = []
    for time in sorted(times):
        if spans and time - spans[-1][1] < min_gap_seconds:
            spans[-1][1] = time
        else:
            spans.append([time, time])
    return ", ".join(f"{first:.1f} to {last:.1f}" for first, last in spans) + " s"
