"""`TokenPlaces`: finds the token of a request in the one place that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._arguments import list_origins
from fastjose._core import OriginPolicy
from fastjose._credentials.credential import CrossOriginError
from fastjose._places.sources import BearerHeader
from fastjose._places.subprotocol import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import HTTPConnection

    from fastjose._places.sources import Place


class TokenPlaces:
    """The places that can have the token of a request, in their order. Immutable.

    The first place in which a credential is present decides, even if that credential is empty, repeated or rejected. No
    other place is tried behind it.

    Attributes:
        begins_with_authorization: Whether the bearer token of the Authorization header is the first place.
    """

    def __init__(
        self, places: Sequence[Place], *, trusted_origins: Iterable[str] = (), subprotocol: str | None = None
    ) -> None:
        """Accept tokens from `places`, and in a WebSocket handshake from `subprotocol`.

        Raises:
            ValueError: `trusted_origins` has an entry that is not an origin, or none of the places is a cookie.
            ValueError: `subprotocol` is not the name of a subprotocol.
        """
        origins = list_origins(trusted_origins)
        if origins and not any(place.is_cookie for place in places):
            raise ValueError("trusted_origins must be given only for cookies: add APIKeyCookie(name=…) to scheme")
        self._origins = OriginPolicy(origins)
        self._places = tuple(places)
        first = places[0]
        self.begins_with_authorization = isinstance(first, BearerHeader) and first.is_bearer
        self._handshake_places = self._places if subprotocol is None else _with_subprotocol(places, subprotocol)

    async def find(self, connection: HTTPConnection) -> str | None:
        """Return the token of a request, or None if the place that decides does not have exactly one.

        Raises what `read` raises.
        """
        return await self.read(connection) or None

    async def read(self, connection: HTTPConnection) -> str | None:
        """Return the token of a request: `""` if a place has a credential, but not exactly one, and None if no one has.

        Raises:
            CrossOriginError: The token is in a cookie, and the page of another origin sends a request that may change
                something.
            HTTPException: A scheme of the application raised it.
        """
        places = self._handshake_places if connection.scope["type"] == "websocket" else self._places
        for place in places:
            text = await place.read(connection)
            if text is not None:
                if place.is_cookie and "cookie" in connection.headers and not self._origins.allows(connection.scope):
                    raise CrossOriginError
                return text
        return None


def _with_subprotocol(places: Sequence[Place], subprotocol: str) -> tuple[Place, ...]:
    """Return the places of a handshake. The subprotocol is in place of the Authorization header, else the first one."""
    bearer = next((place for place in places if isinstance(place, BearerHeader)), None)
    place = Subprotocol(subprotocol, beside=bearer)
    if bearer is None:
        return (place, *places)
    return tuple(place if each is bearer else each for each in places)
