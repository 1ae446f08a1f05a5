"""Key classes, under the names of python-jose. The native core implements all of them.

- `HMACKey`: a shared secret.
- `RSAKey`, `ECKey`, `OKPKey`: a private or public key.
- `AESKey`, `DIRKey`: a symmetric key for JWE.
- `Key`: the base class, also for key classes of an application.
"""

from fastjose._core import configure_key_classes
from fastjose.backends._external_keys import export_pem
from fastjose.backends.asymmetric import ECKey, OKPKey, RSAKey
from fastjose.backends.base import DIRKey, Key
from fastjose.backends.native import get_random_bytes
from fastjose.backends.symmetric import AESKey, HMACKey

__all__ = ["AESKey", "DIRKey", "ECKey", "HMACKey", "Key", "OKPKey", "RSAKey", "get_random_bytes"]

configure_key_classes(base=Key, native=(HMACKey, RSAKey, ECKey, OKPKey), external_key_pem=export_pem)
