"""Names of python-jose's module `jose.backends.rsa_backend`. `RSAKey` is `fastjose.backends.RSAKey`."""

from fastjose.backends.asymmetric import RSAKey

__all__ = ["RSAKey"]
