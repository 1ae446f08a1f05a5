"""Differences in the parsing of tokens and in the check of their algorithms."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from fastjose.constants import MAX_TOKEN_BYTES
from support.python_jose.differential.keys import CONTENT, KEY_MANAGEMENT
from support.python_jose.differential.library import call
from support.python_jose.known_differences.difference import Difference, is_canonical, is_foreign_class
from support.tokens.jose_builder import append_signature, b64u, build_token, create_token

if TYPE_CHECKING:
    from support.python_jose.known_differences.difference import Mismatch

ENCODING, ALGORITHMS = "Token encoding", "Algorithms"
SECRET = b"secret"
MAX_DEPTH = 200  # deeper JSON is rejected
MAX_DETAILED_BYTES = 65_536  # the message for longer JSON does not contain details


def _sign(header: bytes, payload: bytes = b"{}") -> str:
    return append_signature(f"{b64u(header)}.{b64u(payload)}", "HS256", SECRET)


def _decode(text: Any, **options: Any) -> Any:
    return call("jwt.decode", text, "secret", ["HS256"], **options)


# Each part of a token has its own message; the functions that do not verify are less specific.
PART_TEXTS = ("Not enough segments", "Invalid payload padding", "Invalid crypto padding")  # a problem may follow
UNVERIFIED_TEXTS = ("Error decoding token headers.", "Error decoding token claims.")


def _is_not_canonical(mismatch: Mismatch) -> bool:
    if not mismatch.is_parsing:
        return False
    checked = (position for position in _checked_segments(mismatch) if not is_canonical(mismatch.segments[position]))
    first = next(checked, None)
    return first is not None and _has_part_text(mismatch, first)


def _has_part_text(mismatch: Mismatch, position: int) -> bool:
    return mismatch.has_message(PART_TEXTS[position], f"{PART_TEXTS[position]}: …", *UNVERIFIED_TEXTS)


def _checked_segments(mismatch: Mismatch) -> tuple[int, ...]:
    """Return the positions of the segments that fastjose checks."""
    if ".get_unverified_" in mismatch.call.operation:
        return (1,) if mismatch.call.operation.endswith("claims") else (0,)
    return (0, 1, 2)


def _is_unchecked_segment(mismatch: Mismatch) -> bool:
    """Return whether python-jose rejects a token for a segment that the function does not return."""
    is_rejected = mismatch.jose.text.startswith(("Invalid ", "Not enough segments", *UNVERIFIED_TEXTS))
    is_too_deep = mismatch.jose.kind == "builtins.RecursionError"
    return ".get_unverified_" in mismatch.call.operation and (is_rejected or is_too_deep)


def _depth(text: bytes) -> int:
    """Return the nesting depth of JSON, without the content of strings."""
    deepest = depth = 0
    for octet in re.sub(rb'"(\\.|[^"\\])*"', b"", text):
        depth += (octet in b"[{") - (octet in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _contains_unpaired_surrogate(value: Any) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in _json_text(value))


def _json_text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return ""


def _is_rejected_json(value: Any, text: bytes) -> bool:
    return _contains_unpaired_surrogate(value) or _depth(text) > MAX_DEPTH


def _has_duplicate_names(text: bytes) -> bool:
    duplicates: list[bool] = []

    def record_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        duplicates.append(len({name for name, _ in pairs}) < len(pairs))
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=record_duplicates)
    except (ValueError, RecursionError):
        return False
    return any(duplicates)


NON_JSON_NUMBER = re.compile(rb"NaN|Infinity|[0-9][eE][+]?[0-9]{3}")


def is_rejected_header(mismatch: Mismatch) -> bool:
    """Return whether fastjose rejects a header that python-jose parses."""
    text = mismatch.header_bytes
    return bool(_is_rejected_json(mismatch.header, text) or _has_duplicate_names(text) or NON_JSON_NUMBER.search(text))


def _has_rejected_header(mismatch: Mismatch) -> bool:
    return (
        mismatch.is_parsing
        and is_rejected_header(mismatch)
        and mismatch.has_message("Invalid header string: …", *UNVERIFIED_TEXTS)
    )


def _has_non_finite_number(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_non_finite_number, value.values()))
    if isinstance(value, list):
        return any(map(_has_non_finite_number, value))
    return isinstance(value, float) and not math.isfinite(value)


def _parse_python_json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _has_rejected_payload(mismatch: Mismatch) -> bool:
    texts = ("Invalid payload string: must be valid JSON", "Invalid claims string: must be valid JSON")
    return (
        mismatch.is_parsing
        and (
            _is_rejected_json(mismatch.claims, mismatch.payload_bytes)
            or _has_non_finite_number(_parse_python_json(mismatch.payload_bytes))
        )
        and mismatch.has_message(*texts)
    )


def _is_long_invalid_json(mismatch: Mismatch) -> bool:
    theirs, ours = (result.text.partition(": ") for result in (mismatch.jose, mismatch.ours))
    text = mismatch.header_bytes if ours[0] == "Invalid header string" else mismatch.payload_bytes
    return theirs[0] == ours[0] and ours[2] == "must be valid JSON" and len(text) > MAX_DETAILED_BYTES


def _has_extension(mismatch: Mismatch) -> bool:
    is_required = "crit" in mismatch.header or mismatch.header.get("b64", True) is not True
    return mismatch.is_verifying and is_required and mismatch.has_message("Unsupported critical header parameter")


NOT_ALLOWED = "The specified alg value is not allowed"


def _has_non_string_alg(mismatch: Mismatch) -> bool:
    return (
        mismatch.is_verifying
        and not isinstance(mismatch.header.get("alg", ""), str)
        and mismatch.has_message(NOT_ALLOWED)
    )


def _has_encryption_algorithm(mismatch: Mismatch) -> bool:
    is_encryption = mismatch.header.get("alg") in KEY_MANAGEMENT + CONTENT
    is_type_error = mismatch.is_verifying and mismatch.jose.kind == "builtins.TypeError"
    return is_type_error and is_encryption and mismatch.has_message("Signature verification failed.")


def _has_string_as_algorithms(mismatch: Mismatch) -> bool:
    allowed = mismatch.argument(2, "algorithms")
    return isinstance(allowed, str) and allowed != mismatch.header.get("alg") and mismatch.has_message(NOT_ALLOWED)


def _has_no_alg(mismatch: Mismatch) -> bool:
    is_missing = mismatch.is_call_of("jwt.decode") and "alg" not in mismatch.header
    return (
        is_missing
        and is_foreign_class(mismatch.jose)
        and mismatch.has_message("No algorithm was specified in the JWS header.")
    )


def _has_unpaired_surrogate(mismatch: Mismatch) -> bool:
    token = mismatch.argument(0, "token")
    return (
        isinstance(token, str) and _contains_unpaired_surrogate(token) and mismatch.has_message("Not enough segments")
    )


def _is_long_token(mismatch: Mismatch) -> bool:
    is_long = mismatch.is_call_of("jwt", "jws") and len(mismatch.token) > MAX_TOKEN_BYTES
    return is_long and mismatch.has_message("Token is longer than 256000 bytes", "Error decoding token …")


def _is_bytearray(mismatch: Mismatch) -> bool:
    return (
        isinstance(mismatch.argument(0, "token"), bytearray) and mismatch.jose.text == "Signature verification failed."
    )


def _names_member(mismatch: Mismatch) -> bool:
    text = mismatch.ours.text
    shared = text.removesuffix(")").rpartition(" (claim '")[0] or text.rpartition(" (header parameter '")[0]
    return mismatch.is_signing and shared == mismatch.jose.text and mismatch.ours.kind == mismatch.jose.kind


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "names-of-members",
        ENCODING,
        "raises the message of `json` for a claim or header parameter that is not a JSON value",
        "adds the name: `Object of type set is not JSON serializable (claim 'a')`",
        "the message of `json` does not tell which claim it is about",
        ("changes_error",),
        _names_member,
        call("jwt.encode", {"a": {1}}, "secret"),
    ),
    Difference(
        "canonical-base64url",
        ENCODING,
        "ignores characters outside base64url; accepts the base64 alphabet, padding and nonzero unused bits",
        "rejects the token with the message for the segment and the cause, such as `Not enough segments: the token"
        " begins with Bearer, …` or `…: the token contains white space, …`; `Verifier(…, allow_padding=True)`"
        " accepts padding, as in the header `x-amzn-oidc-data` of an AWS Application Load Balancer",
        "a second encoding of a token would bypass a revocation list (RFC 7515 §2, RFC 4648 §3.5)",
        ("rejects", "changes_error"),
        _is_not_canonical,
        _decode(create_token("HS256", {}, SECRET) + "="),
    ),
    Difference(
        "unverified-segments",
        ENCODING,
        "checks all segments in `get_unverified_header` and `get_unverified_claims`",
        "checks only the segment that the function returns",
        "programs call `get_unverified_header` before they verify, and reject the token later",
        ("accepts", "changes_error"),
        _is_unchecked_segment,
        call("jws.get_unverified_header", build_token({"alg": "HS256"}) + "AA"),
    ),
    Difference(
        "header-json",
        ENCODING,
        "accepts a header with duplicate names, NaN, infinities, unpaired surrogates or any nesting depth",
        "rejects the token: `Invalid header string: …`",
        "parsers read such a header differently (RFC 7515 §4); deep nesting is a RecursionError in python-jose",
        ("rejects", "changes_error"),
        _has_rejected_header,
        _decode(_sign(b'{"alg":"none","alg":"HS256"}')),
    ),
    Difference(
        "payload-json",
        ENCODING,
        "accepts claims with NaN, infinities, unpaired surrogates, and any nesting depth up to a RecursionError",
        "rejects such claims, and more than 200 levels: `Invalid payload string: must be valid JSON`",
        "they are not JSON (RFC 8259 §6, RFC 7493 §2); deep nesting is an attack",
        ("rejects", "changes_error"),
        _has_rejected_payload,
        _decode(_sign(b'{"alg":"HS256"}', b'{"a":"\\ud800"}')),
    ),
    Difference(
        "long-json",
        ENCODING,
        "reports the position of a JSON error in a header or claims of any size",
        "reports only `must be valid JSON` for more than 64 KiB",
        "a rejected token is not parsed a second time",
        ("changes_error",),
        _is_long_invalid_json,
        _decode(_sign(b"x" * 65_537)),
    ),
    Difference(
        "long-token",
        ENCODING,
        "reads a token of any length",
        "rejects a token of more than `constants.MAX_TOKEN_BYTES` (256,000): `Token is longer than 256000 bytes`; an "
        "application may set the constant",
        "a header of 50 MB occupied the process for 7 seconds and took 1 GB",
        ("rejects", "changes_error"),
        _is_long_token,
        _decode(_sign(b'{"alg":"HS256"}', b'{"a":"%b"}' % (b"a" * 200_000))),
    ),
    Difference(
        "crit",
        ENCODING,
        "ignores `crit` and `b64`",
        "rejects a token with `crit`, or with a `b64` other than true, during verification",
        "a recipient that does not support an extension must reject the token (RFC 7515 §4.1.11, RFC 7797 §6)",
        ("rejects", "changes_error"),
        _has_extension,
        _decode(create_token("HS256", {}, SECRET, crit=["exp"])),
    ),
    Difference(
        "unpaired-surrogates",
        ENCODING,
        "raises UnicodeEncodeError for a str with an unpaired surrogate",
        "raises JWTError or JWSError `Not enough segments`",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _has_unpaired_surrogate,
        _decode("\ud800"),
    ),
    Difference(
        "tokens-in-a-bytearray",
        ENCODING,
        "parses a token in a bytearray, but rejects its signature",
        "verifies it",
        "a token that can be parsed can be verified",
        ("accepts", "changes_error"),
        _is_bytearray,
        _decode(bytearray(create_token("HS256", {}, SECRET).encode())),
    ),
    Difference(
        "alg-of-wrong-type",
        ALGORITHMS,
        "may raise TypeError if `alg` is not a string, because it searches `algorithms` for it",
        "raises JWTError or JWSError `The specified alg value is not allowed`",
        "an invalid token must not cause a program error",
        ("rejects", "changes_error"),
        _has_non_string_alg,
        call("jwt.decode", build_token({"alg": ["HS256"]}, {}, "HS256", SECRET), "secret", {"HS256"}),
    ),
    Difference(
        "algorithms-as-string",
        ALGORITHMS,
        'searches a str passed as `algorithms`: `"HS256"` allows `HS2`, `"RS256 HS256"` allows both',
        "accepts a str as one name",
        "an allow-list contains complete names (RFC 8725 §3.1)",
        ("rejects", "changes_error"),
        _has_string_as_algorithms,
        call("jwt.decode", create_token("HS256", {}, SECRET), "secret", "HS256,HS384"),
    ),
    Difference(
        "encryption-algorithms",
        ALGORITHMS,
        "raises TypeError if `alg` is an allowed encryption algorithm and the key is not a string",
        "raises JWTError or JWSError `Signature verification failed.`",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _has_encryption_algorithm,
        call("jws.verify", build_token({"alg": "dir"}), {"kty": "RSA"}, None),
    ),
    Difference(
        "missing-alg",
        ALGORITHMS,
        "raises KeyError for a token without `alg` if the signature is not verified",
        "raises JWTError `No algorithm was specified in the JWS header.`",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _has_no_alg,
        _decode(build_token({}, {}, "HS256", SECRET), options={"verify_signature": False}),
    ),
)
