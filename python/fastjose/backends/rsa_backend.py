"""Names of python-jose's module for its backend on `rsa`."""

from fastjose.backends.asymmetric import RSAKey

__all__ = ["RSAKey"]
