"""`LoadedKey`: a key from a file, with the id and the algorithm that the file names for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._cli.errors import CommandError
from fastjose._cli.signing.thumbprint import compute_thumbprint
from fastjose._core import Key
from fastjose.exceptions import JWKError

if TYPE_CHECKING:
    from fastjose._core import KeyMaterial

_ALGORITHMS = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "secp256k1": "ES256K"}
"""The algorithm of each curve (RFC 7518 §3.4, RFC 8037 §3.1, RFC 8812 §3.2)."""


@dataclass(frozen=True, repr=False)
class LoadedKey:
    """A key of a file.

    Attributes:
        material: The key itself.
        kid: The id that a JWK names, or None.
        algorithm: The `alg` that a JWK names, or None.
    """

    material: KeyMaterial
    kid: str | None = None
    algorithm: str | None = None

    @property
    def is_secret(self) -> bool:
        """Whether the key is a shared secret."""
        return self.material.kty == "oct"

    def choose_algorithm(self, requested: str | None) -> str | None:
        """Return the algorithm: the requested one, that of the JWK, or that of the curve. None for other RSA keys.

        Raises:
            CommandError: The JWK is for another algorithm than the requested one.
        """
        if requested is not None and self.algorithm is not None and requested != self.algorithm:
            raise CommandError(f"--algorithm must be {self.algorithm}, the alg of the JWK")
        named = requested or self.algorithm
        return named or (None if self.is_secret else _ALGORITHMS.get(self.material.to_jwk().get("crv", "")))

    def to_public_jwk(self, algorithm: str | None = None, kid: str | None = None) -> dict[str, Any]:
        """Return the public key as a JWK with `kid`, `use` and `alg`. An RSA key has no `alg` if none is named.

        Raises:
            CommandError: The key is a secret, for another algorithm, or not one that verifies signatures.
        """
        if self.is_secret:
            raise CommandError("a JWK Set of public keys must not contain a shared secret: leave out the oct key")
        public = self.material.public_key().to_jwk()
        chosen = self.choose_algorithm(algorithm)
        identified = {**public, "kid": kid or self.kid or compute_thumbprint(public), "use": "sig"}
        return _check_verifies({**identified, "alg": chosen} if chosen else identified)


def _check_verifies(jwk: dict[str, Any]) -> dict[str, Any]:
    """Return a JWK that a `Verifier` can use.

    Raises:
        CommandError: A `Verifier` would ignore the key.
    """
    try:
        Key(jwk)
    except (JWKError, ValueError) as error:
        raise CommandError(f"each key must be one that verifies signatures with its algorithm: {error}") from None
    return jwk
