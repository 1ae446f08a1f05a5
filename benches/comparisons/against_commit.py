"""Compares the requests of this tree with those of another commit: `make bench-against BASE=<commit>`.

It exports the commit below `target/`, builds its wheel in release mode without network, and loads the packages of both
trees into one process, where their applications take turns. In two processes, the memory layout alone would change the
time of a request by more than the difference to be measured. The interpreter specializes shared code for the package
that is loaded first, so a second process repeats the measurement with the packages in reverse order.

The result is the own time of fastjose: the time of a request less the time of the same request without fastjose. The
ratio is this tree to the other commit: the geometric mean of both orders.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import multiprocessing
import os
import statistics
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.comparisons.interleaved_timer import DEFAULT_ROUNDS, CallableCandidate, measure_interleaved
from benches.machine.cpu_pin import pin_to_one_core
from benches.support.asgi_requests import REQUESTS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from fastapi import FastAPI

    from benches.comparisons.interleaved_timer import Candidate
    from benches.comparisons.measurements import Measurement

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "target"
THIS_TREE, STUB = "this tree", "stub"
WORKLOADS: Mapping[str, tuple[Callable[[Any, Any], FastAPI], str]] = {
    "AuthenticatedUser": (lambda apps, auth: apps.create_user_app(auth), "/me"),
    "AuthenticatedUser in an app with roles": (lambda apps, auth: apps.create_role_app(auth), "/me"),
    "AuthenticatedUser and require_role": (lambda apps, auth: apps.create_role_app(auth), "/admin"),
}
"""The application, created by the module `route_apps` around an authentication object, and the path of its requests."""


@dataclass(frozen=True)
class OwnTimes:
    """Time per request that fastjose adds to the stub, in µs, in both trees."""

    this_tree_us: float
    base_us: float

    @property
    def ratio(self) -> float:
        """Ratio of this tree to the other commit."""
        return self.this_tree_us / self.base_us


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Compare the requests of this tree with those of another commit.")
    parser.add_argument("base", help="commit to compare with")
    parser.add_argument("--maturin", type=Path, default=ROOT / ".venv" / "bin" / "maturin", help="path of maturin")
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="number of rounds, at least 2")
    options = parser.parse_args()
    commit = run_command("git", "rev-parse", "--verify", f"{options.base}^{{commit}}").decode().strip()
    packages = {THIS_TREE: ROOT / "python", commit[:12]: build_package(commit, options.maturin)}
    for workload, own_times in measure_in_both_orders(packages, options.rounds).items():
        print(format_comparison(workload, own_times))
    return 0


def run_command(*command: str | Path) -> bytes:
    """Run a command in the root of the repository and return its output.

    Raises:
        CalledProcessError: The command failed.
    """
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 - git and maturin


def build_package(commit: str, maturin: Path) -> Path:
    """Build the wheel of `commit`, unless it exists, and return the folder into which it is unpacked."""
    directory = TARGET / "bench-against" / commit
    package = directory / "package"
    if not package.exists():
        source, wheels, unpacked = (directory / name for name in ("source", "wheels", "unpacked"))
        with tarfile.open(fileobj=io.BytesIO(run_command("git", "archive", "--format=tar", commit))) as archive:
            archive.extractall(source, filter="data")
        build = ("build", "--release", "--locked", "--offline", "--interpreter", sys.executable)
        paths = ("--manifest-path", source / "Cargo.toml", "--target-dir", TARGET, "--out", wheels)
        run_command(maturin, *build, *paths)
        (wheel,) = wheels.glob("*.whl")
        with zipfile.ZipFile(wheel) as contents:
            contents.extractall(unpacked)  # noqa: S202 - the wheel was built from this repository
        unpacked.rename(package)  # at the end, so that an interrupted build is repeated
    return package


def measure_in_both_orders(packages: Mapping[str, Path], rounds: int) -> dict[str, list[OwnTimes]]:
    """Return the own times of each workload, for the packages loaded in this order and in reverse order."""
    trees = list(packages)
    orders = [({tree: packages[tree] for tree in order}, rounds) for order in (trees, trees[::-1])]
    with multiprocessing.get_context("spawn").Pool(processes=1, maxtasksperchild=1) as pool:
        results = pool.starmap(measure_packages, orders, chunksize=1)
    return {
        workload: [OwnTimes(*(get_own_time_us(result, tree, workload) for tree in trees)) for result in results]
        for workload in WORKLOADS
    }


def measure_packages(packages: Mapping[str, Path], rounds: int) -> dict[str, Measurement]:
    """Load the packages in their order and measure their candidates."""
    with pin_to_one_core(), open_candidates(packages) as candidates:
        return measure_interleaved(candidates, rounds)


@contextlib.contextmanager
def open_candidates(packages: Mapping[str, Path]) -> Iterator[dict[str, Candidate]]:
    """Provide each workload of each tree, and of the stub, as a candidate."""
    with contextlib.ExitStack() as stack:
        candidates: dict[str, Candidate] = {}
        for tree, package in {**packages, STUB: packages[THIS_TREE]}.items():
            route_apps = import_route_apps(package)
            for workload, (create_app, path) in WORKLOADS.items():
                auth = route_apps.create_stub_auth() if tree == STUB else route_apps.create_bearer_auth()
                # This sends the first requests, so that fastjose imports the rest of its own package before the next.
                send_requests = stack.enter_context(route_apps.warm_request_batch(create_app(route_apps, auth), path))
                candidates[get_candidate_name(tree, workload)] = CallableCandidate(send_requests, REQUESTS_PER_CALL)
        yield candidates


def import_route_apps(package: Path) -> Any:
    """Return the module `route_apps`, imported again with the fastjose in the folder `package`."""
    prefixes = ("fastjose.", "benches.support.")
    for name in [name for name in sys.modules if f"{name}.".startswith(prefixes)]:
        del sys.modules[name]
    sys.path.insert(0, os.fspath(package))
    try:
        route_apps = importlib.import_module("benches.support.route_apps")
    finally:
        sys.path.remove(os.fspath(package))
    (location,) = {Path(sys.modules[name].__file__ or "").parent for name in ("fastjose", "fastjose._core")}
    assert location == package / "fastjose", f"fastjose must come from {package}"
    return route_apps


def get_candidate_name(tree: str, workload: str) -> str:
    """Return the name of the candidate for a workload of a tree."""
    return f"{tree}: {workload}"


def get_own_time_us(measurements: Mapping[str, Measurement], tree: str, workload: str) -> float:
    """Return the median time per request that the fastjose of a tree adds to the stub, in µs."""
    total, stub = (measurements[get_candidate_name(name, workload)].rounds for name in (tree, STUB))
    return statistics.median(total_us - stub_us for total_us, stub_us in zip(total, stub, strict=True))


def format_comparison(workload: str, own_times: Sequence[OwnTimes]) -> str:
    """Return one line with the own times of both trees and their ratio."""
    this_tree_us = statistics.mean(times.this_tree_us for times in own_times)
    base_us = statistics.mean(times.base_us for times in own_times)
    ratio = statistics.geometric_mean(times.ratio for times in own_times)
    spread = " and ".join(f"{times.ratio:.3f}" for times in own_times)
    return f"{workload}: {this_tree_us:.2f} µs against {base_us:.2f} µs above the stub: {ratio:.3f} ({spread})"


if __name__ == "__main__":
    sys.exit(main())
