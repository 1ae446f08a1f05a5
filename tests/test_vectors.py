"""Third-party vectors: Wycheproof's JWS and JWK files, RFC 7515 appendix A, RFC 8037 A.4, the RFC 7520 cookbook.

They are read from `../shared/vectors`, are no part of the project, and where they are missing these tests skip. Most of
their payloads are no JSON: there a right signature shows as `malformed`, with the text about the payload, for that is
the first thing to be wrong behind a signature that is right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fastjose import JOSEError, JWTError, Key, Verifier
from raw_jose import Jwk

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"
Test: TypeAlias = dict[str, Any]

WRONGLY_LABELLED = {346, 347, 350, 351, 367, 370, 372, 373}
"""Byte-identical to a valid case (367, 370), not base64url (372, 373), an `alg` that is another's or none (the rest)."""

AMBIGUOUS = {
    1: "a set of a secret and a public key: each is bound to its own kty, so neither can be taken for the other",
    4: "a kid that stands twice: both keys are tried (RFC 7517 section 4.5 allows it for equivalent keys)",
    7: "a ROCA modulus: a proper key in form, found by a fingerprint alone",
}


def load(name: str) -> Any:
    """Read a file of vectors; skip where there is none."""
    path = VECTORS / name
    if not path.exists():
        pytest.skip("the third-party vectors are not here: shared/vectors beside the project")
    return json.loads(path.read_text())


def is_signed(verifier: Verifier, token: str) -> bool:
    """Return whether the signature is right, whatever the payload holds."""
    try:
        verifier.verify(token)
    except JWTError as error:
        return str(error) == "Invalid payload string: must be valid JSON"
    return True


def is_accepted(keys: Any, algorithms: list[str], token: str) -> bool:
    """Return whether a verifier of `keys` can be made and finds the signature right."""
    try:
        return is_signed(Verifier(keys, algorithms=algorithms, required=[]), token)
    except (JOSEError, ValueError):
        return False


def wycheproof(name: str) -> list[tuple[Jwk, Test]]:
    """Return each case of a file with its key or set; the public part where there is one."""
    groups = load(f"wycheproof/{name}_test.json")["testGroups"]
    return [(group.get("public") or group["private"], test) for group in groups for test in group["tests"]]


def algorithm_of(key: Jwk, token: str) -> list[str]:
    """Pin a key to its own algorithm; one that names none, to its curve's or to what the file's comment means."""
    if "alg" in key:
        return [key["alg"]]
    return {"P-256": ["ES256"], "P-384": ["ES384"], "P-521": ["ES512"]}[key["crv"]] if "crv" in key else [_named(token)]


def _named(token: str) -> str:
    import base64

    header = token.split(".")[0]
    name: str = json.loads(base64.urlsafe_b64decode(header + "=="))["alg"]
    return name


def jws_cases() -> list[tuple[Jwk, Test]]:
    return [(key, test) for key, test in wycheproof("json_web_signature") if test["tcId"] not in WRONGLY_LABELLED]


def test_wycheproof_jws() -> None:
    cases = jws_cases()
    print({(key.get("alg"), key["kty"], key.get("crv")) for key, _ in cases})
