"""Threads that share verifiers. `make test-free-threaded` runs this, with pytest and fastjose alone."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from typing import Any

import pytest

from concurrency.many_threads import run_in_threads
from fastjose import Verifier, sign_token

SECRET = "s" * 32
ED25519_JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
"""The key of RFC 8037 A.1."""
PUBLIC_JWK = {name: value for name, value in ED25519_JWK.items() if name != "d"}
KEYS: dict[str, tuple[Any, Any]] = {"HS256": (SECRET, SECRET), "EdDSA": (ED25519_JWK, PUBLIC_JWK)}
TOKENS, ROUNDS = 40, 25


@pytest.mark.parametrize("cache_size", [0, TOKENS // 2, TOKENS])
@pytest.mark.parametrize("algorithm", KEYS)
def test_threads_that_share_a_verifier_get_the_claims_of_their_tokens(algorithm: str, cache_size: int) -> None:
    signing_key, verification_key = KEYS[algorithm]
    verifier = Verifier(verification_key, algorithms=algorithm, issuer="https://a.example", cache_size=cache_size)
    expires = int(time.time()) + 3_600
    claims = [
        {"exp": expires, "iss": "https://a.example", "sub": f"user-{n}", "admin": n % 2 == 0, f"n{n % 7}": [n, None]}
        for n in range(TOKENS)
    ]
    tokens = [sign_token(each, signing_key, algorithm=algorithm) for each in claims]

    def work(number: int) -> None:
        for step in range(TOKENS * ROUNDS):
            index = (number * 5 + step) % TOKENS
            verified = verifier.verify(tokens[index])
            assert repr(verified) == repr(claims[index])
            verified.clear()

    run_in_threads(work)


def test_threads_that_create_verifiers_do_not_disturb_each_other() -> None:
    def work(number: int) -> None:
        secret = f"{number}" * 32
        for step in range(100):
            claims = {"sub": f"{number}-{step}", f"name{step % 70}": number}
            assert (
                Verifier(secret, algorithms="HS256", required=()).verify(sign_token(claims, secret, algorithm="HS256"))
                == claims
            )

    run_in_threads(work)


def test_import_does_not_enable_the_gil() -> None:
    """A process of its own imports nothing else: another extension module can enable the GIL."""
    code = "import sys, fastjose; print(getattr(sys, '_is_gil_enabled', lambda: True)())"  # since CPython 3.13
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert result.stdout.strip() == str(not sysconfig.get_config_var("Py_GIL_DISABLED"))
