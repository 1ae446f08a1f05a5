"""Limits of an unverified header: its length, and the number of its values."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fastjose import JOSEError, Verifier, verify_token
from support.tokens.jose_builder import SECRET, b64u, build_token

PAYLOAD = {"exp": 4_000_000_000}
ALG = b'"alg":"HS256"'


def outcome(header: bytes, **options: Any) -> Any:
    """Return the claims, or the code and the message of the error."""
    try:
        return verify_token(build_token(header, PAYLOAD), SECRET, algorithms="HS256", **options)
    except JOSEError as error:
        return error.code, str(error)


def header_of_length(encoded_length: int) -> bytes:
    start = b'{"alg":"HS256","x":"'
    header = start + b"a" * (encoded_length * 3 // 4 - len(start) - 2) + b'"}'
    assert len(b64u(header)) == encoded_length
    return header


@pytest.mark.parametrize(("options", "limit"), [({}, 8_192), ({"max_header_bytes": 100}, 100)])
def test_header_is_limited_in_bytes(options: dict[str, int], limit: int) -> None:
    message = f"The token's header is longer than {limit} bytes"
    assert outcome(header_of_length(limit), **options) == PAYLOAD
    assert outcome(header_of_length(limit + 2), **options) == ("too_large", message)
    assert outcome(header_of_length(limit + 2), max_header_bytes=limit + 2) == PAYLOAD


@pytest.mark.parametrize("size", [-1, 2**63])
def test_max_header_bytes_out_of_range_raises_value_error(size: int) -> None:
    with pytest.raises(ValueError, match="max_header_bytes"):
        Verifier(SECRET, algorithms="HS256", max_header_bytes=size)


def certificates(count: int, size: int = 1_100) -> list[str]:
    """Return as many texts as long as certificates of 2,048 bits, with every character of base64."""
    return [base64.b64encode(bytes(i * 37 % 256 for i in range(size))).decode()] * count


def json_escaping_slashes(header: dict[str, Any]) -> bytes:
    """Return JSON as PHP writes it."""
    return json.dumps(header).replace("/", "\\/").encode()


JWK = {"kty": "RSA", "n": "x" * 342, "e": "AQAB", "kid": "k", "use": "sig", "alg": "RS256", "x5t": "x" * 27}
COMMON_HEADERS = {
    "typical": {"alg": "HS256", "typ": "at+jwt", "kid": "2026-01"},
    "certificates": {"alg": "HS256", "x5c": certificates(3), "x5t": "x" * 27, "x5t#S256": "x" * 43, "kid": "k"},
    "jwk and certificates": {"alg": "HS256", "jwk": JWK, "x5c": certificates(1), "jku": "https://a.example/jwks"},
    "trust chain": {"alg": "HS256", "trust_chain": ["x" * 1_000] * 5, "typ": "entity-statement+jwt"},
    "distinguished name": {"alg": "HS256", "kid": "CN=Signing, OU=Identity, O=Example, L=Berlin, C=DE"},
    "numeric kid": {"alg": "HS256", "kid": "1234567890" * 15},
    "own parameters": {"alg": "HS256", **{f"parameter{i}": [i] for i in range(5)}, "signer": {"id": 1.5}},
    "nested": {"alg": "HS256", "a": [[[[[[1]]]]]]},
}


@pytest.mark.parametrize("name", COMMON_HEADERS)
@pytest.mark.parametrize("encode", [lambda header: json.dumps(header).encode(), json_escaping_slashes])
def test_common_header_is_accepted(encode: Any, name: str) -> None:
    assert outcome(encode(COMMON_HEADERS[name])) == PAYLOAD


COSTLY_HEADERS = {
    "nested arrays": b'{%b,"x":%b1%b}' % (ALG, b"[" * 100, b"]" * 100),
    "arrays": b'{%b,"x":[%b]}' % (ALG, b",".join([b"[[[1]]]"] * 600)),
    "objects": b'{%b,"x":[%b]}' % (ALG, b",".join([b'{"":1}'] * 600)),
    "numbers": b'{%b,"x":[%b]}' % (ALG, b",".join([b"1e1"] * 600)),
    "integer": b'{%b,"x":%b}' % (ALG, b"1" * 4_000),
    "integers": b'{%b,"x":[%b]}' % (ALG, b",".join([b"1" * 300] * 20)),
    "members": b"{%b,%b}" % (ALG, b",".join(b'"%x":1' % number for number in range(600))),
    "members with escaped names": b"{%b,%b}" % (ALG, b",".join(b'"\\u%04x":1' % number for number in range(400))),
    "escapes": b'{%b,"x":"%b"}' % (ALG, b"\\n" * 3_000),
    "escapes in kid": b'{%b,"kid":"%b"}' % (ALG, b"\\u00e9" * 900),
    "escapes in alg": b'{"alg":"%b"}' % (b"\\u0048" * 900),
}


@pytest.mark.parametrize("name", COSTLY_HEADERS)
def test_costly_header_is_rejected_before_it_is_parsed(name: str) -> None:
    header = COSTLY_HEADERS[name]
    message = "Invalid header string: has too many values"
    assert outcome(header) == ("malformed", message)
    assert outcome(header[:-1]) == ("malformed", message)  # not JSON: nothing was parsed
    assert outcome(header, max_header_bytes=100_000, max_token_bytes=100_000) == ("malformed", message)
