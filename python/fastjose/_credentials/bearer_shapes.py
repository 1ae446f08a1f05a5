"""Which bearer credential has a token: its text decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastjose._credentials.credential import BearerCredential

    Shape = tuple[Callable[[str], bool], BearerCredential]

_JWS_DOTS = 2


def is_jwt(token: str) -> bool:
    """Return whether `token` has the three segments of a JWT."""
    return token.count(".") == _JWS_DOTS


def order_shapes(credentials: Sequence[BearerCredential]) -> list[Shape]:
    """Return the credentials in the order in which they are asked, each with the function that knows its shape.

    Opaque tokens are asked last: they have every shape that no other credential has.

    Raises:
        ValueError: Two credentials have tokens of the same shape.
    """
    named: dict[str, Any] = {credential.name: credential for credential in credentials}
    opaque, sessions = named.get("opaque"), named.get("session")
    if opaque is None:
        return [(credential.matches, credential) for credential in credentials]
    if opaque.introspect_jwts and "jwt" in named:
        raise ValueError(
            "introspect_jwts must be False beside JwtCredentials, which accepts JWTs without asking the server; leave "
            "out JwtCredentials to introspect every token"
        )
    if sessions is not None and sessions.allow_unsigned:
        raise ValueError(
            "allow_unsigned must be False beside OpaqueTokens: a session token without its signature and an opaque "
            "access token of Better Auth have the same form, 32 letters and digits"
        )
    shapes = [(each.matches, each) for each in credentials if each not in (opaque, sessions)]
    if sessions is not None:
        shapes.append((sessions.matches_signed, sessions))
    return [*shapes, (opaque.matches, opaque)]
