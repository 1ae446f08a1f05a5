"""Differences in the validation of claims."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from support.python_jose.differential.library import call
from support.python_jose.known_differences.difference import Difference, is_foreign_class
from support.tokens.jose_builder import NOW, build_token, create_token

if TYPE_CHECKING:
    from support.python_jose.known_differences.difference import Mismatch

CLAIMS = "Claims"
SECRET = b"secret"
TIMES = {
    "exp": "Expiration Time claim (exp) must be an integer.",
    "nbf": "Not Before claim (nbf) must be an integer.",
    "iat": "Issued At claim (iat) must be an integer.",
}


def _decode(claims: dict[str, Any], **options: Any) -> Any:
    return call("jwt.decode", create_token("HS256", claims, SECRET), "secret", ["HS256"], **options)


def _is_non_numeric_time(mismatch: Mismatch) -> bool:
    return is_foreign_class(mismatch.jose) and mismatch.has_message(*TIMES.values())


def _has_non_ascii_digits(mismatch: Mismatch) -> bool:
    times = [
        claim for name, text in TIMES.items() if mismatch.has_message(text) for claim in [mismatch.claims.get(name)]
    ]
    return any(isinstance(claim, str) and not claim.isascii() and re.search(r"\d", claim) for claim in times)


def _is_boolean_time(mismatch: Mismatch) -> bool:
    return any(
        isinstance(mismatch.claims.get(name), bool) and mismatch.has_message(text) for name, text in TIMES.items()
    )


def _is_missing_subject(mismatch: Mismatch) -> bool:
    return "sub" not in mismatch.claims and mismatch.has_message("Invalid subject")


def _is_non_string_issuer(mismatch: Mismatch) -> bool:
    return (
        is_foreign_class(mismatch.jose)
        and not isinstance(mismatch.claims.get("iss"), str)
        and mismatch.has_message("Invalid issuer")
    )


def _is_wrong_leeway_type(mismatch: Mismatch) -> bool:
    return is_foreign_class(mismatch.jose) and mismatch.has_message(
        "leeway must be a number of seconds or a timedelta, not …"
    )


def _is_leeway_nan(mismatch: Mismatch) -> bool:
    return mismatch.has_message("leeway must be a number of seconds or a timedelta, not nan")


def _is_rounded_leeway(mismatch: Mismatch) -> bool:
    options = mismatch.argument(3, "options")
    leeway = options.get("leeway") if isinstance(options, dict) else None
    return mismatch.is_call_of("jwt.decode") and isinstance(leeway, int) and abs(leeway) > 2**53


def _is_missing_hash(mismatch: Mismatch) -> bool:
    return is_foreign_class(mismatch.jose) and mismatch.has_message(
        "Unable to calculate at_hash to verify against token claims."
    )


def _has_non_string_option_name(mismatch: Mismatch) -> bool:
    options = mismatch.argument(3, "options")
    is_affected = isinstance(options, dict) and not all(isinstance(name, str) for name in options)
    return is_affected and mismatch.ours.text.endswith("object has no attribute 'startswith'")


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "non-numeric-times",
        CLAIMS,
        "raises TypeError or OverflowError if `exp`, `nbf` or `iat` is null, a list, an object or infinite",
        "raises JWTClaimsError `… must be an integer.`",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _is_non_numeric_time,
        _decode({"exp": None}),
    ),
    Difference(
        "non-ascii-digits",
        CLAIMS,
        "accepts a time as a string with the digits of any script, such as Arabic",
        "accepts only ASCII digits in a string",
        "a NumericDate is a JSON number (RFC 7519 §2); programs write ASCII digits",
        ("rejects", "changes_error"),
        _has_non_ascii_digits,
        _decode({"iat": "\u0661\u0667"}),
    ),
    Difference(
        "boolean-times",
        CLAIMS,
        "accepts true and false as a time, and counts them as 1 and 0",
        "raises JWTClaimsError `… must be an integer.`",
        "a NumericDate is a JSON number (RFC 7519 §2)",
        ("rejects", "changes_error"),
        _is_boolean_time,
        _decode({"nbf": True}),
    ),
    Difference(
        "missing-subject",
        CLAIMS,
        "accepts a token without `sub` if `subject` is passed",
        "raises JWTClaimsError `Invalid subject`",
        "a caller that expects a subject relies on it",
        ("rejects", "changes_error"),
        _is_missing_subject,
        _decode({}, subject="ada"),
    ),
    Difference(
        "non-string-issuers",
        CLAIMS,
        "raises TypeError if `iss` is a list or an object and `issuer` is a set or a string",
        "raises JWTClaimsError `Invalid issuer`",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _is_non_string_issuer,
        _decode({"iss": ["x"]}, issuer={"x"}),
    ),
    Difference(
        "huge-leeway",
        CLAIMS,
        "supports a `leeway` of any size",
        "uses floating point: a `leeway` above `2**53` seconds (285 million years) is rounded",
        "such values have no practical use",
        ("accepts", "rejects", "changes_error"),
        _is_rounded_leeway,
        _decode({"nbf": 10**30}, options={"leeway": 10**30}),
    ),
    Difference(
        "leeway-of-wrong-type",
        CLAIMS,
        "raises the TypeError of Python's subtraction if `leeway` is not a number",
        "raises TypeError with the name of the argument",
        "the message names the cause",
        ("changes_error",),
        _is_wrong_leeway_type,
        _decode({"exp": NOW}, options={"leeway": "10"}),
    ),
    Difference(
        "leeway-nan",
        CLAIMS,
        "accepts a token of any age if `leeway` is NaN",
        "raises ValueError",
        "a computed `leeway` that went wrong must not switch the checks off; `math.inf` does so on purpose",
        ("rejects", "changes_error"),
        _is_leeway_nan,
        _decode({"exp": NOW - 10}, options={"leeway": float("nan")}),
    ),
    Difference(
        "option-names",
        CLAIMS,
        "rejects an option whose name is not a string after it has verified the signature",
        "rejects the option before it parses the token",
        "options are read once, first; class and message of the error are unchanged",
        ("changes_error",),
        _has_non_string_option_name,
        call("jwt.decode", "", "secret", ["HS256"], options={1: 2}),
    ),
    Difference(
        "at-hash-without-a-hash",
        CLAIMS,
        "raises KeyError if the token has `at_hash` and its unverified `alg` does not have a hash function",
        "raises JWTClaimsError `Unable to calculate at_hash to verify against token claims.`",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _is_missing_hash,
        call(
            "jwt.decode",
            build_token({"alg": "none"}, {"at_hash": "x"}, "HS256", SECRET),
            "",
            options={"verify_signature": False},
            access_token="access",
        ),
    ),
)
