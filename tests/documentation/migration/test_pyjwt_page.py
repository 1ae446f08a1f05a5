"""The page on PyJWT is correct: the command makes the second column of the first, and both accept the same tokens."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import fastjose
import fastjose.jwt
from fastjose.migrate import main
from fastjose.testing import TokenIssuer, serve_jwks
from support.documentation.blocks.markdown import ROOT, read_page

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


def test_kid_of_a_jwk_is_compared_by_fastjose_alone() -> None:
    jwk = {"kty": "oct", "k": to_base64url(SECRET.encode()), "alg": "HS256", "kid": "first"}
    token = jwt.encode({"sub": "user-1"}, SECRET, algorithm="HS256", headers={"kid": "second"})
    assert jwt.decode(token, jwt.PyJWK(jwk).key, algorithms=["HS256"]) == {"sub": "user-1"}
    with pytest.raises(fastjose.JWTError) as caught:
        fastjose.verify_token(token, fastjose.Key(jwk), algorithms=["HS256"], required=())
    assert caught.value.code == "unknown_key"


def test_unverified_token_is_read_by_fastjose_despite_crit_and_signature() -> None:
    token = jwt.encode({"sub": "user-1"}, SECRET, algorithm="HS256")
    header, claims, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other_bits = alphabet[alphabet.index(signature[-1]) + 1]  # 43 digits encode 32 octets and two unused bits
    critical = to_base64url(b'{"alg":"HS256","crit":["x"],"x":1}')
    for each in (f"{critical}.{claims}.{signature}", f"{header}.{claims}.{signature[:-1]}{other_bits}"):
        with pytest.raises(jwt.InvalidTokenError):
            jwt.decode(each, options={"verify_signature": False})
        assert fastjose.jwt.get_unverified_claims(each) == {"sub": "user-1"}


def test_unknown_kid_is_a_client_error_of_pyjwt_and_a_jwt_error_of_fastjose(server: JwksServer) -> None:
    issuer = TokenIssuer(ISSUER, audience="api", algorithm="RS256")
    before, after = (run(code.replace(f"{ISSUER}/jwks", server.url))["verify"] for code in ISSUER_KEYS)
    with pytest.raises(jwt.PyJWKClientError):
        before(issuer.mint_token("user-1"))
    with pytest.raises(fastjose.JWTError) as caught:
        after(issuer.mint_token("user-1"))
    assert caught.value.code == "unknown_key"


def test_expired_token_is_read_for_seven_days() -> None:
    renewal = run(next(code for code in BLOCKS if "renewal =" in code))["renewal"]
    tokens = [
        fastjose.sign_token(at({"sub": "user-1", "exp": -age}), SECRET, algorithm="HS256")
        for age in (6 * 86400, 8 * 86400)
    ]
    assert renewal.verify(tokens[0])["sub"] == "user-1"
    with pytest.raises(fastjose.ExpiredSignatureError):
        renewal.verify(tokens[1])


def test_private_key_object_of_cryptography_signs() -> None:
    private = rsa.generate_private_key(65537, 2048)
    token = fastjose.sign_token({"sub": "user-1"}, private, algorithm="RS256")
    assert jwt.decode(token, private.public_key(), algorithms=["RS256"]) == {"sub": "user-1"}


def test_public_key_object_of_cryptography_is_accepted_by_pyjwt_alone() -> None:
    public = jwt.PyJWK(TokenIssuer(algorithm="RS256").jwk_set["keys"][0]).key
    with pytest.raises(TypeError, match="key"):
        fastjose.verify_token("a.b.c", public, algorithms=["RS256"])


def test_page_names_no_unknown_argument() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for name in ("required", "check_issued_at", "check_audience", "audience_exact", "allow_padding", "leeway_seconds"):
        assert f"{name}=" in text
        assert name in str(fastjose.Verifier.__text_signature__)


def to_base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


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
