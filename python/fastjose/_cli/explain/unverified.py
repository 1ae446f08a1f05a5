"""The unverified content of a token, in a form that can be shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastjose._cli.inspection.times import describe_distance, read_times
from fastjose._core import jws_unverified_header, jwt_parse_claims
from fastjose.exceptions import JOSEError
from fastjose.utils import base64url_decode

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_SHOWN_CHARS = 120
_MAX_SHOWN_ITEMS = 5
_MAX_WRITTEN_CHARS = 200
_JWS_DOTS = 2


@dataclass(frozen=True)
class UnverifiedToken:
    """The header, the payload and the claims of a token, empty as far as they cannot be read."""

    header: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)
    payload: bytes | None = field(repr=False)


def read_unverified(token: str) -> UnverifiedToken:
    """Read a token without verifying it. Nothing of it can be trusted. Padding is left out, as AWS sends it."""
    token = token.replace("=", "")
    try:
        header = jws_unverified_header(token)
        payload = base64url_decode(token.split(".")[1].encode()) if token.count(".") == _JWS_DOTS else None
    except (JOSEError, ValueError, UnicodeError):
        return UnverifiedToken({}, {}, None)
    try:
        claims = {} if payload is None else jwt_parse_claims(payload)
    except (JOSEError, ValueError):
        return UnverifiedToken(header, {}, None)
    return UnverifiedToken(header, claims, payload)


def show(value: object) -> str:
    """Return a value as JSON in ASCII, without control characters and at most 120 characters long."""
    if isinstance(value, list):
        more = ["…"] if len(value) > _MAX_SHOWN_ITEMS else []
        return f"[{', '.join([*map(_show_item, value[:_MAX_SHOWN_ITEMS]), *more])}]"
    return _show_item(value)


def _show_item(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    try:
        text = json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")
    except (TypeError, ValueError):
        return "a value that is not JSON"
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}… ({len(text)} characters)"


def show_time(claim: str, claims: Mapping[str, Any]) -> str:
    """Return a time of the claims as a date in UTC, with its distance from now."""
    times = read_times({claim: claims[claim]})
    if claim not in times:
        return show(claims[claim])
    return f"{times[claim].utc} ({describe_distance(times[claim].seconds_from_now)})"


def is_writable(value: object) -> bool:
    """Return whether a claim can be written into a line of `.env`."""
    is_text = isinstance(value, str) and 0 < len(value) <= _MAX_WRITTEN_CHARS
    return is_text and str(value).isprintable() and str(value).isascii() and not set(str(value)) & set(" \"'`$#,\\")
