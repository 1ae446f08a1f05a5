"""A plugin of pytest that collects the tests once, then forks: for each test to measure, and for each mutant to try.

It reads requests from one pipe and writes answers to another, a line of JSON each (`FASTJOSE_SECOND_SUITE` names them).
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import time
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PIPES = "FASTJOSE_SECOND_SUITE"
_MOST_CPU_SECONDS = 240
_MOST_BYTES = 8 << 30
_POLL_SECONDS = 0.01
_PASSED, _FAILED = 0, 1
_ENDED_BY_A_LIMIT = {-signal.SIGXCPU, -signal.SIGKILL}


class FirstFailure:
    """Notes whether a test failed, in the process that was forked."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Answer requests until the pipe is closed."""
    groups: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in session.items:
        groups[item.nodeid.split("[", 1)[0]].append(item)
    first, second = map(int, os.environ[PIPES].split(","))
    with os.fdopen(first) as requests, os.fdopen(second, "w") as answers:
        _answer(answers, {"tests": list(groups)})
        gc.freeze()
        for line in requests:
            request = json.loads(line)
            chosen = [item for name in request["tests"] for item in groups[name]]
            variables = {**request["variables"], PIPES: ""}
            started = time.monotonic()
            state = fork(session, chosen, variables, request["seconds"], (requests, answers))
            _answer(answers, {"state": state, "seconds": time.monotonic() - started})
    return True


def _answer(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def fork(
    session: pytest.Session,
    items: Sequence[pytest.Item],
    variables: dict[str, str],
    seconds: float,
    pipes: Sequence[IO[str]] = (),
) -> str:
    """Run tests in a process that is forked, with variables in its environment, and return how it ended."""
    child = os.fork()
    if child == 0:
        os.setsid()
        for pipe in pipes:
            os.close(pipe.fileno())
        os._exit(_run(session, items, variables))
    code = wait(child, seconds)
    _end_group(child)
    if code is None:
        os.waitpid(child, 0)
        return "timeout"
    if code == _PASSED:
        return "survived"
    return "timeout" if code in _ENDED_BY_A_LIMIT else "caught"


def _run(session: pytest.Session, items: Sequence[pytest.Item], variables: dict[str, str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
    os.environ.update(variables)
    outcome = FirstFailure()
    session.config.pluginmanager.register(outcome)
    try:
        for item, after in with_next(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if outcome.failed:
                break
        session._setupstate.teardown_exact(None)
    except BaseException:  # noqa: BLE001 - whatever ends the tests counts as their failure
        return _FAILED
    return _FAILED if outcome.failed else _PASSED


def with_next(items: Sequence[pytest.Item]) -> Iterable[tuple[pytest.Item, pytest.Item | None]]:
    """Return each test with the next one, which decides what pytest tears down between them; the last with None."""
    return zip(items, [*items, None][1:], strict=True)


def wait(child: int, seconds: float) -> int | None:
    """Return the code of a process that ends in time, or None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_POLL_SECONDS)
    return None


def _end_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        return
