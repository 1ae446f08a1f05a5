"""`fastjose jwks`: public keys from every form of a key, and never a private member."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import Verifier, sign_token
from fastjose._core import KeyMaterial
from fastjose._key_generation import SUPPORTED_ALGORITHMS
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
PUBLIC_KEY_ALGORITHMS = [name for name in SUPPORTED_ALGORITHMS if not name.startswith("HS")]
CLAIMS = {"sub": "user-1", "exp": 4_000_000_000}


def generate(algorithm: str = "EdDSA", key_format: str = "pem") -> str:
    return run_command("keygen", algorithm, "--format", key_format).output


def read_set(*arguments: str, standard_input: str = "") -> list[dict[str, Any]]:
    result = run_command("jwks", *arguments, standard_input=standard_input)
    assert (result.exit_code, result.errors) == (0, "")
    keys: list[dict[str, Any]] = json.loads(result.output)["keys"]
    return keys


@pytest.mark.parametrize("key_format", ["pem", "jwk"])
@pytest.mark.parametrize("algorithm", PUBLIC_KEY_ALGORITHMS)
def test_jwks_set_verifies_tokens_and_has_no_private_member(algorithm: str, key_format: str) -> None:
    private = generate(algorithm, key_format)
    keys = read_set(standard_input=private)
    key: Any = private if key_format == "pem" else json.loads(private)
    token = sign_token(CLAIMS, key, algorithm=algorithm, header={"kid": keys[0]["kid"]})
    assert Verifier({"keys": keys}, algorithms=algorithm).verify(token) == CLAIMS
    assert PRIVATE_MEMBERS.isdisjoint(keys[0])


def test_jwks_of_public_key_is_that_of_private_key() -> None:
    private = generate()
    public = KeyMaterial(private, "OKP").public_key().to_pem("PKCS8").decode()
    assert read_set(standard_input=public) == read_set(standard_input=private)


def test_jwks_of_certificate_bundle_with_text_before_it_is_read() -> None:
    private = generate("ES256")
    assert read_set(standard_input=f"Bag Attributes\n    friendlyName: x\n{private}") == read_set(
        standard_input=private
    )


def test_jwks_combines_files_and_leaves_out_repeated_keys(tmp_path: Path) -> None:
    files = []
    for algorithm in ("EdDSA", "ES256", "RS256"):
        files.append(tmp_path / algorithm)
        files[-1].write_text(generate(algorithm))
    names = [str(file) for file in files]
    keys = read_set(*names, names[0])
    assert [key["kty"] for key in keys] == ["OKP", "EC", "RSA"]
    assert [key.get("alg") for key in keys] == ["EdDSA", "ES256", None]
    assert read_set(standard_input=json.dumps({"keys": keys})) == keys


def test_jwks_algorithm_and_kid_are_set_on_request() -> None:
    [key] = read_set("--algorithm", "PS384", "--kid", "2026", standard_input=generate("RS256"))
    assert (key["alg"], key["kid"], key["use"]) == ("PS384", "2026", "sig")


def test_jwks_two_keys_with_one_kid_are_refused(tmp_path: Path) -> None:
    keys = [{**json.loads(generate(key_format="jwk")), "kid": "same"} for _ in range(2)]
    (tmp_path / "keys").write_text(json.dumps({"keys": keys}))
    result = run_command("jwks", str(tmp_path / "keys"))
    assert (result.exit_code, result.output) == (2, "")
    assert result.errors == "fastjose: each key must have its own kid: two different keys have the same one\n"


SECRET_JWK = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
BAD_KEYS = {
    "secret": json.dumps(SECRET_JWK),
    "secret among others": json.dumps({"keys": [json.loads(generate(key_format="jwk")), SECRET_JWK]}),
    "secret as text": "a-secret-of-these-tests-that-is-long-enough",
    "no keys": '{"keys": []}',
    "keys is not a list": '{"keys": {}}',
    "not an object": '["kty"]',
    "no kty": '{"crv": "Ed25519"}',
    "kty is a number": '{"kty": 5}',
    "kty is a list": '{"kty": ["RSA"]}',
    "member is a text": '{"keys": ["x"]}',
    "other curve": '{"kty": "OKP", "crv": "X25519", "x": "AAAA"}',
    "kid is a number": json.dumps({**json.loads(generate(key_format="jwk")), "kid": 5}),
    "alg of another key": json.dumps({**json.loads(generate("ES256", "jwk")), "alg": 1}),
    "PEM without content": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "encrypted PEM": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
    "cut PEM": generate()[:60],
    "nested": '{"keys":' + "[" * 100_000,
    "too many keys": json.dumps({"keys": [{"kty": "RSA"}] * 1_001}),
}


@pytest.mark.parametrize("case", BAD_KEYS)
def test_jwks_unusable_key_is_one_line(case: str) -> None:
    result = run_command("jwks", standard_input=BAD_KEYS[case])
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert "unexpected" not in result.errors
    assert SECRET_JWK["k"] not in result.errors


def test_jwks_other_algorithm_than_that_of_the_jwk_is_refused() -> None:
    result = run_command("jwks", "--algorithm", "RS256", standard_input=generate("PS256", "jwk"))
    assert (result.exit_code, result.output) == (2, "")
    assert result.errors == "fastjose: --algorithm must be PS256, the alg of the JWK\n"


def test_jwks_algorithm_that_the_key_cannot_have_is_refused() -> None:
    result = run_command("jwks", "--algorithm", "RS256", standard_input=generate("ES256"))
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
