"""The table of intended differences is true: each of them occurs, and is told by its own entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import time_machine

from support.differential.library import FASTJOSE, JOSE, outcome
from support.jose_builder import NOW
from support.known_differences.all_differences import TABLE, markdown
from support.known_differences.difference import Difference, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("difference", TABLE, ids=[difference.id for difference in TABLE])
def test_difference_is_there(difference: Difference) -> None:
    theirs, ours = outcome(JOSE, difference.example), outcome(FASTJOSE, difference.example)
    assert theirs != ours
    assert difference.explains(Seen(difference.example, theirs, ours)), (theirs, ours)


def test_each_has_its_own_name() -> None:
    names = [difference.id for difference in TABLE]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_table_can_be_rendered() -> None:
    rows = [line for line in markdown().splitlines() if line.startswith("| ")]
    headings = [line for line in markdown().splitlines() if line.startswith("### ")]
    assert len(rows) == len(TABLE) + len(headings)
    assert len(headings) == len({difference.area for difference in TABLE})
