"""Names of python-jose's module `jose.backends.cryptography_backend`. They are the classes of `fastjose.backends`."""

from fastjose.backends.asymmetric import ECKey as CryptographyECKey
from fastjose.backends.asymmetric import RSAKey as CryptographyRSAKey
from fastjose.backends.native import get_random_bytes
from fastjose.backends.symmetric import AESKey as CryptographyAESKey
from fastjose.backends.symmetric import HMACKey as CryptographyHMACKey

__all__ = ["CryptographyAESKey", "CryptographyECKey", "CryptographyHMACKey", "CryptographyRSAKey", "get_random_bytes"]
