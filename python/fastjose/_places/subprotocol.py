"""The token after a subprotocol of a WebSocket handshake: browsers let a page set no other header there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._places.sources import HTTP_NAME, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import HTTPConnection

_HEADER = "sec-websocket-protocol"


class Subprotocol(Place):
    """The entry after a subprotocol: `new WebSocket(url, ["bearer", token])`. A place of handshakes alone."""

    def __init__(self, name: str, *, beside: Place | None) -> None:
        """Create the place. The token may also be in the place `beside`; two tokens count as a missing one.

        Raises:
            ValueError: `name` is not the name of a subprotocol.
        """
        self._name, self._beside = check_subprotocol(name), beside

    def is_present(self, connection: HTTPConnection) -> bool:
        """Return whether the client offers the subprotocol, or a token is in the other place."""
        offers = _names(connection.headers.getlist(_HEADER))
        return self._name in offers or (self._beside is not None and self._beside.is_present(connection))

    def find(self, connection: HTTPConnection) -> str | None:
        """Return the only token."""
        offered = token_from_subprotocols(connection.headers.getlist(_HEADER), self._name)
        other = None if self._beside is None else self._beside.find(connection)
        return (offered or other) if offered is None or other is None else None


def check_subprotocol(name: object) -> str:
    """Return the name of a subprotocol.

    Raises:
        ValueError: It is not one.
    """
    if not isinstance(name, str) or not HTTP_NAME.fullmatch(name):
        raise ValueError(
            "websocket_subprotocol (JWT_WEBSOCKET_SUBPROTOCOL) must be one name, such as bearer (RFC 6455 §4.1)"
        )
    return name


def token_from_subprotocols(offers: Sequence[str], subprotocol: str) -> str | None:
    """Return the name after `subprotocol` among the subprotocols that a WebSocket client offers, or None.

    Args:
        offers: The values of the request's Sec-WebSocket-Protocol headers (RFC 6455 §11.3.4), each a list.
        subprotocol: The case-sensitive name. If it is offered twice, it counts as not offered.
    """
    names = _names(offers)
    if names.count(subprotocol) != 1:
        return None
    following = names[names.index(subprotocol) + 1 :]
    return following[0] if following and following[0] else None


def _names(offers: Sequence[str]) -> list[str]:
    return [name.strip(" \t") for offer in offers for name in offer.split(",")]
