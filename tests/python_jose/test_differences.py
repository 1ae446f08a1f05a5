"""The table of intended differences: every difference occurs and is recognized by its own entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import time_machine

from support.python_jose.differential.library import FASTJOSE, JOSE, outcome
from support.python_jose.known_differences.all_differences import TABLE, render_markdown
from support.python_jose.known_differences.difference import Difference, Mismatch
from support.tokens.jose_builder import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _freeze_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("difference", TABLE, ids=[difference.id for difference in TABLE])
def test_intended_difference_occurs(difference: Difference) -> None:
    theirs, ours = outcome(JOSE, difference.example), outcome(FASTJOSE, difference.example)
    assert theirs != ours
    assert difference.explains(Mismatch(difference.example, theirs, ours)), (theirs, ours)


def test_intended_differences_have_unique_names() -> None:
    names = [difference.id for difference in TABLE]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_table_renders_as_render_markdown() -> None:
    rows = [line for line in render_markdown().splitlines() if line.startswith("| ")]
    headings = [line for line in render_markdown().splitlines() if line.startswith("### ")]
    assert len(rows) == len(TABLE) + len(headings)
    assert len(headings) == len({difference.area for difference in TABLE})
