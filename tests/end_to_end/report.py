"""The figures of a run, the table of several, and what they say together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from end_to_end.oracle import Judgement, Kind, Request, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from end_to_end.load_generator import Load, Plan
    from end_to_end.oracle import Publication
    from end_to_end.proxy import Proxy

LEAST_RATE = 200
LEAST_ROTATIONS = 20


class Figures:
    """What a run of one library showed."""

    def __init__(self, library: str, plan: Plan, load: Load, published: Publication, proxy: Proxy) -> None:
        """Judge every answer of a run that is over."""
        self.library = library
        self.plan = plan
        self.started_at = load.started_at
        self.fetches = len(proxy.fetched_at)
        self.key_count = len(published.key_ids)
        self.withdrawn_key_count = len(published.gone)
        self._served_at, self._outages = proxy.served_at, proxy.outages
        self.judged = [
            (request, judge(request, published, proxy.served_at, proxy.outages)) for request in load.requests
        ]
        self._counts = Counter(judgement for _, judgement in self.judged)

    def count(self, judgement: Judgement) -> int:
        """Return how many answers amount to `judgement`."""
        return self._counts[judgement]

    @property
    def requests(self) -> list[Request]:
        """Every request, in the order of the answers."""
        return [request for request, _ in self.judged]

    @property
    def rotations(self) -> int:
        """How many keys took another's place."""
        return self.key_count - 1

    @property
    def rate(self) -> float:
        """Requests that were answered, by the seconds of sending: longer than planned, if it was too much."""
        seconds = max(request.sent_at for request in self.requests) - self.started_at
        return sum(request.status is not None for request in self.requests) / max(seconds, self.plan.seconds)

    @property
    def first_latencies(self) -> list[float]:
        """What the first token of each key took, where the proxy was up."""
        return [request.latency_seconds for request in self._accepted() if request.is_first and self.is_up(request)]

    @property
    def known_latencies(self) -> list[float]:
        """What valid tokens took whose key had been handed out before they were sent, the proxy up or down."""
        never = float("inf")
        return [
            request.latency_seconds
            for request in self._accepted()
            if self._served_at.get(request.key_id or "", never) <= request.sent_at
        ]

    @property
    def avoidable_refusals(self) -> int:
        """How many valid tokens were refused while the proxy was up."""
        return sum(found is Judgement.FALSE_REFUSAL and self.is_up(request) for request, found in self.judged)

    def answers(self, kind: Kind) -> Counter[str]:
        """Return the answers to `kind` while the proxy was up, as status and reason."""
        requests = [request for request in self.requests if request.kind is kind and self.is_up(request)]
        return Counter(f"{request.status} {request.said}" for request in requests)

    def is_up(self, request: Request) -> bool:
        """Tell whether the proxy was up for as long as the request was under way."""
        return not any(outage.overlaps(request) for outage in self._outages)

    def kinds(self) -> Counter[Kind]:
        """Return how many were sent of each kind."""
        return Counter(request.kind for request in self.requests)

    def failures(self) -> list[str]:
        """Return in what the run falls short, one line each; empty if it is as it must be."""
        wrong = [
            f"{self.count(judgement)} times {judgement.value}"
            for judgement in (Judgement.FALSE_REFUSAL, Judgement.FALSE_ACCEPTANCE, Judgement.FAULT)
            if self.count(judgement)
        ]
        wrong += [f"nothing was sent as {kind.value}" for kind in self.plan.shares if not self.kinds()[kind]]
        if self.rate < LEAST_RATE:
            wrong.append(f"{self.rate:.0f} requests a second were reached, not {LEAST_RATE}")
        if self.rotations < LEAST_ROTATIONS:
            wrong.append(f"there were {self.rotations} rotations, not {LEAST_ROTATIONS}")
        return wrong

    def _accepted(self) -> list[Request]:
        return [request for request, found in self.judged if found is Judgement.ACCEPTED]


def milliseconds(latencies: Sequence[float]) -> str:
    """Return the median, the 99th percentile and the greatest, in milliseconds, and of how many."""
    if not latencies:
        return "none"
    ranked = sorted(latencies)
    chosen = [ranked[len(ranked) // 2], ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)], ranked[-1]]
    return " / ".join(f"{latency * 1000:.1f}" for latency in chosen) + f" ({len(ranked)})"


COLUMNS: dict[str, Callable[[Figures], object]] = {
    "library": lambda run: run.library,
    "s": lambda run: round(run.plan.seconds),
    "requests": lambda run: len(run.requests),
    "a second": lambda run: round(run.rate),
    "rotations": lambda run: run.rotations,
    "first token of a key, ms": lambda run: milliseconds(run.first_latencies),
    "key at hand, ms": lambda run: milliseconds(run.known_latencies),
    "all, ms": lambda run: milliseconds([request.latency_seconds for request in run.requests]),
    "JWKS fetches": lambda run: run.fetches,
    "503 in the outage": lambda run: run.count(Judgement.UNAVAILABLE),
    "false refusals": lambda run: run.count(Judgement.FALSE_REFUSAL),
    "of these with the proxy up": lambda run: run.avoidable_refusals,
    "false acceptances": lambda run: run.count(Judgement.FALSE_ACCEPTANCE),
}


def table(runs: Iterable[Figures]) -> str:
    """Return a row for each run, as Markdown."""
    head = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|--:" * (len(COLUMNS) - 1) + "|"]
    return "\n".join([*head, *("| " + " | ".join(str(show(run)) for show in COLUMNS.values()) + " |" for run in runs)])


def details(run: Figures) -> str:
    """Return what was sent and what became of it, and everything that was wrong, with its time."""
    sent = ", ".join(f"{kind.value} {count}" for kind, count in run.kinds().most_common())
    became = ", ".join(f"{judgement.value} {run.count(judgement)}" for judgement in Judgement)
    lines = [
        f"{run.library}: {run.key_count} keys, {run.withdrawn_key_count} of which left the JWKS",
        f"  sent: {sent}",
        f"  became: {became}",
    ]
    answers = [
        f"  {kind.value}: {answer}: {count}"
        for kind in Kind
        if kind.is_hostile
        for answer, count in run.answers(kind).most_common()
    ]
    return "\n".join([*lines, *answers, *_wrong(run)])


def _wrong(run: Figures) -> list[str]:
    """Group what was wrong by what the app answered, and say how often and when that was."""
    times: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for request, judgement in run.judged:
        if judgement in (Judgement.FALSE_REFUSAL, Judgement.FALSE_ACCEPTANCE, Judgement.FAULT):
            answer = (judgement.value, request.kind.value, f"{request.status} {request.said}")
            times[answer].append(request.sent_at - run.started_at)
    return [
        f"  {judgement}: {kind}: {answer}: {len(at)}, at {_spans(at)}"
        for (judgement, kind, answer), at in times.items()
    ]


def _spans(times: list[float], apart_seconds: float = 0.5) -> str:
    spans: list[list[float]] = []
    for time in sorted(times):
        if spans and time - spans[-1][1] < apart_seconds:
            spans[-1][1] = time
        else:
            spans.append([time, time])
    return ", ".join(f"{first:.1f} to {last:.1f}" for first, last in spans) + " s"
