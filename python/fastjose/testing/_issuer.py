"""`TokenIssuer`: tokens like those of Better Auth's `jwt()` plugin, signed with a key of its own."""

from __future__ import annotations

import secrets
import time
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from fastjose import sign_token
from fastjose._core import MIN_SECRET_BYTES
from fastjose._tracebacks import hide_arguments
from fastjose.testing._keys import SigningKey, create_signing_key, use_private_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DEFAULT_LIFETIME_SECONDS = 900
"""How long a token is valid by default, as with Better Auth."""


class TokenIssuer:
    """Signs tokens for tests. Each issuer has a new key.

    Attributes:
        url: The `iss` of its tokens. None leaves the claim out.
        audience: The `aud` of its tokens. None leaves the claim out.
        algorithm: The algorithm of its key.
        typ: The `typ` of its tokens. None: `JWT`.
        claims: Further claims of each token.
        user_id_claim: The claim with the user's id, beside `sub`.

    Example:
        issuer = TokenIssuer("https://auth.example.com")
        token = issuer.mint_token("user-1", role="admin")
    """

    @hide_arguments
    def __init__(  # noqa: PLR0913 - keyword arguments, all with a default
        self,
        url: str | None = "https://auth.example.com",
        *,
        audience: str | EllipsisType | None = ...,
        algorithm: str = "EdDSA",
        typ: str | None = None,
        secret: str | bytes | None = None,
        private_key: str | None = None,
        claims: Mapping[str, Any] | None = None,
        user_id_claim: str = "sub",
    ) -> None:
        """Create an issuer with a new key.

        Args:
            url: The `iss` of its tokens.
            audience: The `aud` of its tokens, or None for tokens without `aud`. Defaults to `url`, as with Better Auth.
            algorithm: The JOSE name of an algorithm. RSA and EC keys require the library `cryptography`.
            typ: The `typ` of its tokens, such as `at+jwt`.
            secret: The secret of an HS* algorithm. Defaults to a new one.
            private_key: The private key in PEM, for any other algorithm. Defaults to a new one.
            claims: Further claims of each token, such as `{"azp": "web"}`. Arguments of `mint_token` replace them.
            user_id_claim: The claim with the user's id, if it is not `sub`. Each token has `sub` too.

        Raises:
            ValueError: The algorithm is not supported, or it is not for the secret or the private key.
            JWKError: The private key cannot be used with the algorithm.
            ModuleNotFoundError: The library `cryptography` is required, and not installed.
        """
        if secret is not None and algorithm not in MIN_SECRET_BYTES:
            raise ValueError(f"algorithm must be one of {', '.join(MIN_SECRET_BYTES)} if a secret is given")
        if private_key is not None and algorithm in MIN_SECRET_BYTES:
            raise ValueError("algorithm must not be HS* if a private key is given: set secret for HS*")
        self.url, self.algorithm, self.typ = url, algorithm, typ
        self.claims, self.user_id_claim = dict(claims or {}), user_id_claim
        self.audience: str | None = url if isinstance(audience, EllipsisType) else audience
        self._has_given_secret = secret is not None
        self._keys = [_find_key(algorithm, secret, private_key)]

    @property
    def key(self) -> str | bytes | dict[str, Any]:
        """The key that verifies its tokens, as a JWK Set, or the secret of an HS* algorithm."""
        return self.jwk_set if self._keys[-1].public_jwk is not None else self._keys[-1].private

    @property
    def jwk_set(self) -> dict[str, Any]:
        """The public keys as a JWK Set (RFC 7517 §5), without those of HS* algorithms."""
        return {"keys": [key.public_jwk for key in self._keys if key.public_jwk is not None]}

    def rotate_key(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on. The set keeps the old keys, unless `keep_old` is false.

        Raises:
            ValueError: The issuer has a secret that was given to it, which the application knows.
        """
        if self._has_given_secret:
            raise ValueError(
                "algorithm must not be HS* to rotate the key: the application would not know the new secret"
            )
        self._keys = [*(self._keys if keep_old else ()), create_signing_key(self.algorithm)]

    def mint_token(
        self,
        user_id: str = "user-1",
        *,
        expires_in_seconds: float = DEFAULT_LIFETIME_SECONDS,
        omit: Collection[str] = (),
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a signed token.

        Args:
            user_id: The `sub`, and the `id`. Tokens with the `typ` `at+jwt` have the claims of RFC 9068 §2.2 instead of
                the fields of a user.
            expires_in_seconds: The time until `exp`. A negative number mints an expired token.
            omit: The names of claims that the token must not have, such as `exp`.
            header: Further header parameters.
            claims: Further claims, such as `role="admin"`. They replace those of the same name.

        Returns:
            The token, without `Bearer `.
        """
        now = int(time.time())
        defaults = {
            "iat": now,
            **self._create_subject_claims(user_id),
            "sub": user_id,
            self.user_id_claim: user_id,
            "exp": int(now + expires_in_seconds),
            "iss": self.url,
            "aud": self.audience,
            **self.claims,
        }
        absent = {name for name in ("iss", "aud") if defaults[name] is None} - claims.keys() | set(omit)
        payload = {name: value for name, value in {**defaults, **claims}.items() if name not in absent}
        key, parameters = self._keys[-1], {"kid": self._keys[-1].kid, "typ": self.typ or "JWT", **(header or {})}
        return sign_token(payload, key.private, algorithm=self.algorithm, header=parameters)

    def _create_subject_claims(self, user_id: str) -> dict[str, Any]:
        if self.typ == "at+jwt":
            return {"client_id": "client-1", "azp": "client-1", "scope": "openid", "jti": secrets.token_hex(16)}
        return {"id": user_id, "name": "Test User", "email": f"{user_id}@example.com", "emailVerified": True}

    def __repr__(self) -> str:
        """Return the URL and the algorithm."""
        return f"TokenIssuer({self.url!r}, algorithm={self.algorithm!r})"


def _find_key(algorithm: str, secret: str | bytes | None, private_key: str | None) -> SigningKey:
    """Return the given key, or a new one."""
    if secret is not None:
        return SigningKey(secrets.token_hex(16), secret, None)
    if private_key is not None:
        return use_private_key(private_key, algorithm, secrets.token_hex(16))
    return create_signing_key(algorithm)
