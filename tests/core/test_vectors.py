"""Third-party vectors: Wycheproof's JWS and JWK files, RFC 7515 appendix A, RFC 8037 A.4, the RFC 7520 cookbook.

They are read from `shared/vectors` beside the project, are no part of it, and where they are missing these tests skip.
Their payloads are no claims, or claims of 2011: a signature that is right shows in that the payload or its `exp` is the
first thing to be refused.
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
EVERY = [*MIN_SECRET_BYTES, *ASYMMETRIC_ALGORITHMS]
Jwk: TypeAlias = dict[str, Any]
Case: TypeAlias = dict[str, Any]

# 367 and 370 are the valid 357 byte for byte; 372 and 373 hold a "?"; 346 and 350 are PS384 under a JWK for PS256; 347
# and 351 have the alg ES521, which there is not.
WRONGLY_LABELLED = {346, 347, 350, 351, 367, 370, 372, 373}

# 1: a set of a secret and a public key, where each key is bound to its own kty, so that neither is taken for the other.
# 4: a kid that stands twice, which RFC 7517 §4.5 advises against and does not forbid; each key is bound and tried.
# 7: a modulus with the ROCA flaw, sound in form; only a fingerprint of the generator tells it.
ACCEPTED_JWKS = {1, 4, 7}


def load(name: str) -> Any:
    """Read a file of vectors; skip where there is none."""
    path = VECTORS / name
    if not path.exists():
        skip_or_fail("the third-party vectors are not here: shared/vectors beside the project")
    return json.loads(path.read_text())


def is_right(keys: Any, algorithms: str | list[str], token: str) -> bool:
    """Return whether a verifier of `keys` can be made and finds the signature right, whatever the payload holds."""
    try:
        Verifier(keys, algorithms=algorithms, required=[]).verify(token)
    except ExpiredSignatureError:
        return True
    except JOSEError as error:
        return str(error).startswith("Invalid payload string: must be")
    return True


def wycheproof(name: str) -> list[tuple[Jwk, Case]]:
    """Return each case of a file with its key or set: the public part, where there is one."""
    groups = load(f"wycheproof/{name}_test.json")["testGroups"]
    return [(group.get("public") or group["private"], case) for group in groups for case in group["tests"]]


def test_wycheproof_jws() -> None:
    cases = [(key, case) for key, case in wycheproof("json_web_signature") if case["tcId"] not in WRONGLY_LABELLED]
    own = {"RSA": "RS256", "EC": "ES256"}  # of the keys that name no algorithm, after the files' own tokens
    right = {case["tcId"] for key, case in cases if is_right(key, key.get("alg") or own[key["kty"]], case["jws"])}
    assert right == {case["tcId"] for _, case in cases if case["result"] == "valid"}
    assert Counter(case["result"] for _, case in cases) == {"valid": 40, "invalid": 353}


def test_wycheproof_jws_names_no_algorithm_that_is_not_supported() -> None:
    named = {key["alg"] for key, case in wycheproof("json_web_signature") if "alg" in key}
    assert named - set(EVERY) == {"ES521"}


def test_wycheproof_jwk() -> None:
    cases = wycheproof("json_web_key")
    right = {case["tcId"] for keys, case in cases if is_right(keys, EVERY, case["jws"])}
    assert right == {case["tcId"] for _, case in cases if case["result"] == "valid"} | ACCEPTED_JWKS
    assert Counter(case["result"] for _, case in cases) == {"valid": 5, "invalid": 21}


@pytest.mark.parametrize("position", range(6))
def test_rfc_7515_appendix_a_and_rfc_8037(position: int) -> None:
    case = load("rfc7515_appendix_a.json")[position]
    if case["key"] is None:
        assert not is_right(b"s" * 64, EVERY, case["jws"])
        return
    assert is_right(case["key"], case["alg"], case["jws"])
    head, _, last = case["jws"].rpartition(".")
    assert not is_right(case["key"], case["alg"], f"{head}.{'A' * len(last)}")


COMPACT = [
    "jws/4_1.rsa_v15_signature",
    "jws/4_2.rsa-pss_signature",
    "jws/4_3.ecdsa_signature",
    "jws/4_4.hmac-sha2_integrity_protection",
    "curve25519/jws",
]


@pytest.mark.parametrize("name", COMPACT)
def test_cookbook(name: str) -> None:
    example = load(f"cookbook/{name}.json")
    given, token = example["input"], example["output"]["compact"]
    assert is_right(given["key"], given["alg"], token)
    header, payload, signature = token.split(".")
    assert not is_right(given["key"], given["alg"], f"{header}.{payload[:-4]}.{signature}")


@pytest.mark.parametrize("name", ["jws/4_5.signature_with_detached_content", "rfc7797/hmac-sha2_b64_false"])
def test_cookbook_forms_that_no_jwt_has(name: str) -> None:
    example = load(f"cookbook/{name}.json")
    assert not is_right(example["input"]["key"], example["input"]["alg"], example["output"]["compact"])


@pytest.mark.parametrize("number", ["4_6.protecting_specific_header_fields", "4_8.multiple_signatures"])
def test_cookbook_json_serializations_are_refused(number: str) -> None:
    example = load(f"cookbook/jws/{number}.json")
    keys = example["input"]["key"]
    for form in example["output"].values():
        assert not is_right({"keys": keys if isinstance(keys, list) else [keys]}, EVERY, json.dumps(form))
