"""Hold the instructions that a verification takes against `guard.json`: `make bench-instructions`.

What is counted: instructions of the core, under callgrind, per call: of `benches/rust/instruction_budget.rs`, that is a run with many
calls less a run with few, so that start and set-up fall out. From each is taken what the bare primitive of aws-lc-rs
takes in the same binary: that is not ours, and changes with what the processor can do. valgrind shows every program the
same processor (with AVX2, without SHA extensions), so the counts are the same on the x86-64 machines of the last ten
years; other machines have no row in the file, and are told so.

How to read a failure: `hs256 7000 → 7900 (+12.9%)` says that what this package itself does for one HS256 verification
takes 900 instructions more than when the file was written. To find them, build with `CARGO_PROFILE_RELEASE_STRIP=none
cargo build --release --example instruction_budget`, run `valgrind --tool=callgrind target/release/examples/instruction_budget hs256 10000`, and
read what it writes with `callgrind_annotate`. Where they are wanted, or the compiler is another one (the file says
which), `make bench-instructions-update` writes the file anew: commit it with the reason. Instructions are not time: they show
that work was added, and the benches show what it costs.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

BINARY = Path("target/release/examples/instruction_budget")
RECORD = Path(__file__).with_suffix(".json")
BARE = {
    "hs256": "bare_hs256",
    "es256": "bare_es256",
    "bad_signature": "bare_hs256",
    "expired": "bare_hs256",
    "identity": "bare_hs256",
    "remembered": None,
    "hit": None,
}
"""Each kind of work, and the primitive in it."""
FEW, MANY = 200, 1_200
MARGIN = 0.05


def collected(work: str, calls: int) -> int:
    """Return how many instructions `calls` calls take, with start and set-up."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(BINARY), work, str(calls)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    found = re.search(r"Collected : (\d+)", run.stderr)
    assert found, run.stderr
    return int(found[1])


def per_call(work: str) -> float:
    """Return how many instructions one call takes."""
    return (collected(work, MANY) - collected(work, FEW)) / (MANY - FEW)


def own() -> dict[str, int]:
    """Return what each kind of work takes beyond its primitive."""
    bare = {name: per_call(name) for name in BARE.values() if name}
    return {work: round(per_call(work) - (bare[name] if name else 0)) for work, name in BARE.items()}


def compiler() -> str:
    """Return which compiler builds."""
    return subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S607 - as cargo finds it


def judge(recorded: dict[str, int], counted: dict[str, int]) -> bool:
    """Print both, and return whether nothing takes more than the margin allows."""
    for work, count in counted.items():
        change = count / recorded[work] - 1
        remark = (
            "  too many"
            if change > MARGIN
            else "  make bench-instructions-update keeps the gain"
            if change < -MARGIN
            else ""
        )
        sys.stdout.write(f"{work:14} {recorded[work]:>7} → {count:>7} ({change:+.1%}){remark}\n")
    return all(count <= recorded[work] * (1 + MARGIN) for work, count in counted.items())


def main() -> int:
    """Count, and judge or write down."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    machine, with_compiler = platform.machine(), compiler()
    if "--update" not in sys.argv and machine not in record:
        sys.stdout.write(f"no counts are recorded for {machine}: nothing is judged\n")
        return 0
    counted = own()
    if "--update" in sys.argv:
        record[machine] = {"compiler": with_compiler, "instructions": counted}
        RECORD.write_text(json.dumps(record, indent=2) + "\n")
    kept = record[machine]
    if kept["compiler"] != with_compiler:
        sys.stdout.write(
            f"recorded with {kept['compiler']}, built with {with_compiler}: some change is the compiler's\n"
        )
    return 0 if judge(kept["instructions"], counted) else 1


if __name__ == "__main__":
    sys.exit(main())
