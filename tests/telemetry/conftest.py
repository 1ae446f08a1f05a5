"""Telemetry of the test alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastjose._telemetry import switch
from support.environment.exported_telemetry import Exported

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exported]:
    """Yield what an application exports whose dependencies are built in the test."""
    exported = Exported()
    monkeypatch.setenv(switch.VARIABLE, "on")
    monkeypatch.setattr(switch, "_created", [exported.telemetry])
    monkeypatch.setattr(switch, "OBSERVED", exported.observed)
    yield exported
    exported.close()
