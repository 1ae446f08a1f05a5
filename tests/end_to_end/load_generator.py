"""The load: the requests and their schedule. The rate is constant, however long the responses take."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from end_to_end.client import NoResponseError
from end_to_end.oracle import Request, TokenKind
from end_to_end.proxy import ProxyState
from end_to_end.tokens.token_pool import TokenPool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from end_to_end.client import Client, Response
    from end_to_end.issuer import Issuer, Token
    from end_to_end.proxy import Proxy

TOKEN_FETCH_INTERVAL_SECONDS = 0.08
"""Interval at which a token is fetched and sent at once, so the first token of each key is sent within this time."""
KEY_SET_INTERVAL_SECONDS = 0.1
"""Interval at which the issuer's JWKS is fetched: the time of a key's withdrawal is known to this precision."""
SIGN_INTERVAL_SECONDS = 0.5

VALID = {TokenKind.CURRENT: 48, TokenKind.OLD: 26}
INVALID = {TokenKind.WITHDRAWN: 5, **dict.fromkeys((kind for kind in TokenKind if kind.is_attack), 3)}
"""Shares of a hundred requests; fresh tokens are sent in addition."""


@dataclass(frozen=True)
class Plan:
    """The duration, the rate and the kinds of the requests, and the outages of the proxy.

    Attributes:
        seconds: The time for which requests are sent.
        rate: The number of requests a second.
        configuration: A name in `better_auth/configurations.mjs`, which sets how long keys are published.
        shares: The proportion of each kind of token.
    """

    seconds: float
    rate: int = 250
    configuration: str = "rotation-under-load"
    shares: Mapping[TokenKind, int] = field(default_factory=lambda: VALID | INVALID)

    def proxy_states(self) -> list[tuple[float, ProxyState]]:
        """Return the states of the proxy, each with its start in seconds."""
        tenths = [(4, ProxyState.REFUSING), (5, ProxyState.UNRESPONSIVE), (6, ProxyState.FORWARDING)]
        return [(self.seconds * tenth / 10, state) for tenth, state in tenths]


class Load:
    """The load on one application.

    Attributes:
        requests: The requests, in the order of the responses.
        started_at: The time at which the first request was due.
    """

    def __init__(self, plan: Plan, issuer: Issuer, proxy: Proxy, app: Client) -> None:
        self.requests: list[Request] = []
        self.started_at = 0.0
        self._plan, self._issuer, self._proxy, self._app = plan, issuer, proxy, app
        self._rng = random.Random(20_261_124)  # noqa: S311 - reproducible, not a secret
        self._pool = TokenPool(issuer, self._rng)
        self._sent_keys: set[str | None] = set()
        self._exchanges: list[asyncio.Task[None]] = []
        self._is_finished = False

    async def run(self) -> None:
        """Send requests for the planned time, and wait for every response."""
        await self._issuer.fetch_key_set()
        self.started_at = time.monotonic()
        await self._fetch_and_send()
        await self._pool.refresh_invalid_claims()
        await asyncio.gather(self._send_all(), self._poll_key_set())

    async def _send_all(self) -> None:
        await asyncio.gather(
            self._repeat(1 / self._plan.rate, self._send_next),
            self._repeat(TOKEN_FETCH_INTERVAL_SECONDS, self._fetch_and_send),
            self._repeat(SIGN_INTERVAL_SECONDS, self._pool.refresh_invalid_claims),
            self._change_proxy_states(),
        )
        await asyncio.gather(*self._exchanges)
        self._is_finished = True

    async def _repeat(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        """Run the action at each multiple of `seconds`; late runs are made up, so that the rate is constant."""
        for number in range(round(self._plan.seconds / seconds)):
            await self._sleep_until(number * seconds)
            await action()

    async def _sleep_until(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, self.started_at + seconds - time.monotonic()))

    async def _change_proxy_states(self) -> None:
        for seconds, state in self._plan.proxy_states():
            await self._sleep_until(seconds)
            await self._proxy.set_state(state)

    async def _poll_key_set(self) -> None:
        """Fetch the JWKS during the load, and once after the last response."""
        while not self._is_finished:
            await self._issuer.fetch_key_set()
            await asyncio.sleep(KEY_SET_INTERVAL_SECONDS)
        await self._issuer.fetch_key_set()

    async def _fetch_and_send(self) -> None:
        token = await self._issuer.fetch_token()
        self._pool.add(token)
        self._send(TokenKind.FRESH, token)

    async def _send_next(self) -> None:
        shares = self._plan.shares
        kind = self._rng.choices(list(shares), list(shares.values()))[0]
        token = self._pool.choose(kind)
        if token is None:  # there is not an old or withdrawn key yet
            kind, token = TokenKind.CURRENT, self._pool.choose(TokenKind.CURRENT)
        if token is not None:
            self._send(kind, token)

    def _send(self, kind: TokenKind, token: Token) -> None:
        self._exchanges.append(asyncio.create_task(self._exchange(kind, token)))

    async def _exchange(self, kind: TokenKind, token: Token) -> None:
        is_first = not kind.is_attack and token.key_id not in self._sent_keys
        self._sent_keys.add(token.key_id)
        sent_at = time.monotonic()
        status, user_or_reason = await self._send_to_app(token)
        self.requests.append(
            Request(kind, token.key_id, token.subject, sent_at, time.monotonic(), status, user_or_reason, is_first)
        )

    async def _send_to_app(self, token: Token) -> tuple[int | None, str]:
        try:
            response = await self._app.get("/user-id", {"authorization": f"Bearer {token.text}"})
        except NoResponseError as error:
            return None, f"no response: {error}"
        return response.status, _user_or_reason(response)


def _user_or_reason(response: Response) -> str:
    """Return the user whom the application named, or its reason; both are JSON, unless the application failed."""
    if response.headers.get("content-type") != "application/json":
        return response.body[:80].decode(errors="replace")
    content = response.json()
    return str(content.get("user_id") or content["detail"])
