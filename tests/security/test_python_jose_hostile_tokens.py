"""The corpus under `jwt.decode`: what the strict policy refuses is refused here too, but for what is listed.

`LENIENT` lists python-jose's contract where it takes more (`STRICTER`, less), each with its reason; an entry that is
wrong of even one case fails.
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
from support.attack_tokens.case import Accepted, Case, Refused
from support.attack_tokens.cases import CASES
from support.jose_builder import NOW
from support.verification_results import Outcome, leaks, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

LENIENT = {
    "kid-hostile-.*": "a kid that is in no key of a set has the whole set tried",
    "kid-type-.*": "a kid that is no string is no kid",
    "jwk-.*-kid-of-wrong-type": "a kid that is no string is no kid",
    "kid-shared-PS256|rsa-.*-key-.*-token|secret-.*-unlike-.*": "a JWK's alg binds nothing",
    "jwk-(RS256|ES256|EdDSA)-alg-.*": "a JWK's alg binds nothing",
    "jwk-.*(use|key-ops|for-encryption).*": "a JWK's use and key_ops bind nothing",
    "jwk-.*-number-(padded|with-space)": "a JWK's numbers may be padded, with white space between",
    "jwk-ES256-zero-in-front": "a coordinate may have another length",
    "json-payload-(nan|.*infinity|.*-double)": "a payload is read as Python's json reads it",
    'json-payload-double-.*|json-double-{"exp".*("exp":1700003600|"b")}': "the last of two claims of one name counts",
    "secret-.*[0-9]-bytes": "a secret may be short",
    '(exp|iat)-type-"1700000060".*': "a number may be spelled as text",
    "(nbf|iat)-type-(true|false).*": "true and false are 1 and 0",
    "iss-type-[^-]*": "iss is not looked at where no issuer is expected",
    "exp-1700000000-leeway-0.*|exp-1699999990-leeway-10.*": "at exp itself, the token is still good",
    "nbf-.*[.]5-leeway-.*": "fractions of a second are cut off",
    "aud-missing.*|sub-missing": "what is expected may be missing",
    "typ-type-.*": "typ is not looked at",
    "size-token-1-mb": "a token may have any size",
}
STRICTER = {
    "jwk-private-ES256": "a private EC key verifies nothing",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose.jwt.time", lambda: float(NOW))


def decoded(case: Case) -> Outcome:
    """Judge the case's token; of several audiences, by each in turn."""
    audience = case.options.get("audience")
    audiences = [audience] if audience is None or isinstance(audience, str) else audience
    found = [outcome("decode", partial(_decode, case, one)) for one in audiences]
    return next((one for one in found if isinstance(one.verdict, Accepted)), found[0])


def _decode(case: Case, audience: Any) -> dict[str, Any]:
    given = case.options
    options = {f"require_{name}": True for name in given.get("required", ["exp"])}
    options["leeway"] = given.get("leeway_seconds", 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a private key
        return jwt.decode(
            case.token, case.keys, given.get("algorithms"), options, audience, given.get("issuer"), given.get("subject")
        )


def _listed(case: Case, table: dict[str, str]) -> bool:
    return any(re.fullmatch(pattern, case.id) for pattern in table)


def _is_expressible(case: Case) -> bool:
    """Tell whether `jwt.decode` has arguments for what the case expects, and takes its kind of key."""
    return not case.options.keys() & {"typ", "max_token_bytes"} and not isinstance(case.keys, Key)


EXPRESSIBLE = [case for case in CASES if _is_expressible(case)]
REFUSED = [case for case in EXPRESSIBLE if isinstance(case.expected, Refused)]
ACCEPTED = [case for case in EXPRESSIBLE if isinstance(case.expected, Accepted)]
TO_REFUSE = [case for case in REFUSED if not _listed(case, LENIENT)]
TO_ACCEPT = [case for case in ACCEPTED if not _listed(case, STRICTER)]
FAULTS_OF_KEYS = {"invalid_key", "weak_key", "configuration", "algorithm_not_allowed"}


@pytest.mark.parametrize("case", TO_REFUSE, ids=lambda case: case.id)
def test_what_is_refused_strictly_is_refused(case: Case) -> None:
    error = decoded(case).error
    assert isinstance(error, (JWTError, JWKError))
    if isinstance(error, JWKError):
        assert isinstance(case.expected, Refused)
        assert case.expected.code in FAULTS_OF_KEYS
    assert not leaks(case, error)


@pytest.mark.parametrize("case", TO_ACCEPT, ids=lambda case: case.id)
def test_what_is_accepted_strictly_is_accepted(case: Case) -> None:
    assert decoded(case).verdict == case.expected


@pytest.mark.parametrize("pattern", LENIENT)
def test_where_more_is_taken_each_case_is(pattern: str) -> None:
    cases = [case for case in REFUSED if _listed(case, {pattern: ""})]
    assert cases
    assert [case.id for case in cases if not isinstance(decoded(case).verdict, Accepted)] == []


@pytest.mark.parametrize("pattern", STRICTER)
def test_where_less_is_taken_no_case_is(pattern: str) -> None:
    cases = [case for case in ACCEPTED if _listed(case, {pattern: ""})]
    assert cases
    assert [case.id for case in cases if isinstance(decoded(case).verdict, Accepted)] == []


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
def test_whoever_reads_a_token_unverified_meets_one_class(read: Callable[[bytes], Any], error: type[Exception]) -> None:
    errors = {case: _error(read, case.token) for case in CASES}
    assert {type(one) for one in errors.values() if not isinstance(one, error)} <= {type(None)}
    leaked = {run for case, one in errors.items() if one for run in leaks(case, one)}
    # A registered name may be said.
    assert {run for run in leaked if not any(run in name for name in ALGORITHMS.ALL)} == set()
    assert any(errors.values())


def _error(read: Callable[[bytes], Any], token: bytes) -> Exception | None:
    try:
        read(token)
    except Exception as error:  # noqa: BLE001 - its class is what is judged
        return error
    return None
