"""What `import jose` gets once `fastjose.install_as_jose` has been called: python-jose's own top level, and no more."""

from __future__ import annotations

from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWSError, JWTError

__all__ = ["ExpiredSignatureError", "JOSEError", "JWSError", "JWTError"]

__version__ = "3.5.0"
"""The python-jose whose behaviour is offered: what code that asks `jose.__version__` wants to know."""
