"""`fastjose keygen`: keys of every algorithm, their ids, and the files that hold them."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import Verifier, sign_token
from fastjose._cli.signing.thumbprint import compute_thumbprint
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES
from fastjose._key_generation import SUPPORTED_ALGORITHMS
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS = {"sub": "user-1", "exp": 4_000_000_000}


def generate_as_json(*arguments: str) -> dict[str, Any]:
    result = run_command("keygen", *arguments, "--json")
    assert (result.exit_code, result.errors) == (0, "")
    key: dict[str, Any] = json.loads(result.output)
    return key


def test_supported_algorithms_are_those_of_the_library() -> None:
    assert {*MIN_SECRET_BYTES, *ASYMMETRIC_ALGORITHMS, "ES256K"} == {*SUPPORTED_ALGORITHMS}


@pytest.mark.parametrize("key_format", ["pem", "jwk"])
@pytest.mark.parametrize("algorithm", SUPPORTED_ALGORITHMS)
def test_keygen_key_signs_tokens_that_its_public_key_verifies(algorithm: str, key_format: str) -> None:
    generated = generate_as_json(algorithm, "--format", key_format)
    token = sign_token(CLAIMS, generated["key"], algorithm=algorithm)
    verifying = generated["public_jwk"] or generated["key"]
    assert Verifier(verifying, algorithms=algorithm).verify(token) == CLAIMS


@pytest.mark.parametrize("algorithm", [*MIN_SECRET_BYTES])
def test_keygen_secret_is_long_enough_and_has_no_thumbprint(algorithm: str) -> None:
    generated = generate_as_json(algorithm)
    assert len(generated["key"]) >= MIN_SECRET_BYTES[algorithm]
    assert (generated["kid"], generated["public_jwk"]) == (None, None)
    assert "kid" not in generate_as_json(algorithm, "--format", "jwk")["key"]


def test_thumbprint_is_that_of_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q"
        "MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap"
        "JzKnqDKgw"
    )
    example = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert compute_thumbprint(example) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_thumbprint_of_ed25519_is_that_of_rfc_8037() -> None:
    example = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert compute_thumbprint(example) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_keygen_kid_is_thumbprint_or_given() -> None:
    generated = generate_as_json("EdDSA", "--format", "jwk")
    assert generated["kid"] == generated["key"]["kid"] == compute_thumbprint(generated["key"])
    assert generate_as_json("EdDSA", "--format", "jwk", "--kid", "mine")["public_jwk"]["kid"] == "mine"


def test_keygen_kid_without_jwk_is_refused() -> None:
    result = run_command("keygen", "--kid", "mine")
    assert (result.exit_code, result.output) == (2, "")
    assert result.errors == "fastjose: --kid requires --format jwk, because PEM has no place for it\n"


def test_keygen_ignores_case_of_algorithm() -> None:
    assert generate_as_json("eddsa")["algorithm"] == "EdDSA"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
@pytest.mark.parametrize("arguments", [("EdDSA",), ("HS256",), ("ES256", "--format", "jwk")])
def test_keygen_file_is_readable_by_its_owner_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    umask = os.umask(0)
    try:
        result = run_command("keygen", *arguments, "--output", str(tmp_path / "key"))
    finally:
        os.umask(umask)
    assert (result.exit_code, result.output) == (0, "")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_keygen_output_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    result = run_command("keygen", "--output", str(file), "--json")
    assert json.loads(result.output)["key"] is None
    assert json.loads(result.output)["path"] == str(file)
    assert "PRIVATE KEY" not in result.output + result.errors
    assert "PRIVATE KEY" in file.read_text()


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_keygen_never_overwrites(tmp_path: Path, kind: str) -> None:
    target, other = tmp_path / "key.pem", tmp_path / "other"
    if kind == "file":
        target.write_text("mine")
    elif kind == "folder":
        target.mkdir()
    else:
        if kind == "link":
            other.write_text("mine")
        target.symlink_to(other)
    result = run_command("keygen", "--output", str(target))
    assert (result.exit_code, result.output) == (2, "")
    assert result.errors == f"fastjose: {target} must not exist: files are never overwritten\n"
    assert not target.is_file() or target.read_text() == "mine"
    assert other.exists() is (kind == "link")


@pytest.mark.parametrize(
    "arguments",
    [
        ("HS1024",),
        ("none",),
        ("",),
        ("RS256", "--bits", "1024"),
        ("RS256", "--bits", "99999"),
        ("RS256", "--bits", "x"),
    ],
)
def test_keygen_other_request_is_refused(arguments: tuple[str, ...]) -> None:
    result = run_command("keygen", *arguments)
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
