"""Times as stores of sessions hold them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone

_MIN_MILLISECONDS = 1e11
"""The least number that counts as milliseconds, in 1973. A smaller number is in seconds, up to the year 5138."""
_FRACTION = re.compile(r"(?<=[0-9])\.([0-9]+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse_timestamp(value: object) -> float | None:
    """Return a time in seconds since the epoch, or None if `value` is not a time.

    Args:
        value: A datetime or an ISO 8601 text, which are UTC if they have no time zone; or a number of seconds or of
            milliseconds since the epoch.
    """
    if isinstance(value, str):
        value = _parse_text(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone.utc)
        return (value - _EPOCH).total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = value / 1_000 if abs(value) >= _MIN_MILLISECONDS else float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def to_datetime(seconds: float | None) -> datetime | None:
    """Return a time as a datetime in UTC, or None without a time, or for one that no datetime can have."""
    if seconds is None:
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _parse_text(text: str) -> datetime | float | None:
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < len("10000000000000000"):
        return float(text)
    if text[4:5] != "-":
        return None  # not in the extended format, of which Python 3.11 also reads others
    try:
        # Python 3.10 reads neither `Z` nor a fraction of another length than 3 or 6 digits.
        return datetime.fromisoformat(_FRACTION.sub(_six_digits, text.replace("Z", "+00:00", 1)))
    except ValueError:
        return None


def _six_digits(fraction: re.Match[str]) -> str:
    return f".{fraction[1][:6]:0<6}"
