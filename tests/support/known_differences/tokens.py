"""Where tokens are read, and their algorithms allowed, more strictly than python-jose does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from support.differential.keys import CONTENT, KEY_MANAGEMENT
from support.differential.library import call
from support.jose_builder import b64u, sealed, signed, token
from support.known_differences.difference import Difference, is_canonical, is_foreign

if TYPE_CHECKING:
    from support.known_differences.difference import Seen

FORM, ALGORITHMS = "The form of tokens", "Algorithms"
SECRET = b"secret"
NESTED = 200  # deeper than this no JSON is read
WORDED = 65_536  # of a text with more octets no more is said than that it is wrong


def _sealed(header: bytes, payload: bytes = b"{}") -> str:
    return sealed(f"{b64u(header)}.{b64u(payload)}", "HS256", SECRET)


def _decode(text: Any, **options: Any) -> Any:
    return call("jwt.decode", text, "secret", ["HS256"], **options)


# Each part of a token has its own text; what reads it without verifying says less.
PART_TEXTS = ("Not enough segments", "Invalid payload padding", "Invalid crypto padding")
UNVERIFIED_TEXTS = ("Error decoding token headers.", "Error decoding token claims.")


def _not_canonical(seen: Seen) -> bool:
    if not seen.is_reading or all(map(is_canonical, seen.segments)):
        return False
    first = next(place for place, segment in enumerate(seen.segments) if not is_canonical(segment))
    return seen.says(PART_TEXTS[first], *UNVERIFIED_TEXTS)


def _depth(text: bytes) -> int:
    """Return how deep it is nested: what stands in strings is of no account, for the tokens that are made here."""
    deepest = depth = 0
    for octet in re.sub(rb'"(\\.|[^"\\])*"', b"", text):
        depth += (octet in b"[{") - (octet in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _has_lone_surrogate(value: Any) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in _letters(value))


def _letters(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return ""


def _is_refused_json(value: Any, text: bytes) -> bool:
    return _has_lone_surrogate(value) or _depth(text) > NESTED


def _says_twice(text: bytes) -> bool:
    found: list[bool] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(len({name for name, _ in pairs}) < len(pairs))
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        return False
    return any(found)


NO_NUMBER = re.compile(rb"NaN|Infinity|[0-9][eE][+]?[0-9]{3}")


def is_refused_header(seen: Seen) -> bool:
    """Tell whether the header is one that python-jose reads and fastjose does not."""
    text = seen.header_text
    return bool(_is_refused_json(seen.header, text) or _says_twice(text) or NO_NUMBER.search(text))


def _header_json(seen: Seen) -> bool:
    return seen.is_reading and is_refused_header(seen) and seen.says("Invalid header string: …", *UNVERIFIED_TEXTS)


def _payload_json(seen: Seen) -> bool:
    texts = ("Invalid payload string: must be valid JSON", "Invalid claims string: must be valid JSON")
    return seen.is_reading and _is_refused_json(seen.claims, seen.payload_text) and seen.says(*texts)


def _is_long(seen: Seen) -> bool:
    theirs, ours = (answer.text.partition(": ") for answer in (seen.jose, seen.ours))
    text = seen.header_text if ours[0] == "Invalid header string" else seen.payload_text
    return theirs[0] == ours[0] and ours[2] == "must be valid JSON" and len(text) > WORDED


def _extension(seen: Seen) -> bool:
    asks = "crit" in seen.header or seen.header.get("b64", True) is not True
    return seen.is_verifying and asks and seen.says("Unsupported critical header parameter")


NOT_ALLOWED = "The specified alg value is not allowed"


def _alg_no_text(seen: Seen) -> bool:
    return seen.is_verifying and not isinstance(seen.header.get("alg", ""), str) and seen.says(NOT_ALLOWED)


def _of_encryption(seen: Seen) -> bool:
    is_named = seen.header.get("alg") in KEY_MANAGEMENT + CONTENT
    is_failing = seen.is_verifying and seen.jose.kind == "builtins.TypeError"
    return is_failing and is_named and seen.says("Signature verification failed.")


def _one_name(seen: Seen) -> bool:
    allowed = seen.argument(2, "algorithms")
    return isinstance(allowed, str) and allowed != seen.header.get("alg") and seen.says(NOT_ALLOWED)


def _no_alg(seen: Seen) -> bool:
    is_missing = seen.calls("jwt.decode") and "alg" not in seen.header
    return is_missing and is_foreign(seen.jose) and seen.says("No algorithm was specified in the JWS header.")


def _no_unicode(seen: Seen) -> bool:
    given = seen.argument(0, "token")
    return isinstance(given, str) and _has_lone_surrogate(given) and seen.says("Not enough segments")


def _bytearray(seen: Seen) -> bool:
    return isinstance(seen.argument(0, "token"), bytearray) and seen.jose.text == "Signature verification failed."


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "canonical-base64url",
        FORM,
        "skips characters that are not base64url, takes those of base64, padding, and bits that mean nothing",
        "refuses them, with the text of the part that cannot be read",
        "one token, one spelling: a second one passes by a list of revoked tokens (RFC 7515 §2, RFC 4648 §3.5)",
        ("refuses", "says"),
        _not_canonical,
        _decode(token("HS256", {}, SECRET) + "="),
    ),
    Difference(
        "header-json",
        FORM,
        "takes a header in which a name stands twice, NaN, infinities, unpaired surrogates, and any depth",
        "refuses it: `Invalid header string: …`",
        "readers disagree on what such a header says (RFC 7515 §4); too deep a one is a RecursionError in python-jose",
        ("refuses", "says"),
        _header_json,
        _decode(_sealed(b'{"alg":"none","alg":"HS256"}')),
    ),
    Difference(
        "payload-json",
        FORM,
        "takes claims with unpaired surrogates, and any depth until Python fails with a RecursionError",
        "refuses claims with unpaired surrogates or deeper than 200: `Invalid payload string: must be valid JSON`",
        "the first are no text that can be stored or compared; the second is no claims set but an attack",
        ("refuses", "says"),
        _payload_json,
        _decode(_sealed(b'{"alg":"HS256"}', b'{"a":"\\ud800"}')),
    ),
    Difference(
        "long-json",
        FORM,
        "says where a header or claims are no JSON, however long they are",
        "says of more than 64 KiB no more than `must be valid JSON`",
        "a token that is refused is not worth a second reading",
        ("says",),
        _is_long,
        _decode(_sealed(b"x" * 65_537)),
    ),
    Difference(
        "crit",
        FORM,
        "ignores `crit` and `b64`",
        "refuses a token with `crit`, or whose `b64` is not true, when it is verified",
        "who does not understand an extension must refuse the token (RFC 7515 §4.1.11, RFC 7797 §6)",
        ("refuses", "says"),
        _extension,
        _decode(token("HS256", {}, SECRET, crit=["exp"])),
    ),
    Difference(
        "text-that-is-no-unicode",
        FORM,
        "fails with a UnicodeEncodeError for a str with an unpaired surrogate",
        "raises JWTError or JWSError `Not enough segments`",
        "a hostile token is no program error",
        ("says",),
        _no_unicode,
        _decode("\ud800"),
    ),
    Difference(
        "tokens-in-a-bytearray",
        FORM,
        "reads a token in a bytearray, and finds its signature wrong",
        "verifies it",
        "what is read can be verified",
        ("accepts", "says"),
        _bytearray,
        _decode(bytearray(token("HS256", {}, SECRET).encode())),
    ),
    Difference(
        "alg-of-another-type",
        ALGORITHMS,
        "looks an `alg` that is no text up in `algorithms`, which may fail with a TypeError",
        "raises JWTError or JWSError `The specified alg value is not allowed`",
        "a hostile token is no program error",
        ("refuses", "says"),
        _alg_no_text,
        call("jwt.decode", signed({"alg": ["HS256"]}, {}, "HS256", SECRET), "secret", {"HS256"}),
    ),
    Difference(
        "one-algorithm-as-text",
        ALGORITHMS,
        'takes a str as `algorithms` for a text to search: `"HS256"` allows `HS2`, `"RS256 HS256"` both',
        "takes it for one name",
        "an allow-list names what it allows (RFC 8725 §3.1)",
        ("refuses", "says"),
        _one_name,
        call("jwt.decode", token("HS256", {}, SECRET), "secret", "HS256,HS384"),
    ),
    Difference(
        "algorithms-of-encryption",
        ALGORITHMS,
        "fails with a TypeError where `alg` is one of encryption, is allowed, and the key is no text",
        "raises JWTError or JWSError `Signature verification failed.`",
        "a hostile token is no program error",
        ("says",),
        _of_encryption,
        call("jws.verify", signed({"alg": "dir"}), {"kty": "RSA"}, None),
    ),
    Difference(
        "missing-alg",
        ALGORITHMS,
        "fails with a KeyError for a token without `alg` when its signature is not verified",
        "raises JWTError `No algorithm was specified in the JWS header.`",
        "a hostile token is no program error",
        ("says",),
        _no_alg,
        _decode(signed({}, {}, "HS256", SECRET), options={"verify_signature": False}),
    ),
)
