"""Key arguments that are not a key: the error says what was passed, and what to pass."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed448, x448, x25519
from pydantic import AnyUrl

from fastjose import JWKError, JWTError, Key, RemoteKeySet, Verifier, jwk
from support.tokens.jose_builder import certificate, ec_key, ed_key, pkcs1, private_pem, public_key_of, rsa_key, spki
from support.tokens.jose_builder import jwk as make_jwk

PUBLIC_PEM = spki(public_key_of(rsa_key())).decode()
PRIVATE_PEM = private_pem(rsa_key()).decode()
CERTIFICATE_PEM = certificate(ec_key()).decode()
PKCS1_PUBLIC = pkcs1(rsa_key().public_key()).decode()


def body_of(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


def relabel(pem: str, label: str) -> str:
    return re.sub(r"(BEGIN|END) [A-Z ]+", rf"\1 {label}", pem)


NOT_KEYS: dict[str, tuple[Any, str]] = {
    "path": ("/etc/keys/public.pem", "the path of a file; pass the content"),
    "relative path": ("keys\\public.PEM", "the path of a file"),
    "file URL": ("file:///run/secrets/jwt", "the path of a file"),
    "path in bytes": (b"public.crt", "the path of a file"),
    "URL": ("https://auth.example.com/api/auth/jwks", "RemoteKeySet(url)"),
    "URL in upper case": (" HTTP://AUTH.EXAMPLE.COM ", "RemoteKeySet(url)"),
    "JWK as text": ('{"kty":"RSA","n":"AQAB","e":"AQAB"}', "pass a dict"),
    "JWK Set as bytes": (b'{"keys": []}', "pass a dict"),
    "discovery document as text": ('{"issuer":"x","jwks_uri":"y"}', "pass a dict"),
    "body": (body_of(PUBLIC_PEM), "without the lines of PEM"),
    "body in lines": ("\n".join(PUBLIC_PEM.splitlines()[1:-1]), "without the lines of PEM"),
    "body of a certificate": (body_of(CERTIFICATE_PEM), "without the lines of PEM"),
    "body with literal line feeds": (body_of(PUBLIC_PEM)[:64] + "\\n" + body_of(PUBLIC_PEM)[64:], "without the lines"),
    "hex": (base64.b64decode(body_of(PUBLIC_PEM)).hex(), "DER in hex"),
    "literal line feeds": (PUBLIC_PEM.replace("\n", "\\n"), "a backslash and n in place of each line break"),
    "literal line feeds, CRLF": (PUBLIC_PEM.replace("\n", "\\r\\n"), "a backslash and n"),
    "first line only": ("-----BEGIN PUBLIC KEY-----", "its last line"),
    "no dashes": (PUBLIC_PEM.replace("-----", ""), "lacks its dashes"),
    "OpenSSH": ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2", "ssh-keygen"),
    "token": ("eyJhbGciOiJSUzI1NiJ9.e30.AA", "is a token"),
    "PKCS #1 under the label of SPKI": (relabel(PKCS1_PUBLIC, "PUBLIC KEY"), "of its format is RSA PUBLIC KEY"),
    "certificate under the label of a key": (relabel(CERTIFICATE_PEM, "PUBLIC KEY"), "of its format is CERTIFICATE"),
    "key under the label of a certificate": (relabel(PUBLIC_PEM, "CERTIFICATE"), "of its format is PUBLIC KEY"),
    "private key under the label of a public one": (relabel(PRIVATE_PEM, "PUBLIC KEY"), "its format is PRIVATE KEY"),
    "public key under the label of a private one": (relabel(PUBLIC_PEM, "PRIVATE KEY"), "its format is PUBLIC KEY"),
    "private key": (PRIVATE_PEM, "openssl pkey -pubout"),
    "private key in DER": (base64.b64decode("".join(PRIVATE_PEM.splitlines()[1:-1])), "openssl pkey -pubout"),
    "empty": ("", "must not be empty"),
    "white space": (" \n", "must not be empty"),
    "any text": (
        "correct horse battery staple, and more words than thirty-two bytes",
        "PEM text cannot be parsed: it must begin with",
    ),
    "any bytes": (bytes(range(64)), "PEM text cannot be parsed: it must begin with"),
}


@pytest.mark.parametrize(("material", "expected"), NOT_KEYS.values(), ids=NOT_KEYS)
@pytest.mark.parametrize("create", [Verifier, Key], ids=["Verifier", "Key"])
def test_argument_that_is_not_a_public_key_is_named_without_a_word_about_secrets(
    create: Any, material: Any, expected: str
) -> None:
    options = {"algorithms": ["RS256", "ES256"]} if create is Verifier else {"algorithm": "RS256"}
    with pytest.raises(JWKError) as raised:
        create(material, **options)
    message = str(raised.value)
    assert expected in message
    assert "secret" not in message.lower()
    assert "HS256" not in message
    text = material if isinstance(material, str) else material.decode("latin-1")
    assert len(text) < 24 or text[:24] not in message


@pytest.mark.parametrize(
    "name", ["URL", "path", "JWK as text", "JWK Set as bytes", "token", "discovery document as text"]
)
@pytest.mark.parametrize("options", [{}, {"algorithms": ["HS256"]}, {"algorithms": ["HS512", "RS256"]}])
def test_reference_to_a_key_is_not_taken_as_a_secret(name: str, options: dict[str, Any]) -> None:
    material, expected = NOT_KEYS[name]
    with pytest.raises(JWKError, match=re.escape(expected)):
        Verifier(material, **options)


@pytest.mark.parametrize("name", ["body", "body of a certificate", "hex", "no dashes", "OpenSSH"])
def test_encoded_public_key_in_place_of_a_secret_is_named_after_python_joses_text(name: str) -> None:
    material, expected = NOT_KEYS[name]
    with pytest.raises(JWKError, match=re.escape(expected)) as raised:
        Verifier(material, algorithms=["HS256"])
    assert str(raised.value).startswith("The specified key is an asymmetric key or x509 certificate and should not be")


@pytest.mark.parametrize("name", [name for name in NOT_KEYS if "private" not in name.partition(" under")[0]])
def test_python_jose_face_names_a_text_that_is_not_a_key(name: str) -> None:
    material, expected = NOT_KEYS[name]
    for algorithm in ("RS256", "ES256", "EdDSA"):
        with pytest.raises(JWKError) as raised:
            jwk.construct(material, algorithm)
        assert expected in str(raised.value)
        assert "secret" not in str(raised.value).lower()


def test_types_of_key_that_do_not_verify_are_named() -> None:
    keys: dict[str, Any] = {
        "It is an X25519 key": x25519.X25519PrivateKey.generate(),
        "It is an X448 key": x448.X448PrivateKey.generate(),
        "It is an Ed448 key": ed448.Ed448PrivateKey.generate(),
        "It is a DSA key": dsa.generate_private_key(2048),
    }
    for expected, key in keys.items():
        with pytest.raises(JWKError, match=rf"^The key must be RSA, EC or Ed25519\. {expected}"):
            Key(spki(key.public_key()), algorithm="RS256")


def test_rsa_pss_key_is_named() -> None:
    # The identifier rsaEncryption in the DER of an RSA key, replaced by id-RSASSA-PSS (RFC 4055 §3.1).
    der = spki(public_key_of(rsa_key()), pem=False)
    encryption, pss = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("01", "0a"))
    assert encryption in der
    for material in (der.replace(encryption, pss), pss_pem(der.replace(encryption, pss))):
        with pytest.raises(JWKError, match="RSA-PSS"):
            Verifier(material, algorithms=["PS256"])


def pss_pem(der: bytes) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(der).decode()}-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"issuer": "https://a.example", "jwks_uri": "https://a.example/jwks"}, 'RemoteKeySet(document["jwks_uri"])'),
        ({"jwks_uri": "https://a.example/jwks"}, 'RemoteKeySet(document["jwks_uri"])'),
        ({"kty": "RSA", "x5c": ["MIIB"]}, "the certificates in x5c are not read, pass the first one as PEM"),
        ({"x5c": ["MIIB"]}, "the certificates in x5c are not read"),
        ({"kty": "RSA", "n": "AQAB", "e": 65537}, "e must be a str in base64url, such as AQAB for 65537"),
        ({"kty": "RSA", "n": 3, "e": "AQAB"}, "n must be a str in base64url"),
        ({**make_jwk(public_key_of(ed_key())), "kid": 5}, "kid must be a str"),
        ({**make_jwk(public_key_of(ed_key())), "alg": 5}, "alg must be a str"),
        ({"kty": None}, "Mandatory parameters are missing: kty"),
        ({}, "Mandatory parameters are missing: kty"),
        ({"kty": "okp"}, "The JWK's kty must be OKP: names are case-sensitive."),
        ({"message": "Not Found"}, "Mandatory parameters are missing: kty"),
    ],
)
def test_dict_that_is_not_a_jwk_is_named(document: dict[str, Any], expected: str) -> None:
    with pytest.raises(JWKError, match=re.escape(expected)):
        Verifier(document, algorithms=["RS256", "EdDSA"])
    with pytest.raises(JWKError, match=re.escape(expected)):
        Key(document)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Path("public.pem"), r"not PosixPath; pass path.read_bytes\(\)"),
        (io.BytesIO(PUBLIC_PEM.encode()), "not BytesIO; pass the content of the file$"),
        (AnyUrl("https://a.example/jwks"), r"not AnyUrl; to fetch a JWK Set from a URL, pass RemoteKeySet\(url\)$"),
        (bytearray(PUBLIC_PEM.encode()), "not bytearray$"),
        (memoryview(PUBLIC_PEM.encode()), "not memoryview$"),
        (ed_key(), "not Ed25519PrivateKey; export the public key as PEM"),
        (public_key_of(rsa_key()), "not RSAPublicKey; export the public key as PEM"),
        (5, "not int$"),
        (None, "not NoneType$"),
    ],
)
def test_object_of_another_type_is_named(value: Any, expected: str) -> None:
    for create in (Verifier, Key):
        with pytest.raises(TypeError, match=expected):
            create(value)


def test_parameter_of_the_header_with_the_wrong_type_is_named() -> None:
    verifier = Verifier(PUBLIC_PEM, algorithms=["RS256"])
    for header, name in [
        (b'{"alg":"RS256","kid":5}', "kid"),
        (b'{"alg":"RS256","typ":null}', "typ"),
        (b'{"alg":5}', "alg"),
    ]:
        token = f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.e30.AA"
        with pytest.raises(JWTError, match=f"a parameter has the wrong type: {name} must be a string"):
            verifier.verify(token)


def test_remote_set_beside_a_text_that_is_not_a_key_is_named() -> None:
    with pytest.raises(JWKError, match="RemoteKeySet"):
        Verifier([RemoteKeySet("https://a.example/jwks"), "https://b.example/jwks"])
