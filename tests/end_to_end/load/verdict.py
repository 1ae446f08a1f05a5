"""The verdict on a response: pure, no I/O, no clock."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from end_to_end.load.tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verdict(enum.Enum):
    """The classification of a response."""

    CORRECT = "correct"
    UNAVAILABLE = "503 with Retry-After"
    WRONGLY_REFUSED = "good token, refused"
    WRONGLY_ACCEPTED = "bad token, accepted"
    WRONG_USER = "good token, another user"
    WRONG_REFUSAL = "bad token, refused without the right WWW-Authenticate or reason"
    FAILED = "no response, or an unexpected status"


WRONG = [verdict for verdict in Verdict if verdict not in (Verdict.CORRECT, Verdict.UNAVAILABLE)]


@dataclass(frozen=True)
class Response:
    """A response; the names in `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def classify(kind: Kind, user_id: str, response: Response | None, reasons: Mapping[Kind, str] | None = None) -> Verdict:
    """Return the verdict on the response to a token of this kind and user.

    Args:
        kind: The kind of the token.
        user_id: The `sub` of a good token.
        response: The response; None if there was none.
        reasons: The reason that the response to a bad token must have, by kind; not checked without one.
    """
    if response is None:
        return Verdict.FAILED
    if response.status == 503 and _is_whole_number(response.headers.get("retry-after", "")):
        return Verdict.UNAVAILABLE
    if response.status == 200:
        return _classify_acceptance(kind, user_id, response)
    if response.status != 401:
        return Verdict.FAILED
    if kind is Kind.GOOD:
        return Verdict.WRONGLY_REFUSED
    is_right = response.headers.get("www-authenticate") == "Bearer" and _has_reason(response, (reasons or {}).get(kind))
    return Verdict.CORRECT if is_right else Verdict.WRONG_REFUSAL


def _classify_acceptance(kind: Kind, user_id: str, response: Response) -> Verdict:
    if kind is not Kind.GOOD:
        return Verdict.WRONGLY_ACCEPTED
    return Verdict.CORRECT if _read(response) == {"user_id": user_id} else Verdict.WRONG_USER


def _has_reason(response: Response, reason: str | None) -> bool:
    return reason is None or _read(response) == {"detail": reason}


def _read(response: Response) -> object:
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _is_whole_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
