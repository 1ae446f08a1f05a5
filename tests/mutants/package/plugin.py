"""A plugin of pytest that collects the tests once, then forks: once to measure them, and once for each mutant.

`FASTJOSE_PACKAGE_MUTANTS` names a file with the mutants to try; beside it, the states are written, a line of JSON each.
"""

from __future__ import annotations

import gc
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from mutmut.configuration import config
from mutmut.state import state

from mutants.package.selection import choose_tests
from mutants.second_suite.plugin import FirstFailure, fork, wait, with_next

if TYPE_CHECKING:
    from collections.abc import Sequence

MUTANTS = "FASTJOSE_PACKAGE_MUTANTS"
_SWITCH = "MUTANT_UNDER_TEST"
_POSTGRESQL = frozenset({"postgresql", "postgresql_url", "psycopg", "asyncpg"})
_SURVEY_SECONDS = 3600.0
_LEAST_SECONDS = 30.0
_TIMES_AS_LONG = 10


def pytest_configure() -> None:
    """Let the processes that tests start import the package of the repository, which has no mutants.

    Read mutmut's settings before a test changes the working directory: without them, its survey fails.
    """
    os.environ.pop("PYTHONPATH", None)
    config()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests of a real Better Auth on PostgreSQL: each mutant would start both."""
    items[:] = [item for item in items if "postgresql" not in _fixtures(item) or "postgresql_url" in _fixtures(item)]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> NoReturn:
    """Try each mutant by the tests that reach its function, then end at once: no test of this process is to report.

    A mutant that survives them is tried by the tests on PostgreSQL, too: each of these processes starts a server.
    """
    file = Path(os.environ.pop(MUTANTS))
    survey = _measure_apart(session, session.items, file.with_suffix(".survey"), "stats")
    items = {item.nodeid: item for item in session.items}
    slow = {name for name, item in items.items() if _needs_postgresql(item)}
    parts = [{name: found for name, found in survey.items() if (name in slow) is is_slow} for is_slow in (False, True)]
    gc.freeze()
    suites: dict[str, list[list[pytest.Item]]] = {}
    with file.with_suffix(".states").open("w") as states:
        for name in json.loads(file.read_text()):
            function = name.partition("__mutmut_")[0]
            if function not in suites:
                chosen = [[items[test] for test in choose_tests(part, function)] for part in parts]
                suites[function] = [_find_stable(session, suite, file.with_suffix(".stable")) for suite in chosen]
            reached = "survived"
            for suite in filter(None, suites[function]):
                seconds = _LEAST_SECONDS + _TIMES_AS_LONG * sum(survey[item.nodeid][0] for item in suite)
                reached = fork(session, suite, {_SWITCH: name}, seconds)
                if reached != "survived":
                    break
            states.write(json.dumps({"name": name, "state": reached}) + "\n")
            states.flush()
    os._exit(0)


def _find_stable(session: pytest.Session, suite: list[pytest.Item], file: Path) -> list[pytest.Item]:
    """Return the tests that pass without a mutant in the order in which a mutant runs them."""
    while suite and fork(session, suite, {_SWITCH: ""}, _SURVEY_SECONDS) != "survived":
        passing = _measure_apart(session, suite, file, "")
        if len(passing) == len(suite):  # they pass one by one, and not together
            return []
        suite = [item for item in suite if item.nodeid in passing]
    return suite


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _needs_postgresql(item: pytest.Item) -> bool:
    parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
    named = {parameter for parameter in parameters if isinstance(parameter, str)}
    return not _POSTGRESQL.isdisjoint(_fixtures(item) | named)


def _measure_apart(
    session: pytest.Session, items: Sequence[pytest.Item], file: Path, switch: str
) -> dict[str, tuple[float, list[str]]]:
    """Return how long each test takes that passes without a mutant, and which functions it reaches."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os.environ[_SWITCH] = switch
        try:
            _measure(session, items, file)
        except BaseException:  # noqa: BLE001 - the process must not go on as the one that forked it
            os._exit(1)
        os._exit(0)
    if wait(child, _SURVEY_SECONDS) != 0:
        raise pytest.UsageError("the tests must be measured before a mutant is tried")
    return {name: (seconds, reached) for name, seconds, reached in map(json.loads, file.read_text().splitlines())}


def _measure(session: pytest.Session, items: Sequence[pytest.Item], file: Path) -> None:
    with file.open("w") as measured:
        for item, after in with_next(items):
            outcome, reached, started = FirstFailure(), state()._stats, time.monotonic()
            reached.clear()
            session.config.pluginmanager.register(outcome)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            session.config.pluginmanager.unregister(outcome)
            if not outcome.failed:
                measured.write(json.dumps([item.nodeid, time.monotonic() - started, sorted(reached)]) + "\n")
