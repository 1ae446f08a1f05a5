"""The cases on which a function and the vectors differ, each with the reason. Every other difference fails a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

PYTHON_JOSE_FACES = ("jws.verify", "jwt.decode")
VERIFIER_FACES = ("Verifier", "verify_token", "BearerAuth", "explain")


class Difference(NamedTuple):
    """Cases of one set on which some functions differ, and the reason."""

    vector_set: str
    faces: tuple[str, ...]
    ids: frozenset[int | str]
    reason: str


DIFFERENCES = (
    Difference(
        "Wycheproof JWS",
        ("RemoteKeySet",),
        frozenset({1, 348, 352, 357, 358, 359, 376, 377}),
        "valid under a secret. A remote set ignores secrets, because everyone who can fetch the set could sign.",
    ),
    Difference(
        "Wycheproof JWK",
        ("RemoteKeySet",),
        frozenset({2, 13, 14, 15}),
        "valid under a secret. A remote set ignores secrets, because everyone who can fetch the set could sign.",
    ),
    Difference(
        "Wycheproof JWK",
        (*VERIFIER_FACES, "Key", *PYTHON_JOSE_FACES),
        frozenset({1}),
        "a secret and a public key in one set, flagged as ambiguous. Each key is used for the algorithms of its kty "
        "alone, so neither can replace the other.",
    ),
    Difference(
        "Wycheproof JWK",
        PYTHON_JOSE_FACES,
        frozenset({4}),
        "two secrets with one kid, flagged as ambiguous. The second is not canonical base64url and is skipped. "
        "python-jose accepts such a set.",
    ),
    Difference(
        "Wycheproof JWK",
        PYTHON_JOSE_FACES,
        frozenset({10, 11, 12}),
        "secrets that are a byte shorter than the hash. python-jose's own tests verify with the secret `secret`: "
        "tests/test_jws.py::TestJWS::test_unicode_token and TestHMAC::testHMAC256, testHMAC384, testHMAC512.",
    ),
    Difference(
        "Wycheproof JWE",
        ("jwe.decrypt",),
        frozenset({*range(33, 36), *range(52, 63), *range(66, 69), *range(76, 82), 130, 131}),
        "valid, with ECDH-ES, which python-jose's API does not have.",
    ),
    Difference(
        "Wycheproof JWE",
        ("jwe.decrypt",),
        frozenset({*range(71, 76), 133}),
        "valid, with AES-GCM key wrapping, which python-jose's API does not have.",
    ),
    Difference(
        "Wycheproof JWE",
        ("jwe.decrypt",),
        frozenset({106, 108}),
        "AES key wrapping with a key whose JWK says A128GCMKW or A256GCMKW. `jwe.decrypt` takes a secret as bytes, as "
        "python-jose does, and bytes have no alg. AES-GCM key wrapping does not exist here, so the key has one use.",
    ),
    Difference(
        "RFC 7520, 8037 JWE",
        ("jwe.decrypt",),
        frozenset(
            {
                "jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2",
                "jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
                "jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2",
                "jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
                "curve25519/ecdh-es",
            }
        ),
        "valid, with PBES2, ECDH-ES or AES-GCM key wrapping, which python-jose's API does not have.",
    ),
    Difference(
        "RFC 7515, 7520, 7797, 8037",
        ("RemoteKeySet",),
        frozenset({"RFC7515-A.1", "jws/4_4.hmac-sha2_integrity_protection"}),
        "valid under a secret. A remote set ignores secrets, because everyone who can fetch the set could sign.",
    ),
)


def expected_mismatches(vector_set: str, face: str) -> frozenset[int | str]:
    """Return the ids of the cases of a set on which the function of a name is expected to differ."""
    return _union(each.ids for each in DIFFERENCES if each.vector_set == vector_set and face in each.faces)


def _union(groups: Iterable[frozenset[int | str]]) -> frozenset[int | str]:
    return frozenset[int | str]().union(*groups)
