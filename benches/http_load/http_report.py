"""What the load on the applications came to, as a page."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benches.report.tables import markdown
from benches.support.environment import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.http_load.wrk import Answers


@dataclass(frozen=True)
class Application:
    """An application that is served, and how it fared in each round."""

    name: str
    url: str
    steady: list[Answers] = field(default_factory=list)
    """Good tokens alone."""
    spared: list[Answers] = field(default_factory=list)
    """Good tokens, while as many connections send bad ones."""
    flood: list[Answers] = field(default_factory=list)
    """The bad ones."""


def page(applications: Sequence[Application], load: str) -> str:
    """Return the page: medians over the rounds."""
    return f"""# End to end

Written by `make bench-http`: `GET /me` of `examples/todo` under uvicorn (uvloop, httptools, one worker), the load by
wrk, over loopback; {load}; medians of the rounds. `docs/performance.md` says more.

{described()}
## Good tokens

{_table([(application.name, application.steady) for application in applications])}

## Good tokens, while half of the connections send bad ones

A third of the bad ones has expired, a third is signed by another key, a third is cut off. Of each pair the first line
is the good half, the second the bad one.

{_table([row for application in applications if application.flood for row in _pair(application)])}
"""


def _pair(application: Application) -> tuple[tuple[str, list[Answers]], tuple[str, list[Answers]]]:
    return (application.name, application.spared), (f"{application.name}: refused", application.flood)


def _table(rows: Sequence[tuple[str, Sequence[Answers]]]) -> str:
    return markdown(["", "requests/s", "p50, ms", "p99, ms"], [[name, *_cells(answers)] for name, answers in rows])


def _cells(answers: Sequence[Answers]) -> list[str]:
    per_second = statistics.median(one.per_second for one in answers)
    milliseconds = (
        statistics.median(times) / 1_000 for times in zip(*((a.p50_us, a.p99_us) for a in answers), strict=True)
    )
    return [f"{per_second:,.0f}", *(f"{time:.2f}" for time in milliseconds)]
