"""The tokens of each kind that can be sent at the moment."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from end_to_end.oracle import TokenKind
from end_to_end.tokens import attack_tokens

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection

    from end_to_end.issuer import Issuer, Token

TOKENS_PER_KEY = 8
SIGNED_BY_ISSUER = (TokenKind.EXPIRED, TokenKind.OTHER_AUDIENCE, TokenKind.OTHER_ISSUER)


class TokenPool:
    """The last few fetched tokens of each key, and attack tokens created from the newest."""

    def __init__(self, issuer: Issuer, rng: random.Random) -> None:
        self._issuer = issuer
        self._rng = rng
        self._by_key: dict[str, deque[Token]] = {}
        self._current: Token | None = None
        self._by_kind: dict[TokenKind, Token] = {}
        self._choosers: dict[TokenKind, Callable[[Token], Token | None]] = {
            TokenKind.CURRENT: lambda current: current,
            TokenKind.OLD: lambda current: self._choose_of_keys(self._issuer.published_keys.listed - {current.key_id}),
            TokenKind.WITHDRAWN: lambda _: self._choose_of_keys(self._issuer.published_keys.withdrawn),
            TokenKind.TAMPERED: attack_tokens.tamper_with_signature,
            TokenKind.UNKNOWN_KEY: attack_tokens.sign_with_unknown_key,
            TokenKind.UNSIGNED: attack_tokens.remove_signature,
            TokenKind.PUBLIC_KEY_AS_SECRET: self._sign_with_public_key,
            **{kind: partial(self._get_signed_by_issuer, kind) for kind in SIGNED_BY_ISSUER},
        }

    def add(self, token: Token) -> None:
        """Add a token that was just fetched."""
        assert token.key_id is not None
        self._current = token
        self._by_key.setdefault(token.key_id, deque(maxlen=TOKENS_PER_KEY)).append(token)

    async def refresh_invalid_claims(self) -> None:
        """Fetch tokens from the issuer that must be rejected for their claims alone."""
        if self._current is not None:
            for kind in SIGNED_BY_ISSUER:
                self._by_kind[kind] = await self._issuer.sign(
                    attack_tokens.invalidate_claims(kind, self._current.claims)
                )

    def choose(self, kind: TokenKind) -> Token | None:
        """Return a token of this kind, or None if the pool does not have one."""
        return None if self._current is None else self._choosers[kind](self._current)

    def _choose_of_keys(self, key_ids: Collection[str | None]) -> Token | None:
        available = sorted(self._by_key.keys() & set(key_ids))
        return self._rng.choice(self._by_key[self._rng.choice(available)]) if available else None

    def _get_signed_by_issuer(self, kind: TokenKind, _: Token) -> Token | None:
        return self._by_kind.get(kind)

    def _sign_with_public_key(self, token: Token) -> Token | None:
        public_key = self._issuer.public_keys.get(token.key_id or "")
        return attack_tokens.sign_with_public_key(token, public_key) if public_key else None
