"""Ed25519 keys, made in advance, so that an interpreter without the package cryptography can rotate them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = (
    ("sbBHY8eusF6WaBkwQlgVTcDIpOT4S69g1HdWcySHrDs", "hYuJtK5nv5dyHjBhu4J6LjbLKKjHwxZSQM6TGQuGEBw"),
    ("hFgxQs2-ktAL7pvMTQDAfWDuezQ-LgDWllk9PJVNazc", "H1KkZ4KnfW3ck7sN0_6izQSTmFTsQUtwSI1VK8mevfI"),
    ("x7bz59eTyi9myFuxZXWfC2fLngOJbL7pz36JT8h_9wQ", "RCMGVSSMUJCzLY7R4Ue4TB8f3jjpjjbMK2m3QCOIybA"),
    ("txAM33eH5uSqR30MEm5wWU1uvM7YTeTDx1NZC2J_Fs8", "6c4oTEcUn2-MEx1oMmK4HG-t4HAO_zvS9Untn9wXaT4"),
    ("Fd_j6zD38JZD1IY-t23t0Di1Fb99pVvhXgmU33v7PEA", "VruxlnI1BU9STUuJplNFq2w3jxaNJQe1qDDxGO3reFA"),
)
_ATTACKER = ("9UPIy8FC3AYh5S-RJ6710vWxq0S473EOwhZI1jK72co", "sdkFlp_AYr5pGA2Lap9SxYBuC2l_aSm1xX3ogfjg9lI")
"""Private and public parts."""


def _jwk(parts: tuple[str, str]) -> dict[str, str]:
    private, public = parts
    return {"kty": "OKP", "crv": "Ed25519", "d": private, "x": public}


def private_key(number: int) -> Mapping[str, str]:
    """Return the private key of that number. The next numbers have other keys."""
    return _jwk(_KEYS[number % len(_KEYS)])


def public_key(number: int) -> dict[str, str]:
    """Return the public key of that number, with its `kid`."""
    members = {name: value for name, value in private_key(number).items() if name != "d"}
    return {**members, "alg": "EdDSA", "kid": kid(number)}


def attacker_key() -> Mapping[str, str]:
    """Return a private key that is never published."""
    return _jwk(_ATTACKER)


def kid(number: int) -> str:
    """Return the `kid` of the key of that number."""
    return f"key-{number}"
