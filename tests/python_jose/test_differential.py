"""The proof by comparison: python-jose and fastjose answer every call alike, save for what `differences` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import given, seed, settings

from support.differential.budget import (
    AT_RANDOM,
    DISTINCT,
    EXAMPLES,
    HOSTILE,
    KEY_FORMS,
    PROFILE,
    SCENARIOS,
    SEED,
    TALLIES,
    Scenario,
    Tally,
)
from support.differential.library import FASTJOSE, JOSE, Call, Library, outcome
from support.jose_builder import NOW
from support.known_differences.all_differences import recognised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ITSELF = Library("jose")


@pytest.fixture(autouse=True, scope="module")
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a failure, which is not to be hidden by it
@pytest.mark.parametrize("name", SCENARIOS)
def test_answers_as_python_jose_does(name: str) -> None:
    tally = TALLIES[name]
    _for_each_call(SCENARIOS[name], lambda made: _compare(made, tally))
    # A long run may try all there is of a small kind, and often the same.
    assert AT_RANDOM or tally.tried >= SCENARIOS[name].examples
    assert AT_RANDOM or len(tally.distinct) >= tally.tried * DISTINCT


def _for_each_call(scenario: Scenario, check: Callable[[Call], None]) -> None:
    @settings(PROFILE, max_examples=scenario.examples)
    @given(scenario.calls)
    def compare(made: Call) -> None:
        check(made)

    (seed(SEED)(compare) if AT_RANDOM else compare)()


def _compare(made: Call, tally: Tally) -> None:
    tally.add(made)
    theirs, ours = outcome(JOSE, made), outcome(FASTJOSE, made)
    if theirs == ours:
        return
    names = recognised(made, theirs, ours)
    assert names, f"a difference that the table does not name:\n{made}\npython-jose: {theirs}\nfastjose: {ours}"
    for name in names:
        tally.recognise(name)


def test_enough_is_compared() -> None:
    def examples(*counts: str) -> int:
        return sum(scenario.examples for scenario in SCENARIOS.values() if not counts or scenario.counts in counts)

    if AT_RANDOM:
        pytest.skip(f"{EXAMPLES} examples were asked for")
    assert examples() * DISTINCT >= 20_000
    assert examples(HOSTILE) * DISTINCT >= 2_000
    assert examples(KEY_FORMS) * DISTINCT >= 2_000


@pytest.mark.parametrize("name", SCENARIOS)
def test_comparison_finds_nothing_between_python_jose_and_itself(name: str) -> None:
    def compare(made: Call) -> None:
        assert outcome(JOSE, made) == outcome(ITSELF, made)

    _for_each_call(SCENARIOS[name]._replace(per_mille=2), compare)
