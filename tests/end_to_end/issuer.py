"""Better Auth, asked past the proxy: tokens as its users fetch them, its key set, and what else its keys can sign."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from end_to_end.oracle import Publication
from support.better_auth_server import Browser

if TYPE_CHECKING:
    from end_to_end.client import Answer, Client
    from support.better_auth_server import BetterAuth

USERS = 5


@dataclass(frozen=True)
class Token:
    """A token, the `kid` it names, and the user it is of."""

    text: str
    key_id: str | None
    subject: str

    @classmethod
    def read(cls, text: str) -> Token:
        """Read what a token says of itself, without verifying it."""
        header, payload, _ = text.split(".")
        return cls(text, decoded(header).get("kid"), decoded(payload)["sub"])

    @property
    def claims(self) -> dict[str, Any]:
        """Its claims, unverified."""
        return decoded(self.text.split(".")[1])


def decoded(segment: str) -> dict[str, Any]:
    """Return the JSON object in a segment of a token."""
    content = json.loads(urlsafe_b64decode(segment + "=="))
    assert isinstance(content, dict)
    return content


class Issuer:
    """Users who are signed in, and the keys that sign for them.

    Attributes:
        publication: Which keys it publishes, as far as it was asked.
        public_keys: The published keys themselves, by `kid`; those that have left stay here.
    """

    def __init__(self, server: BetterAuth, client: Client, users: int = USERS) -> None:
        """Sign `users` up at `server`; ask it through `client`."""
        self.publication = Publication()
        self.public_keys: dict[str, dict[str, Any]] = {}
        self._client = client
        self._cookies = itertools.cycle([_cookie_of_new_user(server, number) for number in range(users)])
        self._signing = asyncio.Lock()

    async def fetch_token(self) -> Token:
        """Fetch a new token, as the browser of the next user does."""
        cookie = next(self._cookies)
        # In turn: of two at once that find no key that still signs, each would make one.
        async with self._signing:
            return self._issued(await self._client.get("/api/auth/token", {"cookie": cookie}))

    async def sign(self, claims: dict[str, Any]) -> Token:
        """Have `claims` signed with the current key."""
        async with self._signing:
            return self._issued(await self._client.post("/sign", claims))

    async def read_key_set(self) -> None:
        """Ask which keys are published."""
        asked_at = time.monotonic()
        answer = await self._client.get("/api/auth/jwks")
        keys = {key["kid"]: key for key in _content(answer)["keys"]}
        self.public_keys.update(keys)
        self.publication.note_set(keys, asked_at, time.monotonic())

    def _issued(self, answer: Answer) -> Token:
        token = Token.read(_content(answer)["token"])
        assert token.key_id is not None
        self.publication.note_signature(token.key_id, time.monotonic())
        return token


def _content(answer: Answer) -> Any:
    if answer.status != 200:
        raise RuntimeError(f"Better Auth answered {answer.status}: {answer.body[:200]!r}")
    return answer.json()


def _cookie_of_new_user(server: BetterAuth, number: int) -> str:
    with Browser(server) as browser:
        browser.sign_up(f"user-{number}@example.com", "correct horse battery staple", f"User {number}")
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
