"""Asymmetric keys in any encoding are not accepted as HMAC secrets: their public half is not secret (RFC 8725 §2.1)."""

from __future__ import annotations

import base64
import json
import random
import string
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import JWKError, JWTError, Key, Verifier, jwk, jwt
from support.environment.fresh_import import load_auth
from support.tokens.jose_builder import (
    certificate,
    create_token,
    ec_key,
    ed_key,
    openssh,
    pkcs1,
    private_pem,
    public_key_of,
    rsa_key,
    spki,
)
from support.tokens.jose_builder import jwk as as_jwk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.tokens.jose_builder import PrivateKey

PRIVATE_KEYS: dict[str, PrivateKey] = {"RSA": rsa_key(), "P-256": ec_key(), "Ed25519": ed_key()}


def private_bytes(name: str, encoding: Encoding, form: PrivateFormat) -> bytes:
    return PRIVATE_KEYS[name].private_bytes(encoding, form, NoEncryption())


PEMS = {
    "RSA": spki(public_key_of(rsa_key())),
    "RSA PKCS #1": pkcs1(rsa_key().public_key()),
    "RSA certificate": certificate(rsa_key()),
    "RSA private": private_pem(rsa_key()),
    "RSA private PKCS #1": private_bytes("RSA", Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
    "P-256": spki(public_key_of(ec_key())),
    "P-256 certificate": certificate(ec_key()),
    "P-256 private": private_pem(ec_key()),
    "P-256 private SEC 1": private_bytes("P-256", Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
    "P-521": spki(public_key_of(ec_key("P-521"))),
    "Ed25519": spki(public_key_of(ed_key())),
    "Ed25519 private": private_pem(ed_key()),
}


def encode_body(pem: bytes) -> dict[str, str]:
    """Return the body of a PEM text in encodings that tools and people write into configuration."""
    lines = pem.decode().strip().splitlines()
    body, text = "".join(lines[1:-1]), pem.decode()
    der = base64.b64decode(body)
    pairs, twice = [f"{byte:02x}" for byte in der], base64.b64encode(body.encode()).decode()
    return {
        "body": body,
        "body in lines": base64.encodebytes(der).decode(),
        "body with literal line feeds": "\\n".join(lines[1:-1]) + "\\n",
        "body with literal CRLF": "\\r\\n".join(lines[1:-1]),
        "body with line feeds escaped twice": "\\\\n".join(lines[1:-1]),
        "body in single quotes": f"'{body}'",
        "body in double quotes": f'"{body}"',
        "body in quotes with literal line feeds": '"' + "\\n".join(lines[1:-1]) + '\\n"',
        "body with other separators": ";".join(lines[1:-1]),
        "body behind a name": f"PUBLIC_KEY={body}",
        "body behind words in another script": f"cl\u00e9 publique: {body}",
        "body in base64url": body.replace("+", "-").replace("/", "_").rstrip("="),
        "body in percent encoding": quote(body, safe=""),
        "body in a data URL": f"data:application/x-pem-file;base64,{body}",
        "hex": der.hex(),
        "hex in capitals": der.hex().upper(),
        "hex with colons": ":".join(pairs),
        "hex with spaces in lines": "\n".join(" ".join(pairs[at : at + 16]) for at in range(0, len(pairs), 16)),
        "hex with 0x": f"0x{der.hex()}",
        "hex with 0x and commas": ", ".join(f"0x{pair}" for pair in pairs),
        "hex without leading zeros": "{" + ",".join(map(hex, der)) + "}",
        "octal in a C string": "".join(f"\\{byte:03o}" for byte in der),
        "base32": base64.b32encode(der).decode(),
        "base32 in lower case and quotes": f"'{base64.b32encode(der).decode().lower()}'",
        "hex with a C string": "".join(f"\\x{pair}" for pair in pairs),
        "hex in quotes with colons": '"' + ":".join(pairs) + '"',
        "numbers": str(list(der)),
        "a buffer of Node": json.dumps({"type": "Buffer", "data": list(der)}),
        "armour without dashes": " ".join(line.strip("-") for line in lines),
        "armour without dashes in lines": "\n".join(line.strip("-") for line in lines),
        "armour with underscores": "_".join(line.replace("-", "").replace(" ", "_") for line in lines),
        "armour without separators": "".join(lines).replace("-", "").replace(" ", ""),
        "armour in lower case": "\n".join([lines[0].strip("-").lower(), *lines[1:-1]]),
        "armour with other dashes": text.replace("-----", "\u2014"),
        "armour with literal line feeds": text.replace("\n", "\\n"),
        "base64 twice": twice,
        "base64 three times": base64.b64encode(twice.encode()).decode(),
        "base64 of the text": base64.b64encode(pem).decode(),
        "base64 of the text twice": base64.b64encode(base64.b64encode(pem)).decode(),
        "base64 of the text with literal line feeds": base64.b64encode(text.replace("\n", "\\n").encode()).decode(),
        "base64 twice in quotes": f"'{twice}'",
        "base64 twice behind a name": f"base64:{twice}",
        "base64 twice in lines": base64.encodebytes(body.encode()).decode(),
        "base64 of hex": base64.b64encode(der.hex().encode()).decode(),
        "hex of base64": body.encode().hex(),
        "base64 of UTF-16": base64.b64encode(text.encode("utf-16")).decode(),
    }


DISGUISES = [
    pytest.param(text, id=f"{kind}: {form}") for kind, pem in PEMS.items() for form, text in encode_body(pem).items()
]


def check_is_not_a_secret(material: str | bytes) -> None:
    for create in (
        lambda: Key(material, algorithm="HS256"),
        lambda: Key(material, algorithm="HS256", allow_short_secret=True),
        lambda: Verifier(material, algorithms="HS256"),
    ):
        with pytest.raises(JWKError) as raised:
            create()
        assert raised.value.code == "invalid_key"
    with pytest.raises(JWKError, match=r"should not be used as an HMAC secret\."):
        jwk.construct(material, "HS256")


@pytest.mark.parametrize("text", DISGUISES)
def test_asymmetric_key_in_a_text_encoding_is_not_a_secret(text: str) -> None:
    for form in (text, text.encode(), f"\n {text} \n"):
        check_is_not_a_secret(form)
    with pytest.raises((JWKError, JWTError)):  # JSON text is parsed, and has no key
        jwt.decode(create_token(key=text.encode()), text, algorithms=["HS256"])


def ssh2(name: str) -> bytes:
    """Return a public key in the format of RFC 4716, as `ssh-keygen -e` writes it."""
    body = public_key_of(PRIVATE_KEYS[name]).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1]
    lines = [body[start : start + 70] for start in range(0, len(body), 70)]
    return b"\n".join([b"---- BEGIN SSH2 PUBLIC KEY ----", *lines, b"---- END SSH2 PUBLIC KEY ----"])


def openssh_private_body(name: str) -> bytes:
    """Return the body of an OpenSSH private key, decoded: it begins with `openssh-key-v1`."""
    pem = private_bytes(name, Encoding.PEM, PrivateFormat.OpenSSH)
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def dsa_blob() -> bytes:
    """Return the form of a DSA public key (RFC 4253 §6.6); the numbers are not those of a key."""
    parts = [b"ssh-dss", *(bytes([0x7F]) * size for size in (128, 20, 128, 128))]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def openssh_private_body_of_ed448() -> bytes:
    """Return the form of an OpenSSH private key of a type that is not supported; the numbers are not those of a key."""
    public = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed448", bytes([0x7F]) * 57))
    parts = b"".join(len(part).to_bytes(4, "big") + part for part in (b"none", b"none", b""))
    return b"openssh-key-v1\0" + parts + (1).to_bytes(4, "big") + len(public).to_bytes(4, "big") + public


OTHER_FORMATS: dict[str, Callable[[], bytes]] = {
    "ssh-dss": lambda: b"ssh-dss " + base64.b64encode(dsa_blob()) + b" user@host",
    "ssh-dss, blob": dsa_blob,
    "ssh-dss, blob in base64": lambda: base64.b64encode(dsa_blob()),
    "openssh-key-v1 in base64": lambda: base64.b64encode(openssh_private_body("Ed25519")),
    "ssh-dss, first line of base64": lambda: base64.b64encode(dsa_blob())[:61] + b"...",
    "SSH2, private": lambda: (
        b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n" + b"P2/56wAAAi4AAAA3aWYtbW9kbntzaWdue3JzYS" * 2
    ),
    "openssh-key-v1, ed448": openssh_private_body_of_ed448,
    **{f"SSH2, {name}": partial(ssh2, name) for name in PRIVATE_KEYS},
    **{f"openssh-key-v1, {name}": partial(openssh_private_body, name) for name in PRIVATE_KEYS},
    **{f"PKCS #8, {name}": partial(private_bytes, name, Encoding.DER, PrivateFormat.PKCS8) for name in PRIVATE_KEYS},
}


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_key_in_another_format_is_not_a_secret(name: str) -> None:
    material = OTHER_FORMATS[name]()
    check_is_not_a_secret(material)
    with pytest.raises(JWKError):
        Key(material, allow_short_secret=True)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(as_jwk(public_key_of(rsa_key()))).replace('"', '\\"'),
        json.dumps(json.dumps(as_jwk(public_key_of(ec_key())))),
        "{kty: RSA, n: abc, e: AQAB}".ljust(64),
        "kty: EC\ncrv: P-256\nx: abc\ny: abc\n".ljust(64),
        'kty = "OKP"\ncrv = "Ed25519"\nx = "abc"\n'.ljust(64),
        "{kty: 'EC', crv: 'P-256', x: 'abc', y: 'abc'}".ljust(64),
        "crv=Ed25519&kty=OKP&x=abc".ljust(64, "a"),
        "<kty>EC</kty><crv>P-256</crv>".ljust(64),
        openssh(public_key_of(rsa_key())).decode().split()[1] + " ada@example.com",
        openssh(public_key_of(ed_key())).decode().split()[1] + " ada@example.com",
        openssh(public_key_of(ec_key())).decode().split()[1][:64],
        "&lt;RSAKeyValue&gt;&lt;Modulus&gt;AQAB&lt;/Modulus&gt;",
        "PuTTY-User-Key-File-3: ssh-ed25519",
    ],
)
def test_other_text_forms_of_a_key_are_not_a_secret(text: str) -> None:
    for form in (text, base64.b64encode(text.encode()).decode()):
        with pytest.raises(JWKError):
            Key(form, algorithm="HS256", allow_short_secret=True)


@pytest.mark.parametrize("form", ["body with literal line feeds", "hex with colons", "base64 twice"])
def test_settings_reject_an_encoded_public_key_as_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    with pytest.raises(ValueError, match=r"BETTER_AUTH_SECRET: .*asymmetric key"):
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=encode_body(PEMS["RSA"])[form])


def random_secrets() -> list[str | bytes]:
    """Return secrets as generators, people and other encodings write them. The seed is fixed."""
    source = random.Random(2104)  # noqa: S311 - the secrets protect nothing
    secrets: list[str | bytes] = []
    for size in (32, 33, 48, 64, 128, 1024):
        for _ in range(40):
            octets = source.randbytes(size)
            secrets += [
                base64.b32encode(octets).decode(),
                str(list(map(hex, octets))),
                "".join(f"\\{byte:03o}" for byte in octets),
            ]
            encoded = base64.b64encode(octets).decode()
            secrets += [octets, encoded, base64.urlsafe_b64encode(octets).decode(), octets.hex(), f"0x{octets.hex()}"]
            secrets += [f"'{encoded}'", f"{encoded}\\n", base64.b64encode(encoded.encode()).decode(), str(list(octets))]
            secrets.append("".join(source.choices(string.printable, k=size)))
    return [
        *secrets,
        "begin with a public statement, keep the private key elsewhere",
        "a certificate begins here, but this is only a passphrase",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A only begins like a key",
        "ssshh-rsa is not a key; kty is not a name; 30:82:01:22:30:0d",
        "0" * 64,
        "M" * 64,
        "30" * 64,
        "%30" * 64,
        "\\" * 64,
        "ssh is not dss " * 3,
        "ssh2 public key, they said, and 32",
        bytes(range(48, 96)),
    ]


def test_secrets_are_not_mistaken_for_keys() -> None:
    for secret in random_secrets():
        assert "HS256" in Key(secret).algorithms
        assert Verifier(secret, algorithms="HS256").algorithms == ["HS256"]
