"""Issuers with keys of their own, each behind a JWKS endpoint on loopback."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import RemoteKeySet, Verifier, sign_token
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks
from support.tokens.jose_builder import b64u

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREACHABLE_URL = "http://127.0.0.1:1/jwks"


class RemoteIssuer:
    """An issuer with a key of its own, which a JWKS endpoint serves."""

    def __init__(self, name: str, proxy: JwksProxy) -> None:
        """Serve the key at `proxy`."""
        self.origin, self.kid, self.proxy = f"https://{name}.example", name, proxy
        self._key = ed25519.Ed25519PrivateKey.generate()
        proxy.read_key_set = self.read_key_set

    def read_key_set(self) -> Any:
        """Return the JWK Set."""
        x = b64u(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": self.kid, "x": x}]}

    def create_token(self, **claims: Any) -> str:
        """Return a token of the issuer, with changes of its claims; a claim that is ... is left out."""
        own = {"sub": f"user of {self.kid}", "iss": self.origin, "aud": self.origin, "exp": int(time.time()) + 60}
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        kept = {name: value for name, value in {**own, **claims}.items() if value is not ...}
        return sign_token(kept, pem, algorithm="EdDSA", header={"kid": self.kid})

    def create_verifier(self, url: str | None = None, **options: Any) -> Verifier:
        """Return a verifier with the keys at the endpoint, or at `url`."""
        # The one fetch that the token bucket permits leaves nothing for an unknown key.
        keys = RemoteKeySet(url or self.proxy.url, fetch_burst=1, fetch_interval_seconds=3_600)
        return Verifier(keys, **{"issuer": self.origin, "audience": self.origin, **options})


@contextlib.contextmanager
def serve_issuers(*names: str) -> Iterator[list[RemoteIssuer]]:
    """Serve the keys of one issuer for each name."""
    with contextlib.ExitStack() as stack:
        yield [RemoteIssuer(name, stack.enter_context(serve_jwks(dict))) for name in names]
