"""The sizes that the native module names."""

from __future__ import annotations

from fastjose import _core


def test_least_size_of_a_secret_is_that_of_its_hash() -> None:
    """RFC 7518 §3.2."""
    assert _core.MIN_SECRET_BYTES == {"HS256": 32, "HS384": 48, "HS512": 64}
