"""The nightly toolchain of rustup: what each tool needs of it, and the commands."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import CompletedProcess

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TARGET = "x86_64-unknown-linux-gnu"
AVX512 = '--cfg curve25519_dalek_backend="avx512" -C llvm-args=-inline-threshold=600'
"""What .cargo/config.toml compiles: RUSTFLAGS replaces it."""


@dataclass(frozen=True)
class Tool:
    """A tool that runs the tests of the core.

    Attributes:
        name: The name of the subcommand, and of its folder in `target`.
        component: The component of the toolchain that it needs.
        file: A file of that component, below the sysroot.
        command: The command of cargo, without the toolchain.
        targets: The arguments that select the test programs.
        environment: What it needs beside the environment of the caller.
    """

    name: str
    component: str
    file: str
    command: tuple[str, ...]
    targets: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


THREADS = Tool(
    name="threads",
    component="rust-src",
    file="lib/rustlib/src/rust/library/std/Cargo.toml",
    command=("test", "--locked", "--quiet", "-Zbuild-std", "--target", TARGET),
    targets=("--lib", "--test", "shared_threads", "--test", "remote_key_set", "--test", "pipeline"),
    environment={
        "RUSTFLAGS": f"-Zsanitizer=thread {AVX512}",
        "TSAN_OPTIONS": f"report_thread_leaks=0 suppressions={HERE / 'races.txt'}",
    },
)
MIRI = Tool(
    name="miri",
    component="miri",
    file="bin/cargo-miri",
    command=("miri", "test", "--locked", "--quiet"),
    targets=("--lib",),
    environment={"MIRIFLAGS": "-Zmiri-disable-isolation -Zmiri-ignore-leaks"},
)
TOOLS = {tool.name: tool for tool in (THREADS, MIRI)}


def find_missing(tool: Tool) -> str | None:
    """Return what is missing to run the tool, with the command that installs it; None if nothing is."""
    if tool is THREADS and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return "ThreadSanitizer runs on x86-64 Linux only"
    try:
        found = subprocess.run(["rustc", "+nightly", "--print", "sysroot"], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return "rustc is not installed"
    if found.returncode != 0:
        return f"the nightly toolchain is not installed: rustup toolchain install nightly --component {tool.component}"
    if not Path(found.stdout.strip(), tool.file).exists():
        return f"{tool.component} is not installed: rustup component add {tool.component} --toolchain nightly"
    return None


def run_tests(tool: Tool, tree: Path, arguments: list[str], *, is_quiet: bool = False) -> CompletedProcess[str]:
    """Run the tests that `arguments` name, of the core in `tree`. With `is_quiet`, their output is not printed."""
    command = ["cargo", "+nightly", *tool.command, "--target-dir", str(ROOT / "target" / tool.name), *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=tree, env={**os.environ, **tool.environment}, check=False, capture_output=is_quiet, text=True
    )
