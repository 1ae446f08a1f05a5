"""Signing twelve claims, with a key as text and as an object, here and in python-jose. Quote ratios of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jose import jwk as python_jose_jwk
from jose import jwt as python_jose

from bench_verify import CLAIMS, ORIGIN, keys
from fastjose import jwk, jwt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture


def fastjose_text(key: str, algorithm: str) -> Callable[[], str]:
    """Sign with the text of a key."""
    return lambda: jwt.encode(CLAIMS, key, algorithm)


def fastjose_key(key: str, algorithm: str) -> Callable[[], str]:
    """Sign with a key object."""
    prepared = jwk.construct(key, algorithm)
    return lambda: jwt.encode(CLAIMS, prepared, algorithm)


def python_jose_text(key: str, algorithm: str) -> Callable[[], Any]:
    """Sign with the text of a key."""
    return lambda: python_jose.encode(CLAIMS, key, algorithm)


def python_jose_key(key: str, algorithm: str) -> Callable[[], Any]:
    """Sign with a key object."""
    prepared = python_jose_jwk.construct(key, algorithm)
    return lambda: python_jose.encode(CLAIMS, prepared, algorithm)


@pytest.mark.parametrize(
    "way", [fastjose_text, fastjose_key, python_jose_text, python_jose_key], ids=lambda way: way.__name__
)
@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256"])
def test_sign(benchmark: BenchmarkFixture, algorithm: str, way: Callable[[str, str], Callable[[], str]]) -> None:
    """Measure one signature; the groups are the algorithms."""
    signing, verifying = keys(algorithm)
    benchmark.group = f"sign {algorithm}"
    token = benchmark(way(signing, algorithm))
    assert jwt.decode(token, verifying, algorithms=[algorithm], audience=ORIGIN) == CLAIMS
