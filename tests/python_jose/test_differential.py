"""Differential test: python-jose and fastjose answer every call equally, except for the intended differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import given, seed, settings

from support.python_jose.differential.budget import (
    DEFAULT_EXAMPLES,
    EXAMPLES,
    HOSTILE,
    IS_LONG,
    KEY_FORMS,
    MIN_DISTINCT_SHARE,
    PROFILE,
    SCENARIOS,
    SEED,
    TALLIES,
    Scenario,
    Tally,
)
from support.python_jose.differential.library import FASTJOSE, JOSE, Call, Library, outcome
from support.python_jose.known_differences.all_differences import find_differences
from support.tokens.jose_builder import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ITSELF = Library("jose")


@pytest.fixture(autouse=True, scope="module")
def _freeze_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a failure must not be hidden by this warning
@pytest.mark.parametrize("name", SCENARIOS)
def test_calls_answer_as_python_jose(name: str) -> None:
    tally = TALLIES[name]
    _for_each_call(SCENARIOS[name], lambda call: _compare(call, tally))
    assert IS_LONG or tally.tried >= SCENARIOS[name].examples
    assert IS_LONG or len(tally.distinct) >= tally.tried * MIN_DISTINCT_SHARE


def _for_each_call(scenario: Scenario, check: Callable[[Call], None]) -> None:
    @settings(PROFILE, max_examples=scenario.examples)
    @given(scenario.calls)
    def compare(call: Call) -> None:
        check(call)

    seed(SEED)(compare)()


def _compare(call: Call, tally: Tally) -> None:
    tally.add(call)
    theirs, ours = outcome(JOSE, call), outcome(FASTJOSE, call)
    if theirs == ours:
        return
    names = find_differences(call, theirs, ours)
    assert names, f"a difference that the table does not name:\n{call}\npython-jose: {theirs}\nfastjose: {ours}"
    for name in names:
        tally.add_difference(name)


def test_comparison_covers_enough_calls() -> None:
    def examples(*counts: str) -> int:
        return sum(scenario.examples for scenario in SCENARIOS.values() if not counts or scenario.group in counts)

    if EXAMPLES != DEFAULT_EXAMPLES:
        pytest.skip(f"{EXAMPLES} examples were asked for")
    assert examples() * MIN_DISTINCT_SHARE >= 20_000
    assert examples(HOSTILE) * MIN_DISTINCT_SHARE >= 2_000
    assert examples(KEY_FORMS) * MIN_DISTINCT_SHARE >= 2_000


@pytest.mark.parametrize("name", SCENARIOS)
def test_comparison_of_python_jose_with_itself_finds_no_difference(name: str) -> None:
    def compare(call: Call) -> None:
        assert outcome(JOSE, call) == outcome(ITSELF, call)

    _for_each_call(SCENARIOS[name]._replace(per_mille=2), compare)
