"""Verification with a JWK Set of 1, 10 and 100 keys (EdDSA, ES256); each library selects the key by its `kid`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import oxyjwt
import pytest
from jose import jwt as python_jose

from benches.support.fixtures import CLAIMS, ORIGIN, create_token, get_key_pair
from benches.support.libraries import JOSERFC
from benches.support.report_layout import set_table_cell
from benches.support.ryjwt_library import IS_INSTALLED, create_ryjwt_key_set
from fastjose import Verifier, jwt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.library import Call

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


def create_jwk_set(algorithm: str, size: int) -> dict[str, Any]:
    """Return a JWK Set of `size` keys with a `kid` each. The last one is `key-0`, which signs the token."""
    return {
        "keys": [
            {**get_key_pair(algorithm, index).verification_jwk, "kid": f"key-{index}", "alg": algorithm, "use": "sig"}
            for index in reversed(range(size))
        ]
    }


def prepare_fastjose_verifier(token: str, jwk_set: dict[str, Any], algorithm: str) -> Call:
    """Return a function that verifies with a `Verifier` created before the measurement."""
    verify = Verifier(jwk_set, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN).verify
    return lambda: verify(token)


def prepare_fastjose_jwt(token: str, jwk_set: dict[str, Any], algorithm: str) -> Call:
    """Return a function that passes the JWK Set to each call of `fastjose.jwt.decode`."""
    return lambda: jwt.decode(token, jwk_set, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def prepare_python_jose(token: str, jwk_set: dict[str, Any], algorithm: str) -> Call:
    """Return a function that passes the JWK Set to each call of `jose.jwt.decode`."""
    return lambda: python_jose.decode(token, jwk_set, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def prepare_joserfc(token: str, jwk_set: dict[str, Any], algorithm: str) -> Call:
    """Return a function that verifies with a `KeySet` created before the measurement."""
    key_set, decode = joserfc.jwk.KeySet.import_key_set(jwk_set), JOSERFC.decode
    return lambda: decode(token, key_set, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def prepare_ryjwt(token: str, jwk_set: dict[str, Any], algorithm: str) -> Call:
    """Return a function that verifies with a `PublicKey` of ryjwt created before the measurement."""
    key_set = create_ryjwt_key_set(jwk_set, algorithm)
    return lambda: key_set.decode(token)


def _pyjwk_set_preparer(module: Any) -> Callable[[str, dict[str, Any], str], Call]:
    """Return the function that prepares a verification with the `PyJWKSet` of PyJWT or of a library with its API."""

    def prepare(token: str, jwk_set: dict[str, Any], algorithm: str) -> Call:
        key_set = module.PyJWKSet.from_dict(jwk_set)

        def verify() -> Any:
            key = key_set[module.get_unverified_header(token)["kid"]].key
            return module.decode(token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)

        return verify

    return prepare


PREPARERS = {
    "fastjose `Verifier`": prepare_fastjose_verifier,
    "fastjose `jwt`": prepare_fastjose_jwt,
    **({"ryjwt, `PublicKey.from_jwks`": prepare_ryjwt} if IS_INSTALLED else {}),
    "oxyjwt, `PyJWKSet`": _pyjwk_set_preparer(oxyjwt),
    "PyJWT, `PyJWKSet`": _pyjwk_set_preparer(pyjwt),
    "joserfc, `KeySet`": prepare_joserfc,
    "python-jose": prepare_python_jose,
}
COMBINATIONS = [
    (algorithm, candidate)
    for algorithm in ("EdDSA", "ES256")
    for candidate in PREPARERS
    if (algorithm, candidate) != ("EdDSA", "python-jose")
]


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize(("algorithm", "candidate"), COMBINATIONS)
def test_verify_with_jwk_set(benchmark: BenchmarkFixture, algorithm: str, candidate: str, size: int) -> None:
    """Measure one verification."""
    column = "1 key" if size == 1 else f"{size} keys"
    set_table_cell(benchmark, f"Verify with a JWK Set ({algorithm})", candidate, column)
    token = create_token(algorithm, kid="key-0")
    assert benchmark(PREPARERS[candidate](token, create_jwk_set(algorithm, size), algorithm)) == CLAIMS
