"""The classes of keys, under python-jose's names; there is one implementation, the native core's."""

from fastjose import _core
from fastjose.backends._external_keys import export_pem
from fastjose.backends.asymmetric import ECKey, OKPKey, RSAKey
from fastjose.backends.base import DIRKey, Key
from fastjose.backends.native import get_random_bytes
from fastjose.backends.symmetric import AESKey, HMACKey

__all__ = ["AESKey", "DIRKey", "ECKey", "HMACKey", "Key", "OKPKey", "RSAKey", "get_random_bytes"]

_core.configure_key_classes(base=Key, native=(HMACKey, RSAKey, ECKey, OKPKey), external_key_pem=export_pem)
