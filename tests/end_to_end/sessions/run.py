"""One run of one combination: the cases, then the load."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from end_to_end.sessions.cases import Cases
from end_to_end.sessions.load import Load, Plan
from end_to_end.sessions.report import Report
from end_to_end.sessions.stage import open_stage

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.sessions.settings import Setting


def run(setting: Setting, directory: Path, seconds: float, rate: int) -> Report:
    """Run `setting`, with load for `seconds` if that is not 0; write logs to `directory`."""
    return asyncio.run(_run(setting, directory, seconds, rate))


async def _run(setting: Setting, directory: Path, seconds: float, rate: int) -> Report:
    async with open_stage(setting, directory) as stage:
        cases = await Cases(stage).run()
        load = None
        if seconds:
            plan = Plan(seconds, setting.forms, stage.server.secret, rate, stage.outages)
            load = Load(plan, stage.accounts, stage.app)
            await load.run()
    return Report(setting.name, setting.rules, cases, load, rate)
