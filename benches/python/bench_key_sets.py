"""A token's key among 1, 10 and 100 of a JWK Set (EdDSA, ES256), as each library finds it by its `kid`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import oxyjwt
import pytest
from jose import jwt as python_jose

from benches.support.fixtures import CLAIMS, ORIGIN, keys, token
from benches.support.libraries import JOSERFC
from benches.support.report_layout import place
from fastjose import Verifier, jwt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.libraries import Call

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


def key_set(algorithm: str, size: int) -> dict[str, Any]:
    """Return a JWK Set of `size` keys with ids, of which the last has signed the token."""
    numbers = range(size - 1, -1, -1)
    return {"keys": [{**keys(algorithm, n).jwk, "kid": f"key-{n}", "alg": algorithm, "use": "sig"} for n in numbers]}


def verifier(subject: str, jwks: dict[str, Any], algorithm: str) -> Call:
    """`Verifier`, made once."""
    verify = Verifier(jwks, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN).verify
    return lambda: verify(subject)


def fastjose_jwt(subject: str, jwks: dict[str, Any], algorithm: str) -> Call:
    """The set is given at each call."""
    return lambda: jwt.decode(subject, jwks, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def python_jose_jwt(subject: str, jwks: dict[str, Any], algorithm: str) -> Call:
    """The set is given at each call."""
    return lambda: python_jose.decode(subject, jwks, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def joserfc_key_set(subject: str, jwks: dict[str, Any], algorithm: str) -> Call:
    """A `KeySet`, made once."""
    keys_of_set, decode = joserfc.jwk.KeySet.import_key_set(jwks), JOSERFC.decode
    return lambda: decode(subject, keys_of_set, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def _pyjwk_set(module: Any) -> Callable[[str, dict[str, Any], str], Call]:
    def way(subject: str, jwks: dict[str, Any], algorithm: str) -> Call:
        known = module.PyJWKSet.from_dict(jwks)

        def verify() -> Any:
            key = known[module.get_unverified_header(subject)["kid"]].key
            return module.decode(subject, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)

        return verify

    return way


WAYS = {
    "fastjose `Verifier`": verifier,
    "fastjose `jwt`": fastjose_jwt,
    "oxyjwt, `PyJWKSet`": _pyjwk_set(oxyjwt),
    "PyJWT, `PyJWKSet`": _pyjwk_set(pyjwt),
    "joserfc, `KeySet`": joserfc_key_set,
    "python-jose": python_jose_jwt,
}
PAIRS = [
    (algorithm, way) for algorithm in ("EdDSA", "ES256") for way in WAYS if (algorithm, way) != ("EdDSA", "python-jose")
]


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize(("algorithm", "way"), PAIRS)
def test_key_set(benchmark: BenchmarkFixture, algorithm: str, way: str, size: int) -> None:
    """Measure one verification."""
    subject = token(algorithm, kid="key-0")
    place(benchmark, f"Verify with a JWK Set ({algorithm})", way, "1 key" if size == 1 else f"{size} keys")
    assert benchmark(WAYS[way](subject, key_set(algorithm, size), algorithm)) == CLAIMS
