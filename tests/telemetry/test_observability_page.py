"""The page on observability names each metric as the code creates it, and each attribute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fastjose._telemetry.instruments import create_instruments
from fastjose._telemetry.observed_verifiers import ObservedVerifiers

PAGE = (Path(__file__).parents[2] / "docs" / "integrations" / "observability.md").read_text(encoding="utf-8")


class RecordedMeter:
    """A meter that records the instruments that are created."""

    def __init__(self) -> None:
        """Begin without instruments."""
        self.created: set[tuple[str, str, str]] = set()

    def __getattr__(self, method: str) -> Any:
        def create(name: str, *arguments: Any, **_: Any) -> None:
            unit = next(each for each in arguments if isinstance(each, str))
            kind = method.removeprefix("create_").replace("up_down", "up-down").replace("_", " ")
            self.created.add((name, kind, unit))

        return create


def test_page_lists_every_metric_with_instrument_and_unit() -> None:
    meter: Any = RecordedMeter()
    create_instruments(lambda *_: meter, ObservedVerifiers())
    rows = re.findall(r"^\| `(fastjose\.[\w.]+)` \| ([\w -]+) \| `([^`]+)` \|", PAGE, flags=re.MULTILINE)
    assert set(rows) == meter.created


def test_page_describes_every_attribute_of_a_metric() -> None:
    rows = re.findall(r"^\| `fastjose\.[\w.]+` \| [\w -]+ \| `[^`]+` \| (.*) \|$", PAGE, flags=re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    described = set(re.findall(r"^\| `([\w.]+)` \| [^|]+ \|$", PAGE, flags=re.MULTILINE))
    assert named == described
