"""Better Auth, requested directly: tokens as users fetch them, its key set, and signatures over other claims."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from end_to_end.oracle import PublishedKeys
from support.better_auth.server import Browser

if TYPE_CHECKING:
    from end_to_end.client import Client, Response
    from support.better_auth.server import BetterAuth

USERS = 5


@dataclass(frozen=True)
class Token:
    """A token with its `kid` and `sub`."""

    text: str
    key_id: str | None
    subject: str

    @classmethod
    def parse(cls, text: str) -> Token:
        """Parse a token without verifying it."""
        header, payload, _ = text.split(".")
        return cls(text, decode_segment(header).get("kid"), decode_segment(payload)["sub"])

    @property
    def claims(self) -> dict[str, Any]:
        """The unverified claims."""
        return decode_segment(self.text.split(".")[1])


def decode_segment(segment: str) -> dict[str, Any]:
    """Return the JSON object in a segment of a token."""
    content = json.loads(urlsafe_b64decode(segment + "=="))
    assert isinstance(content, dict)
    return content


class Issuer:
    """Better Auth with signed-in users.

    Attributes:
        published_keys: The published keys, known from its responses.
        public_keys: The public keys as JWKs, by `kid`; withdrawn keys stay here.
    """

    def __init__(self, server: BetterAuth, client: Client, users: int = USERS) -> None:
        """Sign up this number of users at `server`; send further requests with `client`."""
        self.published_keys = PublishedKeys()
        self.public_keys: dict[str, dict[str, Any]] = {}
        self._client = client
        self._cookies = itertools.cycle([_cookie_of_new_user(server, number) for number in range(users)])
        self._signing = asyncio.Lock()

    async def fetch_token(self) -> Token:
        """Fetch a new token with the session cookie of the next user."""
        cookie = next(self._cookies)
        # One request at a time: two concurrent requests that find no signing key would each create one.
        async with self._signing:
            return self._record_issued(await self._client.get("/api/auth/token", {"cookie": cookie}))

    async def sign(self, claims: dict[str, Any]) -> Token:
        """Return a token with `claims`, signed by the current key."""
        async with self._signing:
            return self._record_issued(await self._client.post("/sign", claims))

    async def fetch_key_set(self) -> None:
        """Fetch the JWKS and record its keys."""
        requested_at = time.monotonic()
        response = await self._client.get("/api/auth/jwks")
        keys = {key["kid"]: key for key in _json_body(response)["keys"]}
        self.public_keys.update(keys)
        self.published_keys.record_key_set(keys, requested_at, time.monotonic())

    def _record_issued(self, response: Response) -> Token:
        token = Token.parse(_json_body(response)["token"])
        assert token.key_id is not None
        self.published_keys.record_signature(token.key_id, time.monotonic())
        return token


def _json_body(response: Response) -> Any:
    if response.status != 200:
        raise RuntimeError(f"Better Auth responded with {response.status}: {response.body[:200]!r}")
    return response.json()


def _cookie_of_new_user(server: BetterAuth, number: int) -> str:
    with Browser(server) as browser:
        browser.sign_up(f"user-{number}@example.com", "correct horse battery staple", f"User {number}")
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
