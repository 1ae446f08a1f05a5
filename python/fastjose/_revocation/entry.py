"""A revocation as the fields of an entry of a Redis stream."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose._core import RevocationList

Kind = Literal["token", "session", "user"]
KINDS = ("token", "session", "user")


class MalformedEntryError(Exception):
    """An entry of the stream is not a revocation. The text names the field, never its value."""


@dataclass(frozen=True)
class Entry:
    """A revocation. Times are in seconds since the epoch.

    Attributes:
        kind: The kind of the identifier.
        id: The `jti`, `sid` or `sub`.
        until: The latest `exp` of a token that the revocation can concern.
        at: The time of the revocation of a user. None for the other kinds.
    """

    kind: Kind
    id: str
    until: float
    at: float | None = None

    def to_fields(self) -> dict[str, str]:
        """Return the fields of the stream entry."""
        fields = {"kind": self.kind, "id": self.id, "until": repr(self.until)}
        return fields if self.at is None else {**fields, "at": repr(self.at)}

    @classmethod
    def from_fields(cls, fields: Mapping[bytes | str, bytes | str]) -> Entry:
        """Return the revocation of a stream entry. Unknown fields are ignored.

        Raises:
            MalformedEntryError: A field is missing or has an invalid value.
        """
        texts = {_text(name): value for name, value in fields.items()}
        kind, identifier = _text(texts.get("kind")), _text(texts.get("id"))
        if kind not in KINDS:
            raise MalformedEntryError("kind must be token, session or user")
        if not identifier:
            raise MalformedEntryError("id must not be empty")
        at = _time(texts.get("at"), "at") if kind == "user" else None
        return cls(cast("Kind", kind), identifier, _time(texts.get("until"), "until"), at)

    def apply_to(self, revocations: RevocationList) -> None:
        """Add the revocation to a list.

        Raises:
            ValueError: The identifier or a time is not valid.
        """
        if self.kind == "token":
            revocations.revoke_token(self.id, self.until)
        elif self.kind == "session":
            revocations.revoke_session(self.id, self.until)
        else:
            revocations.revoke_user(self.id, self.at, self.until)


def _text(value: bytes | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _time(value: bytes | str | None, name: str) -> float:
    try:
        time = float(_text(value))
    except ValueError:
        time = math.nan
    if not 0 <= time < 1e11:  # noqa: PLR2004 - a later time is one in milliseconds
        raise MalformedEntryError(f"{name} must be a time in seconds since the epoch")
    return time
