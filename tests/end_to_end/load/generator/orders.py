"""Orders to a generator, and what it reports. All processes share the monotonic clock of these times."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence  # noqa: TC003 - dataclasses
from dataclasses import dataclass, field
from typing import NamedTuple

from end_to_end.load.rotation import KEYS_IN_USE, find_generation
from end_to_end.load.tokens import Kind
from end_to_end.load.verdict import Verdict


class Sample(NamedTuple):
    """A request with its token's kind and user."""

    kind: Kind
    user_id: str
    request: bytes

    @classmethod
    def create(cls, kind: Kind, user_id: str, token: str) -> Sample:
        """Return the request with this token."""
        head = f"GET /user-id HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {token}\r\n\r\n"
        return cls(kind, user_id, head.encode())


@dataclass(frozen=True)
class Batch:
    """Requests to choose from, of one kind.

    Attributes:
        rotation_started_at: The time at which the key of generation 0 began to sign.
        by_generation: The requests whose tokens need a published key, by the generation of the key.
        always: Those that need none.
    """

    rotation_started_at: float
    by_generation: Mapping[int, Sequence[Sample]] = field(default_factory=dict)
    always: Sequence[Sample] = ()

    def choose(self, number: int, at: float) -> Sample:
        """Return the request with this number, for this time: of each key in use in turn."""
        samples = self.always
        if not samples:
            generation = find_generation(self.rotation_started_at, at) - number % KEYS_IN_USE
            samples, number = self.by_generation[generation], number // KEYS_IN_USE
        return samples[number % len(samples)]


@dataclass(frozen=True)
class Order:
    """What to send.

    Attributes:
        batches: The batches, of which one request each is sent in turn.
        seconds: The time for which requests are sent.
        rate: The number of requests a second, whenever they are answered; None: as fast as they are answered.
        connections: The number of connections that are used; without a rate, all of them at all times.
        max_in_flight: The number of requests without a response at which those that are due are left out: the server is
            overloaded, and would answer after the time limit.
        reasons: The reasons that responses must have.
    """

    batches: Sequence[Batch]
    seconds: float
    rate: float | None
    connections: int
    max_in_flight: float = float("inf")
    reasons: Mapping[Kind, str] = field(default_factory=dict)

    def choose(self, number: int, at: float) -> Sample:
        """Return the request with this number, for this time."""
        batch = self.batches[number % len(self.batches)]
        return batch.choose(number // len(self.batches), at)


def _create_arrays() -> dict[Kind, array[float]]:
    return {kind: array("f") for kind in Kind}


@dataclass
class Tally:
    """What happened to the requests.

    Attributes:
        verdicts: The number of responses by kind and verdict.
        latencies: The time from the moment at which a request was due to its response, by kind.
        late_sends: The time by which each request was sent late: by the generator, or for want of a connection.
        wrong: Some of the wrong responses, as text.
        unsent: The number of requests that were left out.
        seconds: The time from the first request to the last response.
    """

    verdicts: Counter[tuple[Kind, Verdict]] = field(default_factory=Counter)
    latencies: dict[Kind, array[float]] = field(default_factory=_create_arrays)
    late_sends: array[float] = field(default_factory=lambda: array("f"))
    wrong: list[str] = field(default_factory=list)
    unsent: int = 0
    seconds: float = 0.0

    def merge(self, other: Tally) -> None:
        """Add what another process, or another slice, counted."""
        self.verdicts.update(other.verdicts)
        for kind, latencies in other.latencies.items():
            self.latencies[kind].extend(latencies)
        self.late_sends.extend(other.late_sends)
        self.wrong.extend(other.wrong)
        self.unsent += other.unsent
        self.seconds += other.seconds

    def count(self, *verdicts: Verdict) -> int:
        """Return the number of responses with one of these verdicts; of all without one."""
        return sum(count for (_, verdict), count in self.verdicts.items() if verdict in (verdicts or tuple(Verdict)))
