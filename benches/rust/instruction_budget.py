"""Compares the instructions of a verification with the budget in `instruction_budget.json`: `make bench-instructions`.

The count is the number of instructions of the core per call, measured by callgrind on `instruction_budget.rs`. It is
the difference between a run with many calls and a run with few, so that start and set-up cancel out. The instructions
of the aws-lc-rs primitive in the same binary are subtracted, because they depend on the features of the processor.
valgrind emulates the same processor everywhere (with AVX2, without SHA extensions), so the counts are equal on x86-64
machines. A machine of another architecture has no budget; the check then reports that and passes.

Reading a failure: `hs256 7000 → 7900 (+12.9%)` means that one HS256 verification takes 900 instructions more than the
budget. To find them, build with symbols, run callgrind and read its output with `callgrind_annotate`:

    CARGO_PROFILE_RELEASE_STRIP=none cargo build --release --example instruction_budget
    valgrind --tool=callgrind target/release/examples/instruction_budget hs256 10000

If the instructions are needed, or the compiler has changed (the file names it), run `make bench-instructions-update`
and commit the file with the reason. Instructions are not time: the budget shows that work was added, and the
benchmarks show its cost.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

from benches.instructions.callgrind import count_instructions
from benches.machine.rust_compiler import get_rustc_version

BINARY = Path("target/release/examples/instruction_budget")
BUDGET_FILE = Path(__file__).with_suffix(".json")
PRIMITIVES = {
    "hs256": "primitive_hs256",
    "es256": "primitive_es256",
    "bad_signature": "primitive_hs256",
    "expired": "primitive_hs256",
    "user_fields": "primitive_hs256",
    "cache_insert": None,
    "cache_hit": None,
}
"""The primitive that each workload contains."""
PRIMITIVE_NAMES = sorted({name for name in PRIMITIVES.values() if name})
FEW_CALLS, MANY_CALLS = 200, 1_200
MARGIN = 0.05


def count_instructions_per_call(workload: str) -> float:
    """Return the instructions of one call."""
    many, few = (count_instructions([str(BINARY), workload, str(calls)]) for calls in (MANY_CALLS, FEW_CALLS))
    return (many - few) / (MANY_CALLS - FEW_CALLS)


def count_own_instructions() -> dict[str, int]:
    """Return the instructions per call of each workload, without those of its primitive."""
    primitive_counts = {name: count_instructions_per_call(name) for name in PRIMITIVE_NAMES}
    return {
        workload: round(count_instructions_per_call(workload) - (primitive_counts[name] if name else 0))
        for workload, name in PRIMITIVES.items()
    }


def print_comparison(budget: dict[str, int], counts: dict[str, int]) -> bool:
    """Print the counts beside the budget. Return whether each is at most `MARGIN` above it."""
    for workload, count in counts.items():
        change = count / budget[workload] - 1
        hint = "run make bench-instructions-update to lower the budget" if change < -MARGIN else ""
        remark = "over budget" if change > MARGIN else hint
        sys.stdout.write(f"{workload:14} {budget[workload]:>7} → {count:>7} ({change:+.1%})  {remark}".rstrip() + "\n")
    return all(count <= budget[workload] * (1 + MARGIN) for workload, count in counts.items())


def main() -> int:
    """Count, then compare with the budget or, with `--update`, write it. Return 1 if a count is over budget, else 0."""
    should_update = "--update" in sys.argv
    budgets = json.loads(BUDGET_FILE.read_text()) if BUDGET_FILE.exists() else {}
    machine, compiler = platform.machine(), get_rustc_version()
    if not should_update and machine not in budgets:
        sys.stdout.write(f"{BUDGET_FILE.name} has no budget for {machine}: nothing is compared\n")
        return 0
    counts = count_own_instructions()
    if should_update:
        budgets[machine] = {"compiler": compiler, "instructions": counts}
        BUDGET_FILE.write_text(json.dumps(budgets, indent=2) + "\n")
    budget = budgets[machine]
    if budget["compiler"] != compiler:
        sys.stdout.write(f"recorded with {budget['compiler']}, built with {compiler}: counts may differ\n")
    return 0 if print_comparison(budget["instructions"], counts) else 1


if __name__ == "__main__":
    sys.exit(main())
