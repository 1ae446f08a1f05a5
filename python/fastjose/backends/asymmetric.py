"""Private and public keys: `RSAKey`, `ECKey` and `OKPKey` (Ed25519). The native core parses and uses them.

Example::

    private_key = ECKey(pem, "ES256")
    signature = private_key.sign(b"message")
    assert private_key.public_key().verify(b"message", signature)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from fastjose._core import JweKey, KeyMaterial
from fastjose._tracebacks import hide_arguments
from fastjose.backends._errors import raise_as_jwe_error
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from typing_extensions import Self

__all__ = ["ECKey", "OKPKey", "RSAKey"]


class AsymmetricKey(Key):
    """Base class of `RSAKey`, `ECKey` and `OKPKey`.

    Attributes:
        prepared_key: The parsed key of the native core, under python-jose's name.
        cryptography_backend: The argument of the constructor. Unused.
    """

    kty: ClassVar[str]
    _algorithms: ClassVar[tuple[set[str], ...]]
    """Sets of the algorithms that the constructor accepts."""

    prepared_key: KeyMaterial

    @hide_arguments
    def __init__(self, key: Any, algorithm: str, cryptography_backend: Any = None) -> None:
        """Parse a private or public key.

        Args:
            key: One of these forms:

                - PEM, as str or bytes: PKCS #8, PKCS #1, SEC 1, SPKI, or an X.509 certificate. Only the public key of a
                  certificate is read; its signature and validity are not checked.
                - A JWK, as a dict.
                - A key object of the library `cryptography`. For `ECKey` also any object with a method `to_pem`.
            algorithm: The JOSE name of the algorithm. The type of a key in PEM is not compared with it. A key of
                another type cannot sign, and verifies no signature.
            cryptography_backend: Accepted for compatibility with python-jose. Unused.

        Raises:
            JWKError: The class does not support the algorithm, or the key is invalid. Invalid keys are RSA keys below
                2048 bits, encrypted PEM, points that are not on their curve, a JWK of another `kty`, and inconsistent
                parameters. Also a JWK whose `alg`, `use` or `key_ops` does not allow the algorithm.
        """
        if not any(algorithm in names for names in self._algorithms):
            raise JWKError(f"hash_alg: {algorithm} is not a valid hash algorithm")
        self._algorithm = algorithm
        self.cryptography_backend = cryptography_backend
        self.prepared_key = KeyMaterial(key, self.kty, algorithm)

    def sign(self, msg: ReadableBuffer) -> bytes:
        """Return the JWS signature over `msg` (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).

        Raises:
            JWKError: The key is public, or its type does not match the algorithm.
            TypeError: `msg` is not bytes-like.
        """
        return self.prepared_key.sign(self._algorithm, _to_bytes(msg))

    def verify(self, msg: ReadableBuffer, sig: ReadableBuffer) -> bool:
        """Return whether `sig` is a valid signature over `msg`. A private key verifies with a `UserWarning`.

        Raises:
            TypeError: `msg` or `sig` is not bytes-like.
        """
        return self.prepared_key.verify(self._algorithm, _to_bytes(msg), _to_bytes(sig))

    def is_public(self) -> bool:
        """Return whether the key is public, without a private key."""
        return not self.prepared_key.is_private

    def public_key(self) -> Self:
        """Return the public key, which is the key itself if it is public."""
        if self.is_public():
            return self
        return type(self)(self.prepared_key.public_key(), self._algorithm)

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK: `alg`, `kty` and the parameters. A private key includes its private parameters."""
        return {"alg": self._algorithm, **self.prepared_key.to_jwk()}


class RSAKey(AsymmetricKey):
    """An RSA key, for signatures (`RS256` …, `PS256` …) or for key encryption (`RSA-OAEP` …)."""

    kty = "RSA"
    _algorithms = (ALGORITHMS.RSA, ALGORITHMS.RSA_PSS)
    _PEM_FORMATS: ClassVar[dict[str, str]] = {"PKCS8": "PKCS8", "PKCS1": "traditional"}

    def sign(self, msg: ReadableBuffer) -> bytes:
        """Return the signature over `msg` (RFC 7518 §3.3, §3.5).

        Raises:
            JWKError: The key is public, or `msg` is not bytes-like.
        """
        try:
            return super().sign(msg)
        except (TypeError, ValueError) as error:  # as in python-jose
            raise JWKError(error) from error

    def to_pem(self, pem_format: str = "PKCS8") -> bytes:
        """Return the key in PEM.

        Args:
            pem_format: `PKCS8` (SPKI for a public key), or `PKCS1` (RFC 8017 A.1).

        Raises:
            ValueError: `pem_format` is neither of the two.
        """
        if pem_format not in list(self._PEM_FORMATS):  # a list, because `pem_format` may be unhashable
            raise ValueError(f"Invalid format specified: {pem_format!r}")
        return self.prepared_key.to_pem(self._PEM_FORMATS[pem_format])

    def wrap_key(self, key_data: bytes) -> bytes:
        """Return a content encryption key, encrypted to this public key (RFC 7518 §4.2, §4.3).

        Raises:
            JWEError: The key is private, `key_data` is not bytes or too long for the key, or the algorithm is for
                signatures.
        """
        return raise_as_jwe_error(lambda: self.jwe_key().wrap(key_data))

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        """Return the content encryption key that `wrap_key` encrypted. To decrypt a token, use `jwe.decrypt`.

        With `RSA1_5`, an application must not let a sender find out that this failed. An attacker could use it as the
        oracle of RFC 3218.

        Raises:
            JWEError: The key is public, or not the one that `wrapped_key` was encrypted to. Also if the algorithm is
                for signatures.
        """
        return raise_as_jwe_error(lambda: self.jwe_key().unwrap(wrapped_key))

    def jwe_key(self) -> JweKey:
        """Return the key of the native core that decrypts tokens.

        Raises:
            JWEError: The algorithm is for signatures, or the key in PEM is not an RSA key.
        """
        return JweKey(self.prepared_key, self._algorithm)


class ECKey(AsymmetricKey):
    """A key on P-256, P-384 or P-521, or on secp256k1 for `ES256K`.

    As in python-jose, the curve does not determine the algorithm. A key on one of the three NIST curves signs with any
    of `ES256`, `ES384` and `ES512`, if the hash is not longer than the order of the curve.
    """

    kty = "EC"
    _algorithms = (ALGORITHMS.EC, ALGORITHMS.EC_SECP256K1)

    def sign(self, msg: ReadableBuffer) -> bytes:
        """Return the signature over `msg`, `r || s` (RFC 7518 §3.4).

        Raises:
            JWKError: The key is public, or its type or curve does not match the algorithm.
            TypeError: The hash is too long for the curve, or `msg` is not bytes-like.
        """
        return super().sign(msg)

    def verify(self, msg: ReadableBuffer, sig: ReadableBuffer) -> bool:
        """Return whether `sig` is a valid signature over `msg`.

        As in python-jose, it returns False for a private key, and for an argument that is not bytes-like.
        """
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


def _to_bytes(buffer: ReadableBuffer) -> bytes:
    """Return the bytes of a bytes-like object.

    Raises:
        TypeError: `buffer` is not bytes-like.
    """
    return buffer if isinstance(buffer, bytes) else bytes(memoryview(buffer))
