"""Texts that are not a signed token: the error says what is wrong with this one."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from fastjose import JWTError, Verifier, jwe, jws, jwt
from fastjose._core import sign
from fastjose.exceptions import JOSEError, JWSError
from support.environment.fresh_import import SECRET
from support.tokens.bearer_tokens import KEY, KEY_SET, make_api_claims, make_api_token

VERIFIER = Verifier(KEY_SET, audience="https://app.example.com")
TOKEN = make_api_token()
HEADER, PAYLOAD, SIGNATURE = TOKEN.split(".")
JWES = {
    "dir": jwe.encrypt(b"{}", bytes(16), encryption="A128GCM", algorithm="dir").decode(),
    "A128KW": jwe.encrypt(b"{}", bytes(16), encryption="A128GCM", algorithm="A128KW").decode(),
    "any five segments": "eyJhbGciOiJSU0EtT0FFUCJ9.b.c.d.e",
    "empty segments": "eyJhbGciOiJkaXIifQ....",
}


def text_of(token: str) -> str:
    """Return the message with which the verifier rejects a token."""
    with pytest.raises(JWTError) as raised:
        VERIFIER.verify(token)
    assert raised.value.code == "malformed"
    return str(raised.value)


@pytest.mark.parametrize("token", JWES.values(), ids=JWES)
def test_encrypted_token_is_named_on_all_faces(token: str) -> None:
    assert text_of(token).startswith("Too many segments: five segments are an encrypted token (JWE)")
    calls: list[Any] = [
        lambda: jwt.decode(token, SECRET, algorithms=["HS256"]),
        lambda: jws.verify(token, SECRET, algorithms=["HS256"]),
        lambda: jws.get_unverified_claims(token),
    ]
    for call in calls:
        with pytest.raises(
            JOSEError, match=r"^Invalid payload padding: five segments are an encrypted token"
        ) as raised:
            call()
        assert raised.value.code == "malformed"


@pytest.mark.parametrize(
    "text", ["null", "undefined", "None", '"null"', "'undefined'", "NaN", "[object Object]", "NULL"]
)
def test_text_of_a_missing_value_is_named(text: str) -> None:
    expected = "Not enough segments: the client sent the text of a missing value in place of a token"
    assert text_of(text) == expected
    assert text_of(f"Bearer {text}") == expected
    with pytest.raises(JWTError, match=r"^Not enough segments$"):
        jwt.decode(text, SECRET, algorithms=["HS256"])


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (f'"{TOKEN}"', "Not enough segments: the token is in quotes"),
        (f"'{TOKEN}'", "Not enough segments: the token is in quotes"),
        (f'{TOKEN}"', "Invalid crypto padding: the token is in quotes"),
        (f"Bearer {TOKEN}", "Not enough segments: the token begins with Bearer, which belongs only to the header"),
        (f"bearer {TOKEN}", "Not enough segments: the token begins with Bearer, which belongs only to the header"),
        (f"{TOKEN}\n", "Invalid crypto padding: the token contains white space, such as a line feed at its end"),
        (f"{TOKEN}\r\n", "Invalid crypto padding: the token contains white space, such as a line feed at its end"),
        (f" {TOKEN}", "Not enough segments: the token contains white space, such as a line feed at its end"),
        (f"{HEADER}.\n{PAYLOAD}.{SIGNATURE}", "Invalid payload padding: the token contains white space, such as"),
        (f"{TOKEN}==", "Invalid crypto padding: the token has padding (=), which a token must not have"),
        (f"{HEADER}=.{PAYLOAD}.{SIGNATURE}", "Not enough segments: the token has padding (=), which a token must"),
        (
            f"{HEADER}.{PAYLOAD}+/.{SIGNATURE}",
            "Invalid payload padding: the token is in base64; it must be in base64url",
        ),
        (f"{TOKEN}%3D%3D", "Invalid crypto padding: the token is percent-encoded"),
        (f"{TOKEN}…", "Invalid crypto padding: the token contains a character that no token has"),
        (f"{TOKEN}\0", "Invalid crypto padding: the token contains a character that no token has"),
        (f"{{{TOKEN}", "Not enough segments: the token contains a character that no token has"),
        (TOKEN[:-1], "Invalid crypto padding"),
        (f"{HEADER}.{PAYLOAD}", "Not enough segments"),
        (TOKEN.replace(".", "%2E"), "Not enough segments: the token is percent-encoded"),
        (f"{HEADER}…", "Not enough segments: the token contains a character that no token has"),
        (f"{HEADER}.{PAYLOAD}.a.b", "Too many segments"),
    ],
)
def test_problem_of_the_text_is_named(token: str, expected: str) -> None:
    message = text_of(token)
    assert message.startswith(expected)
    assert (":" in message) == (":" in expected)
    for part in (HEADER, PAYLOAD, SIGNATURE):
        assert part[:8] not in message


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (f'"{TOKEN}"', "Not enough segments: the token is in quotes"),
        (f"{TOKEN}\n", "Invalid crypto padding: the token contains white space"),
        (f"{TOKEN}==", "Invalid crypto padding: the token has padding"),
        (
            f"{HEADER}.{PAYLOAD}!.{SIGNATURE}",
            "Invalid payload padding: the token contains a character that no token has",
        ),
    ],
)
def test_python_jose_face_names_the_problem_after_the_text_of_python_jose(token: str, expected: str) -> None:
    for call, error_class in ((jwt.decode, JWTError), (jws.verify, JWSError)):
        with pytest.raises(error_class) as raised:
            call(token, SECRET, algorithms=["EdDSA"])
        assert str(raised.value).startswith(expected)
        assert getattr(raised.value, "code", None) == "malformed"


def test_compressed_payload_is_named_after_its_signature_is_verified() -> None:
    for payload in (zlib.compress(b"{}"), b"\x03\x00", json.dumps(make_api_claims()).encode()[:-1]):
        token = sign(b'{"alg":"EdDSA","zip":"DEF"}', payload, KEY, "EdDSA")
        message = text_of(token)
        assert message.startswith("Invalid payload string: must be valid JSON: the header has zip")
        with pytest.raises(JWTError, match=r"^Signature verification failed\.$"):
            VERIFIER.verify(token[:-8] + "AAAAAAAA")
        assert "zip" not in text_of(sign(b'{"alg":"EdDSA"}', payload, KEY, "EdDSA"))


def test_zip_in_the_header_of_a_valid_token_is_ignored_as_in_python_jose() -> None:
    claims = json.dumps(make_api_claims()).encode()
    assert VERIFIER.verify(sign(b'{"alg":"EdDSA","zip":"DEF"}', claims, KEY, "EdDSA"))["sub"] == "user-1"
