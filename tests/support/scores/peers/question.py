"""What a peer is, and parts of a question that several peers read in the same way."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Verification = Callable[[Any], object]

ALL_ALGORITHMS = [
    *(f"{family}{bits}" for family in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512)),
    "ES256K",
    "EdDSA",
    "Ed25519",
]
KTY_OF_FAMILY = {"HS": "oct", "RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class Inexpressible(Exception):  # noqa: N818 - an answer
    """The library has no form for the key, or no option for an expectation. The question does not count."""


@dataclass(frozen=True)
class Peer:
    """A library: its version, base exceptions, algorithms, and what prepares a verification."""

    version: str
    errors: tuple[type[BaseException], ...]
    algorithms: list[str]
    prepare: Callable[[dict[str, Any]], Verification]
    takes_text: bool = True


def read_bytes(key: dict[str, Any], *forms: str) -> bytes:
    """Return a key in bytes that has one of `forms`."""
    if key["form"] not in forms:
        raise Inexpressible(key["form"])
    return base64.b64decode(key["data"])


def find_kty(algorithms: list[str]) -> str:
    """Return the `kty` of the first algorithm: a program knows which key it has."""
    return KTY_OF_FAMILY[algorithms[0][:2]]


def has_secret(jwk: Any) -> bool:
    """Return whether a JWK, or one of a JWK Set, is a secret."""
    keys = jwk.get("keys")
    return any(isinstance(key, dict) and key.get("kty") == "oct" for key in (keys if isinstance(keys, list) else [jwk]))


def refuse(question: dict[str, Any], *options: str) -> None:
    """Refuse a question that needs one of `options`."""
    for option in options:
        if question[option]:
            raise Inexpressible(option)
