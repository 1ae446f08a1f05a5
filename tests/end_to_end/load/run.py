"""One run: the key server, one application, two generators, and the slices."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from end_to_end.load.generator.orders import Order
from end_to_end.load.generator.process import GeneratorProcess, run_generator
from end_to_end.load.mint import Mint
from end_to_end.load.phases import BAD_SHARE, Measurements, Phase, Slice, plan_slices
from end_to_end.load.process_usage import read_cpu_seconds, sample_memory
from end_to_end.load.rotation import SECONDS, Rotation
from end_to_end.load.tokens import BAD, Kind
from end_to_end.load.verdict import Verdict
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks
from support.servers.uvicorn_server import ServedApp, run_uvicorn_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from end_to_end.load.candidates import Candidate
    from end_to_end.load.generator.orders import Tally

LOAD_SHARE = 0.8
"""The rate, as a share of the capacity for good and bad tokens."""
MAX_BACKLOG_SECONDS = 5
"""The requests of this time may be without a response: more would be answered after the time limit."""
CAPACITY_SECONDS, CAPACITY_CONNECTIONS = 3, 32
MIXED_CAPACITY_SHARE, MIXED_CAPACITY_SECONDS = 0.6, 6
"""The processor time of good and bad tokens is measured at this share of the capacity of good ones."""
MAX_CONNECTIONS = 500
WARM_UP_SECONDS = 2
LEAD_SECONDS = 0.1
UVICORN_OPTIONS = ("--no-access-log", "--timeout-keep-alive", "600", "--backlog", "4096")


@dataclass(frozen=True)
class Plan:
    """What a run sends.

    Attributes:
        seconds: The duration of all slices.
        rate: The number of requests a second; None: 80 % of the measured capacity.
        notice_seconds: The time for which a key is published before it signs.
    """

    seconds: float
    rate: float | None = None
    notice_seconds: float = SECONDS


class Stage:
    """A running application with its key server and generators."""

    def __init__(
        self, candidate: Candidate, rotation: Rotation, app: ServedApp, generators: Sequence[GeneratorProcess]
    ) -> None:
        self.app = app
        self._candidate, self._generators = candidate, generators
        self._mint = Mint(rotation)

    def warm_up(self) -> None:
        """Use every connection, with good and bad tokens: memory then holds as many requests as later in a backlog."""
        self._send([[Kind.GOOD], list(BAD)], WARM_UP_SECONDS, [None, MAX_CONNECTIONS], MAX_CONNECTIONS)

    def measure_capacity(self) -> tuple[float, float]:
        """Return how many good tokens a second it accepts at most (the median of three), and its share of a core."""
        cpu = read_cpu_seconds(self.app.process.pid)
        capacity = median(self._measure_capacity_once() for _ in range(3))
        return capacity, (read_cpu_seconds(self.app.process.pid) - cpu) / (3 * CAPACITY_SECONDS)

    def measure_mixed_capacity(self, capacity: float) -> float:
        """Return how many requests a second, good and bad, occupy its core, if it accepts `capacity` good ones.

        Tokens of unknown keys wait, so that as many as are answered cannot be sent: the processor time decides.
        """
        rate = MIXED_CAPACITY_SHARE * capacity
        return rate / self.run_slice(Phase.MIXED, MIXED_CAPACITY_SECONDS, rate).cpu_share

    def _measure_capacity_once(self) -> float:
        connections = CAPACITY_CONNECTIONS // len(self._generators)
        tallies = self._send([[Kind.GOOD]] * 2, CAPACITY_SECONDS, [None, None], connections)
        accepted = sum(tally.count(Verdict.CORRECT) / tally.seconds for tally in tallies)
        if not accepted:
            raise RuntimeError(f"no good token was accepted: {tallies[0].wrong[:1]}")
        return accepted

    def run_slice(self, phase: Phase, seconds: float, rate: float) -> Slice:
        """Send the requests of a slice."""
        cpu = read_cpu_seconds(self.app.process.pid)
        rates = [rate * (1 - BAD_SHARE), rate * BAD_SHARE]
        first, second = self._send([[Kind.GOOD], phase.kinds], seconds, rates, MAX_CONNECTIONS)
        cpu_share = (read_cpu_seconds(self.app.process.pid) - cpu) / seconds
        return Slice(phase, seconds, first, second, time.monotonic(), cpu_share)

    def _send(
        self, kinds: Sequence[Sequence[Kind]], seconds: float, rates: Sequence[float | None], connections: int
    ) -> list[Tally]:
        reasons = dict(self._candidate.reasons)
        for generator, own, rate in zip(self._generators, kinds, rates, strict=True):
            max_in_flight = float("inf") if rate is None else max(1, rate * MAX_BACKLOG_SECONDS)
            batches = [self._mint.create_batch(kind, seconds, rate) for kind in own]
            generator.prepare(self.app.origin, Order(batches, seconds, rate, connections, max_in_flight, reasons))
        starts_at = time.monotonic() + LEAD_SECONDS
        for generator in self._generators:
            generator.start(starts_at)
        return [generator.wait() for generator in self._generators]


def run(candidate: Candidate, plan: Plan, directory: Path) -> Measurements:
    """Send the load of `plan` to the application; write its log to `directory`."""
    rotation = Rotation(plan.notice_seconds)
    with (
        serve_jwks(rotation.read_key_set) as key_server,
        run_stage(candidate, rotation, key_server, directory) as stage,
    ):
        measurements = _measure_capacity(stage, plan)
        fetches, started_at = key_server.request_count, time.monotonic()
        with sample_memory(stage.app.process.pid) as measurements.memory:
            for phase, seconds in plan_slices(plan.seconds):
                measurements.slices.append(stage.run_slice(phase, seconds, measurements.rate))
        measurements.fetches = key_server.request_count - fetches
        measurements.rotations = rotation.generation_at(time.monotonic()) - rotation.generation_at(started_at)
    return measurements


def _measure_capacity(stage: Stage, plan: Plan) -> Measurements:
    if plan.rate is not None:
        return Measurements(float("nan"), float("nan"), plan.rate)
    stage.warm_up()
    capacity, cpu_share = stage.measure_capacity()
    mixed_capacity = min(capacity, stage.measure_mixed_capacity(capacity))
    return Measurements(capacity, mixed_capacity, LOAD_SHARE * mixed_capacity, cpu_share)


@contextlib.contextmanager
def run_stage(candidate: Candidate, rotation: Rotation, key_server: JwksProxy, directory: Path) -> Iterator[Stage]:
    """Run the application on the first core, and the generators on the last one; anywhere if there is one core."""
    cores = sorted(os.sched_getaffinity(0))
    has_cores = len(cores) > 1
    with contextlib.ExitStack() as stack:
        environment = candidate.environment(key_server.url)
        app = stack.enter_context(
            run_uvicorn_with(Path(sys.executable), directory, candidate.application, environment, UVICORN_OPTIONS)
        )
        if has_cores:
            _pin(app.process.pid, cores[0])
        generators = [stack.enter_context(run_generator(cores[-1] if has_cores else None)) for _ in range(2)]
        yield Stage(candidate, rotation, app, generators)


def _pin(process_id: int, core: int) -> None:
    """Keep every thread of a process on one core."""
    for task in Path(f"/proc/{process_id}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})
