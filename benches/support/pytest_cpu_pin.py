"""A plugin of pytest: the benches run on one core, as the contests do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.comparisons.interleaved_timer import one_core

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def on_one_core() -> Iterator[None]:
    """Keep this process on one core."""
    with one_core():
        yield
