"""Places of credentials as security schemes of the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from fastjose._places.sources import BearerHeader, CookieHeader, KeyHeader, KeyQuery

if TYPE_CHECKING:
    from fastjose._places.sources import Place


class PlaceScheme(SecurityBase):
    """A place and its security scheme. As a dependency it does nothing: FastAPI takes the scheme of a route from it."""

    model: Any

    def __init__(self, place: Place, model: Any, scheme_name: str) -> None:
        """Describe `place` by `model`, under `scheme_name`."""
        self.place, self.model, self.scheme_name = place, model, scheme_name

    async def __call__(self) -> None:
        """Do nothing."""


def describe(place: Place) -> PlaceScheme:
    """Return the place with the scheme that FastAPI's class for such a place has."""
    if isinstance(place, KeyHeader):
        return PlaceScheme(place, _api_key(APIKeyIn.header, place.name), "APIKeyHeader")
    if isinstance(place, CookieHeader):
        return PlaceScheme(place, _api_key(APIKeyIn.cookie, place.name), "APIKeyCookie")
    if isinstance(place, KeyQuery):
        return PlaceScheme(place, _api_key(APIKeyIn.query, place.name), "APIKeyQuery")
    description = place.description if isinstance(place, BearerHeader) else None
    return PlaceScheme(place, HTTPBearerModel(description=description), "HTTPBearer")


def _api_key(place: APIKeyIn, name: str) -> APIKey:
    return APIKey(**{"in": place}, name=name)  # type: ignore[arg-type]  # its alias is a keyword of Python
