"""One run of one combination: the cases, then the load."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from end_to_end.sessions.api_keys import KeyCases
from end_to_end.sessions.cases import Cases, LimiterCases
from end_to_end.sessions.load import Load, Plan
from end_to_end.sessions.report import Report
from end_to_end.sessions.settings import KEYS, LIMITED
from end_to_end.sessions.stage import open_stage
from support.better_auth.server import SERVER_DIRECTORY
from support.processes.node_packages import require_node_with_packages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from end_to_end.sessions.settings import Setting

COMBINATIONS_AT_A_TIME = 3  # they mostly wait for cookies and sessions to expire


def run_all(
    settings: Sequence[Setting], seconds: float, rate: int, report_progress: Callable[[Report], None]
) -> list[Report]:
    """Run combinations without load some at a time, then those with load one at a time; keep their order."""
    require_node_with_packages(SERVER_DIRECTORY, "a real Better Auth server")  # installed before several runs want them
    in_directory = partial(_run_in_directory, rate=rate, report_progress=report_progress)
    without_load = [setting for setting in settings if not (setting.has_load and seconds)]
    with ThreadPoolExecutor(COMBINATIONS_AT_A_TIME) as pool:
        reports = dict(zip(without_load, pool.map(partial(in_directory, seconds=0), without_load), strict=True))
    for setting in settings:
        if setting not in reports:
            reports[setting] = in_directory(setting, seconds=seconds)
    return [reports[setting] for setting in settings]


def _run_in_directory(setting: Setting, seconds: float, rate: int, report_progress: Callable[[Report], None]) -> Report:
    with tempfile.TemporaryDirectory() as directory:
        try:
            report = run(setting, Path(directory), seconds, rate)
        except Exception as error:  # noqa: BLE001 - the other combinations go on
            report = Report(setting.name, setting.rules, [], None, crash=f"{type(error).__name__}: {error}")
    report_progress(report)
    return report


def run(setting: Setting, directory: Path, seconds: float, rate: int, max_in_flight: int | None = None) -> Report:
    """Run `setting`, with load for `seconds` if that is not 0; write logs to `directory`.

    With `max_in_flight`, the load waits for responses, and `rate` is only the highest rate.
    """
    return asyncio.run(_run(setting, directory, seconds, rate, max_in_flight))


async def _run(setting: Setting, directory: Path, seconds: float, rate: int, max_in_flight: int | None) -> Report:
    rate = min(rate, setting.max_rate)
    async with open_stage(setting, directory) as stage:
        cases = await _choose_cases(setting)(stage).run()
        load = None
        if seconds:
            plan = Plan(seconds, setting.forms, stage.server.secret, rate, stage.outages, max_in_flight)
            load = Load(plan, stage.accounts, stage.app)
            await load.run()
    return Report(setting.name, setting.rules, cases, load, rate=0 if max_in_flight else rate)


def _choose_cases(setting: Setting) -> type[Cases]:
    if setting.configuration == LIMITED:
        return LimiterCases
    return KeyCases if setting.forms == KEYS else Cases
