"""The limit of the length of tokens in python-jose's API: `constants.MAX_TOKEN_BYTES`, and `JWE_SIZE_LIMIT` for JWE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWEError, constants, jwe, jws, jwt
from support.tokens.jose_builder import SECRET, build_token

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 256_000
READERS: dict[str, Callable[[Any], Any]] = {
    "jwt.decode": lambda token: jwt.decode(token, SECRET, algorithms=["HS256"]),
    "jwt.decode without verification": lambda token: jwt.decode(
        token, SECRET, algorithms=["HS256"], options={"verify_signature": False}
    ),
    "jwt.get_unverified_header": jwt.get_unverified_header,
    "jwt.get_unverified_claims": jwt.get_unverified_claims,
    "jws.verify": lambda token: jws.verify(token, SECRET, ["HS256"]),
    "jws.verify without verification": lambda token: jws.verify(token, SECRET, ["HS256"], verify=False),
    "jws.get_unverified_header": jws.get_unverified_header,
    "jws.get_unverified_claims": jws.get_unverified_claims,
}


def make_token(part: str, length: int) -> str:
    """Return a token of about this length whose header or payload is long."""
    short = len(build_token({"alg": "HS256", "x": ""}, {"x": ""}))
    filler = "a" * ((length - short) * 3 // 4)
    parts = {"header": filler, "payload": ""} if part == "header" else {"header": "", "payload": filler}
    return build_token({"alg": "HS256", "x": parts["header"]}, {"x": parts["payload"]})


def test_limit_is_that_of_jwe() -> None:
    assert constants.MAX_TOKEN_BYTES == constants.JWE_SIZE_LIMIT == LIMIT


@pytest.mark.parametrize("part", ["header", "payload"])
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("convert", [str, str.encode])
def test_token_beyond_the_limit_is_rejected(convert: Callable[[str], Any], name: str, part: str) -> None:
    read = READERS[name]
    assert read(convert(make_token(part, LIMIT - 10)))
    with pytest.raises(JOSEError) as raised:
        read(convert(make_token(part, LIMIT + 10)))
    if not name.startswith("jwt.get_unverified"):  # python-jose's fixed messages
        assert (raised.value.code, str(raised.value)) == ("too_large", f"Token is longer than {LIMIT} bytes")


@pytest.mark.parametrize("name", READERS)
def test_application_can_change_the_limit(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    read, long, short = READERS[name], make_token("payload", 1_000_000), make_token("payload", 500)
    monkeypatch.setattr(constants, "MAX_TOKEN_BYTES", 2_000_000)
    assert read(long)
    monkeypatch.setattr(constants, "MAX_TOKEN_BYTES", 400)
    with pytest.raises(JOSEError):
        read(short)


@pytest.mark.parametrize("name", READERS)
def test_token_of_the_limit_is_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    token = make_token("payload", 500)
    monkeypatch.setattr(constants, "MAX_TOKEN_BYTES", len(token))
    assert READERS[name](token)
    monkeypatch.setattr(constants, "MAX_TOKEN_BYTES", len(token) - 1)
    with pytest.raises(JOSEError):
        READERS[name](token)


@pytest.mark.parametrize("size", [LIMIT + 1, 20_000_000])
def test_long_garbage_is_rejected_before_it_is_decoded(size: int) -> None:
    for name, read in READERS.items():
        for text in ("." * size, "A" * size, f"{'A' * size}..", "\u00e9" * (size // 2 + 1)):
            with pytest.raises(JOSEError) as raised:
                read(text)
            assert name.startswith("jwt.get_unverified") or raised.value.code == "too_large"


def test_unverified_header_of_a_jwe_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    token = jwe.encrypt(b"a" * 1_000, b"k" * 32)
    assert jwe.get_unverified_header(token)["alg"] == "dir"
    monkeypatch.setattr(constants, "JWE_SIZE_LIMIT", len(token) - 1)
    with pytest.raises(JWEError) as raised:
        jwe.get_unverified_header(token)
    assert raised.value.code == "jwe_too_large"
