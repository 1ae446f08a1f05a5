"""fastjose: `Verifier`, with its defaults."""

from __future__ import annotations

import base64
from typing import Any

from fastjose import JOSEError, JWTError, Verifier, __version__
from support.scores.peers.question import ALL_ALGORITHMS, Peer, Verification

PAYLOAD = "Invalid payload string: must be"


def read_key(key: dict[str, Any]) -> Any:
    """Return the key in the form that `Verifier` takes."""
    if key["form"] == "list":
        return [read_key(member) for member in key["keys"]]
    return key["jwk"] if "jwk" in key else base64.b64decode(key["data"])


def prepare(question: dict[str, Any]) -> Verification:
    """Create the verifier."""
    verifier = Verifier(
        read_key(question["key"]),
        algorithms=question["algorithms"] or None,
        issuer=question["issuer"],
        audience=question["audience"],
        subject=question["subject"],
        typ=question["typ"],
        required=question["required"],
        leeway_seconds=question["leeway"],
    )
    if question["signature_only"]:
        return lambda token: verify_signature(verifier, token)
    return verifier.verify


def verify_signature(verifier: Verifier, token: Any) -> None:
    """Verify a token whose payload is not JSON: the error of the payload comes after that of the signature."""
    try:
        verifier.verify(token)
    except JWTError as error:
        if not str(error).startswith(PAYLOAD):
            raise


PEER = Peer(__version__, (JOSEError,), ALL_ALGORITHMS, prepare, takes_text=False)
