"""Load with good and bad tokens, for seconds; `make soak` runs ten minutes, and checks times and memory."""

from __future__ import annotations

import asyncio
import mmap
import os
import sys
from typing import TYPE_CHECKING

import pytest

from end_to_end.load.candidates import APPS, FASTJOSE, Candidate
from end_to_end.load.generator.orders import Batch, Order, Sample, Tally
from end_to_end.load.generator.sender import Sender
from end_to_end.load.process_usage import read_cpu_seconds, read_resident_mib
from end_to_end.load.report import find_failures, render_details, render_table
from end_to_end.load.rotation import KEYS_IN_USE, SECONDS, Rotation
from end_to_end.load.run import Plan, run
from end_to_end.load.tokens import Kind
from end_to_end.load.verdict import WRONG, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAULTY = Candidate("PyJWT", f"{APPS}.app_faulty:app", "none")
PLAN = Plan(seconds=4.5, rate=100)
REQUESTS = 450
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n" + b'{"user_id":"u"}'

linux = pytest.mark.skipif(sys.platform != "linux", reason="memory and processor time are read from /proc")


@linux
def test_fastjose_under_load_gives_no_wrong_response(tmp_path: Path) -> None:
    measured = run(FASTJOSE, PLAN, tmp_path)

    print(render_table({"fastjose": measured}), render_details("fastjose", measured), sep="\n")  # noqa: T201 - if it fails
    total = measured.total
    assert {verdict: total.count(verdict) for verdict in WRONG} == dict.fromkeys(WRONG, 0)
    assert total.count() == total.count(Verdict.CORRECT) == REQUESTS
    assert {kind for kind, _ in total.verdicts} == set(Kind)
    assert measured.rotations >= 2
    assert measured.fetches >= 2
    assert measured.memory


@linux
def test_run_of_a_faulty_app_reports_each_fault(tmp_path: Path) -> None:
    measured = run(FAULTY, PLAN, tmp_path)

    counts = {verdict: measured.total.count(verdict) for verdict in Verdict}
    assert all(counts.values()), counts
    assert measured.total.count() == REQUESTS
    failures = "; ".join(find_failures(measured))
    assert all(verdict.value in failures for verdict in WRONG)
    assert Verdict.UNAVAILABLE.value not in failures


def test_request_is_sent_when_it_is_due_and_its_latency_begins_then() -> None:
    """Whatever the server does: it answers the first request only when it has received the last one."""
    requests = 20
    tally = asyncio.run(send_to_server(answer_when_all_have_arrived(requests), requests, rate=200))

    assert tally.count(Verdict.CORRECT) == requests
    assert max(tally.latencies[Kind.GOOD]) >= (requests - 1) / 200
    assert len(tally.late_sends) == requests


def test_latency_includes_the_wait_for_a_connection() -> None:
    def answer_later(writer: asyncio.StreamWriter) -> None:
        asyncio.get_running_loop().call_later(0.02, writer.write, OK)

    tally = asyncio.run(send_to_server(answer_later, 10, rate=1_000, connections=1))

    assert tally.count(Verdict.CORRECT) == 10
    assert max(tally.latencies[Kind.GOOD]) >= 10 * 0.02 - 10 / 1_000
    assert max(tally.late_sends) >= 9 * 0.02 - 10 / 1_000


@pytest.mark.parametrize("connections", [1, 100])
def test_connection_that_the_server_closes_is_a_failed_request(connections: int) -> None:
    received: list[asyncio.StreamWriter] = []

    def close(writer: asyncio.StreamWriter) -> None:
        received.append(writer)
        writer.close()

    tally = asyncio.run(send_to_server(close, 5, rate=1_000, connections=connections))

    assert tally.verdicts == {(Kind.GOOD, Verdict.FAILED): 5}
    assert len(tally.wrong) == len(received) == 5


def test_requests_beyond_those_in_flight_are_left_out() -> None:
    waiting: list[asyncio.StreamWriter] = []

    async def send() -> Tally:
        sending = asyncio.create_task(send_to_server(waiting.append, 20, rate=1_000, max_in_flight=5))
        while len(waiting) < 5:  # noqa: ASYNC110 - the server runs in the same loop
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # the rest is due
        for writer in waiting:
            writer.write(OK)
        return await sending

    tally = asyncio.run(send())
    assert tally.verdicts[Kind.GOOD, Verdict.CORRECT] >= 5
    assert tally.count() + tally.unsent == 20
    assert tally.unsent


def answer_when_all_have_arrived(requests: int) -> Callable[[asyncio.StreamWriter], None]:
    waiting: list[asyncio.StreamWriter] = []

    def answer(writer: asyncio.StreamWriter) -> None:
        waiting.append(writer)
        if len(waiting) == requests:
            for each in waiting:
                each.write(OK)

    return answer


async def send_to_server(
    answer: Callable[[asyncio.StreamWriter], object],
    requests: int,
    rate: int,
    connections: int = 100,
    max_in_flight: float = float("inf"),
) -> Tally:
    """Send requests to a server that calls `answer` for each, and return what the generator counted."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            answer(writer)
        writer.close()

    batch = Batch(0.0, always=[Sample.create(Kind.GOOD, "u", "a.b.c")])
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        order = Order([batch], requests / rate, rate, connections, max_in_flight)
        sender = Sender(f"http://127.0.0.1:{port}", order)
        await sender.open_connections()
        return await sender.send_all(asyncio.get_running_loop().time())


@pytest.mark.parametrize("notice_seconds", [0.0, 2.0])
def test_every_key_in_use_is_published(notice_seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rotation = Rotation(notice_seconds)
    for tenths in range(100):
        at = rotation.started_at + tenths / 10
        monkeypatch.setattr("time.monotonic", lambda at=at: at)
        published = [jwk["kid"] for jwk in rotation.read_key_set()["keys"]]
        newest = rotation.generation_at(at)
        assert {rotation.key(newest - age).key_id for age in range(KEYS_IN_USE)} <= set(published)
        has_next = rotation.key(newest + 1).key_id in published
        assert has_next == (notice_seconds == SECONDS)


@linux
def test_memory_and_processor_time_are_those_of_the_process() -> None:
    resident, used = read_resident_mib(os.getpid()), read_cpu_seconds(os.getpid())
    with mmap.mmap(-1, 64 * 1_048_576) as block:
        assert read_resident_mib(os.getpid()) < resident + 50
        block.write(b"x" * len(block))
        assert read_resident_mib(os.getpid()) >= resident + 50
    while read_cpu_seconds(os.getpid()) < used + 0.1:
        pass
