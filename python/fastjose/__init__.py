"""JSON Web Token verification at native speed for FastAPI.

For an app that is configured by its environment there is `fastjose.auth`, for one that is configured in code
`fastjose.fastapi`; for everything else `Verifier`, here.
"""

from fastjose._core import Key, RemoteKeySet, Verifier, __version__, verify_token
from fastjose._jose_alias.install import install_as_jose
from fastjose._signing import sign_token
from fastjose.exceptions import (
    ExpiredSignatureError,
    JOSEError,
    JWEError,
    JWKError,
    JWKSetUnavailableError,
    JWSError,
    JWTClaimsError,
    JWTError,
)

__all__ = [
    "ExpiredSignatureError",
    "JOSEError",
    "JWEError",
    "JWKError",
    "JWKSetUnavailableError",
    "JWSError",
    "JWTClaimsError",
    "JWTError",
    "Key",
    "RemoteKeySet",
    "Verifier",
    "__version__",
    "install_as_jose",
    "sign_token",
    "verify_token",
]
