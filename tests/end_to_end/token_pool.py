"""The tokens that can be drawn at the moment, of each kind."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from end_to_end import hostile_tokens as hostile
from end_to_end.oracle import Kind

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection

    from end_to_end.issuer import Issuer, Token

TOKENS_OF_A_KEY = 8
SIGNED_BY_ISSUER = (Kind.EXPIRED, Kind.OTHER_AUDIENCE, Kind.OTHER_ISSUER)


class Stock:
    """Tokens that were fetched, the last few of each key, and hostile ones made from the newest."""

    def __init__(self, issuer: Issuer, chance: random.Random) -> None:
        self._issuer = issuer
        self._chance = chance
        self._by_key: dict[str, deque[Token]] = {}
        self._current: Token | None = None
        self._signed: dict[Kind, Token] = {}
        self._draw: dict[Kind, Callable[[Token], Token | None]] = {
            Kind.CURRENT: lambda current: current,
            Kind.OLD: lambda current: self._of_key(self._issuer.publication.listed - {current.key_id}),
            Kind.WITHDRAWN: lambda _: self._of_key(self._issuer.publication.gone),
            Kind.TAMPERED: hostile.tampered,
            Kind.UNKNOWN_KEY: hostile.of_unknown_key,
            Kind.UNSIGNED: hostile.unsigned,
            Kind.PUBLIC_KEY_AS_SECRET: self._signed_with_public_key,
            **{kind: partial(self._signed_by_issuer, kind) for kind in SIGNED_BY_ISSUER},
        }

    def add(self, token: Token) -> None:
        """Take in a token that was just fetched."""
        assert token.key_id is not None
        self._current = token
        self._by_key.setdefault(token.key_id, deque(maxlen=TOKENS_OF_A_KEY)).append(token)

    async def renew_signed(self) -> None:
        """Have the issuer sign what must be refused for its claims alone."""
        if self._current is not None:
            for kind in SIGNED_BY_ISSUER:
                self._signed[kind] = await self._issuer.sign(hostile.claims_to_sign(kind, self._current.claims))

    def draw(self, kind: Kind) -> Token | None:
        """Return a token to send as `kind`, or None while there is none."""
        return None if self._current is None else self._draw[kind](self._current)

    def _of_key(self, key_ids: Collection[str | None]) -> Token | None:
        known = sorted(self._by_key.keys() & set(key_ids))
        return self._chance.choice(self._by_key[self._chance.choice(known)]) if known else None

    def _signed_by_issuer(self, kind: Kind, _: Token) -> Token | None:
        return self._signed.get(kind)

    def _signed_with_public_key(self, token: Token) -> Token | None:
        public_key = self._issuer.public_keys.get(token.key_id or "")
        return hostile.signed_with_public_key(token, public_key) if public_key else None
