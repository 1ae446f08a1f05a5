"""Names of python-jose's module `jose.backends.ecdsa_backend`. `ECDSAECKey` is `fastjose.backends.ECKey`."""

from fastjose.backends.asymmetric import ECKey as ECDSAECKey

__all__ = ["ECDSAECKey"]
