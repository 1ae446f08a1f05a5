"""Seeds of JWEs, cookies, headers of requests, discovery documents, and `BETTER_AUTH_SECRETS`."""

from __future__ import annotations

import json
import zlib
from typing import Any

from fastjose import jwe, jwk
from fuzz.runner.seed_values import KEYS, VALUES, public
from support.tokens.jose_builder import b64u

ODD_URLS = ("https://u:p@a/", "https://{t}/", " https://a")

SECRETS = (
    "1:a-secret-of-at-least-thirty-two-bytes",
    "2:new-secret-of-at-least-thirty-two-bytes,1:old-secret-of-at-least-thirty-two-bytes",
    " +3 : spaced , 2: b:c , 1:d#e f #g",
    "'1:quoted'",
    "1:a,1:b",
    "1:s3cret,13456789:of,13456789:somebody",
    "-1:a",
    "1:",
    ":a",
    "1",
    "",
    "1x:a",
    "9007199254740993:a,9007199254740992:b",
    "1:" + "-----BEGIN PUBLIC KEY-----",
    "1:/run/secrets/auth",
    "1:better-auth-secret-12345678901234567890",
    "\ufeff1:\u00a0a\u3000",
)


def create_jwes() -> list[bytes]:
    """Return tokens of every algorithm, and headers with plaintexts that the target encrypts."""
    secret = b"a key of the fuzz targets: 256 b"
    inputs = []
    for alg, key in (("dir", secret), ("A128KW", secret[:16]), ("A192KW", secret[:24]), ("A256KW", secret)):
        for enc in ("A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"):
            length = {"A128GCM": 16, "A192GCM": 24, "A256GCM": 32, "A128CBC-HS256": 32}.get(enc, 64)
            if alg != "dir" or length in {16, 24, 32}:
                inputs.append(b"R" + jwe.encrypt(b"plaintext", key[:length] if alg == "dir" else key, enc, alg))

    pem = jwk.construct(public(KEYS[1]), "RS256").to_pem()
    inputs += [b"R" + jwe.encrypt(b"plaintext", pem, "A128GCM", alg) for alg in ("RSA1_5", "RSA-OAEP", "RSA-OAEP-256")]
    inputs.append(b"R" + jwe.encrypt(b"plaintext " * 9, secret, "A256GCM", "dir", zip="DEF"))
    plain = zlib.compress(b"plaintext " * 50)
    for mode, enc in ((b"G", "A256GCM"), (b"C", "A128CBC-HS256")):
        inputs.append(mode + f'{{"alg":"dir","enc":"{enc}"}}'.encode() + b"\0plaintext")
        for name in ("alg", "enc", "zip", "crit", "kid"):
            inputs += [
                mode + f'{{"alg":"dir","enc":"{enc}","{name}":{value}}}'.encode() + b"\0" for value in VALUES[-8:]
            ]
    inputs += [
        b'Z{"alg":"dir","enc":"A256GCM","zip":"DEF"}\0' + data for data in (plain, plain[2:-4], plain[:9], plain + b"x")
    ]
    inputs += [b'Z{"alg":"dir","enc":"A256GCM","zip":"DEF"}\0' + zlib.compress(bytes(10**size)) for size in (4, 5, 6)]
    return [*inputs, b"Ra.b.c.d.e", b"R....", b"R"]


def create_cookies() -> list[bytes]:
    """Return payloads that the target signs, and headers."""
    token = "0123456789abcdefghijABCDEFGHIJ-_"
    session: dict[str, Any] = {"session": {"token": token, "userId": "1"}, "user": {"id": "1"}, "version": "1"}
    current = {**session, "iat": 1_600_000_000, "exp": 1_800_000_000}
    payloads: list[Any] = [
        session,
        current,
        {**current, "exp": 1},
        {**session, "version": 2},
        {**session, "user": []},
        [],
        {},
    ]
    payloads += [{**current, "version": None}, {**current, "session": {"token": "x"}}, {**current, "iat": "x"}]
    modes = (b"C", b"J", b"E", b"D", b"N", b"A")
    inputs = [
        mode + chunk + json.dumps(payload).encode()
        for mode in modes
        for chunk in (b"\0", b"\x01", b"\x03")
        for payload in payloads
    ]
    inputs += [
        mode + bytes([64 * secret]) + json.dumps(payload).encode()
        for mode in modes
        for secret in (1, 2, 3)
        for payload in payloads[:2]
    ]
    inputs += [b"V\0" + value.encode() for value in create_unsigned_values()]
    chunks = ("", ".0", ".0 .1", ".1 .0 .2", ".0 .1 .1", ".0 .2", " ".join(f".{index}" for index in range(12)))
    inputs += [b"K\0" + suffixes.encode() + b"\0" + json.dumps(session).encode() for suffixes in chunks]
    inputs += [b"T" + text for text in (token.encode(), b"a%2eb", b"%61", b"", b"a.b", b"x" * 129)]
    names = (
        "better-auth.session_token",
        "__Secure-better-auth.session_token",
        "better-auth.session_data",
        "authjs.session-token",
    )
    headers = [f"{name}{suffix}=a.b; x=1" for name in names for suffix in ("", ".0", ".1", ".01", ".100")]
    headers += [f"{name}.0=a; {name}.1=b; {name}.0=c" for name in names] + ["a=1; ; b", ""]
    return [*inputs, *(b"R" + header.encode() for header in headers)]


def create_unsigned_values() -> list[str]:
    """Return values of `session_data` with the form of each strategy, and with none."""
    jws = [{"alg": alg, **rest} for alg in ("RS256", "EdDSA", "HS256", "none") for rest in ({}, {"kid": "a"})]
    encrypted = [
        {"alg": "dir", "enc": enc, **rest}
        for enc in ("A256CBC-HS512", "A256GCM")
        for rest in ({}, {"kid": "a"}, {"zip": "DEF"})
    ]
    rest_of_jwe = ".".join(b64u(bytes(length)) for length in (16, 16, 32))
    values = [f"{b64u(json.dumps(header).encode())}.e30.AAAA" for header in jws]
    values += [f"{b64u(json.dumps(header).encode())}..{rest_of_jwe}" for header in encrypted]
    return [*values, "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "a.b.c.d.e.f", b64u(b'{"session":{}}')]


def create_documents() -> list[bytes]:
    """Return discovery documents with each endpoint and each kind of URL."""
    issuers = ("https://issuer.example", "https://issuer.example/tenant/", "http://127.0.0.1:9000")
    inputs = []
    for index, issuer in enumerate(issuers):
        urls = (
            "https://a.example/x",
            "http://a.example/",
            "http://127.0.0.1/x",
            "http://[::1]/",
            "ftp://a",
            "https://u:p@a/",
            "x",
            "https://{t}/",
            " https://a",
        )
        documents: list[Any] = [{"issuer": issuer, "jwks_uri": url} for url in urls]
        documents += [{"issuer": issuer, "jwks_uri": value} for value in (None, 5, "https://a/" + "x" * 2_100)]
        documents += [
            {"issuer": issuer, f"{name}_endpoint": url}
            for name in ("token", "end_session", "userinfo")
            for url in urls[:4]
        ]
        documents += [
            {"issuer": issuer, "scopes_supported": ["openid", "a b", 5, "", '"']},
            {"issuer": issuer + "/"},
            {"issuer": issuer + " "},
        ]
        documents += [
            {"issuer": issuer.rstrip("/")},
            {"issuer": issuer.upper()},
            {"issuer": "https://login/{tenantid}"},
            {},
            [],
        ]
        documents += [{"issuer": issuer.replace("https", "http")}, {"issuer": 5}]
        inputs += [
            bytes([index + 64 * flag]) + json.dumps(document).encode() for document in documents for flag in (0, 1)
        ]
    return [*inputs, b"\0<html>", b"\0", b'\0{"issuer":1,"issuer":2}']


def create_request_headers() -> list[bytes]:
    """Return values of the headers that carry credentials, and of those that name the site."""
    authorizations = (
        "Bearer a",
        "bearer  a ",
        "BEARER a",
        "Bearer",
        "Bearer ",
        "Basic a",
        "Bearera",
        "Bearer\ta",
        "Bearer a\0Bearer b",
    )
    cookies = ("a=1; b=2", 'a="1"', "a=%41%4", "=x", "a", "a=1;a=2", "a = 1 ", "a=1\0b=2", 'a="', "a=\t;b==")
    origins = (
        "https://app.example.com\0x\0", "https://api.example.com\0api.example.com", "http://[::1]:8000\0[::1]:8000",
        "null\0x", "\0x\0same-origin", "\0x\0cross-site", "\0x\0none\0none", "https://a:443\0a", "https://a:0443\0a",
        "HTTPS://APP.example.com\0x",
        "https://a:80\0a:443", "https://a/\0a", "ftp://a\0a", "https://\0", "https://a b\0a b", "https://a:99999\0a:99999",
    )  # fmt: skip
    groups = ((b"A", authorizations), (b"C", cookies), (b"O", origins))
    return [mode + text.encode() for mode, texts in groups for text in texts]
