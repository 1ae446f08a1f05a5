"""Names of python-jose's module for its backend on `ecdsa`."""

from fastjose.backends.asymmetric import ECKey as ECDSAECKey

__all__ = ["ECDSAECKey"]
