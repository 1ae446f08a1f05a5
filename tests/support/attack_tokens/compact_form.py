"""Hostile forms: the header's parameters, JSON, base64url, serializations, sizes. All signed by the right key."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from support.attack_tokens.case import Case, accept, refuse
from support.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
    PrivateKey,
    b64u,
    ec_key,
    ed_key,
    jwk,
    key_for,
    oct_jwk,
    public,
    rsa_key,
    sealed,
    signed,
    signing_input,
    spki,
    token,
    with_signature,
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
    """Return what a verifier of `algorithm` is given."""
    key = key_for(algorithm)
    return key if isinstance(key, bytes) else spki(public(key))


def control() -> Iterator[Case]:
    """Proper tokens: a corpus in which nothing is accepted shows nothing."""
    for name in ALGORITHMS:
        yield accept(f"control-{name}", token(name), keys=verification_key(name), algorithms=[name])
    yield accept("control-typ", token(typ="JWT"))
    yield accept("control-unknown-parameters", token(foo={"bar": [1, None]}, zip="DEF", cty="JWT"))
    yield accept("control-b64-true", token(b64=True))
    yield accept(
        "control-edges-of-white-space", signed(b' {"alg":"HS256"}\n', b'\t{"exp":1700000001}\r\n '), {"exp": NOW + 1}
    )
    payload = {"exp": NOW + 1, "x": {"n": [0, -1, 2**70, 1.5, True, None, "\u20ac\U0001f600", {}]}}
    yield accept("control-every-type", token(payload=payload), payload)


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
    """No name but an allowed one, compared whole and with case (RFC 8725 §3.1)."""
    for name in NAMES_OF_NONE:
        yield refuse(f"alg-{name!r}-unsigned", with_signature(b"", name), "algorithm_not_allowed")
        yield refuse(f"alg-{name!r}-signed", signed({"alg": name}), "algorithm_not_allowed")
        yield refuse(f"alg-{name!r}-empty-key", signed({"alg": name}, key=b""), "algorithm_not_allowed")
    for name in UNKNOWN_ALGORITHMS:
        yield refuse(f"alg-{name!r}", signed({"alg": name}), "algorithm_not_allowed")
        yield refuse(f"alg-{name!r}-unsigned", with_signature(b"", name), "algorithm_not_allowed")


def algorithm_values() -> Iterator[Case]:
    """`alg` must be there, and a text."""
    for value in ["", None, 256, 1.5, True, ["HS256"], {"HS256": 1}]:
        yield refuse(f"alg-value-{json.dumps(value)}", signed({"alg": value}), "malformed")
    yield refuse("alg-missing", signed({"typ": "JWT"}), "malformed")
    yield refuse("alg-misspelled", signed({"Alg": "HS256"}), "malformed")
    yield refuse("alg-supported-not-allowed", token("HS384"), "algorithm_not_allowed")
    yield refuse("alg-allowed-by-no-key", token("RS256"), "algorithm_not_allowed", algorithms=["HS256", "RS256"])


def keys_in_the_header() -> Iterator[Case]:
    """A key that the token brings along is the sender's (RFC 8725 §3.10)."""
    strangers: dict[str, PrivateKey] = {
        "RS256": rsa_key(other=True),
        "ES256": ec_key(other=True),
        "EdDSA": ed_key(other=True),
    }
    for name, stranger in strangers.items():
        own, brought = verification_key(name), jwk(public(stranger))
        parameters: dict[str, Any] = {
            "jwk": brought,
            "jku": "https://attacker.example/jwks",
            "x5u": "https://attacker.example/certificate",
            "x5c": [base64.b64encode(spki(public(stranger), pem=False)).decode()],
            "keys": [brought],
        }
        for parameter, value in parameters.items():
            header = {"alg": name, parameter: value}
            forged = signed(header, CLAIMS, name, stranger)
            yield refuse(f"header-{parameter}-{name}", forged, "bad_signature", own, algorithms=[name])
            proper = signed(header, CLAIMS, name)
            yield accept(f"header-{parameter}-{name}-ignored", proper, keys=own, algorithms=[name])
    secret = b"s" * 32
    yield refuse("header-jwk-oct", token(key=secret, jwk=oct_jwk(secret)), "bad_signature")
    yield refuse("header-jwk-empty-oct", token(key=b"", jwk=oct_jwk(b"")), "bad_signature")


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
    """A `kid` finds a key by its whole name or not at all, and the key's own binding holds."""
    named = {"keys": [oct_jwk(SECRET, kid="k", alg="HS256")]}
    for number, name in enumerate(HOSTILE_KIDS):
        yield refuse(f"kid-hostile-{number}", token(kid=name), "unknown_key", named)
    for kid in [None, 1, 1.5, True, ["k"], {"k": 1}]:
        yield refuse(f"kid-type-{json.dumps(kid)}", token(kid=kid), "malformed", named)
    yield accept("kid-right", token(kid="k"), keys=named)
    yield accept("kid-none-in-token", token(), keys=named)
    yield accept("kid-none-on-key", token(kid="anything"), keys=oct_jwk(SECRET, alg="HS256"))
    yield refuse("kid-named-key-alone", token(kid="k", key=b"o" * 64), "bad_signature", _two_secrets())
    yield refuse("kid-of-another-key", token(kid="o"), "bad_signature", _two_secrets())
    yield accept("kid-none-tries-all", token(key=b"o" * 64), keys=_two_secrets())


def _two_secrets() -> dict[str, Any]:
    return {"keys": [oct_jwk(SECRET, kid="k", alg="HS256"), oct_jwk(b"o" * 64, kid="o", alg="HS256")]}


def shared_key_ids() -> Iterator[Case]:
    """Keys of different kty may share a name; each verifies its own algorithm and no other."""
    kinds: list[tuple[str, Any]] = [("RS256", rsa_key()), ("ES256", ec_key()), ("EdDSA", ed_key())]
    keys = {
        "keys": [*(jwk(public(key), kid="k", alg=name) for name, key in kinds), oct_jwk(SECRET, kid="k", alg="HS256")]
    }
    for name in ["RS256", "ES256", "EdDSA", "HS256"]:
        yield accept(f"kid-shared-{name}", token(name, kid="k"), keys=keys)
    yield refuse("kid-shared-PS256", token("PS256", kid="k"), "algorithm_not_allowed", keys)
    forged = token(kid="k", key=spki(public(rsa_key())))
    yield refuse("kid-shared-confused", forged, "bad_signature", keys)
    elsewhere = {"keys": [jwk(public(rsa_key()), kid="r", alg="RS256"), oct_jwk(SECRET, kid="s", alg="HS256")]}
    yield refuse("kid-of-another-kty", token(kid="r"), "unknown_key", elsewhere)


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
    """No extension is understood, so none may be asked for, in whatever form (RFC 7515 §4.1.11, RFC 7797 §7)."""
    for value in CRITICAL:
        header = {"x": 1, "exp": NOW + 10, "crit": value}
        yield refuse(f"crit-{json.dumps(value)}", token(**header), "unsupported_header")
    for value in [False, None, 0, 1, "true", "false", []]:
        yield refuse(f"b64-parameter-{json.dumps(value)}", token(b64=value), "unsupported_header")
    yield refuse("b64-and-crit", token(b64=False, crit=["b64"]), "unsupported_header")
    yield refuse("b64-true-and-crit", token(b64=True, crit=["b64"]), "unsupported_header")
    unencoded = b64u(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    yield refuse("b64-false-raw-payload", sealed(f"{unencoded}.$ 02"), "unsupported_header")


# Values that are put, as they stand, where a member's value is: in a header and in a payload.
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
    """What readers of JSON disagree on is not read."""
    for name, value in BAD_VALUES.items():
        yield refuse(f"json-payload-{name}", signed(HEADER, b'{"exp":1700003600,"x":%b}' % value), "malformed")
        yield refuse(f"json-header-{name}", signed(b'{"alg":"HS256","x":%b}' % value), "malformed")


def _encodings(text: str) -> dict[str, bytes]:
    encodings = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
    return {name: text.encode(name) for name in encodings}


def bad_documents() -> Iterator[Case]:
    """A header and a payload are one JSON object in UTF-8 each (RFC 8725 §3.7)."""
    header, payload = '{"alg":"HS256"}', json.dumps(CLAIMS)
    for name, data in _encodings(payload).items():
        yield refuse(f"json-payload-{name}", signed(HEADER, data), "malformed")
    for name, data in _encodings(header).items():
        yield refuse(f"json-header-{name}", signed(data), "malformed")
    for name, around in AROUND.items():
        yield refuse(f"json-payload-{name}", signed(HEADER, around % payload.encode()), "malformed")
        yield refuse(f"json-header-{name}", signed(around % header.encode()), "malformed")
    for number, text in enumerate([b"[]", b"null", b"true", b"1", b'"{}"', b"", b" ", b"{", b"}", b"\x00", b"foo"]):
        yield refuse(f"json-payload-no-object-{number}", signed(HEADER, text), "malformed")
        yield refuse(f"json-header-no-object-{number}", signed(text), "malformed")


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
    """A name that stands twice can be read in two ways (RFC 7515 §4, RFC 7519 §4)."""
    for header in [
        b'{"alg":"HS256","alg":"HS256"}',
        b'{"alg":"none","alg":"HS256"}',
        b'{"alg":"HS256","\\u0061lg":"none"}',
        b'{"alg":"HS256","kid":"a","kid":"b"}',
    ]:
        yield refuse(f"json-double-{header.decode()}", signed(header), "malformed")
    for payload in [
        b'{"exp":1,"exp":1700003600}',
        b'{"exp":1700003600,"exp":1}',
        b'{"exp":1700003600,"sub":"a","s\\u0075b":"b"}',
    ]:
        yield refuse(f"json-double-{payload.decode()}", signed(HEADER, payload), "malformed")


def unusual_json() -> Iterator[Case]:
    """What is unusual and clear is accepted."""
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
        ("text-of-a-token", json.dumps(token()).encode(), token()),
    ]:
        claims = {"exp": NOW + 3600, "x": value}
        yield accept(f"json-unusual-{name}", signed(HEADER, b'{"exp":1700003600,"x":%b}' % text), claims)


# Payloads whose base64url ends in each of the three ways, and one that has "-" and "_" in it.
TWO_BYTES_OVER, ONE_BYTE_OVER, NONE_OVER = (b'{"exp":1700003600}' + b" " * spaces for spaces in (2, 1, 0))
WITH_62_AND_63 = b'{"exp":1700003600,"x":"?>?>\xc3\xbf\xc3\xbf~~~???"}'


def bad_base64() -> Iterator[Case]:
    """Base64url without padding, white space or a second spelling (RFC 7515 §2, draft rfc8725bis §3.14)."""
    header = b64u(b'{"alg":"HS256"}')
    for name, spoil in SPOILERS.items():
        yield refuse(f"base64-payload-{name}", sealed(f"{header}.{spoil(b64u(ONE_BYTE_OVER))}"), "malformed")
        spoiled = spoil(b64u(b'{"alg":"HS256"} '))
        yield refuse(f"base64-header-{name}", sealed(f"{spoiled}.{b64u(NONE_OVER)}"), "malformed")
        body, _, mac = token().rpartition(".")
        yield refuse(f"base64-signature-{name}", f"{body}.{spoil(mac)}", "malformed")
    foreign = base64.b64encode(WITH_62_AND_63).rstrip(b"=").decode()
    yield refuse("base64-payload-other-alphabet", sealed(f"{header}.{foreign}"), "malformed")
    yield accept("base64-payload-own-alphabet", signed(HEADER, WITH_62_AND_63), json.loads(WITH_62_AND_63))
    for name, over in {"two": TWO_BYTES_OVER, "one": ONE_BYTE_OVER, "none": NONE_OVER}.items():
        yield accept(f"base64-payload-{name}-over", signed(HEADER, over), {"exp": NOW + 3600})
    yield refuse("base64-payload-last-bits-of-two", sealed(f"{header}.{_last_bit(b64u(TWO_BYTES_OVER))}"), "malformed")


def _last_bit(text: str) -> str:
    """Set the lowest of the bits that the last character does not need."""
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
    "last-bits": _last_bit,
    "plus": lambda text: text[:5] + "+" + text[6:],
    "slash": lambda text: text[:5] + "/" + text[6:],
    "percent": lambda text: text[:5] + "%41" + text[6:],
    "letter-beyond-ascii": lambda text: text[:5] + "\u00e9" + text[6:],
    "full-width-letter": lambda text: text[:5] + "\uff21" + text[6:],
}


def segments() -> Iterator[Case]:
    """Three segments and nothing around them."""
    good = token()
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
        "empty-header": sealed(f".{payload}"),
        "scheme": f"Bearer {good}",
        "quoted": f'"{good}"',
        "space-in-front": f" {good}",
        "line-feed-behind": f"{good}\n",
        "byte-order-mark": f"\ufeff{good}",
        "percent-encoded-dots": good.replace(".", "%2E"),
        "ideographic-dots": good.replace(".", "\u3002"),
        "token-twice": f"{good},{good}",
    }.items():
        yield refuse(f"segments-{name}", text, "malformed")
    yield refuse("segments-not-utf8", b"\xff\xfe" + good.encode(), "malformed")
    yield refuse("segments-utf16", good.encode("utf-16-le"), "malformed")


def empty_segments() -> Iterator[Case]:
    """A segment that is empty is data like any other."""
    header, payload, mac = token().split(".")
    yield refuse("segments-empty-signature", f"{header}.{payload}.", "bad_signature")
    yield refuse("segments-empty-payload", f"{header}..{mac}", "bad_signature")
    yield refuse("segments-empty-payload-signed", sealed(f"{header}."), "malformed")
    yield refuse("segments-signature-for-payload", f"{header}.{mac}.{mac}", "bad_signature")
    yield refuse("segments-exchanged", f"{payload}.{header}.{mac}", "malformed")


def other_serializations() -> Iterator[Case]:
    """The compact serialization of a JWS and no other (RFC 7519 §7.2, draft rfc8725bis §3.14)."""
    header, payload, mac = token().split(".")
    flattened = {"payload": payload, "protected": header, "signature": mac}
    general = {"payload": payload, "signatures": [{"protected": header, "signature": mac}]}
    unprotected = {"payload": payload, "header": HEADER, "signature": mac}
    for name, form in {"flattened": flattened, "general": general, "unprotected": unprotected}.items():
        yield refuse(f"serialization-{name}", json.dumps(form), "malformed")
    mixed = json.dumps({f"  {header}.{b64u(b'{}')}.": "", **flattened})
    yield refuse("serialization-mixed", mixed, "malformed")
    for name in ["dir", "RSA-OAEP", "PBES2-HS256+A128KW"]:
        jwe = b64u(json.dumps({"alg": name, "enc": "A256GCM", "p2c": 2**31, "zip": "DEF"}).encode())
        yield refuse(f"serialization-jwe-{name}", f"{jwe}..AAAA.AAAA.AAAA", "malformed")
        yield refuse(f"serialization-jwe-header-{name}", f"{jwe}.{payload}.{mac}", "algorithm_not_allowed")
    nested = signed({**HEADER, "cty": "JWT"}, token().encode())
    yield refuse("serialization-nested", nested, "malformed")


def sizes() -> Iterator[Case]:
    """A token that is too long is refused before it is read."""
    long = signed(HEADER, {**CLAIMS, "x": "x" * 48_000})
    yield accept("size-below-the-limit", long, {**CLAIMS, "x": "x" * 48_000})
    yield accept("size-at-the-limit", token(), max_token_bytes=len(token()))
    yield refuse("size-one-beyond-the-limit", token(), "too_large", max_token_bytes=len(token()) - 1)
    yield refuse("size-nothing-allowed", token(), "too_large", max_token_bytes=0)
    yield refuse("size-dots-beyond-the-limit", "." * 65_537, "too_large")
    yield refuse("size-dots-1-mb", "." * 1_000_000, "too_large")
    yield refuse("size-token-1-mb", signed(HEADER, {**CLAIMS, "x": "x" * 750_000}), "too_large")
    yield refuse("size-signature-48-kb", f"{signing_input(HEADER, CLAIMS)}.{'A' * 48_000}", "bad_signature")


GROUPS = [
    control,
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
