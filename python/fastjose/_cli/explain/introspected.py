"""What the authorization server says of an opaque token, whatever the application requires of it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from fastjose._cli.explain.unverified import UnverifiedToken, read_unverified
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from fastjose._cli.explain.application import Application
    from fastjose._core import RemoteIntrospection

_NOTHING = UnverifiedToken({}, {}, None)


def read_content(application: Application, kind: str, token: str) -> UnverifiedToken:
    """Return the content of a JWT, or what the server says of an opaque token, which is asked again. Else nothing."""
    if kind == "jwt":
        return read_unverified(token)
    if kind != "opaque" or application.introspection is None:
        return _NOTHING
    try:
        claims = asyncio.run(_introspect(application.introspection, token))
    except (JOSEError, ValueError):
        return _NOTHING
    claims.pop("active", None)
    return UnverifiedToken({}, claims, json.dumps(claims).encode())


async def _introspect(introspection: RemoteIntrospection, token: str) -> dict[str, Any]:
    return await introspection.introspect(token)
