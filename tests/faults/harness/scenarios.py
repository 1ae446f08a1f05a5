"""Scenarios that mostly wait run at the same time, and each is a test of its own."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    import pytest

    from faults.harness.counters import Counters

CONCURRENT = 20
WAIT_SECONDS = 600
"""A bound that is reached only by a scenario that hangs."""


class Scenarios:
    """The results of the scenarios of a module, by their case."""

    def __init__(self, futures: dict[str, Future[Counters]]) -> None:
        """Remember the scenarios that have been started."""
        self._futures = futures

    def result(self, case: str) -> Counters:
        """Wait for the counters of a case, or raise its error."""
        return self._futures[case].result(WAIT_SECONDS)


@contextlib.contextmanager
def run_scenarios(
    request: pytest.FixtureRequest,
    run: Callable[[str], Counters],
    known: Container[str] | None = None,
    *,
    concurrent: int = CONCURRENT,
) -> Iterator[Scenarios]:
    """Run `run` for the parameter `case` of each selected test of the module, some at a time, inside the block.

    `known` has the cases of this fixture, if the module has several.
    """
    items = [item for item in request.session.items if getattr(item, "module", None) is request.module]
    cases = [item.callspec.params["case"] for item in items if hasattr(item, "callspec")]
    pool = ThreadPoolExecutor(concurrent)
    try:
        yield Scenarios({case: pool.submit(run, case) for case in cases if known is None or case in known})
    finally:
        pool.shutdown(cancel_futures=True)
