"""Keys of which one half is public: RSA, EC and Ed25519. They are parsed, and do their work, in the native core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from fastjose._core import JweKey, KeyMaterial
from fastjose.backends._errors import jwe_answer
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from typing_extensions import Self

__all__ = ["ECKey", "OKPKey", "RSAKey"]


class AsymmetricKey(Key):
    """What the three kinds have in common.

    Attributes:
        prepared_key: The key, kept natively.
        cryptography_backend: What the constructor was given; unused.
    """

    kty: ClassVar[str]
    _algorithms: ClassVar[tuple[set[str], ...]]
    """The names that the constructor takes."""

    prepared_key: KeyMaterial

    def __init__(self, key: Any, algorithm: str, cryptography_backend: Any = None) -> None:
        """Read a private or public key.

        Args:
            key: PEM (PKCS #8, PKCS #1, SEC 1, SPKI, or an X.509 certificate, of which the key alone is read) as str or
                bytes; a JWK; or a key object of the library `cryptography`. An EC key may also be any object whose
                method `to_pem` writes it.
            algorithm: What it is used with. That PEM holds a key of that kind is not checked: another kind signs and
                verifies nothing.
            cryptography_backend: Taken as python-jose takes it, and unused.

        Raises:
            JWKError: The algorithm is of another kind, or the key cannot be read: RSA below 2048 bits, encrypted PEM,
                a point off its curve, a JWK of another `kty`, numbers that do not fit each other.
        """
        if not any(algorithm in names for names in self._algorithms):
            raise JWKError(f"hash_alg: {algorithm} is not a valid hash algorithm")
        self._algorithm = algorithm
        self.cryptography_backend = cryptography_backend
        self.prepared_key = KeyMaterial(key, self.kty)

    def sign(self, msg: ReadableBuffer) -> bytes:
        """Return the signature over `msg`, as a JWS has it (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).

        Raises:
            JWKError: The key is public, or of another kind.
            TypeError: `msg` is not bytes-like.
        """
        return self.prepared_key.sign(self._algorithm, _octets(msg))

    def verify(self, msg: ReadableBuffer, sig: ReadableBuffer) -> bool:
        """Return whether `sig` is the signature over `msg`. A private key verifies with a `UserWarning`.

        Raises:
            TypeError: `msg` or `sig` is not bytes-like.
        """
        return self.prepared_key.verify(self._algorithm, _octets(msg), _octets(sig))

    def is_public(self) -> bool:
        """Return whether this is the public half alone."""
        return not self.prepared_key.is_private

    def public_key(self) -> Self:
        """Return the public half; of a public key, the key itself."""
        if self.is_public():
            return self
        return type(self)(self.prepared_key.public_key(), self._algorithm)

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK: `alg`, `kty`, and its parameters, those of the private half only if it has one."""
        return {"alg": self._algorithm, **self.prepared_key.to_jwk()}


class RSAKey(AsymmetricKey):
    """An RSA key: it signs (`RS256` …, `PS256` …) or encrypts keys (`RSA-OAEP` …)."""

    kty = "RSA"
    _algorithms = (ALGORITHMS.RSA, ALGORITHMS.RSA_PSS)
    _PEM_FORMS: ClassVar[dict[str, str]] = {"PKCS8": "PKCS8", "PKCS1": "traditional"}

    def sign(self, msg: ReadableBuffer) -> bytes:
        """Return the signature over `msg` (RFC 7518 §3.3, §3.5).

        Raises:
            JWKError: The key is public, or `msg` is not bytes-like.
        """
        try:
            return super().sign(msg)
        except (TypeError, ValueError) as error:  # python-jose answers them so
            raise JWKError(error) from error

    def to_pem(self, pem_format: str = "PKCS8") -> bytes:
        """Return the key in PEM.

        Args:
            pem_format: `PKCS8`, which is SPKI for a public key, or `PKCS1` (RFC 8017 A.1).

        Raises:
            ValueError: The format is another.
        """
        if pem_format not in list(self._PEM_FORMS):  # what cannot be hashed is no format either
            raise ValueError(f"Invalid format specified: {pem_format!r}")
        return self.prepared_key.to_pem(self._PEM_FORMS[pem_format])

    def wrap_key(self, key_data: bytes) -> bytes:
        """Return `key_data`, a content encryption key, encrypted to this public key (RFC 7518 §4.2, §4.3).

        Raises:
            JWEError: The key is private, `key_data` is too long for it or no bytes, or the algorithm signs.
        """
        return jwe_answer(lambda: self.jwe_key().wrap(key_data))

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        """Return what `wrap_key` was given. To decrypt a token, use `jwe.decrypt`.

        Whoever tells a sender that this failed gives with `RSA1_5` the oracle of RFC 3218.

        Raises:
            JWEError: The key is public or another, or the algorithm signs.
        """
        return jwe_answer(lambda: self.jwe_key().unwrap(wrapped_key))

    def jwe_key(self) -> JweKey:
        """Return the key that decrypts whole tokens natively.

        Raises:
            JWEError: The algorithm signs, or PEM held another kind of key.
        """
        return JweKey(self.prepared_key, self._algorithm)


class ECKey(AsymmetricKey):
    """A key on P-256, P-384 or P-521, or for `ES256K` on secp256k1.

    The curve is not bound to the algorithm: each of the three signs with any of `ES256`, `ES384` and `ES512` whose hash
    is no longer than its order.
    """

    kty = "EC"
    _algorithms = (ALGORITHMS.EC, ALGORITHMS.EC_SECP256K1)

    def sign(self, msg: ReadableBuffer) -> bytes:
        """Return the signature over `msg`, `r || s` (RFC 7518 §3.4).

        Raises:
            JWKError: The key is public, or of another kind or curve.
            TypeError: The curve is too short for the hash, or `msg` is not bytes-like.
        """
        return super().sign(msg)

    def verify(self, msg: ReadableBuffer, sig: ReadableBuffer) -> bool:
        """Return whether `sig` is the signature over `msg`: never with a private key, nor where one is no octets."""
        try:
            return super().verify(msg, sig)
        except (TypeError, ValueError):
            return False

    def to_pem(self) -> bytes:
        """Return the key in PEM: SEC 1 (RFC 5915) for a private key, SPKI for a public one."""
        return self.prepared_key.to_pem("PKCS8" if self.is_public() else "traditional")


class OKPKey(AsymmetricKey):
    """An Ed25519 key, for `EdDSA` and `Ed25519` (RFC 8037 §2)."""

    kty = "OKP"
    _algorithms = (ALGORITHMS.OKP,)

    def to_pem(self) -> bytes:
        """Return the key in PEM: PKCS #8 (RFC 8410 §7) for a private key, SPKI for a public one."""
        return self.prepared_key.to_pem("PKCS8")


def _octets(buffer: ReadableBuffer) -> bytes:
    return buffer if isinstance(buffer, bytes) else bytes(memoryview(buffer))
