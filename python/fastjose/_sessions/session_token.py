"""`SessionToken`: the token of a Better Auth session, and how the client sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import NoReturn

    from typing_extensions import Self

Carrier = Literal["bearer", "cookie"]
"""The part of a request that had the token: the Authorization header, or a cookie."""


class SessionToken(str):
    """The token of a session, as Better Auth's database holds it: without a signature. Its repr does not contain it.

    Attributes:
        carrier: The part of the request that had the token.
        raw: The value as the client sent it: signed or not, percent-encoded or not.
        cookie_name: The name of the cookie that had the token, or None.
    """

    __slots__ = ("carrier", "cookie_name", "raw")
    carrier: Carrier
    raw: str
    cookie_name: str | None

    def __new__(cls, token: str, *, raw: str, carrier: Carrier = "bearer", cookie_name: str | None = None) -> Self:
        """Create the token."""
        self = super().__new__(cls, token)
        self.carrier, self.raw, self.cookie_name = carrier, raw, cookie_name
        return self

    def __repr__(self) -> str:
        return f"<SessionToken from the {self.carrier}>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a SessionToken must not be pickled, because the pickle would contain it: pass str(token)")
