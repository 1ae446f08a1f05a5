"""The cases of the third-party vectors: a token, the key that it is tried with, and whether it is valid."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors"
Jwk: TypeAlias = dict[str, Any]

MISLABELLED = {346, 347, 350, 351, 367, 370, 372, 373}
"""Cases of Wycheproof's JWS file whose result is wrong.

367 and 370 equal the valid case 357 byte for byte. 372 and 373 contain a "?" and are labelled valid. 346 and 350 are
PS384 under a JWK for PS256. 347 and 351 have the alg ES521, which does not exist.
"""

SIGNATURE_ALGORITHMS = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA"),
)
"""The algorithms of RFC 7518, RFC 8037 and RFC 8812."""

_DEFAULT_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}
"""The algorithms of Wycheproof's JWS keys that name none: those of their tokens."""

COMPACT_JWS = (
    "jws/4_1.rsa_v15_signature",
    "jws/4_2.rsa-pss_signature",
    "jws/4_3.ecdsa_signature",
    "jws/4_4.hmac-sha2_integrity_protection",
    "curve25519/jws",
)
FORMS_OUTSIDE_JWT = ("jws/4_5.signature_with_detached_content", "rfc7797/hmac-sha2_b64_false")
JSON_SERIALIZATIONS = (
    "jws/4_6.protecting_specific_header_fields",
    "jws/4_7.protecting_content_only",
    "jws/4_8.multiple_signatures",
)
COMPACT_JWE = (
    "jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2",
    "jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
    "jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2",
    "jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
    "jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2",
    "jwe/5_6.direct_encryption_using_aes-gcm",
    "jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
    "jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
    "jwe/5_9.compressed_content",
    "curve25519/ecdh-es",
)


@dataclass(frozen=True)
class VectorKey:
    """The key of a case.

    Attributes:
        jwk: A JWK or a JWK Set. Empty if the case has no key.
        algorithms: The algorithms that the caller allows.
    """

    jwk: Jwk = field(repr=False)
    algorithms: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One vector.

    Attributes:
        id: The number or the name of the case in its set.
        comment: What the case is about.
        token: The token.
        key: The key that the token is tried with.
        is_valid: Whether the vectors accept the token.
        plaintext: The content of a valid JWE.
    """

    id: int | str
    comment: str
    token: str
    key: VectorKey
    is_valid: bool
    plaintext: bytes = b""


def read_vectors(name: str) -> Any:
    """Return the content of a vector file.

    Raises:
        FileNotFoundError: `shared/vectors` is missing beside the project.
    """
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def read_jws_cases() -> list[Case]:
    """Return Wycheproof's JWS cases without those that are mislabelled: 40 valid, 353 invalid."""
    return [
        _create_jws_case(case, group.get("public") or group["private"])
        for group, case in _read_wycheproof("json_web_signature")
        if case["tcId"] not in MISLABELLED
    ]


def _create_jws_case(case: Mapping[str, Any], jwk: Jwk) -> Case:
    """Return a case whose key is restricted to its own algorithm."""
    key = VectorKey(jwk, (jwk.get("alg") or _DEFAULT_ALGORITHMS[jwk["kty"]],))
    return Case(case["tcId"], case["comment"], case["jws"], key, case["result"] == "valid")


def read_jwk_cases() -> list[Case]:
    """Return Wycheproof's JWK cases: 5 valid, 21 invalid. The caller allows each algorithm."""
    return [
        Case(
            case["tcId"],
            case["comment"],
            case["jws"],
            VectorKey(group.get("public") or group["private"], SIGNATURE_ALGORITHMS),
            case["result"] == "valid",
        )
        for group, case in _read_wycheproof("json_web_key")
    ]


def read_jwe_cases() -> list[Case]:
    """Return Wycheproof's JWE cases: 65 valid, 74 invalid."""
    return [
        Case(
            case["tcId"],
            case["comment"],
            case["jwe"],
            VectorKey(group["private"], (group["private"]["alg"],)),
            case["result"] == "valid",
            bytes.fromhex(case.get("pt", "")),
        )
        for group, case in _read_wycheproof("json_web_encryption")
    ]


def _read_wycheproof(name: str) -> list[tuple[Jwk, Jwk]]:
    """Return each case of a file, behind its group."""
    groups = read_vectors(f"wycheproof/{name}_test.json")["testGroups"]
    return [(group, case) for group in groups for case in group["tests"]]


def read_rfc_jws_cases() -> list[Case]:
    """Return the signed examples of RFC 7515, 7520, 7797 and 8037.

    Each valid one also has two changed copies, which are invalid. A detached or unencoded payload is invalid as a JWT
    (RFC 7519 §3, RFC 7797 §7). So is a JSON serialization.
    """
    examples = [
        Case(case["id"], case["alg"], case["jws"], _key_of_example(case["key"], case["alg"]), case["result"] == "valid")
        for case in read_vectors("rfc7515_appendix_a.json")
    ]
    examples += [_create_cookbook_case(name, is_valid=True) for name in COMPACT_JWS]
    changed = [copy for case in examples if case.is_valid for copy in _change_token(case)]
    outside = [_create_cookbook_case(name, is_valid=False) for name in FORMS_OUTSIDE_JWT]
    return [*examples, *changed, *outside, *(case for name in JSON_SERIALIZATIONS for case in _read_json_forms(name))]


def _key_of_example(jwk: Jwk | None, algorithm: str) -> VectorKey:
    """Return the key of an example; for `alg` none, a secret under which every HS algorithm is allowed."""
    if jwk is None:
        secret = base64.urlsafe_b64encode(b"s" * 64).rstrip(b"=").decode()
        return VectorKey({"kty": "oct", "k": secret}, ("HS256", "HS384", "HS512"))
    return VectorKey(jwk, (algorithm,))


def _create_cookbook_case(name: str, *, is_valid: bool) -> Case:
    example = read_vectors(f"cookbook/{name}.json")
    key = VectorKey(public_part(example["input"]["key"]), (example["input"]["alg"],))
    return Case(name, example["title"], example["output"]["compact"], key, is_valid)


def public_part(jwk: Jwk) -> Jwk:
    """Return a JWK without its private members: it verifies, and python-jose's API verifies with no private EC key."""
    private = {"d", "p", "q", "dp", "dq", "qi"}
    return {name: value for name, value in jwk.items() if name not in private}


def _change_token(case: Case) -> Iterator[Case]:
    """Yield copies of a case with another signature, and with a shorter payload."""
    header, payload, signature = case.token.split(".")
    for comment, token in (
        ("another signature", f"{header}.{payload}.{'A' * len(signature)}"),
        ("a shorter payload", f"{header}.{payload[:-4]}.{signature}"),
    ):
        yield Case(f"{case.id}, {comment}", case.comment, token, case.key, is_valid=False)


def _read_json_forms(name: str) -> Iterator[Case]:
    """Yield the JSON serializations of an example, which are not JWTs (RFC 7519 §3), with its public keys."""
    example = read_vectors(f"cookbook/{name}.json")
    keys, algorithms = example["input"]["key"], example["input"]["alg"]
    listed = keys if isinstance(keys, list) else [keys]
    jwks = {"keys": [public_part(jwk) for jwk in listed if jwk["kty"] != "oct"] or listed}
    names = tuple(algorithms) if isinstance(algorithms, list) else (algorithms,)
    for form, token in example["output"].items():
        yield Case(f"{name}, {form}", example["title"], json.dumps(token), VectorKey(jwks, names), is_valid=False)


def read_rfc_jwe_cases() -> list[Case]:
    """Return the encrypted examples of RFC 7520 and RFC 8037 in the compact form. All are valid."""
    return [_create_jwe_case(name) for name in COMPACT_JWE]


def _create_jwe_case(name: str) -> Case:
    example = read_vectors(f"cookbook/{name}.json")
    given = example["input"]
    jwk = given.get("key") or {"kty": "oct", "k": base64.urlsafe_b64encode(given["pwd"].encode()).decode()}
    token, content = example["output"]["compact"], given["plaintext"].encode()
    return Case(name, example["title"], token, VectorKey(jwk, (given["alg"],)), is_valid=True, plaintext=content)


SIGNED_SETS: dict[str, Callable[[], list[Case]]] = {
    "Wycheproof JWS": read_jws_cases,
    "Wycheproof JWK": read_jwk_cases,
    "RFC 7515, 7520, 7797, 8037": read_rfc_jws_cases,
}
ENCRYPTED_SETS: dict[str, Callable[[], list[Case]]] = {
    "Wycheproof JWE": read_jwe_cases,
    "RFC 7520, 8037 JWE": read_rfc_jwe_cases,
}
