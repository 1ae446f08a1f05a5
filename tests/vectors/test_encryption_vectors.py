"""Wycheproof's JWE vectors and the encrypted examples of RFCs, by `jwe.decrypt`.

`scores/differences.py` explains each case on which it and the vectors differ.
"""

from __future__ import annotations

import pytest

from support.environment.requirements import skip_or_fail
from vectors.scores.differences import expected_mismatches
from vectors.scores.encryption_faces import decrypt, decrypt_with_jwe
from vectors.scores.score import run_vectors
from vectors.scores.vector_sets import ENCRYPTED_SETS, VECTORS, read_jwe_cases

COUNTS = {"Wycheproof JWE": (65, 74), "RFC 7520, 8037 JWE": (10, 0)}


@pytest.fixture(autouse=True)
def _require_vectors() -> None:
    if not VECTORS.exists():
        skip_or_fail("the third-party vectors are missing: put them into shared/vectors beside the project")


@pytest.mark.parametrize("vector_set", ENCRYPTED_SETS)
def test_decrypt_differs_from_vectors_only_as_explained(vector_set: str) -> None:
    score = run_vectors(ENCRYPTED_SETS[vector_set](), decrypt_with_jwe)
    assert score.mismatches == expected_mismatches(vector_set, "jwe.decrypt")
    assert (score.valid_count, score.invalid_count) == COUNTS[vector_set]


@pytest.mark.parametrize("vector_set", ENCRYPTED_SETS)
def test_decrypt_returns_the_content_of_each_accepted_case(vector_set: str) -> None:
    different = expected_mismatches(vector_set, "jwe.decrypt")
    for case in ENCRYPTED_SETS[vector_set]():
        if case.is_valid and case.id not in different:
            assert decrypt(case.token, case.key) == case.plaintext, case.id


def test_decrypt_rejects_each_invalid_padding_of_rsa1_5_in_the_same_way() -> None:
    """A difference between the rejections of padding would be an oracle (RFC 7516 §11.5)."""
    padded = [case for case in read_jwe_cases() if case.id in range(113, 121)]
    assert len(padded) == 8
    assert {_rejection(case.token, case.key) for case in padded} == {("JWEInvalidAuth", "Invalid JWE Auth Tag")}


def _rejection(token: str, key: object) -> tuple[str, str]:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - compared as a whole
        decrypt(token, key)  # type: ignore[arg-type]  # it is a VectorKey
    return type(raised.value).__name__, str(raised.value)
