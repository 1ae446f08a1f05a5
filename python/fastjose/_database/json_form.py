"""The JSON form of database values: what Better Auth's `get-session` would return for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

Converter = Callable[[Any], Any]

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FIRST_MILLISECONDS = 1e11
"""Integers from here on are milliseconds: as seconds, this is the year 5138, as milliseconds March 1973."""

ID_FIELDS = frozenset(
    {"id", "userId", "activeOrganizationId", "activeTeamId", "impersonatedBy", "referenceId", "organizationId"}
)
DATE_FIELDS = frozenset({"expiresAt", "createdAt", "updatedAt", "banExpires", "lastRefillAt", "lastRequest"})
BOOLEAN_FIELDS = frozenset(
    {"emailVerified", "phoneNumberVerified", "banned", "isAnonymous", "twoFactorEnabled", "enabled", "rateLimitEnabled"}
)
BOOLEAN_TEXTS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def format_date(value: object) -> str:
    """Return a date as JavaScript's `toISOString` does: in UTC, with milliseconds and `Z`.

    A date without a zone is UTC. An integer below 10¹¹ is in seconds, a larger one in milliseconds (Drizzle's
    `timestamp` and `timestamp_ms`). Text is ISO 8601, or such an integer.

    Raises:
        ValueError: The value is not a date.
    """
    moment = value if isinstance(value, datetime) else read_date(value)
    try:
        moment = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("a date must be between the years 1 and 9999") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_date(value: object) -> datetime:
    """Return the date that a number or a text stands for."""
    if isinstance(value, str):
        return read_date_text(value.strip())
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return read_timestamp(float(value))
    raise ValueError("a date must be a timestamp, ISO text, or a number of seconds or milliseconds")


def read_date_text(text: str) -> datetime:
    """Return the date of an ISO text or of a number as text."""
    try:
        return read_timestamp(float(text))
    except ValueError:
        return datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text)


def read_timestamp(number: float) -> datetime:
    """Return the date that is `number` seconds or milliseconds after 1970."""
    in_seconds = number if abs(number) < FIRST_MILLISECONDS else number / 1000
    try:
        return UNIX_EPOCH + timedelta(seconds=in_seconds)
    except OverflowError:
        raise ValueError("a date must be between the years 1 and 9999") from None


def read_boolean(value: object) -> bool:
    """Return the boolean that a database without booleans stores as an integer or a text.

    Raises:
        ValueError: The value is not a boolean.
    """
    if isinstance(value, (bool, int)):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in BOOLEAN_TEXTS:
        return BOOLEAN_TEXTS[value.strip().lower()]
    raise ValueError("a boolean must be true or false, or 1 or 0")


def read_json(value: object) -> Any:
    """Return the value of a JSON column, which some drivers return as text. Text that is not JSON remains text."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
        if "\\u" in value:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair would fail later, in a response
    except (ValueError, RecursionError):
        return value
    return parsed


def read_value(value: object) -> Any:
    """Return a value of any other column: dates, numbers and UUIDs in their JSON form, other types as text."""
    if isinstance(value, (str, bool, int, float, dict, list)):
        return value
    if isinstance(value, datetime):
        return format_date(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def choose_converter(field_name: str, *, is_boolean: bool, is_json: bool) -> Converter:
    """Return the function that converts the values of a field, none of which is None."""
    if field_name in DATE_FIELDS:
        return format_date
    if is_boolean or field_name in BOOLEAN_FIELDS:
        return read_boolean
    if field_name in ID_FIELDS:
        return str
    return read_json if is_json else read_value
