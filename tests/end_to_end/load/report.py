"""The requirements on a run, its table, and its details."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from end_to_end.load.phases import Measurements, Phase, percentile
from end_to_end.load.tokens import Kind
from end_to_end.load.verdict import WRONG, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BAD_TOKEN_RATIO = 1.5
MAX_CONTROL_RATIO = 1.25
"""If the phases with the same requests differ by more, the machine is too noisy to check the 99th percentile."""
MAX_BACKLOG_SECONDS = 0.5
"""If the last good tokens take longer, the application gets less of the processor than when its capacity was measured,
and the 99th percentile is that of the queue.
"""
MIN_CAPACITY_CPU_SHARE = 0.9
"""If the application has less of its core when it is saturated, other work has the rest: a thread that holds the GIL is
suspended, and the others wait.
"""
MAX_MEMORY_CHANGE_MIB = 5


def find_failures(measured: Measurements) -> list[str]:
    """Return one line for each requirement that the run does not meet."""
    total = measured.total
    failures = [f"{count} times {verdict.value}" for verdict in WRONG if (count := total.count(verdict))]
    failures += [f"no token was sent of the kind {kind.value}" for kind in _kinds_without_response(measured)]
    change = max(measured.memory_changes_mib, key=abs, default=0.0)
    if abs(change) > MAX_MEMORY_CHANGE_MIB:
        failures.append(f"the resident set changed by {change:+.1f} MiB, more than {MAX_MEMORY_CHANGE_MIB} MiB")
    if is_quiet(measured) and measured.bad_token_ratio > MAX_BAD_TOKEN_RATIO:
        failures.append(f"p99 of good tokens is {measured.bad_token_ratio:.2f} times as long with bad ones")
    return failures


def is_quiet(measured: Measurements) -> bool:
    """Return whether the machine was free enough for a limit on the 99th percentile.

    The application had a core, the control is near to the phase that it repeats, and the application kept up.
    """
    is_repeatable = 1 / MAX_CONTROL_RATIO <= measured.control_ratio <= MAX_CONTROL_RATIO
    has_core = measured.capacity_cpu_share >= MIN_CAPACITY_CPU_SHARE
    return has_core and is_repeatable and not is_overloaded(measured)


def is_overloaded(measured: Measurements) -> bool:
    """Return whether the application did not keep up with the rate."""
    return measured.unsent > 0 or measured.backlog_seconds > MAX_BACKLOG_SECONDS


def describe_p99(measured: Measurements) -> str:
    """Return what the 99th percentiles show, or that the machine was too noisy."""
    ratio, control = _ratio(measured.bad_token_ratio), _ratio(measured.control_ratio)
    if is_overloaded(measured):
        return (
            f"p99 is not checked, machine too noisy: the last response came {measured.backlog_seconds:.1f} s after the "
            f"last request, {measured.unsent} requests were left out (× {control} in A/A, × {ratio} with bad ones)"
        )
    if not is_quiet(measured):
        share = f"{measured.capacity_cpu_share:.0%}"
        return (
            f"p99 is not checked, machine too noisy: at its capacity, the application had {share} "
            f"of a core; × {control} in A/A (× {ratio} with bad ones)"
        )
    return f"p99 of good tokens: × {ratio} with bad ones (limit {MAX_BAD_TOKEN_RATIO}), × {control} in the A/A control"


def _kinds_without_response(measured: Measurements) -> list[Kind]:
    sent = {kind for kind, _ in measured.total.verdicts}
    return [kind for kind in Kind if kind not in sent]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if isfinite(seconds) else "-"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if isfinite(ratio) else "-"


def _show_change(measured: Measurements) -> str:
    changes = measured.memory_changes_mib
    return f"{min(changes):+.1f} to {max(changes):+.1f}" if changes else "too short"


COLUMNS: Mapping[str, Callable[[Measurements], object]] = {
    "good a second at most": lambda m: f"{m.capacity:,.0f}",
    "good and bad": lambda m: f"{m.mixed_capacity:,.0f}",
    "sent a second": lambda m: f"{m.rate:,.0f}",
    "responses": lambda m: f"{m.total.count():,}",
    "good alone, ms": lambda m: _show_latencies(m, Phase.GOOD),
    "with bad, ms": lambda m: _show_latencies(m, Phase.MIXED),
    "alone again, ms": lambda m: _show_latencies(m, Phase.CONTROL),
    "A/A": lambda m: _ratio(m.control_ratio),
    "bad / alone": lambda m: _ratio(m.bad_token_ratio),
    "RSS, MiB": lambda m: f"{m.memory[-1][1]:.0f}",
    "change": _show_change,
    "fetches": lambda m: m.fetches,
    "good refused": lambda m: m.total.count(Verdict.WRONGLY_REFUSED),
    "bad accepted": lambda m: m.total.count(Verdict.WRONGLY_ACCEPTED, Verdict.WRONG_USER),
    "503": lambda m: m.total.count(Verdict.UNAVAILABLE),
    "other failures": lambda m: m.total.count(Verdict.FAILED, Verdict.WRONG_REFUSAL),
}


def _show_latencies(measured: Measurements, phase: Phase) -> str:
    return f"{_milliseconds(measured.pooled(phase, 50))} / {_milliseconds(measured.p99_of_slices(phase))}"


def render_table(runs: Mapping[str, Measurements]) -> str:
    """Return a Markdown table with a row for each run."""
    head = ["| library | " + " | ".join(COLUMNS) + " |", "|---" + "|--:" * len(COLUMNS) + "|"]
    rows = [
        f"| {name} | " + " | ".join(str(show(measured)) for show in COLUMNS.values()) + " |"
        for name, measured in runs.items()
    ]
    return "\n".join([*head, *rows])


def render_details(name: str, measured: Measurements) -> str:
    """Return the latencies and the processor time of each phase, the verdicts, and some wrong responses."""
    lines = [f"{name}: {measured.rotations} rotations, {measured.fetches} fetches"]
    for phase in Phase:
        slices = measured.slices_of(phase)
        cpu = sum(part.cpu_share for part in slices) / len(slices)
        ranks = " / ".join(_milliseconds(measured.pooled(phase, percent)) for percent in (50, 90, 99, 99.9, 100))
        by_slice = ", ".join(_milliseconds(percentile(part.first.latencies[Kind.GOOD], 99)) for part in slices)
        late = percentile([each for part in slices for each in part.first.late_sends], 99)
        lines.append(
            f"  {phase.value}: {ranks} ms (50, 90, 99, 99.9, 100 %), processor {cpu:.0%}; p99 of each slice {by_slice}"
        )
        backlog = max(part.backlog_seconds for part in slices)
        lines.append(f"    last response after {backlog:.2f} s at most, sent late: {_milliseconds(late)} ms (99 %)")
    total = measured.total
    lines += [
        f"  {kind.value}: {verdict.value}: {count}"
        for (kind, verdict), count in sorted(total.verdicts.items(), key=str)
    ]
    lines += [f"    {_show_kind(total.latencies[kind], kind)}" for kind in Kind]
    return "\n".join([*lines, *(f"  {line}" for line in total.wrong[:5])])


def _show_kind(latencies: object, kind: Kind) -> str:
    values = list(latencies)  # type: ignore[call-overload]
    return f"{kind.value}: {_milliseconds(percentile(values, 50))} / {_milliseconds(percentile(values, 99))} ms"
