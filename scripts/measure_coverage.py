"""Measures which lines of Rust and Python the tests run, for `make coverage`; writes everything into target/coverage/.

`measure_coverage.py 'PYTEST_ARGUMENTS'…`. Each argument is a run of pytest; they run at the same time. The crate is
compiled with counters, once for its own tests and once as the native module. A copy of the package with this module is
first on PYTHONPATH, so that child processes use it too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from coverage_report import format_report, read_coverage, write_lcov

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "target" / "coverage"
PROFILES = FOLDER / "profiles"
PACKAGE = FOLDER / "python" / "fastjose"
ENVIRONMENT = {
    **os.environ,
    "CARGO_TARGET_DIR": str(FOLDER),
    "RUSTC_WORKSPACE_WRAPPER": str(ROOT / "scripts" / "instrument_rustc.sh"),
    "LLVM_PROFILE_FILE": str(PROFILES / "%4m.profraw"),  # four files for each binary, merged by its processes
    "COVERAGE_FILE": str(FOLDER / "python.data"),
    "COVERAGE_RCFILE": str(ROOT / "pyproject.toml"),
    "PYTHONPATH": str(FOLDER / "python"),
}


def run(*command: str | Path) -> str:
    """Run a program of this project with counters on; return its standard output."""
    result = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise SystemExit(f"{Path(command[0]).name} {command[1]} failed:\n{result.stdout}")
    return result.stdout


def list_tools(name: str, major: str) -> list[str]:
    """Return where a program of LLVM may be: in rustup's component, then on PATH as Debian and others name it."""
    libraries = Path(run("rustc", "--print", "target-libdir").strip())
    on_path = [path for each in (f"{name}-{major}", name) if (path := shutil.which(each))]
    return [str(path) for path in [libraries.parent / "bin" / name] if path.exists()] + on_path


def find_tool(name: str) -> str:
    """Return the program `name` of the LLVM that rustc has; others do not read its profiles."""
    (major,) = re.findall(r"^LLVM version: (\d+)", run("rustc", "--version", "--verbose"), flags=re.MULTILINE)
    for path in list_tools(name, major):
        if re.search(rf"LLVM version {major}\.", run(path, "--version")):
            return path
    raise SystemExit(
        f"{name} must be of LLVM {major}, as rustc is: run `rustup component add llvm-tools`, or install llvm-{major}"
    )


def build(*arguments: str) -> list[dict[str, Any]]:
    """Compile the crate with counters; return what cargo reports about each artifact of this crate."""
    output = run("cargo", *arguments, "--locked", "--quiet", "--message-format=json-render-diagnostics")
    messages = [json.loads(line) for line in output.splitlines()]
    manifest = str(ROOT / "Cargo.toml")
    return [message for message in messages if message.get("manifest_path") == manifest]


def copy_package() -> Path:
    """Compile the native module and put it into a copy of the package; return the module."""
    filenames = [
        str(name) for artifact in build("build", "--lib", "--features=python") for name in artifact["filenames"]
    ]
    (library,) = [name for name in filenames if name.endswith((".so", ".dylib"))]
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "python" / "fastjose", PACKAGE, ignore=ignored)
    return Path(shutil.copy(library, PACKAGE / "_core.abi3.so"))


def test_rust() -> list[str]:
    """Run the tests of the crate; return their programs."""
    programs = [str(artifact["executable"]) for artifact in build("test", "--no-run") if artifact.get("executable")]
    run("cargo", "test", "--locked", "--quiet", "--lib", "--tests", "--examples")
    return programs


def test_python(runs: list[str]) -> None:
    """Run pytest with the arguments of each run, all at the same time, and show how each ends."""
    pytest = [sys.executable, "-m", "coverage", "run", "--parallel-mode", "-m", "pytest", "-p", "no:cacheprovider"]
    processes = [
        subprocess.Popen([*pytest, *arguments.split()], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for arguments in runs
    ]
    with ThreadPoolExecutor(len(processes)) as threads:
        outputs = list(threads.map(lambda process: process.communicate()[0], processes))
    for process, output in zip(processes, outputs, strict=True):
        print(output if process.returncode else output.splitlines()[-1])
    if any(process.returncode for process in processes):
        raise SystemExit("coverage must be that of tests that pass: mend them, then repeat")


def export_rust(binaries: list[str]) -> Path:
    """Merge the profiles of all processes; return the lcov file of `src/`."""
    profile, lcov = FOLDER / "rust.profdata", FOLDER / "rust.info"
    run(find_tool("llvm-profdata"), "merge", "--sparse", f"--output={profile}", *sorted(PROFILES.glob("*.profraw")))
    objects = [f"--object={binary}" for binary in binaries]
    exported = run(
        find_tool("llvm-cov"),
        "export",
        "--format=lcov",
        f"--instr-profile={profile}",
        *objects,
        "--sources",
        ROOT / "src",
    )
    lcov.write_text(exported, encoding="utf-8")
    return lcov


def export_python() -> Path:
    """Merge the data of all processes; return the lcov file of the package."""
    lcov = FOLDER / "python.info"
    run(sys.executable, "-m", "coverage", "combine", "--quiet", FOLDER)
    run(sys.executable, "-m", "coverage", "lcov", "--quiet", "-o", lcov)
    return lcov


def main(runs: list[str]) -> None:
    """Run the tests with counters on, and print the report."""
    for name in ("llvm-cov", "llvm-profdata"):
        find_tool(name)  # before minutes of tests
    for folder in (PROFILES, PACKAGE):
        shutil.rmtree(folder, ignore_errors=True)
    for data in FOLDER.glob("python.data*"):
        data.unlink()
    binaries = [*test_rust(), str(copy_package())]
    test_python(runs)
    files = read_coverage([export_rust(binaries), export_python()], ROOT)
    (FOLDER / "lcov.info").write_text(write_lcov(files), encoding="utf-8")
    report = format_report(files)
    (FOLDER / "summary.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main(sys.argv[1:])
