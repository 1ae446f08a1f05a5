"""The names of algorithms in arguments."""

from __future__ import annotations

from fastjose._cli.errors import CommandError
from fastjose._key_generation import SUPPORTED_ALGORITHMS

_NAMES = {name.lower(): name for name in SUPPORTED_ALGORITHMS}


def check_algorithm(name: str) -> str:
    """Return the JOSE name of an algorithm, whose case is ignored.

    Raises:
        CommandError: The algorithm is not supported.
    """
    if name.lower() not in _NAMES:
        raise CommandError(f"the algorithm must be one of {', '.join(SUPPORTED_ALGORITHMS)}")
    return _NAMES[name.lower()]
