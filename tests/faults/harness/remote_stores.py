"""Stores that ask a server over HTTP: introspection endpoints, and sessions and API keys of Better Auth."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastjose.api_keys import RemoteApiKeys
from fastjose.introspection import RemoteIntrospection
from fastjose.sessions import RemoteSessions
from faults.harness.credentials import GOOD, check_api_key, check_owner, check_session, owner_of
from faults.harness.faulty_server import FaultyServer, Response
from faults.harness.lookup_rounds import TIMEOUT_SECONDS, Store

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS: dict[str, Any] = {"timeout_seconds": TIMEOUT_SECONDS}
CACHING: dict[str, Any] = {**OPTIONS, "cache_seconds": 600}


@dataclass(frozen=True)
class RemoteStore:
    """A kind of store.

    Attributes:
        find_token: Returns the credential in a request.
        accept: Returns the response for a good credential. An attacker sends it for every one.
        refuse: The response for a bad credential.
        create: Returns the store at a server.
    """

    find_token: Callable[[str], str]
    accept: Callable[[str], bytes]
    refuse: bytes | Response
    create: Callable[..., Store]

    def respond(self, request: str) -> bytes | Response:
        """Return the response of a good server."""
        token = self.find_token(request)
        return self.accept(token) if token.startswith(GOOD) else self.refuse

    def forge(self, request: str) -> bytes:
        """Return the response of an attacker, for whom every credential is good."""
        return self.accept(self.find_token(request))


def find_introspected_token(request: str) -> str:
    """Return the token in a form."""
    return parse_qs(request.partition("\r\n\r\n")[2])["token"][0]


def introspection_of(token: str) -> bytes:
    """Return the response for an active token."""
    return json.dumps({"active": True, "sub": owner_of(token), "client_id": "web", "exp": 4_000_000_000}).encode()


def find_bearer_token(request: str) -> str:
    """Return the bearer token of a request."""
    return find_in_headers("authorization: bearer ", request)


def find_api_key(request: str) -> str:
    """Return the API key of a request."""
    return find_in_headers("x-api-key: ", request)


def find_in_headers(beginning: str, request: str) -> str:
    """Return the end of the header with this beginning."""
    found = re.search(rf"(?i)\r\n{beginning}(\S+)", request)
    assert found, request
    return found[1]


def session_of(token: str) -> bytes:
    """Return what get-session responds for a session, or for an API key."""
    user_id = owner_of(token)
    session = {"id": "s1", "userId": user_id, "token": token, "expiresAt": "2099-01-08T00:00:00.000Z"}
    return json.dumps({"session": session, "user": {"id": user_id, "email": "a@example.com", "name": "A"}}).encode()


def introspect_at(server: FaultyServer, **options: Any) -> Store:
    """Return the introspection of tokens at a server."""
    introspection = RemoteIntrospection(
        f"{server.url}/introspect",
        client_id="api",
        client_secret="a-secret-of-this-client",
        accepted_client_id="web",
        **{**CACHING, **options},
    )

    async def look_up(token: str) -> None:
        check_owner((await introspection.introspect(token))["sub"], token)

    return Store(look_up, server, has_cache=True)


def look_up_sessions_at(server: FaultyServer, **options: Any) -> Store:
    """Return the sessions at a server."""
    sessions = RemoteSessions(server.url, **{**CACHING, **options})
    return Store(lambda token: check_session(sessions, token), server, has_cache=True)


def look_up_api_keys_at(server: FaultyServer, **options: Any) -> Store:
    """Return the API keys at a server."""
    api_keys = RemoteApiKeys(server.url, **{**OPTIONS, **options})
    return Store(lambda token: check_api_key(api_keys, token), server)


INVALID_API_KEY = Response(b'{"message":"Invalid API key.","code":"INVALID_API_KEY"}', "401 Unauthorized")
REMOTE_STORES: dict[str, RemoteStore] = {
    "introspection": RemoteStore(find_introspected_token, introspection_of, b'{"active":false}', introspect_at),
    "session": RemoteStore(find_bearer_token, session_of, b"null", look_up_sessions_at),
    "API key": RemoteStore(find_api_key, session_of, INVALID_API_KEY, look_up_api_keys_at),
}
