"""The verdicts on responses under load, and the requirements on a run: pure, with measurements made by hand."""

from __future__ import annotations

import json
from array import array
from collections import Counter

import pytest

from end_to_end.load.generator.orders import Tally
from end_to_end.load.phases import Measurements, Phase, Slice, percentile, plan_slices
from end_to_end.load.report import describe_p99, find_failures, render_details, render_table
from end_to_end.load.tokens import Kind
from end_to_end.load.verdict import Response, Verdict, classify

BEARER = {"www-authenticate": "Bearer"}
REASONS = {Kind.EXPIRED: "Token has expired"}


def respond(status: int, headers: dict[str, str] | None = None, **body: str) -> Response:
    return Response(status, headers or {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("kind", "response", "verdict"),
    [
        (Kind.GOOD, respond(200, user_id="ada"), Verdict.CORRECT),
        (Kind.GOOD, respond(200, user_id="bob"), Verdict.WRONG_USER),
        (Kind.GOOD, Response(200, {}, b"ada"), Verdict.WRONG_USER),
        (Kind.GOOD, respond(401, BEARER, detail="Token has expired"), Verdict.WRONGLY_REFUSED),
        (Kind.GOOD, respond(503, {"retry-after": "1"}), Verdict.UNAVAILABLE),
        (Kind.GOOD, respond(503), Verdict.FAILED),
        (Kind.GOOD, respond(503, {"retry-after": "soon"}), Verdict.FAILED),
        (Kind.GOOD, respond(500), Verdict.FAILED),
        (Kind.GOOD, respond(204), Verdict.FAILED),
        (Kind.GOOD, None, Verdict.FAILED),
        (Kind.EXPIRED, respond(401, BEARER, detail="Token has expired"), Verdict.CORRECT),
        (Kind.EXPIRED, respond(401, BEARER, detail="Not authenticated"), Verdict.WRONG_REFUSAL),
        (Kind.EXPIRED, respond(401, detail="Token has expired"), Verdict.WRONG_REFUSAL),
        (Kind.EXPIRED, respond(401, {"www-authenticate": "Basic"}, detail="Token has expired"), Verdict.WRONG_REFUSAL),
        (Kind.EXPIRED, respond(200, user_id="ada"), Verdict.WRONGLY_ACCEPTED),
        (Kind.EXPIRED, respond(503, {"retry-after": "1"}), Verdict.UNAVAILABLE),
        (Kind.EXPIRED, respond(403), Verdict.FAILED),
        (Kind.EXPIRED, None, Verdict.FAILED),
        (Kind.FORGED, respond(401, BEARER, detail="anything: it has no expected reason"), Verdict.CORRECT),
    ],
)
def test_verdict_on_a_response(kind: Kind, response: Response | None, verdict: Verdict) -> None:
    assert classify(kind, "ada", response, REASONS) is verdict


def create_tally(seconds: float, kinds: tuple[Kind, ...] = (Kind.GOOD,)) -> Tally:
    """Return a tally of 1,000 correct responses of each kind, of which the last 20 took `seconds`."""
    tally = Tally(Counter({(kind, Verdict.CORRECT): 1_000 for kind in kinds}))
    tally.latencies[Kind.GOOD] = array("f", [0.001] * 980 + [seconds] * 20)
    tally.late_sends = array("f", [0.0])
    tally.seconds = 6.1
    return tally


def measure(
    good: float = 0.010, mixed: float = 0.010, control: float = 0.010, memory: tuple[float, ...] = (70.0,) * 6
) -> Measurements:
    """Return two rounds whose good tokens have these 99th percentiles; `memory` has a value for each slice."""
    p99 = {Phase.GOOD: good, Phase.MIXED: mixed, Phase.CONTROL: control}
    slices = [
        Slice(phase, 6.0, create_tally(p99[phase]), create_tally(1.0, tuple(phase.kinds)), number, 0.5)
        for number, phase in enumerate([*Phase, *Phase])
    ]
    return Measurements(1_000, 1_000, 800, 1.0, slices, [(float(at), mib) for at, mib in enumerate(memory)], 2, 3)


def test_run_without_faults_has_no_failure() -> None:
    assert find_failures(measure()) == []
    assert find_failures(measure(mixed=0.0149)) == []


def test_slow_good_tokens_among_bad_ones_are_a_failure_on_a_quiet_machine() -> None:
    measured = measure(mixed=0.016)
    assert find_failures(measured) == ["p99 of good tokens is 1.60 times as long with bad ones"]
    assert describe_p99(measured) == "p99 of good tokens: × 1.60 with bad ones (limit 1.5), × 1.00 in the A/A control"


@pytest.mark.parametrize("control", [0.005, 0.020])
def test_p99_is_not_checked_if_the_control_differs(control: float) -> None:
    measured = measure(mixed=0.5, control=control)
    assert find_failures(measured) == []
    assert "machine too noisy: at its capacity, the application had 100% of a core" in describe_p99(measured)


@pytest.mark.parametrize(("seconds", "unsent"), [(6.6, 0), (6.1, 1)])
def test_p99_is_not_checked_if_the_app_does_not_keep_up(seconds: float, unsent: int) -> None:
    measured = measure(mixed=0.5)
    assert len(find_failures(measured)) == 1
    for part in measured.slices:
        part.first.seconds = seconds if part.phase is not Phase.MIXED else 6.1
    measured.slices[0].second.unsent = unsent
    assert find_failures(measured) == []
    assert "machine too noisy: the last response came" in describe_p99(measured)


def test_p99_is_not_checked_if_other_work_has_the_core() -> None:
    measured = measure(mixed=0.5)
    measured.capacity_cpu_share = 0.89
    assert find_failures(measured) == []
    assert "the application had 89% of a core" in describe_p99(measured)


def test_backlog_among_bad_tokens_alone_is_no_excuse() -> None:
    measured = measure(mixed=0.5)
    for part in measured.slices_of(Phase.MIXED):
        part.first.seconds, part.first.unsent = 9.0, 1
    assert len(find_failures(measured)) == 1


def test_one_stall_of_the_machine_does_not_decide() -> None:
    measured = measure()
    measured.slices.append(Slice(Phase.MIXED, 6.0, create_tally(3.0), create_tally(3.0), 6.0, 0.5))
    assert measured.bad_token_ratio == pytest.approx(1.0)
    assert measured.pooled(Phase.MIXED, 99.5) == pytest.approx(3.0)


@pytest.mark.parametrize(("last", "is_flat"), [(75.0, True), (75.1, False), (65.0, True), (64.9, False)])
def test_memory_must_be_flat_after_the_first_round(last: float, is_flat: bool) -> None:  # noqa: FBT001 - pytest's
    measured = measure(memory=(20.0, 50.0, 70.0, 70.0, last, 70.0))
    assert (find_failures(measured) == []) is is_flat


def test_memory_of_a_single_round_is_not_checked() -> None:
    measured = measure(memory=(20.0, 50.0, 90.0))
    del measured.slices[3:]
    assert find_failures(measured) == []
    assert "too short" in render_table({"fastjose": measured})


def test_each_wrong_verdict_and_missing_kind_is_a_failure() -> None:
    measured = measure()
    measured.slices[1].second.verdicts[Kind.FORGED, Verdict.WRONGLY_ACCEPTED] = 2
    measured.slices[1].first.verdicts[Kind.GOOD, Verdict.UNAVAILABLE] = 3
    for part in measured.slices:
        part.second.verdicts.pop((Kind.GARBAGE, Verdict.CORRECT), None)
    assert find_failures(measured) == ["2 times bad token, accepted", "no token was sent of the kind garbage"]


def test_report_of_an_app_that_accepts_nothing_has_no_times() -> None:
    measured = measure()
    for part in measured.slices:
        part.first.latencies[Kind.GOOD] = array("f")
    assert " | - / - | - / - | - / - | - | - |" in render_table({"peer": measured})
    assert "good alone: - / - / - / - / - ms" in render_details("peer", measured)


def test_slices_give_each_phase_the_same_time_and_each_position() -> None:
    slices = plan_slices(600)
    assert sum(seconds for _, seconds in slices) == pytest.approx(600)
    assert {round(seconds, 3) for _, seconds in slices} == {round(600 / len(slices), 3)}
    assert Counter(phase for phase, _ in slices) == dict.fromkeys(Phase, len(slices) // 3)
    assert {phase for phase, _ in slices[::3]} == set(Phase)
    assert [seconds for _, seconds in plan_slices(4.5)] == [1.5] * 3


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile(list(range(1, 1_001)), 99) == 991
    assert percentile([1.0], 100) == 1.0
