"""Well-formed keys that are rejected: those with the ROCA flaw, and two of a set that nothing distinguishes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fastjose import JOSEError, JWKError, Key, RemoteKeySet, Verifier, jwk
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.jose_builder import b64u, oct_jwk

ODD_PRIMES = [number for number in range(3, 702, 2) if all(number % factor for factor in range(3, number, 2))]
FIRST, SECOND = b"a secret of thirty-two bytes, or more", b"another secret of thirty-two bytes"


def rsa_jwk_with_modulus(modulus: int, **members: str) -> dict[str, str]:
    return {"kty": "RSA", "n": b64u(modulus.to_bytes(-(-modulus.bit_length() // 8), "big")), "e": "AQAB", **members}


def roca_modulus(power: int) -> int:
    """Return a number that is a power of 65537 modulo each prime, as the product of two primes of the flawed form."""
    product = math.prod(ODD_PRIMES)
    factor = (1 << 2_047) // product + 2
    modulus = product * (factor - factor % 2) + pow(65_537, power, product)
    return modulus if modulus % 2 else modulus + product


@pytest.mark.parametrize("power", [1, 2, 77])
def test_rsa_key_with_roca_flaw_is_weak(power: int) -> None:
    key = rsa_jwk_with_modulus(roca_modulus(power))
    for create in (Key, lambda key: Verifier(key, algorithms="RS256"), lambda key: jwk.construct(key, "RS256")):
        with pytest.raises(JWKError, match="ROCA") as raised:
            create(key)
        assert raised.value.code == "weak_key"


def test_rsa_key_that_differs_modulo_one_prime_is_accepted() -> None:
    assert Key(rsa_jwk_with_modulus(roca_modulus(1) + 2 * math.prod(ODD_PRIMES) // 11)).algorithms


def test_remote_key_with_roca_flaw_is_skipped() -> None:
    flawed = rsa_jwk_with_modulus(roca_modulus(77), kid="flawed")
    good = rsa_jwk_with_modulus(roca_modulus(77) + 2 * math.prod(ODD_PRIMES) // 11, kid="good")
    with serve_jwks(lambda: {"keys": [flawed, good]}) as server:
        keys = RemoteKeySet(server.url)
        keys.fetch()
    assert keys.key_count == 1
    assert ["ROCA" in reason for reason in keys.skipped_keys] == [True]


@pytest.mark.parametrize(
    "second",
    [oct_jwk(SECOND, kid="k"), oct_jwk(FIRST, kid="k"), {"kty": "oct", "kid": "k", "k": "not canonical"}],
    ids=["another", "equal", "unusable"],
)
def test_set_with_two_keys_of_one_name_is_rejected(second: dict[str, Any]) -> None:
    with pytest.raises(JWKError, match="two keys of one kid, kty and alg") as raised:
        Verifier({"keys": [oct_jwk(FIRST, kid="k"), second]}, algorithms="HS256")
    assert raised.value.code == "invalid_key"


@pytest.mark.parametrize(
    "second",
    [
        oct_jwk(SECOND, kid="another"),
        oct_jwk(SECOND),
        oct_jwk(SECOND, kid="k", alg="HS256"),
        {"kty": "oct", "kid": "k", "k": "A" * 43, "use": "enc"},
        rsa_jwk_with_modulus(roca_modulus(1) + 2 * math.prod(ODD_PRIMES) // 11, kid="k"),
    ],
    ids=["another kid", "no kid", "another alg", "for encryption", "another kty"],
)
def test_set_whose_keys_differ_is_accepted(second: dict[str, Any]) -> None:
    assert Verifier({"keys": [oct_jwk(FIRST, kid="k"), second]}, algorithms=["HS256", "RS256"])


def test_remote_set_with_two_keys_of_one_name_keeps_its_users() -> None:
    """An issuer that publishes such a set must not lock out the users of every application."""
    keys = [rsa_jwk_with_modulus(roca_modulus(power) + 2 * math.prod(ODD_PRIMES) // 11, kid="k") for power in (1, 2)]
    with serve_jwks(lambda: {"keys": keys}) as server:
        remote = RemoteKeySet(server.url)
        remote.fetch()
    assert remote.key_count == 2
    with pytest.raises(JOSEError, match="two keys"):
        Verifier({"keys": keys}, algorithms="RS256")
