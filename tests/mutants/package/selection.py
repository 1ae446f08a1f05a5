"""Which mutants are tried, and by which tests."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Survey = Mapping[str, tuple[float, Sequence[str]]]
    """How long each test takes, in seconds, and which functions it reaches."""

# A test that takes longer is left out. The tests of a mutant together take about as long as the second number.
_MOST_TEST_SECONDS = 1.0
_MOST_SECONDS = 4.0
_STRING = re.compile(r"""\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'""")
_WORDS = re.compile(r"\w[.,:;)]? [(]?\w")


def choose_tests(survey: Survey, function: str) -> list[str]:
    """Return the tests that reach a function: one of each test function first, the short ones before the long ones."""
    times: dict[str, int] = defaultdict(int)
    ranked = []
    for name, (seconds, reached) in sorted(survey.items(), key=lambda entry: entry[1][0]):
        if function in reached and seconds <= _MOST_TEST_SECONDS:
            test = name.split("[", 1)[0]
            ranked.append((times[test], seconds, name))
            times[test] += 1
    chosen, total = [], 0.0
    for _, seconds, name in sorted(ranked):
        total += seconds
        if total > _MOST_SECONDS:
            break
        chosen.append(name)
    return chosen


def changes_a_text(lines: Sequence[str]) -> bool:
    """Return whether a change, a removed and an added line, only writes a text with words otherwise.

    Such a text is for people. The core's mutants do not change texts either.
    """
    if [line[:1] for line in lines] != ["-", "+"]:
        return False
    before, after = (_STRING.findall(line) for line in lines)
    if _STRING.sub("", lines[0][1:]) != _STRING.sub("", lines[1][1:]) or len(before) != len(after):
        return False
    changed = [one for one, other in zip(before, after, strict=True) if one != other]
    return len(changed) == 1 and _WORDS.search(changed[0]) is not None
