"""The thumbprint of a public key (RFC 7638), which is its id by default."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
"""The members that identify a key, in their order (RFC 7638 §3.2, RFC 8037 §2)."""


def compute_thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the SHA-256 thumbprint of a public or private JWK, in base64url. A private key has that of its public key.

    A secret must have none: its thumbprint would let an attacker test guesses (RFC 7638 §7).
    """
    members = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
