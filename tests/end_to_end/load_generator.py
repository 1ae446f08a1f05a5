"""The load: what is sent, and when. The rate is constant, whatever the answers take."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from end_to_end.client import NoAnswerError
from end_to_end.oracle import Kind, Request
from end_to_end.proxy import State
from end_to_end.token_pool import Stock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from end_to_end.client import Answer, Client
    from end_to_end.issuer import Issuer, Token
    from end_to_end.proxy import Proxy

FETCH_SECONDS = 0.08
"""How often a token is fetched, to be sent at once: so the first of each key is sent within that time."""
ASK_SECONDS = 0.1
"""How often the issuer is asked for its set: a key leaves it at a moment that is known as exactly."""
SIGN_SECONDS = 0.5

VALID = {Kind.CURRENT: 48, Kind.OLD: 26}
INVALID = {Kind.WITHDRAWN: 5, **dict.fromkeys((kind for kind in Kind if kind.is_hostile), 3)}
"""Shares of a hundred requests; what is sent the moment that it was fetched comes on top."""


@dataclass(frozen=True)
class Plan:
    """How long, how much, and when the proxy is down.

    Attributes:
        seconds: For how long requests are sent.
        rate: How many are sent a second.
        configuration: Better Auth's, of `better_auth/configurations.mjs`: it says how long keys stay.
        shares: Of what kinds they are, in which proportion.
    """

    seconds: float
    rate: int = 250
    configuration: str = "rotation-under-load"
    shares: Mapping[Kind, int] = field(default_factory=lambda: VALID | INVALID)

    def changes(self) -> list[tuple[float, State]]:
        """Return what becomes of the proxy, and how many seconds after the start."""
        tenths = [(4, State.REFUSING), (5, State.SWALLOWING), (6, State.RELAYING)]
        return [(self.seconds * tenth / 10, state) for tenth, state in tenths]


class Load:
    """One app under load.

    Attributes:
        requests: What was sent, in the order of the answers.
        started_at: When the first request was due.
    """

    def __init__(self, plan: Plan, issuer: Issuer, proxy: Proxy, app: Client) -> None:
        self.requests: list[Request] = []
        self.started_at = 0.0
        self._plan, self._issuer, self._proxy, self._app = plan, issuer, proxy, app
        self._chance = random.Random(20_261_124)  # noqa: S311 - the same mixture each time, no secret
        self._stock = Stock(issuer, self._chance)
        self._sent_keys: set[str | None] = set()
        self._sent: list[asyncio.Task[None]] = []
        self._is_answered = False

    async def run(self) -> None:
        """Send for as long as the plan says, and wait for every answer."""
        await self._issuer.read_key_set()
        self.started_at = time.monotonic()
        await self._fetch()
        await self._stock.renew_signed()
        await asyncio.gather(self._send_all(), self._ask_until_answered())

    async def _send_all(self) -> None:
        await asyncio.gather(
            self._every(1 / self._plan.rate, self._send_next),
            self._every(FETCH_SECONDS, self._fetch),
            self._every(SIGN_SECONDS, self._stock.renew_signed),
            self._proxy_changes(),
        )
        await asyncio.gather(*self._sent)
        self._is_answered = True

    async def _every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        """Act at each multiple of `seconds`; what was missed is caught up with, so that the rate is kept."""
        for number in range(round(self._plan.seconds / seconds)):
            await self._sleep_until(number * seconds)
            await action()

    async def _sleep_until(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, self.started_at + seconds - time.monotonic()))

    async def _proxy_changes(self) -> None:
        for seconds, state in self._plan.changes():
            await self._sleep_until(seconds)
            await self._proxy.become(state)

    async def _ask_until_answered(self) -> None:
        """Ask for the set during the load, and once after the last answer."""
        while not self._is_answered:
            await self._issuer.read_key_set()
            await asyncio.sleep(ASK_SECONDS)
        await self._issuer.read_key_set()

    async def _fetch(self) -> None:
        token = await self._issuer.fetch_token()
        self._stock.add(token)
        self._send(Kind.FRESH, token)

    async def _send_next(self) -> None:
        shares = self._plan.shares
        kind = self._chance.choices(list(shares), list(shares.values()))[0]
        token = self._stock.draw(kind)
        if token is None:  # no key is old, or has left, so far
            kind, token = Kind.CURRENT, self._stock.draw(Kind.CURRENT)
        if token is not None:
            self._send(kind, token)

    def _send(self, kind: Kind, token: Token) -> None:
        self._sent.append(asyncio.create_task(self._exchange(kind, token)))

    async def _exchange(self, kind: Kind, token: Token) -> None:
        is_first = not kind.is_hostile and token.key_id not in self._sent_keys
        self._sent_keys.add(token.key_id)
        sent_at = time.monotonic()
        status, said = await self._ask_app(token)
        self.requests.append(
            Request(kind, token.key_id, token.subject, sent_at, time.monotonic(), status, said, is_first)
        )

    async def _ask_app(self, token: Token) -> tuple[int | None, str]:
        try:
            answer = await self._app.get("/user-id", {"authorization": f"Bearer {token.text}"})
        except NoAnswerError as error:
            return None, f"no answer: {error}"
        return answer.status, _said(answer)


def _said(answer: Answer) -> str:
    """Return the user whom the app named, or its reason; both are in JSON, unless the app failed."""
    if answer.headers.get("content-type") != "application/json":
        return answer.body[:80].decode(errors="replace")
    content = answer.json()
    return str(content.get("user_id") or content["detail"])
