"""The corpus under `jwt.decode`: tokens that the strict policy rejects are rejected, with listed exceptions.

`LENIENT` lists the cases that python-jose's contract accepts in addition. `STRICTER` lists those that it rejects. Each
entry has a reason. An entry that is wrong for a single case fails.
"""

from __future__ import annotations

import re
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWKError, JWSError, JWTError, Key, jwe, jws, jwt
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWEError
from support.tokens.attack_tokens.case import Accepted, Case, Rejected
from support.tokens.attack_tokens.cases import CASES
from support.tokens.jose_builder import NOW
from support.tokens.verification_results import VerificationResult, call_and_record, find_leaks

if TYPE_CHECKING:
    from collections.abc import Callable

LENIENT = {
    "kid-hostile-.*": "a kid that matches no key of a set: every key is tried",
    "kid-type-.*": "a kid that is not a string is ignored",
    "jwk-.*-kid-of-wrong-type": "a kid that is not a string is ignored",
    "secret-.*-unlike-.*": "a secret may be short",
    "jwk-.*-number-(padded|with-space)": "a JWK's numbers may be padded, and contain white space",
    "jwk-ES256-zero-in-front": "a coordinate may have another length",
    'json-payload-double-.*|json-double-{"exp".*("exp":1700003600|"b")}': "the last of two claims of one name counts",
    "secret-.*[0-9]-bytes": "a secret may be short",
    '(exp|iat)-type-"1700000060".*': "a number may be a string",
    "iss-type-[^-]*": "iss is not checked if no issuer is expected",
    "exp-1700000000-leeway-0.*|exp-1699999990-leeway-10.*": "the token is still valid at exp itself",
    "nbf-.*[.]5-leeway-.*": "fractions of a second are truncated",
    "aud-missing.*": "an expected audience may be missing",
    "typ-type-.*": "typ is not checked",
    "required-null": "a required claim may be null",
}
STRICTER = {
    "jwk-private-ES256": "a private EC key never verifies",
    "aud-empty-list-none-expected": "every aud is rejected if no audience is expected",
}


@pytest.fixture(autouse=True)
def _freeze_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose.jwt.time", lambda: float(NOW))


def decode_for_each_audience(case: Case) -> VerificationResult:
    """Decode the case's token, with each of several audiences in turn."""
    audience = case.options.get("audience")
    audiences = [audience] if audience is None or isinstance(audience, str) else audience
    found = [call_and_record("decode", partial(decode_case, case, one)) for one in audiences]
    return next((one for one in found if isinstance(one.verdict, Accepted)), found[0])


def decode_case(case: Case, audience: Any) -> dict[str, Any]:
    given = case.options
    options = {f"require_{name}": True for name in given.get("required", ["exp"])}
    options["leeway"] = given.get("leeway_seconds", 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # raised for a private key
        return jwt.decode(
            case.token, case.keys, given.get("algorithms"), options, audience, given.get("issuer"), given.get("subject")
        )


def find_listed_reasons(case: Case, table: dict[str, str]) -> bool:
    return any(re.fullmatch(pattern, case.id) for pattern in table)


def is_expressible(case: Case) -> bool:
    """Return whether `jwt.decode` has arguments for the case's expectations and accepts its type of key."""
    return not case.options.keys() & {"typ", "max_token_bytes"} and not isinstance(case.keys, Key)


EXPRESSIBLE = [case for case in CASES if is_expressible(case)]
REFUSED = [case for case in EXPRESSIBLE if isinstance(case.expected, Rejected)]
ACCEPTED = [case for case in EXPRESSIBLE if isinstance(case.expected, Accepted)]
TO_REFUSE = [case for case in REFUSED if not find_listed_reasons(case, LENIENT)]
TO_ACCEPT = [case for case in ACCEPTED if not find_listed_reasons(case, STRICTER)]
FAULTS_OF_KEYS = {"invalid_key", "weak_key", "configuration", "algorithm_not_allowed"}


@pytest.mark.parametrize("case", TO_REFUSE, ids=lambda case: case.id)
def test_token_rejected_by_verifier_is_rejected(case: Case) -> None:
    error = decode_for_each_audience(case).error
    assert isinstance(error, (JWTError, JWKError))
    if isinstance(error, JWKError):
        assert isinstance(case.expected, Rejected)
        assert case.expected.code in FAULTS_OF_KEYS
    assert not find_leaks(case, error)


@pytest.mark.parametrize("case", TO_ACCEPT, ids=lambda case: case.id)
def test_token_accepted_by_verifier_is_accepted(case: Case) -> None:
    assert decode_for_each_audience(case).verdict == case.expected


@pytest.mark.parametrize("pattern", LENIENT)
def test_lenient_pattern_matches_only_accepted_cases(pattern: str) -> None:
    cases = [case for case in REFUSED if find_listed_reasons(case, {pattern: ""})]
    assert cases
    assert [case.id for case in cases if not isinstance(decode_for_each_audience(case).verdict, Accepted)] == []


@pytest.mark.parametrize("pattern", STRICTER)
def test_stricter_pattern_matches_only_rejected_cases(pattern: str) -> None:
    cases = [case for case in ACCEPTED if find_listed_reasons(case, {pattern: ""})]
    assert cases
    assert [case.id for case in cases if isinstance(decode_for_each_audience(case).verdict, Accepted)] == []


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (jwt.get_unverified_header, JWTError),
        (jwt.get_unverified_claims, JWTError),
        (jws.get_unverified_header, JWSError),
        (jws.get_unverified_claims, JWSError),
        (jwe.get_unverified_header, JWEError),
        (partial(jwe.decrypt, key=b"k" * 32), JOSEError),
    ],
)
def test_unverified_reading_raises_one_class(read: Callable[[bytes], Any], error: type[Exception]) -> None:
    errors = {case: catch_error(read, case.token) for case in CASES}
    assert {type(one) for one in errors.values() if not isinstance(one, error)} <= {type(None)}
    leaked = {run for case, one in errors.items() if one for run in find_leaks(case, one)}
    # The error may contain a registered name.
    assert {run for run in leaked if not any(run in name for name in ALGORITHMS.ALL)} == set()
    assert any(errors.values())


def catch_error(read: Callable[[bytes], Any], token: bytes) -> Exception | None:
    try:
        read(token)
    except Exception as error:  # noqa: BLE001 - its class is checked
        return error
    return None
