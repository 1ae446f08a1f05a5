"""JSON Web Token verification at native speed for FastAPI.

- `fastjose.auth`: dependencies for an application that is configured by environment variables.
- `fastjose.fastapi`: `BearerAuth`, the dependencies for an application that is configured in code.
- `Verifier`, `RemoteKeySet`, `Key`: verification without a web framework.
- `fastjose.jwt`, `fastjose.jws`, `fastjose.jwe`, `fastjose.jwk`: the API of python-jose.

Example::

    keys = RemoteKeySet("https://auth.example.com/jwks")
    verifier = Verifier(keys, issuer="https://auth.example.com", audience="https://api.example.com")
    claims = await verifier.verify_async(token)
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
