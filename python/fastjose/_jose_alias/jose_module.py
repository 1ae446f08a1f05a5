"""What `import jose` gets once `fastjose.install_as_jose` has been called: python-jose's own top level, and no more."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWSError, JWTError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["ExpiredSignatureError", "JOSEError", "JWSError", "JWTError"]

__version__ = "3.5.0"
"""The python-jose whose behaviour is offered: what code that asks `jose.__version__` wants to know."""


def __getattr__(name: str) -> ModuleType:
    """Import a module under `jose`: `jose.exceptions` needs no import of its own, as with python-jose."""
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ImportError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
