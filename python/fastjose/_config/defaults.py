"""Defaults that settings and functions share."""

from __future__ import annotations

from typing import Final

DEFAULT_CACHE_SIZE: Final = 1_000
"""Number of verified tokens that a service caches, in at most 4 MB: a front end sends each token many times."""
