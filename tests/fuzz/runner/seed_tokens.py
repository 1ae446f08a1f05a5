"""Seeds of tokens, headers and claims."""

from __future__ import annotations

import json
from typing import Any

from fastjose import jws
from fuzz.runner.seed_values import CLAIMS, KEYS, VALUES
from support.tokens.attack_tokens.cases import CASES


def create_tokens() -> list[bytes]:
    """Return a token of every algorithm, and the attack tokens of the tests."""
    algorithms = (["HS256"], ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"], ["ES256"], ["ES384"], ["ES512"])
    names_of_keys = zip(KEYS, (*algorithms, ["ES256K"], ["EdDSA"]), strict=True)
    pairs = [(key, name) for key, names in names_of_keys for name in names]
    tokens = [
        jws.sign(CLAIMS, key, headers=headers, algorithm=name).encode()
        for key, name in pairs
        for headers in ({"kid": key["kid"]}, {"typ": "at+jwt"})
    ]
    attacks = {case.token for case in CASES if len(case.token) < 2_000}
    return [*tokens, *sorted(attacks)[::3]]


def signed_parts(mode: bytes) -> list[bytes]:
    """Return headers and payloads that a target signs."""
    header = b'{"alg":"HS256","typ":"JWT"}'
    payload = json.dumps(CLAIMS).encode()
    parts = [
        (header, payload),
        (b'{"alg":"HS256","kid":"hs","jku":"https://x"}', payload),
        (b'{"alg":"none"}', payload),
    ]
    parts += [(header, claims[1:]) for claims in create_claims()[:60]]
    return [mode + one + b"\0" + other for one, other in parts]


def create_signed_parts() -> list[bytes]:
    """Return headers and payloads for each key of the verifier, and with what is revoked."""
    headers = [
        '{"alg":"HS256"}',
        '{"alg":"HS256","kid":"hs"}',
        '{"alg":"HS256","zip":"DEF"}',
        '{"alg":"EdDSA"}',
        *(f'{{"alg":"EdDSA","kid":"{kid}"}}' for kid in ("ed", "x", "rsa")),
    ]
    more: list[dict[str, Any]] = [{}, {"sid": "s", "jti": "j"}, {"sid": 1}, {"sid": 1.5}]
    more += [{"sid": "revoked"}, {"jti": "revoked"}]
    more += [{"sid": "s", "jti": "revoked"}, {"sid": "revoked", "jti": "j"}]
    claims = [{"exp": 1_800_000_000, **one} for one in more]
    payloads = [json.dumps(one).encode() for one in (*claims, {"exp": 1})]
    return [
        mode + header.encode() + b"\0" + payload for mode in (b"H", b"E") for header in headers for payload in payloads
    ]


def create_headers() -> list[bytes]:
    """Return headers with each parameter and each type of its value."""
    names = ("alg", "kid", "typ", "crit", "b64", "zip", "tenant", "cty", "jwk", "x5c")
    texts = ['{"alg":"HS256"}', '{"alg":"HS256","typ":"JWT","kid":"hs"}', '{"alg":"HS256","typ":"application/at+JWT"}']
    texts += [f'{{"alg":"HS256","{name}":{value}}}' for name in names for value in VALUES]
    texts += [
        '{"alg":"HS256","tenant":"blue"}',
        '{"alg":"HS256","tenant":["red",7],"typ":"at+jwt"}',
        "[]",
        "{}",
        " ",
        "{",
    ]
    texts += [
        '{"alg":"HS256","b64":true}',
        '{"\\u0061lg":"HS256"}',
        '{"alg":"HS256","x":"\\ud83d\\ude00 \\n"}',
        '{"alg":',
    ]
    texts += [f'{{"alg":"{name}"}}' for name in ("RS256", "ES256K", "EdDSA", "Ed25519", "hs256", "none", "")]
    texts += [
        '{"alg":"HS256","x":[[[[[[[]]]]]]]}',
        '{"alg":"HS256","x":' + "7" * 700 + "}",
        '{"alg":"HS256"' + ',"":1' * 22 + "}",
    ]
    return [bytes([index % 4]) + text.encode() for index, text in enumerate(texts)]


def create_claims() -> list[bytes]:
    """Return claims with each name and each type of its value, for each policy."""
    names = (
        "exp",
        "nbf",
        "iat",
        "iss",
        "sub",
        "aud",
        "jti",
        "azp",
        "client_id",
        "use",
        "tenant",
        "email",
        "cnf",
        "events",
    )
    texts = [f'{{"exp":1800000000,"{name}":{value}}}' for name in names for value in VALUES]
    texts += ['{"exp":1800000000,"aud":["api","web"]}', '{"aud":"api"}', '{"azp":"web","cid":"api"}', '{"azp":"x"}']
    texts += [
        '{"use":"access"}',
        '{"use":[7,true]}',
        json.dumps({**CLAIMS, "tenant": "t"}),
        "[]",
        "1",
        "{}",
        '{"a":1,"a":2}',
    ]
    texts += [
        '{"nbf":1700000001}',
        '{"exp":1700000000}',
        '{"iat":1700000031}',
        '{ "a" : [ 1 , { "b" : "\\u00e9" } ] }\n',
    ]
    texts += [
        '{"iss":"a","sub":"b","aud":"c","exp":1800000000,"iat":1,"name":"d"}',
        '{"x":' + "[" * 60 + "]" * 60 + "}",
    ]
    texts += ["{" + ",".join(f'"{index}":{index}' for index in range(70)) + "}"]
    texts += ['{"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}']
    boundaries = [
        '{"nbf":1700000001}',
        '{"exp":1700000000}',
        '{"iat":1700000031}',
        '{"aud":["api","x"]}',
        '{"aud":["web"]}',
    ]
    boundaries += [json.dumps({**CLAIMS, "tenant": "t", "sub": sub, "aud": "api"}) for sub in ("user", "other")]
    seeds = [(index % 8, text) for index, text in enumerate(texts)] + [
        ((index + 3) % 8, text) for index, text in enumerate(texts)
    ]
    seeds += [(policy, text) for policy in range(8) for text in boundaries]
    return [bytes([policy]) + text.encode() for policy, text in seeds]
