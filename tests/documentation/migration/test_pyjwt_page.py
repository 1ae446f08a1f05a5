"""The page on PyJWT is correct: the command makes the second column of the first, and both accept the same tokens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

import fastjose
from fastjose.migrate import main
from fastjose.testing import TokenIssuer, serve_jwks
from support.blocks.markdown import ROOT, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastjose.testing import JwksServer

ISSUER = "https://auth.example.com"
SECRET = "at least 32 octets, from the environment"
PAGE = "docs/migration/pyjwt.md"
BLOCKS = [block.code for block in read_page(PAGE) if block.language == "python"]
SHARED_SECRET, ISSUER_KEYS = BLOCKS[:2], BLOCKS[2:4]
LIBRARIES = ["PyJWT", "fastjose"]
TIMES = {"exp", "iat", "nbf"}

# Times are relative to now.
REJECTED: dict[str, dict[str, Any]] = {
    "expired": {"exp": -60},
    "not yet valid": {"nbf": 3600},
    "issued in the future": {"iat": 3600},
    "no subject": {"sub": None},
    "audience": {"aud": "api"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[JwksServer]:
    with serve_jwks(TokenIssuer(ISSUER, audience="api", algorithm="RS256")) as running:
        yield running


@pytest.mark.parametrize("pair", [SHARED_SECRET, ISSUER_KEYS])
def test_command_makes_the_second_block_of_the_first(tmp_path: Path, pair: list[str]) -> None:
    (tmp_path / "code.py").write_text(pair[0], encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "code.py").read_text(encoding="utf-8") == pair[1]


def test_shared_secret_verifies_equally() -> None:
    before, after = (run(code) for code in SHARED_SECRET)
    for create in (before["create_access_token"], after["create_access_token"]):
        assert [names["user_of"](create("user-1")) for names in (before, after)] == ["user-1", "user-1"]
    for changes in REJECTED.values():
        token = fastjose.sign_token(at({"sub": "user-1", "exp": 60, **changes}), SECRET, algorithm="HS256")
        assert [names["user_of"](token) for names in (before, after)] == [None, None]
    assert [names["user_of"]("garbage") for names in (before, after)] == [None, None]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, True),
        ({"aud": ["other", "api"]}, True),
        ({"exp": -5}, True),
        ({"exp": -60}, False),
        ({"iat": 60}, False),
        ({"nbf": 60}, False),
        ({"aud": "other"}, False),
        ({"iss": "https://other.example.com"}, False),
    ],
)
def test_keys_of_an_issuer_verify_equally(server: JwksServer, claims: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    token = server.issuer.mint_token("user-1", **at(claims))
    functions = [run(code.replace(f"{ISSUER}/jwks", server.url))["verify"] for code in ISSUER_KEYS]
    assert [is_accepted(verify, token) for verify in functions] == [expected, expected]


def test_token_without_kid_is_the_one_exception(server: JwksServer) -> None:
    token = fastjose.sign_token(
        {"sub": "user-1", "iss": ISSUER, "aud": "api"},
        server.issuer._keys[0].private,
        algorithm="RS256",
    )
    functions = [run(code.replace(f"{ISSUER}/jwks", server.url))["verify"] for code in ISSUER_KEYS]
    assert [is_accepted(verify, token) for verify in functions] == [False, True]


@pytest.mark.parametrize(
    ("key", "token", "options", "errors"),
    [
        (SECRET, None, {}, [jwt.DecodeError, TypeError]),
        (SECRET, "a.b.c", {"audience": ""}, [jwt.DecodeError, ValueError]),
        ("", "a.b.c", {}, [jwt.DecodeError, fastjose.JWKError]),
        ("a short secret", "a.b.c", {}, [jwt.DecodeError, fastjose.JWKError]),
    ],
)
def test_arguments_differ_as_documented(
    key: str, token: Any, options: dict[str, Any], errors: list[type[Exception]]
) -> None:
    functions: list[Any] = [jwt.decode, fastjose.verify_token]
    for decode, error in zip(functions, errors, strict=True):
        with pytest.raises(error) as caught:
            decode(token, key, algorithms=["HS256"], **options)
        assert type(caught.value) is error


def test_subject_is_required_if_it_is_compared() -> None:
    token = fastjose.sign_token({}, SECRET, algorithm="HS256")
    assert jwt.decode(token, SECRET, algorithms=["HS256"], subject="user-1") == {}
    with pytest.raises(fastjose.JWTError, match="sub"):
        fastjose.verify_token(token, SECRET, algorithms=["HS256"], subject="user-1", required=())


def test_key_object_of_cryptography_is_accepted_by_pyjwt_alone() -> None:
    public = jwt.PyJWK(TokenIssuer(algorithm="RS256").jwk_set["keys"][0]).key
    with pytest.raises(TypeError, match="key"):
        fastjose.verify_token("a.b.c", public, algorithms=["RS256"])


def test_page_names_no_unknown_argument() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for name in ("required", "check_issued_at", "check_audience", "audience_exact", "allow_padding", "leeway_seconds"):
        assert f"{name}=" in text
        assert name in str(fastjose.Verifier.__text_signature__)


def at(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the claims with times relative to now."""
    return {name: int(time.time()) + value if name in TIMES else value for name, value in claims.items()}


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "pyjwt.md", "exec"), names)  # noqa: S102 - trusted code
    return names


def is_accepted(verify: Callable[[str], dict[str, Any]], token: str) -> bool:
    try:
        return bool(verify(token)["sub"] == "user-1")
    except (jwt.PyJWTError, fastjose.JOSEError):
        return False
