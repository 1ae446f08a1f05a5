"""API keys in the place of sessions: Better Auth creates, disables and deletes them, and is asked about them."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

from end_to_end.sessions.better_auth import Accounts, ActionError, Ending, SignedIn
from end_to_end.sessions.cases import Cases
from end_to_end.sessions.credentials import ALPHABET, KEY_LENGTH, attack_api_keys
from end_to_end.sessions.oracle import FOREVER, Life, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from end_to_end.sessions.better_auth import User

FORM = "api key"
EXPIRY_SECONDS = 2
USES = 5  # more than `remaining` of any key here


class KeyAccounts(Accounts):
    """A client of Better Auth whose users have API keys.

    A key is a `SignedIn` with `api_key`, whose life is that of the key. The user stays signed in.
    """

    async def sign_up(self, **fields: str) -> SignedIn:
        """Sign up a new user with a key."""
        return await self._add_key(await super().sign_up(**fields))

    async def sign_in(self, user: User) -> SignedIn:
        """Create one more key for the user."""
        return await self._add_key(await super().sign_in(user))

    async def sign_out(self, signed_in: SignedIn) -> None:
        """Delete the key, as its user."""
        with Ending([signed_in]) as ending:
            await self._post("/api-key/delete", signed_in.token_cookie, keyId=signed_in.api_key_id)
            await self._confirm(ending)

    async def revoke_session(self, signed_in: SignedIn, other: SignedIn) -> None:
        """Disable the `other` key of the user."""
        with Ending([other]) as ending:
            await self.update_key(signed_in.user, other, enabled=False)
            await self._confirm(ending)

    async def revoke_sessions(self, signed_in: SignedIn, sessions: Iterable[SignedIn]) -> None:  # noqa: ARG002
        """Delete all keys of the user."""
        await self._delete(sessions)

    async def _delete(self, keys: Iterable[SignedIn]) -> None:
        for key in keys:
            await self.sign_out(key)

    async def ban(self, admin: SignedIn, sessions: Iterable[SignedIn]) -> None:  # noqa: ARG002 - as in Accounts
        """Delete the keys: a ban ends sessions, but Better Auth goes on to accept keys."""
        await self._delete(sessions)

    async def remove(self, admin: SignedIn, sessions: Iterable[SignedIn]) -> None:  # noqa: ARG002 - as in Accounts
        """Delete the keys."""
        await self._delete(sessions)

    async def require_two_factors(self, signed_in: SignedIn) -> User:
        """Return the user; a key has no second factor."""
        return signed_in.user

    async def send_password_alone(self, user: User) -> SignedIn:
        """Return a key of the right form that was never issued."""
        now = time.time()
        never_issued = Life(user.id, since=FOREVER, end_requested_at=now, ended_at=now)
        key = "".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH))
        return SignedIn(user, "", "", {}, never_issued, None, api_key=key)

    async def is_alive(self, signed_in: SignedIn) -> bool:
        """Ask Better Auth whether it accepts the key."""
        return await self.find_user_id({"x-api-key": signed_in.api_key}) is not None

    async def create_key(self, user: User, **fields: Any) -> SignedIn:
        """Create a key as the server, which may set `remaining` and a short `expiresIn`."""
        created = await self._post_to_server("/create-api-key", userId=user.id, **fields)
        life = Life(user.id, since=time.time())
        return SignedIn(user, "", "", {}, life, None, api_key=created["key"], api_key_id=created["id"])

    async def update_key(self, user: User, key: SignedIn, **fields: Any) -> None:
        """Update a key as the server."""
        await self._post_to_server("/update-api-key", userId=user.id, keyId=key.api_key_id, **fields)

    async def use_up(self, key: SignedIn) -> None:
        """Let Better Auth count uses of the key until it refuses."""
        with Ending([key]):
            for _ in range(USES):
                if not await self._is_usable(key):
                    return
            raise ActionError("Better Auth still accepts a key that was used up")

    async def _is_usable(self, key: SignedIn) -> bool:
        try:
            return await self.is_alive(key)
        except ActionError:  # 429, `USAGE_EXCEEDED`
            return False

    async def _add_key(self, signed_in: SignedIn) -> SignedIn:
        created = (await self._post("/api-key/create", signed_in.token_cookie, name="a key")).json()
        signed_in.api_key, signed_in.api_key_id = created["key"], created["id"]
        signed_in.life = Life(signed_in.user.id, since=time.time())
        return signed_in


class KeyCases(Cases):
    """The cases of API keys."""

    _accounts: KeyAccounts

    async def run(self) -> list[Any]:
        """Run every case and return the results."""
        self._other = await self._accounts.sign_up()
        for case in (self._run_attacks, self._run_key_endings, self._run_key_expiry, self._run_last_use):
            await case()
        return self.results

    async def _run_attacks(self) -> None:
        key = await self._accounts.sign_up()
        for attack in attack_api_keys(key, self._other):
            await self._check(attack, attack.kind, asked=attack.headers)
        await self._check_all(key, "after the attacks")

    async def _run_key_endings(self) -> None:
        accounts = self._accounts
        first, second = await accounts.sign_up(), await accounts.sign_up()
        for key in (first, second):
            await self._check_all(key, "before")
        await accounts.sign_out(first)
        await self._check_all(first, "deleted")
        await accounts.revoke_session(second, second)
        await self._check_all(second, "disabled")
        await accounts.update_key(second.user, second, enabled=True)
        second.life = Life(second.user.id, since=time.time())
        await self._check_all(second, "enabled again")

    async def _run_key_expiry(self) -> None:
        sent_at = time.time()
        key = await self._accounts.create_key(self._other.user, expiresIn=EXPIRY_SECONDS)
        key.life.end_requested_at = sent_at + EXPIRY_SECONDS
        key.life.ended_at = key.life.since + EXPIRY_SECONDS + 0.05
        await self._check_all(key, "before it expires")
        await asyncio.sleep(max(0.0, key.life.ended_at - time.time()))
        await self._check_all(key, "expired")
        if await self._accounts.is_alive(key):
            self._record("expired", Verdict.FAILURE, None, "Better Auth still accepts the key")

    async def _run_last_use(self) -> None:
        key = await self._accounts.create_key(self._other.user, remaining=2)
        await self._check_all(key, "before it is used up")
        await self._accounts.use_up(key)
        await self._check_all(key, "used up")
