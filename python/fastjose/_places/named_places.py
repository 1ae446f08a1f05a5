"""Places of tokens by the names of their header and their cookie, as the environment has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._places.sources import HTTP_NAME, BearerHeader, CookieHeader, KeyHeader

if TYPE_CHECKING:
    from fastjose._places.sources import Place


def name_places(header: str | None, cookie: str | None) -> list[Place]:
    """Return the places of tokens: the header decides if the request has both.

    Args:
        header: The header whose value is the token. None: the bearer token of the Authorization header.
        cookie: The cookie with the token, if there is one.

    Raises:
        ValueError: `header` or `cookie` is not the name of one.
    """
    if isinstance(header, str) and header.lower() in {"authorization", "cookie"}:
        raise ValueError("token_header must be another header than Authorization, the default, and Cookie")
    places: list[Place] = [BearerHeader() if header is None else KeyHeader(_check_name("token_header", header))]
    return places if cookie is None else [*places, CookieHeader(_check_name("token_cookie", cookie))]


def _check_name(parameter: str, name: object) -> str:
    if not isinstance(name, str) or not HTTP_NAME.fullmatch(name):
        raise ValueError(f"{parameter} must be one name of letters, digits and hyphens, such as X-Access-Token")
    return name
