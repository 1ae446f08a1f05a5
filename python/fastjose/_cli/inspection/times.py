"""The times that claims have (RFC 7519 §2, NumericDate): in UTC, and from now."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastjose._sessions.timestamps import parse_timestamp, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TIME_CLAIMS = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at", "expiresAt"})
_UNITS = (("year", 31_536_000), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_MILLISECONDS = 100_000_000_000
"""The least number that can only be meant as milliseconds: as seconds it is in the year 5138."""


@dataclass(frozen=True)
class ClaimedTime:
    """A time that a claim names.

    Attributes:
        utc: The time in ISO 8601, in UTC.
        seconds_from_now: The time until then. It is negative if the time has passed.
    """

    utc: str
    seconds_from_now: int


def read_times(claims: Mapping[str, object]) -> dict[str, ClaimedTime]:
    """Return the times among the claims, by name. A claim that is not a time is left out."""
    times = {name: _read_time(claims[name]) for name in claims.keys() & _TIME_CLAIMS}
    return {name: times[name] for name in claims if (name in times and times[name] is not None)}  # type: ignore[misc]


def _read_time(value: object) -> ClaimedTime | None:
    seconds = parse_timestamp(value) if isinstance(value, int | float) else None
    moment = to_datetime(seconds)
    if seconds is None or moment is None:
        return None
    return ClaimedTime(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), math.floor(seconds - time.time()))


def find_time_oddities(claims: Mapping[str, object], times: Mapping[str, ClaimedTime]) -> Iterator[str]:
    """Yield notes about the times that a server would reject, or that cannot be meant."""
    if "exp" not in claims:
        yield "it has no exp: fastjose rejects a token that does not expire"
    elif "exp" in times and times["exp"].seconds_from_now <= 0:
        yield f"it has expired {describe_distance(times['exp'].seconds_from_now)}"
    for name in ("nbf", "iat"):
        if name in times and times[name].seconds_from_now > 0:
            yield f"its {name} is in the future, {describe_distance(times[name].seconds_from_now)}"
    for name in ("exp", "iat", "nbf"):
        if name in claims and not _is_seconds(claims[name]):
            yield f"its {name} must be a number of seconds since 1970"


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MILLISECONDS


def describe_distance(seconds: int) -> str:
    """Return a time from now in words: `in 14 minutes`, `3 days ago`."""
    if seconds == 0:
        return "now"
    unit, length = next((name, length) for name, length in _UNITS if abs(seconds) >= length)
    count = abs(seconds) // length
    words = f"{count:,} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"
