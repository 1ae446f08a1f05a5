"""Pytest plugin that runs the benchmarks on one core, as the comparisons do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.machine.cpu_pin import pin_to_one_core

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def pin_session_to_one_core() -> Iterator[None]:
    """Keep the test process on one core during the session."""
    with pin_to_one_core():
        yield
