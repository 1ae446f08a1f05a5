"""The main function of a program of scenarios, which the tests start in a process of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from faults.harness.programs.subjects import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from faults.harness.counters import Counters
    from faults.harness.programs.subjects import Rounds

    Open = Callable[..., AbstractContextManager[Rounds]]


def run_named_scenario(functions: Mapping[str, Callable[[Open], Counters]], *, host: str = "127.0.0.1") -> None:
    """Run the function that the first argument of the program names, and print its counters for each further argument.

    Each further argument names what is verified with. The function gets what opens it.
    """
    scenario, *subjects = sys.argv[1:]
    for subject in subjects:

        def open_rounds(*, is_patient: bool = True, subject: str = subject) -> AbstractContextManager[Rounds]:
            return SUBJECTS[subject](host, is_patient)

        print(json.dumps(asdict(functions[scenario](open_rounds))), flush=True)  # noqa: T201 - the result
