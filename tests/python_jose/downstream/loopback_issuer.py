"""A token issuer on loopback: its keys, its discovery documents over HTTPS, and valid and invalid tokens.

Tokens are signed with `cryptography`, so that neither of the two implementations verifies its own signatures.
"""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from certificate import write_certificate
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

AUDIENCE = "the-audience-under-test"
SUBJECT = "ada"
KEY_ID = "current"


def encode_base64url(data: bytes) -> str:
    """Return `data` as base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_uint(value: int) -> str:
    """Return `value` encoded as a member of an RSA JWK (RFC 7518 §6.3.1)."""
    return encode_base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def signing_input(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return the signing input of a token (RFC 7515 §5.1)."""
    return ".".join(encode_base64url(json.dumps(part).encode()) for part in (header, claims))


class Issuer:
    """The documents that the endpoint publishes and the tokens that it issues."""

    def __init__(self) -> None:
        """Create the keys; `url` is set when the issuer is served."""
        self.url = ""
        self._key, self._earlier_key, self._strangers_key = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)
        )

    @property
    def domain(self) -> str:
        """Return the host and port."""
        return self.url.removeprefix("https://")

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a valid token with `changes`; None removes a claim."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "nbf": now, "exp": now + 600, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: rsa.RSAPrivateKey | None = None, **changes: Any) -> str:
        """Return a token with `changes` to its claims, signed with `key` or the issuer's key."""
        signed = signing_input({"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}, self.claims(**changes))
        signature = (key or self._key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encode_base64url(signature)}"

    def tokens(self, *, audience_claim: str = "aud", **claims: Any) -> dict[str, str]:
        """Return the tokens of all trials; every token has `claims`."""
        return {
            "good": self.token(**claims),
            "expired": self.token(**claims, exp=int(time.time()) - 3600),
            "wrong signature": self.token(self._strangers_key, **claims),
            "wrong audience": self.token(**{**claims, audience_claim: "another-audience"}),
        }

    def answer(self, path: str) -> dict[str, Any]:
        """Return the document at `path`."""
        if path.endswith("/openid-configuration"):
            return self._configuration()
        if path.startswith("/realms/"):
            return {"public_key": self._public_key()}
        return {"keys": [self._jwk("earlier", self._earlier_key), self._jwk(KEY_ID, self._key)]}

    def grant(self) -> dict[str, Any]:
        """Return the token endpoint's response: a token for an administrator of Keycloak."""
        access = {"realm-management": {"roles": ["admin"]}, "account": {"roles": ["admin"]}}
        return {"access_token": self.token(resource_access=access), "token_type": "Bearer"}

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _public_key(self) -> str:
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    @staticmethod
    def _jwk(key_id: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
        public = key.public_key().public_numbers()
        return {
            "kid": key_id,
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "n": encode_uint(public.n),
            "e": encode_uint(public.e),
        }


@contextlib.contextmanager
def serve_issuer(directory: Path) -> Iterator[Issuer]:
    """Serve an issuer on a free loopback port inside the block; write its certificate into `directory`."""
    issuer = Issuer()
    handler = type("Handler", (_Handler,), {"issuer": issuer})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write_certificate(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        issuer.url = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    issuer: ClassVar[Issuer]

    def do_GET(self) -> None:
        self._respond(self.issuer.answer(self.path))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._respond(self.issuer.grant())

    def _respond(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppress the log output."""
