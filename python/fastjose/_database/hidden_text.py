"""`HiddenText`: a credential as a parameter of a query."""

from __future__ import annotations

MAX_TOKEN_LENGTH = 512


class HiddenText(str):
    """Text whose repr does not show it, because drivers log parameters with their repr (aiosqlite, level DEBUG)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"


def hide_token(token: str) -> HiddenText | None:
    """Return the parameter for a token, or None for text that no database of Better Auth can hold as one.

    Such text is unknown without a query: PostgreSQL refuses NUL, and no driver can encode half a surrogate pair.
    """
    is_plausible = 0 < len(token) <= MAX_TOKEN_LENGTH and token.isascii() and token.isprintable()
    return HiddenText(token) if is_plausible else None
