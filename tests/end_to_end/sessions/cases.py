"""Every verdict once, in order: what ends a session, and what an attacker can make of one.

Better Auth is asked about each credential too. A case is a failure of the run, not of the application, if Better Auth's
own answer is not the expected one.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from end_to_end.sessions import credentials
from end_to_end.sessions.credentials import Credential, present
from end_to_end.sessions.load import exchange, send
from end_to_end.sessions.oracle import Verdict, classify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from end_to_end.sessions.better_auth import SignedIn
    from end_to_end.sessions.stage import Stage

EXPIRY_SECONDS = 2.0  # Redis keeps an entry for whole seconds
LIMITER_SECONDS = 10
"""The default of Better Auth: a hundred requests of one path and address in so many seconds."""
MAX_REQUESTS_TO_THE_LIMIT = 400  # a slow machine needs more than a hundred


@dataclass(frozen=True)
class CaseResult:
    """The response to one case."""

    name: str
    verdict: Verdict
    status: int | None
    answer: str

    @property
    def has_failed(self) -> bool:
        """Whether the response, or the run, was not as expected."""
        return self.verdict.is_false or self.verdict is Verdict.FAILURE

    def describe(self) -> str:
        """Return the verdict and the response."""
        return f"{self.verdict.value}: {self.status} {self.answer}"


class Cases:
    """The cases of one combination."""

    def __init__(self, stage: Stage) -> None:
        self.results: list[CaseResult] = []
        self._stage = stage
        self._accounts = stage.accounts
        self._setting = stage.setting

    async def run(self) -> list[CaseResult]:
        """Run every case and return the results."""
        self._admin = await self._accounts.sign_up_admin()
        self._other = await self._accounts.sign_up()
        for case in (
            self._run_attacks,
            self._run_damaged_caches,
            self._run_second_factor,
            self._run_endings,
            self._run_expiry,
            self._run_missing_credentials,
        ):
            await case()
        return self.results

    async def _run_attacks(self) -> None:
        session, secret = await self._accounts.sign_up(), self._stage.server.secret
        forms = self._setting.forms
        attacks: list[Credential] = []
        if any(form.startswith("bearer") for form in forms):
            attacks += credentials.attack_bearer(session, self._other, secret)
        if any(form.startswith("cookie") for form in forms):
            attacks += credentials.attack_token_cookie(session, self._other, secret)
        if "cookies" in forms and session.cache:
            attacks += credentials.attack_caches(session)
            mixed = session.cookies | dict([self._other.token_cookie.split("=", 1)])
            await self._compare("session_data of another user", mixed)
        for attack in attacks:
            await self._check(attack, attack.kind, asked=attack.headers)
        await self._check_all(session, "after the attacks")

    async def _run_damaged_caches(self) -> None:
        """Send damaged `session_data`: a rejection is correct, and so is the user whom Better Auth names."""
        session = await self._accounts.sign_up()
        if "cookies" in self._setting.forms and session.cache:
            for name, cookies in credentials.damage_caches(session):
                await self._compare(f"session_data {name}", cookies)

    async def _run_second_factor(self) -> None:
        user = await self._accounts.require_two_factors(await self._accounts.sign_up())
        password_alone = await self._accounts.send_password_alone(user)
        for form in self._forms_without_cache():
            credential = replace(present(password_alone, form), is_hostile=True)
            await self._check(credential, f"{form}, password alone", asked=credential.headers)
        await self._check_all(await self._accounts.sign_in(user), "both factors")

    async def _run_endings(self) -> None:
        accounts, admin = self._accounts, self._admin
        endings: dict[str, Callable[[list[SignedIn]], Awaitable[None]]] = {
            "signed out": lambda sessions: accounts.sign_out(sessions[0]),
            "revoked": lambda sessions: accounts.revoke_session(sessions[1], sessions[0]),
            "all revoked": lambda sessions: accounts.revoke_sessions(sessions[1], sessions),
            "banned": lambda sessions: accounts.ban(admin, sessions),
            "removed": lambda sessions: accounts.remove(admin, sessions),
        }
        for name, end in endings.items():
            first = await accounts.sign_up()
            sessions = [first, await accounts.sign_in(first.user)]
            for session in sessions:
                await self._check_all(session, f"before: {name}")
            await end(sessions)
            for session in sessions:
                await self._check_all(session, name)
            await self._check_after_cache(sessions[0], name)

    async def _check_after_cache(self, session: SignedIn, name: str) -> None:
        """Check once more when no cache covers the session."""
        if name == "signed out" and (session.cache or self._setting.max_age_seconds):
            until = session.cache.expired_since if session.cache else 0.0
            until = max(until, session.life.ended_at + self._setting.max_age_seconds)
            await asyncio.sleep(max(0.0, until + 0.1 - time.time()))
            await self._check_all(session, f"{name}, after every cache")

    async def _run_expiry(self) -> None:
        session = await self._accounts.sign_up()
        await self._accounts.shorten(session, EXPIRY_SECONDS)
        await self._accounts.refresh_cookies(session)
        await self._check_all(session, "before it expires")
        await asyncio.sleep(max(0.0, session.life.ended_at - time.time()))
        if await self._accounts.is_alive(session):
            self._record("expired", Verdict.FAILURE, None, "Better Auth still reports the session")
        # The copy in `session_data` has an `expiresAt` of its own.
        session.cache = None
        await self._check_all(session, "expired")

    async def _run_missing_credentials(self) -> None:
        session = await self._accounts.sign_up()
        for name, headers in (
            ("nothing", {}),
            ("empty bearer", {"authorization": "Bearer"}),
            ("other scheme", {"authorization": f"Basic {session.token}"}),
            ("empty cookie", {"cookie": session.token_cookie.split("=")[0] + "="}),
        ):
            await self._check(Credential(name, headers, session.life, is_hostile=True), name)
        await self._accounts.sign_out(session)

    # --- Checks ---

    def _forms_without_cache(self) -> list[str]:
        return [form for form in self._setting.forms if form != "cookies"]

    async def _check_all(self, session: SignedIn, name: str) -> None:
        for form in self._setting.forms:
            await self._check(present(session, form), f"{form}, {name}")

    async def _check(self, credential: Credential, name: str, asked: dict[str, str] | None = None) -> None:
        """Send a credential and record the verdict; ask Better Auth whether `asked` is really to be rejected."""
        request = await exchange(self._stage.app, credential)
        verdict, status, answer = classify(request, self._setting.rules, []), request.status, request.answer
        if asked and (user := await self._accounts.find_user_id(asked)) is not None:
            verdict, answer = Verdict.FAILURE, f"Better Auth accepts it, as {user}; the application: {answer}"
        self._record(name, verdict, status, answer)

    async def _compare(self, name: str, cookies: dict[str, str]) -> None:
        """Send cookies about which only Better Auth knows. A rejection is correct, and so is the user whom it names.

        For unusable `session_data`, Better Auth 1.7 looks the `session_token` up, and 1.4 does not. Both are correct.
        """
        headers = {"cookie": "; ".join(f"{key}={value}" for key, value in cookies.items())}
        users = {await self._accounts.find_user_id(headers, query="")}
        if self._setting.rules.has_look_up:
            token = next(f"{key}={value}" for key, value in cookies.items() if key.endswith("session_token"))
            users.add(await self._accounts.find_user_id({"cookie": token}))
        status, answer = await send(self._stage.app, headers)
        is_right = status == 401 or (status == 200 and answer in users)
        verdict = Verdict.REJECTED if is_right else Verdict.FALSE_ACCEPTANCE if status == 200 else Verdict.FAILURE
        self._record(name, verdict, status, answer)

    def _record(self, name: str, verdict: Verdict, status: int | None, answer: str) -> None:
        self.results.append(CaseResult(name, verdict, status, answer))


class LimiterCases(Cases):
    """The cases of a Better Auth whose limiter is on: it answers a hundred questions in ten seconds, and then 429."""

    async def run(self) -> list[CaseResult]:
        """Run every case and return the results. Better Auth is not asked: that would count, too."""
        session = await self._accounts.sign_up()
        unknown = credentials.sign("A" * credentials.TOKEN_LENGTH, self._stage.server.secret)
        hostile = Credential("never issued", {"authorization": f"Bearer {unknown}"}, session.life, is_hostile=True)
        await self._check_all(session, "before the limit")
        await self._check(hostile, "before the limit, never issued")
        limited_since = time.time()
        await self._reach_limit(session)
        for number in range(10):
            await self._check_limited(present(session, self._setting.forms[0]), f"over the limit, {number}")
            await self._check_limited(hostile, f"over the limit, never issued, {number}")
        await asyncio.sleep(limited_since + 2 * LIMITER_SECONDS - time.time())
        await self._check_all(session, "after the limit")
        await self._check(hostile, "after the limit, never issued")
        return self.results

    async def _reach_limit(self, session: SignedIn) -> None:
        """Use up what Better Auth permits."""
        for number in range(MAX_REQUESTS_TO_THE_LIMIT):
            await self._check_limited(present(session, self._setting.forms[0]), f"{number} of the limit", {200, 503})
            if self.results[-1].status == 503:
                return

    async def _check_limited(self, credential: Credential, name: str, expected: Collection[int] = (503,)) -> None:
        """Check that a 503 says when to try again, and that no other response is wrong."""
        response = await self._stage.app.get("/user-id", credential.headers)
        retry_after = response.headers.get("retry-after", "")
        verdict = Verdict.FAILURE
        if response.status == (200 if credential.is_hostile else 401):
            verdict = Verdict.FALSE_ACCEPTANCE if credential.is_hostile else Verdict.FALSE_REJECTION
        elif response.status in expected and (response.status != 503 or retry_after.isdecimal()):
            verdict = Verdict.UNAVAILABLE
        self._record(name, verdict, response.status, f"retry-after: {retry_after}")
