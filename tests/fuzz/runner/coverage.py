"""Measures which regions of the modules that the targets name their corpora reach."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from fuzz.runner import corpora
from fuzz.runner.targets import ROOT, TRIPLE, WORK, Target, environment

if TYPE_CHECKING:
    from pathlib import Path

sys.path.append(str(ROOT / "scripts"))
from measure_coverage import find_tool

BUILD = WORK / "coverage"
PROFILES = WORK / "profiles"
WANTED_SHARE = 0.9


def report(targets: list[Target]) -> None:
    """Print the share of regions of each file that a target names, over the seeds and corpora of all `targets`."""
    PROFILES.mkdir(parents=True, exist_ok=True)
    programs = [run_corpus(target) for target in targets]
    profile = WORK / "coverage.profdata"
    command = [
        find_tool("llvm-profdata"),
        "merge",
        "--sparse",
        f"--output={profile}",
        *map(str, PROFILES.glob("*.profraw")),
    ]
    subprocess.run(command, check=True)  # noqa: S603
    objects = [f"--object={program}" for program in programs]
    export = [find_tool("llvm-cov"), "export", "--summary-only", f"--instr-profile={profile}", *objects]
    result = subprocess.run([*export, "--sources", str(ROOT / "src")], stdout=subprocess.PIPE, check=True)  # noqa: S603
    files = {
        str(file["filename"]).partition("/src/")[2]: file["summary"]
        for file in json.loads(result.stdout)["data"][0]["files"]
    }
    (WORK / "coverage.json").write_text(json.dumps(files, indent=1), encoding="utf-8")
    covered, count = (
        sum(numbers) for numbers in zip(*[print_target(target, files) for target in targets], strict=True)
    )
    print(f"{covered} of {count} regions, {covered / count:.1%}")


def run_corpus(target: Target) -> Path:
    """Run the seeds of a target and its corpus in the tree in a program with counters; return the program."""
    flags = "--cfg fuzzing -Cinstrument-coverage -Ccodegen-units=1"
    manifest = ROOT / "tests" / "fuzz" / "Cargo.toml"
    build = [
        "cargo",
        "build",
        "--release",
        "--quiet",
        "--target",
        TRIPLE,
        "--manifest-path",
        str(manifest),
        "--bin",
        target.name,
    ]
    subprocess.run(build, check=True, env=environment(RUSTFLAGS=flags, CARGO_TARGET_DIR=str(BUILD)))  # noqa: S603
    program = BUILD / TRIPLE / "release" / target.name
    variables = environment(LLVM_PROFILE_FILE=str(PROFILES / f"{target.name}.profraw"))
    folder = WORK / "coverage-corpus" / target.name
    shutil.rmtree(folder, ignore_errors=True)
    corpora.unpack(target.name, folder)
    command = [str(program), "-runs=0", f"-max_len={target.max_bytes}", str(folder)]
    subprocess.run(command, check=True, env=variables, stderr=subprocess.DEVNULL)  # noqa: S603
    return program


def print_target(target: Target, files: dict[str, Any]) -> tuple[int, int]:
    """Print the regions of the files that a target names; return how many are covered, and how many there are."""
    covered, count = 0, 0
    for name, summary in sorted(files.items()):
        if any(name == source or name.startswith(f"{source}/") for source in target.sources):
            regions = summary["regions"]
            mark = "" if regions["covered"] >= regions["count"] * WANTED_SHARE else "  below 90 %"
            print(f"{target.name:<10} {name:<55} {regions['covered']:>4} of {regions['count']:>4}{mark}")
            covered, count = covered + regions["covered"], count + regions["count"]
    return covered, count
