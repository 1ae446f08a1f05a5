"""Wycheproof's JWS and JWK vectors and the signed examples of RFCs, through each function that verifies a token.

`scores/differences.py` explains each case on which a function and the vectors differ.
"""

from __future__ import annotations

import pytest

from support.environment.requirements import skip_or_fail
from vectors.scores.differences import DIFFERENCES, expected_mismatches
from vectors.scores.score import Score, run_vectors
from vectors.scores.signature_faces import FACE_NAMES, open_face
from vectors.scores.vector_sets import (
    ENCRYPTED_SETS,
    SIGNATURE_ALGORITHMS,
    SIGNED_SETS,
    VECTORS,
    Case,
    VectorKey,
    read_jwk_cases,
    read_jws_cases,
    read_rfc_jws_cases,
)

COUNTS = {"Wycheproof JWS": (40, 353), "Wycheproof JWK": (5, 21), "RFC 7515, 7520, 7797, 8037": (10, 28)}


@pytest.fixture(autouse=True)
def _require_vectors() -> None:
    if not VECTORS.exists():
        skip_or_fail("the third-party vectors are missing: put them into shared/vectors beside the project")


@pytest.mark.parametrize("face", FACE_NAMES)
@pytest.mark.parametrize("vector_set", SIGNED_SETS)
def test_function_differs_from_vectors_only_as_explained(vector_set: str, face: str) -> None:
    with open_face(face) as accepts:
        score = run_vectors(SIGNED_SETS[vector_set](), accepts)
    assert score.mismatches == expected_mismatches(vector_set, face)
    assert (score.valid_count, score.invalid_count) == COUNTS[vector_set]


@pytest.mark.parametrize("face", [name for name in FACE_NAMES if name != "RemoteKeySet"])
def test_function_with_local_keys_has_the_whole_score_on_signatures(face: str) -> None:
    with open_face(face) as accepts:
        assert str(run_vectors(read_jws_cases(), accepts)) == "40/40 valid, 353/353 invalid"
        assert not run_vectors(read_rfc_jws_cases(), accepts).mismatches


def test_verifier_accepts_one_ambiguous_set_of_wycheproof_alone() -> None:
    with open_face("Verifier") as accepts:
        assert str(run_vectors(read_jwk_cases(), accepts)) == "5/5 valid, 20/21 invalid"


def test_remote_key_set_accepts_no_invalid_case() -> None:
    with open_face("RemoteKeySet") as accepts:
        for read_cases in SIGNED_SETS.values():
            assert not run_vectors(read_cases(), accepts).accepted_invalid


def test_each_algorithm_of_the_vectors_is_supported() -> None:
    named = {algorithm for case in read_jws_cases() for algorithm in case.key.algorithms}
    assert named <= set(SIGNATURE_ALGORITHMS)


def test_score_of_function_that_accepts_everything_lists_each_invalid_case() -> None:
    cases = read_jwk_cases()
    score = run_vectors(cases, lambda _token, _key: True)
    assert str(score) == "5/5 valid, 0/21 invalid"
    assert score.mismatches == {case.id for case in cases if not case.is_valid}


def test_score_of_function_that_rejects_everything_lists_each_valid_case() -> None:
    cases = [
        Case("a", "", "t", VectorKey({}, ()), is_valid=True),
        Case("b", "", "t", VectorKey({}, ()), is_valid=False),
    ]
    assert run_vectors(cases, lambda _token, _key: False) == Score(1, 1, frozenset({"a"}), frozenset())


def test_differences_name_existing_functions_and_cases() -> None:
    sets = {**SIGNED_SETS, **ENCRYPTED_SETS}
    for difference in DIFFERENCES:
        assert {*difference.faces} <= {*FACE_NAMES, "jwe.decrypt"}
        assert difference.ids <= {case.id for case in sets[difference.vector_set]()}
