"""Where claims are judged differently than python-jose judges them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from support.differential.library import call
from support.jose_builder import NOW, signed, token
from support.known_differences.difference import Difference, is_foreign

if TYPE_CHECKING:
    from support.known_differences.difference import Seen

CLAIMS = "Claims"
SECRET = b"secret"
TIMES = {
    "exp": "Expiration Time claim (exp) must be an integer.",
    "nbf": "Not Before claim (nbf) must be an integer.",
    "iat": "Issued At claim (iat) must be an integer.",
}


def _decode(claims: dict[str, Any], **options: Any) -> Any:
    return call("jwt.decode", token("HS256", claims, SECRET), "secret", ["HS256"], **options)


def _no_number(seen: Seen) -> bool:
    return is_foreign(seen.jose) and seen.says(*TIMES.values())


def _other_digits(seen: Seen) -> bool:
    spelled = [claim for name, text in TIMES.items() if seen.says(text) for claim in [seen.claims.get(name)]]
    return any(isinstance(claim, str) and not claim.isascii() and re.search(r"\d", claim) for claim in spelled)


def _issuer(seen: Seen) -> bool:
    return is_foreign(seen.jose) and not isinstance(seen.claims.get("iss"), str) and seen.says("Invalid issuer")


def _leeway(seen: Seen) -> bool:
    return is_foreign(seen.jose) and seen.says("leeway must be a number of seconds or a timedelta, not …")


def _rounded(seen: Seen) -> bool:
    given = seen.argument(3, "options")
    leeway = given.get("leeway") if isinstance(given, dict) else None
    return seen.calls("jwt.decode") and isinstance(leeway, int) and abs(leeway) > 2**53


def _no_hash(seen: Seen) -> bool:
    return is_foreign(seen.jose) and seen.says("Unable to calculate at_hash to verify against token claims.")


def _option_names(seen: Seen) -> bool:
    given = seen.argument(3, "options")
    is_odd = isinstance(given, dict) and not all(isinstance(name, str) for name in given)
    return is_odd and seen.ours.text.endswith("object has no attribute 'startswith'")


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "times-that-are-no-numbers",
        CLAIMS,
        "fails with a TypeError or OverflowError where `exp`, `nbf` or `iat` is null, a list, an object or infinite",
        "raises JWTClaimsError `… must be an integer.`",
        "a hostile token is no program error",
        ("says",),
        _no_number,
        _decode({"exp": None}),
    ),
    Difference(
        "digits-of-other-scripts",
        CLAIMS,
        "takes a time spelled with the digits of any script, such as those of Arabic",
        "takes ASCII digits in text",
        "a NumericDate is a JSON number (RFC 7519 §2); of texts no more is taken than programs write",
        ("refuses", "says"),
        _other_digits,
        _decode({"iat": "\u0661\u0667"}),
    ),
    Difference(
        "issuers-that-are-no-text",
        CLAIMS,
        "fails with a TypeError where `iss` is a list or an object and `issuer` is a set, or a text",
        "raises JWTClaimsError `Invalid issuer`",
        "a hostile token is no program error",
        ("says",),
        _issuer,
        _decode({"iss": ["x"]}, issuer={"x"}),
    ),
    Difference(
        "leeway-beyond-all-calendars",
        CLAIMS,
        "computes with a `leeway` of any size",
        "computes with doubles: one beyond `2**53` seconds, 285 million years, is rounded",
        "nobody means it",
        ("accepts", "refuses", "says"),
        _rounded,
        _decode({"nbf": 10**30}, options={"leeway": 10**30}),
    ),
    Difference(
        "leeway-of-another-type",
        CLAIMS,
        "fails with the TypeError of Python's subtraction where `leeway` is no number",
        "fails with a TypeError that names the argument",
        "it says what is wrong",
        ("says",),
        _leeway,
        _decode({"exp": NOW}, options={"leeway": "10"}),
    ),
    Difference(
        "names-of-options",
        CLAIMS,
        "finds out after the signature is verified that the name of an option is no text",
        "finds it out before it reads the token",
        "options are read once; it is the caller's error, and has the same class and text",
        ("says",),
        _option_names,
        call("jwt.decode", "", "secret", ["HS256"], options={1: 2}),
    ),
    Difference(
        "at-hash-without-a-hash",
        CLAIMS,
        "fails with a KeyError where `at_hash` is there and `alg`, not verified, has no hash function",
        "raises JWTClaimsError `Unable to calculate at_hash to verify against token claims.`",
        "a hostile token is no program error",
        ("says",),
        _no_hash,
        call(
            "jwt.decode",
            signed({"alg": "none"}, {"at_hash": "x"}, "HS256", SECRET),
            "",
            options={"verify_signature": False},
            access_token="access",
        ),
    ),
)
