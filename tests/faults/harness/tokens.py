"""Good and bad tokens of an issuer whose keys rotate, and of an attacker."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import sign_token
from support.tokens.jose_builder import b64u

AUDIENCE = "https://api.example"
ATTACKER_KID = "attacker"


class SigningKey:
    """An Ed25519 key with a `kid`."""

    def __init__(self, kid: str) -> None:
        """Generate the key."""
        self.kid, self._key = kid, ed25519.Ed25519PrivateKey.generate()
        self._pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def to_jwk(self, kid: str | None = None) -> dict[str, str]:
        """Return the public key, by another `kid` if it is given."""
        x = b64u(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid or self.kid, "x": x}

    def to_pem(self) -> bytes:
        """Return the public key in PEM."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, kid: str | None = None, **claims: Any) -> str:
        """Return a token that is valid for an hour, with changes of its claims."""
        own = {"sub": "u", "aud": AUDIENCE, "exp": int(time.time()) + 3_600}
        return sign_token({**own, **claims}, self._pem, algorithm="EdDSA", header={"kid": kid or self.kid})


@dataclass(frozen=True)
class Sample:
    """A token of a round: what it is, and whether it must be accepted, and also while the server is faulty."""

    text: str
    is_good: bool
    must_have_verdict: bool = False


@dataclass
class Issuer:
    """An issuer: the keys that it publishes, the first of which a verifier has cached, and an attacker's key."""

    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey("key-0")])
    attacker: SigningKey = field(default_factory=lambda: SigningKey(ATTACKER_KID))

    def rotate(self) -> SigningKey:
        """Publish one more key and return it."""
        self.keys = [*self.keys, SigningKey(f"key-{len(self.keys)}")]
        return self.keys[-1]

    def key_set(self) -> dict[str, Any]:
        """Return the JWK Set."""
        return {"keys": [key.to_jwk() for key in self.keys]}

    def forged_key_set(self) -> dict[str, Any]:
        """Return a JWK Set in which the attacker's key has every `kid` that is in use, besides its own."""
        kids = [ATTACKER_KID, *(key.kid for key in self.keys)]
        return {"keys": [self.attacker.to_jwk(kid) for kid in kids]}

    def samples(self, new: SigningKey, *, is_server_up: bool, unknown: int) -> list[Sample]:
        """Return a round: good tokens of the cached and of a `new` key, and bad ones of each kind.

        `unknown` is the number of bad tokens whose `kid` is made up.
        """
        cached, past = self.keys[0], int(time.time()) - 600
        good = [
            Sample(cached.sign(), is_good=True, must_have_verdict=True),
            Sample(cached.sign(nonce=time.monotonic_ns()), is_good=True, must_have_verdict=True),
            Sample(new.sign(), is_good=True, must_have_verdict=is_server_up),
            Sample(new.sign(nonce=time.monotonic_ns()), is_good=True, must_have_verdict=is_server_up),
        ]
        forged = [self.attacker.sign(kid) for kid in (ATTACKER_KID, cached.kid, new.kid)]
        expired = [key.sign(exp=past) for key in (cached, new)]
        made_up = [self.attacker.sign(f"made-up-{i}-{time.monotonic_ns()}") for i in range(unknown)]
        other = [cached.sign(aud="https://other.example"), new.sign(aud="https://other.example")]
        broken = [cached.sign()[:-20], new.sign() + "A", "garbage", "", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0."]
        return [*good, *(Sample(text, is_good=False) for text in (*forged, *expired, *made_up, *other, *broken))]
