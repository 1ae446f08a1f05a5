"""The modules of tests have different names: without packages, pytest imports each by its name alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[2]


def test_names_of_test_modules_are_unique() -> None:
    counts = Counter(path.name for path in TESTS.rglob("test_*.py") if "node_modules" not in path.parts)
    assert [name for name, count in counts.items() if count > 1] == []
