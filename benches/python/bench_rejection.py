"""Rejection compared with acceptance, with key objects.

If a rejection were slower than an acceptance, an attacker could use invalid tokens to slow down the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benches.support.fixtures import CLAIMS, ORIGIN, create_expired_token, create_forged_token, create_token
from benches.support.libraries import FASTJOSE_FUNCTIONS, FASTJOSE_VERIFIER_CACHED, LIBRARIES
from benches.support.library import get_pytest_id
from benches.support.report_layout import set_table_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.support.library import Call, Library

TOKEN_FACTORIES: Mapping[str, Callable[[str], str]] = {
    "accepted": create_token,
    "expired": create_expired_token,
    "bad signature": create_forged_token,
    "wrong audience": lambda algorithm: create_token(algorithm, {**CLAIMS, "aud": f"{ORIGIN}/another"}),
    "not three parts": lambda algorithm: create_token(algorithm).rpartition(".")[0],
}
COMBINATIONS = [
    (algorithm, library)
    for algorithm in ("HS256", "EdDSA")
    for library in LIBRARIES
    if library not in {FASTJOSE_VERIFIER_CACHED, FASTJOSE_FUNCTIONS} and algorithm not in library.unsupported_algorithms
]

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


def catch_error(verify: Call) -> Call:
    """Return a function that returns the claims, or the exception that `verify` raises."""

    def verify_or_get_error() -> Any:
        try:
            return verify()
        except Exception as error:  # noqa: BLE001 - each library has its own exceptions
            return error

    return verify_or_get_error


@pytest.mark.parametrize("token_kind", TOKEN_FACTORIES)
@pytest.mark.parametrize(("algorithm", "library"), COMBINATIONS, ids=get_pytest_id)
def test_reject(benchmark: BenchmarkFixture, algorithm: str, library: Library, token_kind: str) -> None:
    """Measure one acceptance or rejection."""
    set_table_cell(benchmark, f"Reject ({algorithm})", library.name, token_kind)
    token = TOKEN_FACTORIES[token_kind](algorithm)
    result = benchmark(catch_error(library.prepare_verification(token, algorithm, "key")))
    assert result == CLAIMS if token_kind == "accepted" else isinstance(result, Exception)
