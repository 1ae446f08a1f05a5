"""Rounds of look-ups around a fault of an introspection endpoint or of a Better Auth server."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastjose import JWTError
from fastjose.exceptions import StoreUnavailableError
from fastjose.introspection import RemoteIntrospection
from fastjose.sessions import RemoteSessions, SessionToken
from faults.harness.counters import Counters

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from faults.harness.faulty_server import FaultyServer

    LookUp = Callable[[str], Coroutine[Any, Any, None]]

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

OPTIONS: dict[str, Any] = {"timeout_seconds": 0.5, "cache_seconds": 600}
GOOD, BAD = "good", "bad-"
"""The beginnings of tokens: the server knows the good ones."""

_numbers = itertools.count()


def new_token(kind: str) -> str:
    """Return a token of 32 characters that no look-up has had."""
    return f"{kind}{next(_numbers):028d}"


def introspection_body(request: str) -> bytes:
    """Return what an authorization server says about the token of a request."""
    token = parse_qs(request.partition("\r\n\r\n")[2])["token"][0]
    return introspection_of_good_token(token) if token.startswith(GOOD) else b'{"active":false}'


def introspection_of_good_token(token: str) -> bytes:
    """Return the response for an active token."""
    return json.dumps({"active": True, "sub": token, "client_id": "web", "exp": 4_000_000_000}).encode()


def session_body(request: str) -> bytes:
    """Return what Better Auth says about the session of a request."""
    token = token_of_session_request(request)
    return session_of_good_token(token) if token.startswith(GOOD) else b"null"


def token_of_session_request(request: str) -> str:
    """Return the bearer token of a request."""
    found = re.search(r"(?i)\r\nauthorization: bearer (\S+)", request)
    assert found, request
    return found[1]


def session_of_good_token(token: str) -> bytes:
    """Return the response for a session that lives."""
    session = {"id": "s1", "userId": "u1", "token": token, "expiresAt": "2099-01-08T00:00:00.000Z"}
    return json.dumps({"session": session, "user": {"id": "u1", "email": "a@example.com", "name": "A"}}).encode()


def introspect_at(server: FaultyServer, **options: Any) -> LookUp:
    """Return the look-up of a token by introspection."""
    introspection = RemoteIntrospection(
        f"{server.url}/introspect",
        client_id="api",
        client_secret="a-secret-of-this-client",
        accepted_client_id="web",
        **{**OPTIONS, **options},
    )

    async def look_up(token: str) -> None:
        await introspection.introspect(token)

    return look_up


def look_up_at(server: FaultyServer, **options: Any) -> LookUp:
    """Return the look-up of a session at Better Auth."""
    sessions = RemoteSessions(server.url, **{**OPTIONS, **options})

    async def look_up(token: str) -> None:
        if await sessions(SessionToken(token, raw=token)) is None:
            raise JWTError("the session is not known")

    return look_up


class LookupRounds:
    """A store whose tokens are looked up before, during and after a fault."""

    def __init__(self, server: FaultyServer, look_up: LookUp) -> None:
        """Look up a first token, whose answer is cached."""
        self.server, self._look_up = server, look_up
        self.counters = Counters()
        self._cached = new_token(GOOD)
        self._accept_when_up(self._cached)

    def run(self) -> None:
        """Look up good and bad tokens at the same time. Those with a cached answer must be accepted."""
        tokens = [self._cached] * 3 + [new_token(GOOD) for _ in range(3)] + [new_token(BAD) for _ in range(5)]
        for token, error in zip(tokens, asyncio.run(self._look_up_all(tokens)), strict=True):
            self._count(token, error, must_have_verdict=token is self._cached)

    def recover(self) -> None:
        """Look up a good token that must be accepted by one call, and a bad one.

        A look-up that timed out at the good server does not count: the machine is busy.
        """
        self._accept_when_up(new_token(GOOD))
        bad = new_token(BAD)
        self._count(bad, self._error_of(bad))

    def finish(self) -> Counters:
        """Return the counters."""
        self.counters.requests = len(self.server.requests)
        return self.counters

    def _accept_when_up(self, token: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            error = self._error_of(token)
            is_excused = isinstance(error, StoreUnavailableError) and "timed out" in str(error)
            if not is_excused or time.monotonic() > deadline:
                break
        self._count(token, error, must_have_verdict=True)

    def _count(self, token: str, error: BaseException | None, *, must_have_verdict: bool = False) -> None:
        self.counters.count(error, is_good=token.startswith(GOOD), must_have_verdict=must_have_verdict)

    def _error_of(self, token: str) -> BaseException | None:
        return asyncio.run(self._look_up_all([token]))[0]

    async def _look_up_all(self, tokens: list[str]) -> list[BaseException | None]:
        return list(await asyncio.gather(*map(self._look_up, tokens), return_exceptions=True))
