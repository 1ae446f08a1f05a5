"""The memory of cached tokens: the estimate of a token is not below what its objects take, and not far above."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import Verifier, sign_token
from support.tokens.jose_builder import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES_PER_TOKEN = 4_096
CACHE_SIZE = 250
SHARE_IN_USE = 0.97
"""The share of the cache for tokens that were found in it: the others leave the rest empty."""

CLAIMS: dict[str, tuple[Callable[[int], dict[str, Any]], float]] = {
    "text": (lambda number: {"text": f"{number}{'a' * 12_000}"}, 1.5),
    "texts": (lambda number: {"texts": [f"{number}-{index}" for index in range(350)]}, 1.6),
    "text of four bytes a character": (lambda number: {"text": f"{number}{chr(0x1F600) * 1_500}"}, 1.7),
    "text with one such character": (lambda number: {"text": f"{number}{'a' * 6_000}{chr(0x1F600)}"}, 1.3),
    "numbers": (lambda number: {"numbers": [10_000_000 + number + index for index in range(500)]}, 1.4),
    "fractions": (lambda number: {"numbers": [number + index + 0.5 for index in range(500)]}, 1.6),
    "large numbers": (lambda number: {"numbers": [10**2_500 + number + index for index in range(4)]}, 1.6),
    "constants": (lambda number: {"values": [None, True, False] * 700, "number": number}, 1.5),
    "arrays": (lambda number: {"arrays": [[number]] * 300}, 1.7),
    "objects": (lambda number: {"objects": [{f"a{number}": f"b{number}"} for _ in range(90)]}, 1.8),
    "long name": (lambda number: {f"{number}{'n' * 10_000}": 1}, 1.5),
    "many names": (lambda number: {f"name-{number}-{index}": True for index in range(250)}, 1.8),
    "id with one such character": (lambda number: {"sub": f"{number}{'a' * 6_000}{chr(0x1F600)}"}, 1.4),
    "user": (lambda number: {"sub": f"{number}{chr(0xE9) * 2_000}", "name": chr(0x20AC) * 1_000}, 2.6),
}
"""Claims of a token, by its number, and how many times as much as their objects the estimate may be."""


def measure(value: object) -> int:
    """Return the memory of a value with all that it contains, in bytes. Small constants take none."""
    if value is None or isinstance(value, bool):
        return 0
    parts: list[object] = []
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        parts = value
    return sys.getsizeof(value) + sum(map(measure, parts))


def measure_user(claims: dict[str, Any]) -> int:
    """Return the memory of the user of a token: its strings are those of the user alone."""
    return sum(sys.getsizeof(claims[name]) for name in ("sub", "email", "name") if name in claims)


def make_token(claims: dict[str, Any]) -> str:
    return sign_token({"exp": 4_000_000_000, **claims}, SECRET, algorithm="HS256")


@pytest.mark.parametrize("kind", CLAIMS)
def test_cached_tokens_take_the_memory_of_their_number(kind: str) -> None:
    make_claims, most = CLAIMS[kind]
    claims = make_claims(0)
    size = measure(claims) + measure_user(claims) + len(make_token(claims))
    available = CACHE_SIZE * BYTES_PER_TOKEN
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=CACHE_SIZE)
    for number in range(10_000, 10_001 + available // size):
        verifier.verify(make_token(make_claims(number)))
    count = verifier.cached_token_count
    assert count is not None
    assert count * size <= available
    assert (count + 1) * size * most > SHARE_IN_USE * available
