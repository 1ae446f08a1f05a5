"""Hostile formats: header parameters, JSON, base64url, serializations, sizes. All are signed with the correct key."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from support.tokens.attack_tokens.case import Case, accepted_case, rejected_case
from support.tokens.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
    PrivateKey,
    append_signature,
    b64u,
    build_token,
    create_token,
    create_token_with_signature,
    ec_key,
    ed_key,
    jwk,
    key_for,
    oct_jwk,
    public_key_of,
    rsa_key,
    signing_input,
    spki,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALGORITHMS = [
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
]

HEADER = {"alg": "HS256"}


def verification_key(algorithm: str) -> Any:
    """Return the key of a verifier for `algorithm`."""
    key = key_for(algorithm)
    return key if isinstance(key, bytes) else spki(public_key_of(key))


def control_cases() -> Iterator[Case]:
    """Yield valid tokens, because a corpus without accepted tokens proves nothing."""
    for name in ALGORITHMS:
        yield accepted_case(f"control-{name}", create_token(name), keys=verification_key(name), algorithms=[name])
    yield accepted_case("control-typ", create_token(typ="JWT"))
    yield accepted_case("control-unknown-parameters", create_token(foo={"bar": [1, None]}, zip="DEF", cty="JWT"))
    yield accepted_case("control-b64-true", create_token(b64=True))
    yield accepted_case(
        "control-edges-of-white-space",
        build_token(b' {"alg":"HS256"}\n', b'\t{"exp":1700000001}\r\n '),
        {"exp": NOW + 1},
    )
    payload = {"exp": NOW + 1, "x": {"n": [0, -1, 2**70, 1.5, True, None, "\u20ac\U0001f600", {}]}}
    yield accepted_case("control-every-type", create_token(payload=payload), payload)


NAMES_OF_NONE = ["none", "None", "NONE", "nOnE", "none ", " none"]
UNKNOWN_ALGORITHMS = [
    "hs256",
    "Hs256",
    "HS256 ",
    "HS 256",
    "HS256\x00",
    "HS256,RS256",
    "\uff28\uff33256",
    "HS",
    "HS1",
    "HS2560",
    "SHA256",
    "RS1",
    "ES256k",
    "ES384K",
    "Ed448",
    "eddsa",
    "ED25519",
    "RSA-OAEP",
    "dir",
    "A128GCM",
    "PBES2-HS256+A128KW",
    "*",
]


def algorithm_names() -> Iterator[Case]:
    """Yield algorithm names that only resemble an allowed name (RFC 8725 §3.1)."""
    for name in NAMES_OF_NONE:
        yield rejected_case(f"alg-{name!r}-unsigned", create_token_with_signature(b"", name), "algorithm_not_allowed")
        yield rejected_case(f"alg-{name!r}-signed", build_token({"alg": name}), "algorithm_not_allowed")
        yield rejected_case(f"alg-{name!r}-empty-key", build_token({"alg": name}, key=b""), "algorithm_not_allowed")
    for name in UNKNOWN_ALGORITHMS:
        yield rejected_case(f"alg-{name!r}", build_token({"alg": name}), "algorithm_not_allowed")
        yield rejected_case(f"alg-{name!r}-unsigned", create_token_with_signature(b"", name), "algorithm_not_allowed")


def algorithm_values() -> Iterator[Case]:
    """Yield headers whose `alg` is missing or not a string."""
    for value in ["", None, 256, 1.5, True, ["HS256"], {"HS256": 1}]:
        yield rejected_case(f"alg-value-{json.dumps(value)}", build_token({"alg": value}), "malformed")
    yield rejected_case("alg-missing", build_token({"typ": "JWT"}), "malformed")
    yield rejected_case("alg-misspelled", build_token({"Alg": "HS256"}), "malformed")
    yield rejected_case("alg-supported-not-allowed", create_token("HS384"), "algorithm_not_allowed")
    yield rejected_case(
        "alg-allowed-by-no-key", create_token("RS256"), "algorithm_not_allowed", algorithms=["HS256", "RS256"]
    )


def keys_in_the_header() -> Iterator[Case]:
    """Yield tokens that contain the attacker's key (RFC 8725 §3.10)."""
    strangers: dict[str, PrivateKey] = {
        "RS256": rsa_key(other=True),
        "ES256": ec_key(other=True),
        "EdDSA": ed_key(other=True),
    }
    for name, stranger in strangers.items():
        own, brought = verification_key(name), jwk(public_key_of(stranger))
        parameters: dict[str, Any] = {
            "jwk": brought,
            "jku": "https://attacker.example/jwks",
            "x5u": "https://attacker.example/certificate",
            "x5c": [base64.b64encode(spki(public_key_of(stranger), pem=False)).decode()],
            "keys": [brought],
        }
        for parameter, value in parameters.items():
            header = {"alg": name, parameter: value}
            forged = build_token(header, CLAIMS, name, stranger)
            yield rejected_case(f"header-{parameter}-{name}", forged, "bad_signature", own, algorithms=[name])
            proper = build_token(header, CLAIMS, name)
            yield accepted_case(f"header-{parameter}-{name}-ignored", proper, keys=own, algorithms=[name])
    secret = b"s" * 32
    yield rejected_case("header-jwk-oct", create_token(key=secret, jwk=oct_jwk(secret)), "bad_signature")
    yield rejected_case("header-jwk-empty-oct", create_token(key=b"", jwk=oct_jwk(b"")), "bad_signature")


HOSTILE_KIDS = [
    "",
    "K",
    "k ",
    "k\x00",
    "../../../../dev/null",
    "/dev/null",
    "' UNION SELECT 'secret",
    "*)(uid=*",
    "$(id)",
    "https://attacker.example/k",
    "k\r\nforged log line",
    "\u212a",
    "k" * 40_000,
]


def key_ids() -> Iterator[Case]:
    """Yield values of `kid`, which must equal a key's `kid`. The key's own algorithm stays enforced."""
    named = {"keys": [oct_jwk(SECRET, kid="k", alg="HS256")]}
    for number, name in enumerate(HOSTILE_KIDS):
        yield rejected_case(
            f"kid-hostile-{number}", create_token(kid=name), "too_large" if len(name) > 6_144 else "unknown_key", named
        )
    for kid in [None, 1, 1.5, True, ["k"], {"k": 1}]:
        yield rejected_case(f"kid-type-{json.dumps(kid)}", create_token(kid=kid), "malformed", named)
    yield accepted_case("kid-right", create_token(kid="k"), keys=named)
    yield accepted_case("kid-none-in-token", create_token(), keys=named)
    yield accepted_case("kid-none-on-key", create_token(kid="anything"), keys=oct_jwk(SECRET, alg="HS256"))
    yield rejected_case(
        "kid-named-key-alone", create_token(kid="k", key=b"o" * 64), "bad_signature", key_set_of_two_secrets()
    )
    yield rejected_case("kid-of-another-key", create_token(kid="o"), "bad_signature", key_set_of_two_secrets())
    yield accepted_case("kid-none-tries-all", create_token(key=b"o" * 64), keys=key_set_of_two_secrets())


def key_set_of_two_secrets() -> dict[str, Any]:
    return {"keys": [oct_jwk(SECRET, kid="k", alg="HS256"), oct_jwk(b"o" * 64, kid="o", alg="HS256")]}


def shared_key_ids() -> Iterator[Case]:
    """Yield tokens for keys of different `kty` with one `kid`. Each key verifies only its own algorithm."""
    kinds: list[tuple[str, Any]] = [("RS256", rsa_key()), ("ES256", ec_key()), ("EdDSA", ed_key())]
    keys = {
        "keys": [
            *(jwk(public_key_of(key), kid="k", alg=name) for name, key in kinds),
            oct_jwk(SECRET, kid="k", alg="HS256"),
        ]
    }
    for name in ["RS256", "ES256", "EdDSA", "HS256"]:
        yield accepted_case(f"kid-shared-{name}", create_token(name, kid="k"), keys=keys)
    yield rejected_case("kid-shared-PS256", create_token("PS256", kid="k"), "algorithm_not_allowed", keys)
    forged = create_token(kid="k", key=spki(public_key_of(rsa_key())))
    yield rejected_case("kid-shared-confused", forged, "bad_signature", keys)
    elsewhere = {"keys": [jwk(public_key_of(rsa_key()), kid="r", alg="RS256"), oct_jwk(SECRET, kid="s", alg="HS256")]}
    yield rejected_case("kid-of-another-kty", create_token(kid="r"), "unknown_key", elsewhere)


CRITICAL: list[Any] = [
    [],
    ["exp"],
    ["alg"],
    ["b64"],
    ["x-unknown"],
    ["x", "x"],
    [""],
    [1],
    [None],
    [["x"]],
    None,
    "x",
    "",
    0,
    True,
    {},
    {"x": 1},
]


def critical() -> Iterator[Case]:
    """Yield headers with `crit`, which are rejected in any form (RFC 7515 §4.1.11, RFC 7797 §7)."""
    for value in CRITICAL:
        header = {"x": 1, "exp": NOW + 10, "crit": value}
        yield rejected_case(f"crit-{json.dumps(value)}", create_token(**header), "unsupported_header")
    for value in [False, None, 0, 1, "true", "false", []]:
        yield rejected_case(f"b64-parameter-{json.dumps(value)}", create_token(b64=value), "unsupported_header")
    yield rejected_case("b64-and-crit", create_token(b64=False, crit=["b64"]), "unsupported_header")
    yield rejected_case("b64-true-and-crit", create_token(b64=True, crit=["b64"]), "unsupported_header")
    unencoded = b64u(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    yield rejected_case("b64-false-raw-payload", append_signature(f"{unencoded}.$ 02"), "unsupported_header")


# JSON text that is inserted unchanged as the value of a member, in a header and in a payload.
BAD_VALUES: dict[str, bytes] = {
    "nan": b"NaN",
    "infinity": b"Infinity",
    "minus-infinity": b"-Infinity",
    "beyond-double": b"1e400",
    "below-double": b"-1e400",
    "longer-than-4300-digits": b"1" + b"0" * 4300,
    "leading-zero": b"01",
    "plus": b"+1",
    "minus-alone": b"-",
    "no-fraction": b"1.",
    "no-integer": b".5",
    "hexadecimal": b"0x10",
    "no-exponent": b"1e",
    "true-in-capitals": b"True",
    "none": b"None",
    "undefined": b"undefined",
    "single-quotes": b"'a'",
    "trailing-comma": b"[1,]",
    "missing-value": b"",
    "comment": b"1/* one */",
    "double-name": b'{"a":1,"a":2}',
    "double-name-deep": b'[[{"a":{"b":1,"b":1}}]]',
    "double-name-escaped": b'{"a":1,"\\u0061":2}',
    "double-name-among-many": b"{" + b",".join(b'"%d":1' % (i % 40) for i in range(41)) + b"}",
    "double-empty-name": b'{"":1,"":2}',
    "lone-high-surrogate": b'"\\ud800"',
    "lone-low-surrogate": b'"\\udc00"',
    "swapped-surrogates": b'"\\udc00\\ud800"',
    "lone-surrogate-in-name": b'{"\\ud800":1}',
    "cesu-surrogates": b'"\xed\xa0\xbd\xed\xb8\x80"',
    "overlong-utf8": b'"\xc0\xaf"',
    "beyond-unicode": b'"\xf4\x90\x80\x80"',
    "latin-1": b'"\xe9"',
    "broken-utf8": b'"\xe2\x82"',
    "line-feed-in-text": b'"a\nb"',
    "nul-in-text": b'"a\x00b"',
    "bad-escape": b'"\\x41"',
    "short-escape": b'"\\u12"',
    "open-text": b'"a',
    "deep-arrays": b"[" * 5000 + b"]" * 5000,
    "deep-objects": b'{"a":' * 4000 + b"1" + b"}" * 4000,
    "deep-and-open": b"[" * 20_000,
    "form-feed-as-space": b"\x0c1",
    "no-break-space": b"\xc2\xa01",
}


def bad_values() -> Iterator[Case]:
    """Yield values on which JSON parsers disagree, which must be rejected."""
    for name, value in BAD_VALUES.items():
        yield rejected_case(
            f"json-payload-{name}", build_token(HEADER, b'{"exp":1700003600,"x":%b}' % value), "malformed"
        )
        yield rejected_case(
            f"json-header-{name}",
            build_token(b'{"alg":"HS256","x":%b}' % value),
            "too_large" if len(value) > 6_144 else "malformed",
        )


def other_encodings(text: str) -> dict[str, bytes]:
    encodings = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
    return {name: text.encode(name) for name in encodings}


def bad_documents() -> Iterator[Case]:
    """Yield headers and payloads that are not a single JSON object in UTF-8 (RFC 8725 §3.7)."""
    header, payload = '{"alg":"HS256"}', json.dumps(CLAIMS)
    for name, data in other_encodings(payload).items():
        yield rejected_case(f"json-payload-{name}", build_token(HEADER, data), "malformed")
    for name, data in other_encodings(header).items():
        yield rejected_case(f"json-header-{name}", build_token(data), "malformed")
    for name, around in AROUND.items():
        yield rejected_case(f"json-payload-{name}", build_token(HEADER, around % payload.encode()), "malformed")
        yield rejected_case(f"json-header-{name}", build_token(around % header.encode()), "malformed")
    for number, text in enumerate([b"[]", b"null", b"true", b"1", b'"{}"', b"", b" ", b"{", b"}", b"\x00", b"foo"]):
        yield rejected_case(f"json-payload-no-object-{number}", build_token(HEADER, text), "malformed")
        yield rejected_case(f"json-header-no-object-{number}", build_token(text), "malformed")


AROUND = {
    "twice": b"%b{}",
    "trailing-text": b"%b x",
    "trailing-nul": b"%b\x00",
    "trailing-brace": b"%b}",
    "leading-comma": b",%b",
    "in-an-array": b"[%b]",
    "in-a-comment": b"/**/%b",
    "in-parentheses": b"(%b)",
    "prefix-against-hijacking": b")]}',\n%b",
}


def double_names() -> Iterator[Case]:
    """Yield objects with duplicate names, which are ambiguous (RFC 7515 §4, RFC 7519 §4)."""
    for header in [
        b'{"alg":"HS256","alg":"HS256"}',
        b'{"alg":"none","alg":"HS256"}',
        b'{"alg":"HS256","\\u0061lg":"none"}',
        b'{"alg":"HS256","kid":"a","kid":"b"}',
    ]:
        yield rejected_case(f"json-double-{header.decode()}", build_token(header), "malformed")
    for payload in [
        b'{"exp":1,"exp":1700003600}',
        b'{"exp":1700003600,"exp":1}',
        b'{"exp":1700003600,"sub":"a","s\\u0075b":"b"}',
    ]:
        yield rejected_case(f"json-double-{payload.decode()}", build_token(HEADER, payload), "malformed")


def unusual_json() -> Iterator[Case]:
    """Yield unusual but unambiguous JSON, which must be accepted."""
    for name, text, value in [
        ("prototype", b'{"__proto__":{"exp":1}}', {"__proto__": {"exp": 1}}),
        ("empty-name", b'{"":1}', {"": 1}),
        ("nul-escaped", b'"\\u0000"', "\x00"),
        ("surrogate-pair", b'"\\ud83d\\ude00"', "\U0001f600"),
        ("same-name-at-two-depths", b'{"a":{"a":1}}', {"a": {"a": 1}}),
        ("nested-150-deep", b"[" * 150 + b"]" * 150, json.loads("[" * 150 + "]" * 150)),
        ("4300-digits", b"1" + b"0" * 4299, 10**4299),
        ("minus-4300-digits", b"-1" + b"0" * 4299, -(10**4299)),
        ("64-bits-and-one", b"9223372036854775808", 2**63),
        ("tiny", b"1e-400", 0.0),
        ("text-of-a-token", json.dumps(create_token()).encode(), create_token()),
    ]:
        claims = {"exp": NOW + 3600, "x": value}
        yield accepted_case(f"json-unusual-{name}", build_token(HEADER, b'{"exp":1700003600,"x":%b}' % text), claims)


# Payloads with each of the three base64url endings, and one whose base64url contains "-" and "_".
TWO_BYTES_OVER, ONE_BYTE_OVER, NONE_OVER = (b'{"exp":1700003600}' + b" " * spaces for spaces in (2, 1, 0))
WITH_62_AND_63 = b'{"exp":1700003600,"x":"?>?>\xc3\xbf\xc3\xbf~~~???"}'


def bad_base64() -> Iterator[Case]:
    """Yield base64url with padding, white space or stray bits (RFC 7515 §2, draft rfc8725bis §3.14)."""
    header = b64u(b'{"alg":"HS256"}')
    for name, spoil in SPOILERS.items():
        yield rejected_case(
            f"base64-payload-{name}", append_signature(f"{header}.{spoil(b64u(ONE_BYTE_OVER))}"), "malformed"
        )
        spoiled = spoil(b64u(b'{"alg":"HS256"} '))
        yield rejected_case(f"base64-header-{name}", append_signature(f"{spoiled}.{b64u(NONE_OVER)}"), "malformed")
        body, _, mac = create_token().rpartition(".")
        yield rejected_case(f"base64-signature-{name}", f"{body}.{spoil(mac)}", "malformed")
    foreign = base64.b64encode(WITH_62_AND_63).rstrip(b"=").decode()
    yield rejected_case("base64-payload-other-alphabet", append_signature(f"{header}.{foreign}"), "malformed")
    yield accepted_case("base64-payload-own-alphabet", build_token(HEADER, WITH_62_AND_63), json.loads(WITH_62_AND_63))
    for name, over in {"two": TWO_BYTES_OVER, "one": ONE_BYTE_OVER, "none": NONE_OVER}.items():
        yield accepted_case(f"base64-payload-{name}-over", build_token(HEADER, over), {"exp": NOW + 3600})
    yield rejected_case(
        "base64-payload-last-bits-of-two",
        append_signature(f"{header}.{set_unused_bit(b64u(TWO_BYTES_OVER))}"),
        "malformed",
    )


def set_unused_bit(text: str) -> str:
    """Set the lowest unused bit of the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


SPOILERS: dict[str, Callable[[str], str]] = {
    "padding": lambda text: text + "=",
    "two-paddings": lambda text: text + "==",
    "padding-inside": lambda text: text[:4] + "=" + text[4:],
    "space-inside": lambda text: text[:4] + " " + text[4:],
    "space-behind": lambda text: text + " ",
    "line-feed-inside": lambda text: text[:4] + "\n" + text[4:],
    "line-feed-behind": lambda text: text + "\n",
    "carriage-return-behind": lambda text: text + "\r\n",
    "tab-in-front": lambda text: "\t" + text,
    "nul-behind": lambda text: text + "\x00",
    "last-bits": set_unused_bit,
    "plus": lambda text: text[:5] + "+" + text[6:],
    "slash": lambda text: text[:5] + "/" + text[6:],
    "percent": lambda text: text[:5] + "%41" + text[6:],
    "letter-beyond-ascii": lambda text: text[:5] + "\u00e9" + text[6:],
    "full-width-letter": lambda text: text[:5] + "\uff21" + text[6:],
}


def segments() -> Iterator[Case]:
    """Yield tokens with a wrong number of segments or with surrounding characters."""
    good = create_token()
    header, payload, mac = good.split(".")
    for name, text in {
        "empty": "",
        "one": header,
        "two": f"{header}.{payload}",
        "two-and-dot-in-front": f".{header}.{payload}",
        "four": f"{good}.{mac}",
        "dot-behind": f"{good}.",
        "dot-in-front": f".{good}",
        "five-as-jwe": f"{good}.{mac}.{mac}",
        "dots-two": "..",
        "dots-three": "...",
        "dots-full-size": "." * 65_536,
        "empty-header": append_signature(f".{payload}"),
        "scheme": f"Bearer {good}",
        "quoted": f'"{good}"',
        "space-in-front": f" {good}",
        "line-feed-behind": f"{good}\n",
        "byte-order-mark": f"\ufeff{good}",
        "percent-encoded-dots": good.replace(".", "%2E"),
        "ideographic-dots": good.replace(".", "\u3002"),
        "token-twice": f"{good},{good}",
    }.items():
        yield rejected_case(f"segments-{name}", text, "malformed")
    yield rejected_case("segments-not-utf8", b"\xff\xfe" + good.encode(), "malformed")
    yield rejected_case("segments-utf16", good.encode("utf-16-le"), "malformed")


def empty_segments() -> Iterator[Case]:
    """Yield tokens with empty segments."""
    header, payload, mac = create_token().split(".")
    yield rejected_case("segments-empty-signature", f"{header}.{payload}.", "bad_signature")
    yield rejected_case("segments-empty-payload", f"{header}..{mac}", "bad_signature")
    yield rejected_case("segments-empty-payload-signed", append_signature(f"{header}."), "malformed")
    yield rejected_case("segments-signature-for-payload", f"{header}.{mac}.{mac}", "bad_signature")
    yield rejected_case("segments-exchanged", f"{payload}.{header}.{mac}", "malformed")


def other_serializations() -> Iterator[Case]:
    """Yield tokens in other serializations than the compact JWS (RFC 7519 §7.2, draft rfc8725bis §3.14)."""
    header, payload, mac = create_token().split(".")
    flattened = {"payload": payload, "protected": header, "signature": mac}
    general = {"payload": payload, "signatures": [{"protected": header, "signature": mac}]}
    unprotected = {"payload": payload, "header": HEADER, "signature": mac}
    for name, form in {"flattened": flattened, "general": general, "unprotected": unprotected}.items():
        yield rejected_case(f"serialization-{name}", json.dumps(form), "malformed")
    mixed = json.dumps({f"  {header}.{b64u(b'{}')}.": "", **flattened})
    yield rejected_case("serialization-mixed", mixed, "malformed")
    for name in ["dir", "RSA-OAEP", "PBES2-HS256+A128KW"]:
        jwe = b64u(json.dumps({"alg": name, "enc": "A256GCM", "p2c": 2**31, "zip": "DEF"}).encode())
        yield rejected_case(f"serialization-jwe-{name}", f"{jwe}..AAAA.AAAA.AAAA", "malformed")
        yield rejected_case(f"serialization-jwe-header-{name}", f"{jwe}.{payload}.{mac}", "algorithm_not_allowed")
    nested = build_token({**HEADER, "cty": "JWT"}, create_token().encode())
    yield rejected_case("serialization-nested", nested, "malformed")


def sizes() -> Iterator[Case]:
    """Yield tokens around the size limit, which is checked before parsing."""
    long = build_token(HEADER, {**CLAIMS, "x": "x" * 48_000})
    yield accepted_case("size-below-the-limit", long, {**CLAIMS, "x": "x" * 48_000})
    yield accepted_case("size-at-the-limit", create_token(), max_token_bytes=len(create_token()))
    yield rejected_case(
        "size-one-beyond-the-limit", create_token(), "too_large", max_token_bytes=len(create_token()) - 1
    )
    yield rejected_case("size-nothing-allowed", create_token(), "too_large", max_token_bytes=0)
    yield rejected_case("size-dots-beyond-the-limit", "." * 65_537, "too_large")
    yield rejected_case("size-dots-1-mb", "." * 1_000_000, "too_large")
    yield rejected_case("size-token-1-mb", build_token(HEADER, {**CLAIMS, "x": "x" * 750_000}), "too_large")
    yield rejected_case("size-signature-48-kb", f"{signing_input(HEADER, CLAIMS)}.{'A' * 48_000}", "bad_signature")


GROUPS = [
    control_cases,
    algorithm_names,
    algorithm_values,
    keys_in_the_header,
    key_ids,
    shared_key_ids,
    critical,
    bad_values,
    bad_documents,
    double_names,
    unusual_json,
    bad_base64,
    segments,
    empty_segments,
    other_serializations,
    sizes,
]
