"""Third-party vectors: Wycheproof's JWS and JWK files, RFC 7515 appendix A, RFC 8037 A.4, the RFC 7520 cookbook.

They are read from `shared/vectors` beside the project and are not part of it. If they are missing, these tests are
skipped. Their payloads are not claims, or are claims of 2011. So a valid signature is recognized by the error: the
payload or its `exp` is rejected instead of the signature.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fastjose import ExpiredSignatureError, JOSEError, Verifier
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES
from support.requirements import skip_or_fail

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
ALL_ALGORITHMS = [*MIN_SECRET_BYTES, *ASYMMETRIC_ALGORITHMS]
Jwk: TypeAlias = dict[str, Any]
Case: TypeAlias = dict[str, Any]

# 367 and 370 equal the valid case 357 byte for byte. 372 and 373 contain a "?". 346 and 350 are PS384 under a JWK for
# PS256. 347 and 351 have the alg ES521, which does not exist.
MISLABELLED = {346, 347, 350, 351, 367, 370, 372, 373}

# 1: a set with a secret and a public key. Each key is restricted to its own kty, so neither can replace the other.
# 4: a duplicate kid, which RFC 7517 §4.5 advises against but does not forbid. Each key is restricted and tried.
# 7: a well-formed modulus with the ROCA flaw. Only a fingerprint of the generator reveals the flaw.
ACCEPTED_JWKS = {1, 4, 7}


def load_vectors(name: str) -> Any:
    """Return the content of a vector file; skip the test if the file is missing."""
    path = VECTORS / name
    if not path.exists():
        skip_or_fail("the third-party vectors are missing: put them into shared/vectors beside the project")
    return json.loads(path.read_text())


def is_signature_valid(keys: Any, algorithms: str | list[str], token: str) -> bool:
    """Return whether a verifier with `keys` can be created and accepts the signature, regardless of the payload."""
    try:
        Verifier(keys, algorithms=algorithms, required=[]).verify(token)
    except ExpiredSignatureError:
        return True
    except JOSEError as error:
        return str(error).startswith("Invalid payload string: must be")
    return True


def load_wycheproof_cases(name: str) -> list[tuple[Jwk, Case]]:
    """Return each case of a file with its key or key set; the public part, if the file has one."""
    groups = load_vectors(f"wycheproof/{name}_test.json")["testGroups"]
    return [(group.get("public") or group["private"], case) for group in groups for case in group["tests"]]


def test_wycheproof_jws_cases_match_their_result() -> None:
    cases = [
        (key, case) for key, case in load_wycheproof_cases("json_web_signature") if case["tcId"] not in MISLABELLED
    ]
    default_algorithms = {"RSA": "RS256", "EC": "ES256"}  # for keys without an algorithm, as in the tokens of the files
    accepted = {
        case["tcId"]
        for key, case in cases
        if is_signature_valid(key, key.get("alg") or default_algorithms[key["kty"]], case["jws"])
    }
    assert accepted == {case["tcId"] for _, case in cases if case["result"] == "valid"}
    assert Counter(case["result"] for _, case in cases) == {"valid": 40, "invalid": 353}


def test_wycheproof_jws_algorithms_are_supported_except_es521() -> None:
    named = {key["alg"] for key, case in load_wycheproof_cases("json_web_signature") if "alg" in key}
    assert named - set(ALL_ALGORITHMS) == {"ES521"}


def test_wycheproof_jwk_cases_match_their_result() -> None:
    cases = load_wycheproof_cases("json_web_key")
    accepted = {case["tcId"] for keys, case in cases if is_signature_valid(keys, ALL_ALGORITHMS, case["jws"])}
    assert accepted == {case["tcId"] for _, case in cases if case["result"] == "valid"} | ACCEPTED_JWKS
    assert Counter(case["result"] for _, case in cases) == {"valid": 5, "invalid": 21}


@pytest.mark.parametrize("position", range(6))
def test_rfc_7515_and_rfc_8037_examples_verify(position: int) -> None:
    case = load_vectors("rfc7515_appendix_a.json")[position]
    if case["key"] is None:
        assert not is_signature_valid(b"s" * 64, ALL_ALGORITHMS, case["jws"])
        return
    assert is_signature_valid(case["key"], case["alg"], case["jws"])
    head, _, last = case["jws"].rpartition(".")
    assert not is_signature_valid(case["key"], case["alg"], f"{head}.{'A' * len(last)}")


COMPACT = [
    "jws/4_1.rsa_v15_signature",
    "jws/4_2.rsa-pss_signature",
    "jws/4_3.ecdsa_signature",
    "jws/4_4.hmac-sha2_integrity_protection",
    "curve25519/jws",
]


@pytest.mark.parametrize("name", COMPACT)
def test_cookbook_compact_examples_verify(name: str) -> None:
    example = load_vectors(f"cookbook/{name}.json")
    inputs, token = example["input"], example["output"]["compact"]
    assert is_signature_valid(inputs["key"], inputs["alg"], token)
    header, payload, signature = token.split(".")
    assert not is_signature_valid(inputs["key"], inputs["alg"], f"{header}.{payload[:-4]}.{signature}")


@pytest.mark.parametrize("name", ["jws/4_5.signature_with_detached_content", "rfc7797/hmac-sha2_b64_false"])
def test_cookbook_forms_outside_jwt_are_rejected(name: str) -> None:
    example = load_vectors(f"cookbook/{name}.json")
    assert not is_signature_valid(example["input"]["key"], example["input"]["alg"], example["output"]["compact"])


@pytest.mark.parametrize("number", ["4_6.protecting_specific_header_fields", "4_8.multiple_signatures"])
def test_cookbook_json_serializations_are_rejected(number: str) -> None:
    example = load_vectors(f"cookbook/jws/{number}.json")
    keys = example["input"]["key"]
    for form in example["output"].values():
        assert not is_signature_valid(
            {"keys": keys if isinstance(keys, list) else [keys]}, ALL_ALGORITHMS, json.dumps(form)
        )
