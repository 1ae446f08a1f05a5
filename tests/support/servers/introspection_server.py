"""An authorization server on loopback that introspects access tokens as a test decides, and a client of it."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from fastjose.exceptions import JOSEError, StoreUnavailableError
from fastjose.introspection import RemoteIntrospection
from support.servers.lookup_server import LookupServer, Request, reply_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TOKEN = "opaque-token-of-Ada.with~every+kind/of_character=="
SECRET = "s3cret-0f-the-client/+:"
SECRET_CONTENT = "c0ntent-of-the-response"
"""The content of responses that no error may contain."""

ACTIVE = {"active": True, "sub": "u1", "client_id": "web", "scope": "tasks:read", "exp": 4_000_000_000}


def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a request, after a check that none occurs twice."""
    pairs = parse_qsl(request.body, keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    assert len(fields) == len(pairs)
    return fields


def respond_with(members: dict[str, Any]) -> Callable[[Request], Iterable[bytes]]:
    """Return the function that responds to every request with the JSON of `members`."""
    return lambda _: reply_json(members)


def introspect_at(server: LookupServer, **options: Any) -> RemoteIntrospection:
    """Return the endpoint of `server` for tokens of the client `web`, unless `options` say otherwise."""
    defaults = {"client_id": "api", "client_secret": SECRET, "accepted_client_id": "web", "timeout_seconds": 60}
    return RemoteIntrospection(f"{server.url}/introspect", **{**defaults, **options})


def introspect(introspection: RemoteIntrospection, token: str = TOKEN) -> dict[str, Any]:
    """Return the claims of `token`, in an event loop of its own."""

    async def main() -> dict[str, Any]:
        return await introspection.introspect(token)

    return asyncio.run(main())


def reject(introspection: RemoteIntrospection, token: str = TOKEN) -> JOSEError:
    """Return the error of an introspection, after a check that it contains nothing of token, secret or response."""
    with pytest.raises(JOSEError) as raised:
        introspect(introspection, token)
    text = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(introspection)
    assert len(token) < 8 or token not in text
    assert SECRET not in text
    assert SECRET_CONTENT not in text
    assert raised.value.__context__ is None
    return raised.value


def fail(introspection: RemoteIntrospection) -> StoreUnavailableError:
    """Return the error of an introspection that has no verdict."""
    error = reject(introspection)
    assert isinstance(error, StoreUnavailableError)
    assert error.code == "store_unavailable"
    return error
