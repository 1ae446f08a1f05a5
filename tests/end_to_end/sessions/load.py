"""The load: many users, whose sessions Better Auth makes and ends all along, and outages of the store."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx

from end_to_end.client import NoResponseError
from end_to_end.sessions import credentials
from end_to_end.sessions.better_auth import ActionError
from end_to_end.sessions.credentials import Credential, present
from end_to_end.sessions.oracle import FOREVER, RECOVERY_SECONDS, Outage, Request
from end_to_end.sessions.settings import KEYS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from end_to_end.client import Client, Response
    from end_to_end.sessions.better_auth import Accounts, SignedIn

USERS = 20
SESSIONS_PER_USER = 2
ACTIONS_PER_SECOND = 8
ACTION_SECONDS = 10
"""Time that an action which began in an outage may need to fail."""
REMEMBERED_ENDED_SESSIONS = 200
SHARES = {"alive": 66, "just ended": 10, "ended": 10, "password alone": 4, "attack": 10}
"""Shares of a hundred requests."""
ASKED_SHARE = 0.05
"""The share of requests before and after which Better Auth is asked."""
MAX_OUTAGE_SECONDS = 5
REFRESH_SECONDS = 1
"""A cookie cache that expires sooner is mostly renewed before it is sent, as a browser does."""


@dataclass(frozen=True)
class OutageStep:
    """One kind of outage: what begins it and what ends it."""

    name: str
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Plan:
    """The duration and the rate of the load, the forms of the credentials, and the outages.

    Attributes:
        seconds: The time for which requests are sent.
        forms: Names in `credentials.FORMS`.
        secret: The secret of Better Auth, with which an attacker who knows it signs tokens that were never issued.
        rate: The number of requests a second.
        outages: What goes down, in this order.
        max_in_flight: The number of requests without a response at which the next one waits, so that a busy machine
            sends fewer instead of later; None for a constant rate.
    """

    seconds: float
    forms: Sequence[str]
    secret: str = field(repr=False)
    rate: int = 200
    outages: Sequence[OutageStep] = ()
    max_in_flight: int | None = None


class Load:
    """The load on one application.

    Attributes:
        requests: The requests, in the order of the responses.
        outages: The outages, in their order.
        disagreements: The sessions about which the log and Better Auth disagree after the load; must be empty.
        action_count: The number of actions that Better Auth confirmed.
    """

    def __init__(self, plan: Plan, accounts: Accounts, app: Client) -> None:
        self.requests: list[Request] = []
        self.outages: list[Outage] = []
        self.disagreements: list[str] = []
        self.action_count = 0
        self.started_at = 0.0
        self._plan, self._accounts, self._app = plan, accounts, app
        self._rng = random.Random(20_261_127)  # noqa: S311 - reproducible, not a secret
        self._alive: dict[str, list[SignedIn]] = {}
        self._all: list[SignedIn] = []
        self._ended: deque[SignedIn] = deque(maxlen=REMEMBERED_ENDED_SESSIONS)
        self._passwords_alone: deque[SignedIn] = deque(maxlen=20)
        self._exchanges: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Send requests for the planned time, wait for every response, and compare the log with Better Auth."""
        await self._prepare()
        self.started_at = time.time()
        await asyncio.gather(
            self._repeat(1 / self._plan.rate, self._send_next),
            self._act_until_the_end(),
            self._go_through_outages(),
        )
        await asyncio.gather(*self._exchanges)
        await self._compare_log()

    async def _prepare(self) -> None:
        self._admin = await self._accounts.sign_up_admin()
        self._two_factor_user = await self._accounts.require_two_factors(await self._accounts.sign_up())
        for _ in range(USERS):
            await self._sign_up()
        for _ in range(USERS * (SESSIONS_PER_USER - 1)):
            await self._sign_in()
        for _ in range(3):
            await self._send_password_alone()
            await self._sign_out()

    # --- What Better Auth does meanwhile ---

    async def _act_until_the_end(self) -> None:
        while (elapsed := time.time() - self.started_at) < self._plan.seconds:
            await self._act()
            await asyncio.sleep(max(0.0, self.started_at + elapsed + 1 / ACTIONS_PER_SECOND - time.time()))

    async def _act(self) -> None:
        is_full = sum(map(len, self._alive.values())) >= USERS * SESSIONS_PER_USER
        endings = {
            self._sign_out: 8,
            self._revoke_other_session: 3,
            self._revoke_sessions: 2,
            self._ban: 1,
            self._remove: 1,
            self._send_password_alone: 3,
        }
        action = self._rng.choices(list(endings), list(endings.values()))[0] if is_full else self._begin
        try:
            await action()
            self.action_count += 1
        except (ActionError, httpx.HTTPError):
            if not self._has_outage():  # its own store is away
                raise

    async def _begin(self) -> None:
        await (self._sign_up() if len(self._alive) < USERS else self._sign_in())

    async def _sign_up(self) -> None:
        self._add(await self._accounts.sign_up())

    async def _sign_in(self) -> None:
        sessions = self._choose_user()
        self._add(await self._accounts.sign_in(sessions[0].user))

    def _add(self, session: SignedIn) -> None:
        self._alive.setdefault(session.user.id, []).append(session)
        self._all.append(session)
        self._send(session)

    async def _send_password_alone(self) -> None:
        session = await self._accounts.send_password_alone(self._two_factor_user)
        self._passwords_alone.append(session)
        self._send(session, is_hostile=True)

    async def _sign_out(self) -> None:
        session = self._rng.choice(self._choose_user())
        await self._end([session], lambda: self._accounts.sign_out(session))

    async def _revoke_other_session(self) -> None:
        sessions = list(self._choose_user())
        await self._end(sessions[1:2], lambda: self._accounts.revoke_session(sessions[0], sessions[1]))

    async def _revoke_sessions(self) -> None:
        sessions = list(self._choose_user())
        await self._end(sessions, lambda: self._accounts.revoke_sessions(sessions[0], sessions))

    async def _ban(self) -> None:
        sessions = list(self._choose_user())
        await self._end(sessions, lambda: self._accounts.ban(self._admin, sessions))

    async def _remove(self) -> None:
        sessions = list(self._choose_user())
        await self._end(sessions, lambda: self._accounts.remove(self._admin, sessions))

    async def _end(self, sessions: list[SignedIn], action: Callable[[], Awaitable[None]]) -> None:
        """Send each session, end it, and send it again at once: an application that remembers it is found out."""
        if not sessions:
            return
        for session in sessions:
            self._send(session)
            self._forget(session)
        await action()
        for session in sessions:
            self._ended.append(session)
            self._send(session)

    def _forget(self, session: SignedIn) -> None:
        sessions = self._alive[session.user.id]
        sessions.remove(session)
        if not sessions:
            del self._alive[session.user.id]

    def _choose_user(self) -> list[SignedIn]:
        return self._rng.choice(list(self._alive.values()))

    # --- Requests ---

    async def _repeat(self, seconds: float, action: Callable[[], None]) -> None:
        """Run the action at each multiple of `seconds`. Late runs are made up: the rate is constant without a limit."""
        for number in range(round(self._plan.seconds / seconds)):
            await asyncio.sleep(max(0.0, self.started_at + number * seconds - time.time()))
            await self._wait_for_responses()
            if self._plan.max_in_flight is not None and time.time() > self.started_at + self._plan.seconds:
                break
            action()

    async def _wait_for_responses(self) -> None:
        """Wait while as many requests as the plan allows are in flight."""
        limit = self._plan.max_in_flight
        while limit is not None and len(waiting := [each for each in self._exchanges if not each.done()]) >= limit:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)

    def _send_next(self) -> None:
        share = self._rng.choices(list(SHARES), list(SHARES.values()))[0]
        if share == "just ended":
            self._send(self._ended[-1])
        elif share == "ended":
            self._send(self._rng.choice(self._ended))
        elif share == "password alone":
            self._send(self._rng.choice(self._passwords_alone), is_hostile=True)
        elif share == "attack":
            self._start(self._choose_attack())
        else:
            self._send(self._rng.choice(self._choose_user()))

    def _choose_attack(self) -> Credential:
        session, other = self._rng.choice(self._choose_user()), self._rng.choice(self._all)
        while other.user is session.user:
            other = self._rng.choice(self._all)
        attacks: list[Credential] = []
        if any(form.startswith("bearer") for form in self._plan.forms):
            attacks += credentials.attack_bearer(session, other, self._plan.secret)
        if any(form.startswith("cookie") for form in self._plan.forms):
            attacks += credentials.attack_token_cookie(session, other, self._plan.secret)
        if self._plan.forms == KEYS:
            attacks += credentials.attack_api_keys(session, other)
        if session.cache is not None:
            attacks += credentials.attack_caches(session)
        return self._rng.choice(attacks)

    def _send(self, session: SignedIn, *, is_hostile: bool = False) -> None:
        form = self._rng.choice(list(self._plan.forms))
        if is_hostile:
            credential = present(session, form)
            self._start(Credential(f"password alone, {form}", credential.headers, session.life, is_hostile=True))
        else:
            self._exchanges.append(asyncio.create_task(self._refresh_and_exchange(session, form)))

    def _start(self, credential: Credential) -> None:
        self._exchanges.append(asyncio.create_task(self._exchange(credential, None)))

    async def _refresh_and_exchange(self, session: SignedIn, form: str) -> None:
        is_alive = session.life.end_requested_at == FOREVER
        if form == "cookies" and session.cache is not None and is_alive:
            expires_soon = session.cache.fresh_until < time.time() + REFRESH_SECONDS
            if expires_soon and self._rng.random() < 0.7:
                await self._refresh(session)
        is_asked = self._rng.random() < ASKED_SHARE
        await self._exchange(present(session, form), session if is_asked else None)

    async def _refresh(self, session: SignedIn) -> None:
        try:
            await self._accounts.refresh_cookies(session)
        except (ActionError, httpx.HTTPError):
            if not self._has_outage():
                raise

    async def _exchange(self, credential: Credential, asked: SignedIn | None) -> None:
        before = await self._ask(asked)
        request = await exchange(self._app, credential)
        after = await self._ask(asked)
        was_alive = None if before is None or after is None else (before, after)
        self.requests.append(replace(request, was_alive=was_alive))

    async def _ask(self, session: SignedIn | None) -> bool | None:
        """Ask Better Auth; return None if there is nothing to ask, or if it has an outage itself."""
        if session is None:
            return None
        try:
            return await self._accounts.is_alive(session)
        except (ActionError, httpx.HTTPError):
            return None

    # --- Outages ---

    def _has_outage(self) -> bool:
        """Return whether something is down, or was until a moment ago."""
        return any(time.time() < outage.until + RECOVERY_SECONDS + ACTION_SECONDS for outage in self.outages[-1:])

    async def _go_through_outages(self) -> None:
        """Spread the outages over the time; each lasts a third of its part, and not longer than the limit."""
        part = self._plan.seconds / max(1, len(self._plan.outages))
        duration = min(part / 3, MAX_OUTAGE_SECONDS)
        for number, step in enumerate(self._plan.outages):
            await asyncio.sleep(max(0.0, self.started_at + (number + 0.35) * part - time.time()))
            self.outages.append(Outage(step.name, time.time()))
            await step.begin()
            await asyncio.sleep(duration)
            await step.end()
            self.outages[-1] = self.outages[-1].with_end(time.time())

    async def _compare_log(self) -> None:
        for session in self._all:
            if not session.life.is_in_doubt and await self._accounts.is_alive(session) != (
                session.life.ended_at == FOREVER
            ):
                self.disagreements.append(f"session of {session.user.id}")


async def exchange(app: Client, credential: Credential) -> Request:
    """Send one credential to the application."""
    sent_at = time.time()
    status, answer = await send(app, credential.headers)
    return Request(
        kind=credential.kind,
        life=credential.life,
        cache=credential.cache,
        is_hostile=credential.is_hostile,
        sent_at=sent_at,
        responded_at=time.time(),
        status=status,
        answer=answer,
    )


async def send(app: Client, headers: dict[str, str]) -> tuple[int | None, str]:
    """Send one request to the application; return the status, and the user or the reason."""
    try:
        response = await app.get("/user-id", headers)
    except NoResponseError as error:
        return None, f"no response: {error}"
    return response.status, _user_or_reason(response)


def _user_or_reason(response: Response) -> str:
    if response.headers.get("content-type") != "application/json":
        return response.body[:80].decode(errors="replace")
    content = response.json()
    return str(content.get("user_id") or content["detail"])
