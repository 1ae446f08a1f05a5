"""Tokens whose rejection is the most expensive that is known, each with a valid token of the same length.

A client makes up a header, so it is compared with plain claims. The issuer signs the payload, so it is compared with an
accepted payload of the same form.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from benches.support.fixtures import HOUR_SECONDS, NOW, SECRET
from fastjose import jws, sign_token

if TYPE_CHECKING:
    from collections.abc import Mapping

LONG = 6_000
"""Length of a long header in bytes, before it is encoded. `max_header_bytes` has room for 6,144."""


def _header(*members: str) -> str:
    return "{" + ",".join(('"alg":"HS256"', *members)) + "}"


_NESTED = "[[[[1]]]],"
_HEADERS: Mapping[str, str] = {
    "nested arrays": _header('"x":[' + _NESTED * (LONG // len(_NESTED) - 3) + "1]"),
    "many members": _header(*(f'"{number:03x}":1' for number in range(LONG // 8 - 10))),
    "long number": _header('"x":' + "1" * 4_000),
    "many escapes": _header('"kid":"' + r"\n" * (LONG // 2 - 20) + '"'),
    "long kid": _header('"kid":"' + "k" * (LONG - 40) + '"'),
    "all values that are permitted": _header(
        *(f'"{number:x}":{{"":1e1}}' for number in range(7)), *(f'"{number:x}x":1e1' for number in range(12))
    ),
    "all members that are permitted": _header(*(f'"{number:x}":1' for number in range(20))),
    "all escapes that are permitted": _header('"kid":"' + r"\n" * 200 + '"'),
    "repeated member": _header(*(f'"{number:x}":1' for number in range(19)), '"0":1'),
    "long alg": '{"alg":"' + "a" * LONG + '"}',
}
_MANY_CLAIMS = ",".join(f'"{number:04x}":{number}' for number in range(500))
_PAYLOADS: Mapping[str, tuple[str, str]] = {
    "signed: many claims, expired": (f'{{{_MANY_CLAIMS},"exp":1000000000}}', f'{{{_MANY_CLAIMS},"exp":4000000000}}'),
    "signed: nested claims, expired": (
        '{"x":[' + _NESTED * 600 + '1],"exp":1000000000}',
        '{"x":[' + _NESTED * 600 + '1],"exp":4000000000}',
    ),
    "signed: repeated claim": (
        f'{{"exp":4000000000,{_MANY_CLAIMS},"0000":0}}',
        f'{{"exp":4000000000,{_MANY_CLAIMS},"zzzz":0}}',
    ),
    "signed: invalid JSON at the end": (
        f'{{"exp":4000000000,{_MANY_CLAIMS},"zzzz":}}',
        f'{{"exp":4000000000,{_MANY_CLAIMS},"zzz":0}}',
    ),
}
"""For each name a payload that is rejected under a good signature, and one of the same form that is accepted."""

COSTLY_TOKENS = ("longer than max_header_bytes", "long signature", *_HEADERS, *_PAYLOADS)
"""Names of the tokens."""


def create_costly_token(name: str) -> str:
    """Return a token that `Verifier` rejects."""
    if name == "longer than max_header_bytes":
        return _unsigned(_header('"x":[' + _NESTED * 4_000 + "1]"))
    if name == "long signature":
        return _unsigned(_header()) + "A" * 8_000
    if name in _PAYLOADS:
        return _signed(_PAYLOADS[name][0])
    return _unsigned(_HEADERS[name])


def create_accepted_token(name: str) -> str:
    """Return a token that `Verifier` accepts, at most five bytes shorter than the costly token `name`."""
    if name in _PAYLOADS:
        return _signed(_PAYLOADS[name][1])
    return _create_plain_token(len(create_costly_token(name)))


def _create_plain_token(length: int) -> str:
    """Return a valid token with one long claim that is at most five bytes shorter than `length`."""
    claims = {"exp": NOW + 24 * HOUR_SECONDS, "x": ""}
    empty = len(sign_token(claims, SECRET, algorithm="HS256"))
    token = sign_token({**claims, "x": "a" * max(0, (length - empty) * 3 // 4)}, SECRET, algorithm="HS256")
    assert length - 5 <= len(token) <= max(length, empty), (len(token), length)
    return token


def _unsigned(header: str) -> str:
    parts = (header, json.dumps({"exp": NOW}))
    encoded = (base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    return f"{'.'.join(encoded)}.{'A' * 43}"


def _signed(payload: str) -> str:
    return jws.sign(payload.encode(), SECRET, algorithm="HS256")
