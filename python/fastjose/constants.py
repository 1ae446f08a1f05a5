"""The names of algorithms, sorted into sets, as code written for python-jose reads them.

Beyond python-jose's there are `PS256`, `PS384`, `PS512` (RFC 7518 §3.5), `ES256K` (RFC 8812 §3.2), `EdDSA` (RFC 8037
§3.1) and `Ed25519` (RFC 9864 §2.2). They are in `SUPPORTED`, in `ALL`, in `HASHES`, and in sets of their own:
`RSA_PSS`, `EC_SECP256K1` and `OKP`. Every other set holds what python-jose's holds, for a caller who allows
`ALGORITHMS.RSA_DS` or branches on `ALGORITHMS.EC` has not asked for more.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from _hashlib import HASH
    from collections.abc import Callable

    from fastjose.backends.base import Key

__all__ = ["ALGORITHMS", "JWE_SIZE_LIMIT", "ZIPS", "Algorithms", "Zips"]


class Algorithms:
    """The registered names (RFC 7518 §3.1, §4.1, §5.1), and the sets that they make.

    The sets are plain sets, and all of them distinct: to change one changes no other.

    Attributes:
        HMAC: Signatures with a shared secret.
        RSA_DS: Signatures with an RSA key, PKCS #1 v1.5.
        RSA_PSS: Signatures with an RSA key, PSS; not in `RSA`.
        RSA_KW: Key encryption with an RSA key.
        RSA: `RSA_DS` and `RSA_KW`.
        EC_DS: Signatures on the NIST curves.
        EC_SECP256K1: Signatures on secp256k1; not in `EC`.
        EC_KW: Key agreement on an elliptic curve; none is supported.
        EC: `EC_DS` and `EC_KW`.
        OKP: Signatures with an Ed25519 key, under both names of the algorithm.
        AES_PSEUDO: Ciphers as keys know them: CBC without its HMAC, and GCM.
        AES_JWE_ENC: Content encryption, the values of `enc`.
        AES_ENC: `AES_JWE_ENC` and `AES_PSEUDO`.
        AES_KW: Key wrapping.
        AEC_GCM_KW: Key wrapping with AES-GCM; none is supported.
        AES: `AES_ENC` and `AES_KW`.
        PBES2_KW: Key encryption with a password; none is supported.
        HMAC_AUTH_TAG: Content encryption whose tag is an HMAC.
        GCM: Content encryption whose tag is GCM's.
        SUPPORTED: What this package carries out; `jwk.register_key` adds to it.
        ALL: `SUPPORTED` as it is at first, and the names of RFC 7518 that are not supported.
        HASHES: Of a signature algorithm, the hash function, which `at_hash` needs (OpenID Connect Core §3.1.3.6).
        KEYS: Of an algorithm, the class of keys that `jwk.register_key` was given; empty at first.
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
        **dict.fromkeys((EdDSA, Ed25519), hashlib.sha512),  # the hash within Ed25519 itself (RFC 8032 §5.1)
    }

    KEYS: ClassVar[dict[str, type[Key]]] = {}


ALGORITHMS = Algorithms()
"""The one instance, which everything reads."""


class Zips:
    """The names of compression algorithms (RFC 7516 §4.1.3).

    Attributes:
        SUPPORTED: Both: DEFLATE, and no compression.
    """

    DEF = "DEF"
    NONE = None
    SUPPORTED: ClassVar[set[str | None]] = {DEF, NONE}


ZIPS = Zips()
"""The one instance, which everything reads."""

JWE_SIZE_LIMIT = 250 * 1024
"""How many bytes a JWE may have, and its plaintext once it is decompressed."""
