"""The module `jose` after `fastjose.install_as_jose()`. It has the same names as python-jose's top-level module."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWSError, JWTError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["ExpiredSignatureError", "JOSEError", "JWSError", "JWTError"]  # this module is public as `jose`

__version__ = "3.5.0"
"""The version of python-jose whose behaviour this package implements. Libraries read it as `jose.__version__`."""


def __getattr__(name: str) -> ModuleType:
    """Import a submodule of `jose` on first access. As in python-jose, `jose.exceptions` needs no import statement.

    Raises:
        AttributeError: `jose` has no such submodule.
    """
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ImportError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
