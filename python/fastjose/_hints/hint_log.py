"""A log of hints for the operator: clients control how many requests are rejected, so its lines are limited."""

from __future__ import annotations

import logging
import time
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from fastjose._process_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_log = logging.getLogger("fastjose")

_LOG_INTERVAL_SECONDS = 60.0
"""Minimum time between two lines with the same code."""
_lock = ProcessLock()
"""For the times of all logs: an object with a lock could not be copied."""


class Hint(NamedTuple):
    """What is known about the cause of a rejection.

    Attributes:
        code: The code of the hint, stable across releases.
        text: The cause and the remedy, without any part of a credential.
    """

    code: str
    text: str


class HintLog:
    """Logs the hint of a code, at most once a minute for each code."""

    def __init__(
        self, hints: Mapping[str, str], clock: Callable[[], float] = time.monotonic, level: int = logging.WARNING
    ) -> None:
        """Create the log.

        Args:
            hints: The hint of each code, as a `string.Template`.
            clock: Returns the time in seconds, from any start.
            level: The level of its lines.
        """
        self._hints, self._clock, self._level = hints, clock, level
        self._next_log_time: dict[str, float] = {}

    def warn(self, code: str, get_fields: Callable[[], Mapping[str, object]] = dict) -> None:
        """Log the hint of `code`, unless it was logged within the interval, with the fields that its template names."""
        if self._is_due(code):
            _log.log(self._level, "%s: %s", code, self.format(code, get_fields()))

    def _is_due(self, code: str) -> bool:
        """Return whether the hint of `code` may be logged now: True to one of the threads that ask at the same time."""
        now = self._clock()
        with _lock:
            is_due = now >= self._next_log_time.get(code, now)
            if is_due:
                self._next_log_time[code] = now + _LOG_INTERVAL_SECONDS
        return is_due

    def format(self, code: str, fields: Mapping[str, object] | None = None) -> str:
        """Return the hint of `code` with the fields that its template names."""
        return Template(self._hints[code]).safe_substitute(fields or {})
