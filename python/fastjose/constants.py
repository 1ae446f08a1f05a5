"""Names of algorithms and sets of them, with the API of `jose.constants`.

Example::

    jwt.decode(token, secret, algorithms=ALGORITHMS.HMAC)

Additional algorithms are `PS256`, `PS384`, `PS512` (RFC 7518 §3.5), `ES256K` (RFC 8812 §3.2), `EdDSA` (RFC 8037 §3.1)
and `Ed25519` (RFC 9864 §2.2). They are in `SUPPORTED`, `ALL` and `HASHES`, and in the new sets `RSA_PSS`,
`EC_SECP256K1` and `OKP`. All other sets are those of python-jose. An application that allows `ALGORITHMS.RSA_DS` or
`ALGORITHMS.EC` therefore does not accept more algorithms than before.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from _hashlib import HASH
    from collections.abc import Callable

    from fastjose.backends.base import Key

__all__ = ["ALGORITHMS", "JWE_SIZE_LIMIT", "MAX_TOKEN_BYTES", "ZIPS", "Algorithms", "Zips"]


class Algorithms:
    """The registered names of algorithms (RFC 7518 §3.1, §4.1, §5.1), and sets of them.

    Each set is an independent mutable set. A change of one does not change another.

    Attributes:
        HMAC: Signatures with a shared secret.
        RSA_DS: Signatures with an RSA key, PKCS #1 v1.5.
        RSA_PSS: Signatures with an RSA key, PSS. Not in `RSA`.
        RSA_KW: Key encryption with an RSA key.
        RSA: `RSA_DS` and `RSA_KW`.
        EC_DS: Signatures on the NIST curves.
        EC_SECP256K1: Signatures on secp256k1. Not in `EC`.
        EC_KW: Key agreement on an elliptic curve. Not supported.
        EC: `EC_DS` and `EC_KW`.
        OKP: Signatures with an Ed25519 key. The algorithm has two names.
        AES_PSEUDO: Ciphers of an `AESKey`: CBC without HMAC, and GCM.
        AES_JWE_ENC: Content encryption, the values of a header's `enc`.
        AES_ENC: `AES_JWE_ENC` and `AES_PSEUDO`.
        AES_KW: Key wrapping.
        AEC_GCM_KW: Key wrapping with AES-GCM. Not supported.
        AES: `AES_ENC` and `AES_KW`.
        PBES2_KW: Key encryption with a password. Not supported.
        HMAC_AUTH_TAG: Content encryption whose tag is an HMAC.
        GCM: Content encryption whose tag is that of GCM.
        SUPPORTED: The algorithms that this package implements. `jwk.register_key` adds to it.
        ALL: The initial `SUPPORTED`, and the names of RFC 7518 that are not supported.
        HASHES: The hash function of each signature algorithm, for `at_hash` (OpenID Connect Core §3.1.3.6).
        KEYS: The key class of each algorithm that was registered with `jwk.register_key`. Initially empty.
    """

    NONE = "none"

    HS256 = "HS256"
    HS384 = "HS384"
    HS512 = "HS512"
    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    ES256K = "ES256K"
    EdDSA = "EdDSA"
    Ed25519 = "Ed25519"

    DIR = "dir"
    RSA1_5 = "RSA1_5"
    RSA_OAEP = "RSA-OAEP"
    RSA_OAEP_256 = "RSA-OAEP-256"
    A128KW = "A128KW"
    A192KW = "A192KW"
    A256KW = "A256KW"
    A128GCMKW = "A128GCMKW"
    A192GCMKW = "A192GCMKW"
    A256GCMKW = "A256GCMKW"
    ECDH_ES = "ECDH-ES"
    ECDH_ES_A128KW = "ECDH-ES+A128KW"
    ECDH_ES_A192KW = "ECDH-ES+A192KW"
    ECDH_ES_A256KW = "ECDH-ES+A256KW"
    PBES2_HS256_A128KW = "PBES2-HS256+A128KW"
    PBES2_HS384_A192KW = "PBES2-HS384+A192KW"
    PBES2_HS512_A256KW = "PBES2-HS512+A256KW"

    A128CBC_HS256 = "A128CBC-HS256"
    A192CBC_HS384 = "A192CBC-HS384"
    A256CBC_HS512 = "A256CBC-HS512"
    A128GCM = "A128GCM"
    A192GCM = "A192GCM"
    A256GCM = "A256GCM"
    A128CBC = "A128CBC"
    A192CBC = "A192CBC"
    A256CBC = "A256CBC"

    DEF = "DEF"

    HMAC: ClassVar[set[str]] = {HS256, HS384, HS512}
    RSA_DS: ClassVar[set[str]] = {RS256, RS384, RS512}
    RSA_PSS: ClassVar[set[str]] = {PS256, PS384, PS512}
    RSA_KW: ClassVar[set[str]] = {RSA1_5, RSA_OAEP, RSA_OAEP_256}
    RSA: ClassVar[set[str]] = RSA_DS | RSA_KW
    EC_DS: ClassVar[set[str]] = {ES256, ES384, ES512}
    EC_SECP256K1: ClassVar[set[str]] = {ES256K}
    EC_KW: ClassVar[set[str]] = {ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A192KW, ECDH_ES_A256KW}
    EC: ClassVar[set[str]] = EC_DS | EC_KW
    OKP: ClassVar[set[str]] = {EdDSA, Ed25519}
    HMAC_AUTH_TAG: ClassVar[set[str]] = {A128CBC_HS256, A192CBC_HS384, A256CBC_HS512}
    GCM: ClassVar[set[str]] = {A128GCM, A192GCM, A256GCM}
    AES_PSEUDO: ClassVar[set[str]] = {A128CBC, A192CBC, A256CBC} | GCM
    AES_JWE_ENC: ClassVar[set[str]] = HMAC_AUTH_TAG | GCM
    AES_ENC: ClassVar[set[str]] = AES_JWE_ENC | AES_PSEUDO
    AES_KW: ClassVar[set[str]] = {A128KW, A192KW, A256KW}
    AEC_GCM_KW: ClassVar[set[str]] = {A128GCMKW, A192GCMKW, A256GCMKW}
    AES: ClassVar[set[str]] = AES_ENC | AES_KW
    PBES2_KW: ClassVar[set[str]] = {PBES2_HS256_A128KW, PBES2_HS384_A192KW, PBES2_HS512_A256KW}

    SUPPORTED: ClassVar[set[str]] = HMAC | RSA | RSA_PSS | EC_DS | EC_SECP256K1 | OKP | {DIR} | AES_KW | AES_JWE_ENC
    ALL: ClassVar[set[str]] = SUPPORTED | {NONE} | EC_KW | AEC_GCM_KW | PBES2_KW

    HASHES: ClassVar[dict[str, Callable[[bytes], HASH]]] = {
        **dict.fromkeys((HS256, RS256, PS256, ES256, ES256K), hashlib.sha256),
        **dict.fromkeys((HS384, RS384, PS384, ES384), hashlib.sha384),
        **dict.fromkeys((HS512, RS512, PS512, ES512), hashlib.sha512),
        **dict.fromkeys((EdDSA, Ed25519), hashlib.sha512),  # the hash that Ed25519 uses (RFC 8032 §5.1)
    }

    KEYS: ClassVar[dict[str, type[Key]]] = {}


ALGORITHMS = Algorithms()
"""The shared instance. The whole package reads it."""


class Zips:
    """The names of compression algorithms (RFC 7516 §4.1.3).

    Attributes:
        DEF: DEFLATE.
        NONE: No compression.
        SUPPORTED: The supported algorithms, which are both.
    """

    DEF = "DEF"
    NONE = None
    SUPPORTED: ClassVar[set[str | None]] = {DEF, NONE}


ZIPS = Zips()
"""The shared instance. The whole package reads it."""

JWE_SIZE_LIMIT = 250 * 1024
"""Maximum size of a JWE, and of its decompressed content, in bytes."""

MAX_TOKEN_BYTES = 250 * 1024
"""Maximum length of a token that `jwt` and `jws` read, in bytes. An application may set it; every call reads it.

python-jose has no limit. Without one, a header of 50 MB occupies the process for seconds."""
