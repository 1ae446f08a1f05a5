"""ryjwt, the fastest peer. It needs CPython 3.12, and is left out below it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from benches.support.fixtures import KEY_TYPES, ORIGIN, get_key_pair
from benches.support.library import Library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.support.library import Call, KeyForm

IS_INSTALLED = find_spec("ryjwt") is not None
MISSING = f"ryjwt is left out: it needs CPython 3.12 or newer, and this is CPython {platform.python_version()}"


@dataclass(frozen=True)
class RyjwtLibrary(Library):
    """`ryjwt`, whose key objects contain the expected issuer and audience."""

    def prepare_verification(self, token: str, algorithm: str, key_form: KeyForm) -> Call:
        """Return a function that verifies `token`. ryjwt takes no text, so each call with text creates the key."""
        create_key = self.create_verification_key
        if key_form == "text":
            return lambda: create_key(algorithm).decode(token)
        return partial(create_key(algorithm).decode, token)

    def prepare_signing(self, claims: Mapping[str, Any], algorithm: str, key_form: KeyForm) -> Call:
        """Return a function that signs `claims`."""
        create_key, claims = self.create_signing_key, dict(claims)
        if key_form == "text":
            return lambda: create_key(algorithm).encode(claims)
        return partial(create_key(algorithm).encode, claims)


def import_ryjwt() -> Library | None:
    """Return ryjwt, or None if it is not installed."""
    if not IS_INSTALLED:
        return None
    import ryjwt  # noqa: PLC0415 - it may be missing

    def create_key(key_class: Any, text: str, algorithm: str) -> Any:
        is_secret = KEY_TYPES[algorithm] == "oct"
        return (ryjwt.SecretKey if is_secret else key_class)(
            text, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN
        )

    return RyjwtLibrary(
        "ryjwt",
        "ryjwt",
        decode=ryjwt.PublicKey.decode,
        encode=ryjwt.PrivateKey.encode,
        create_verification_key=lambda algorithm: create_key(
            ryjwt.PublicKey, get_key_pair(algorithm).verification_key, algorithm
        ),
        create_signing_key=lambda algorithm: create_key(
            ryjwt.PrivateKey, get_key_pair(algorithm).signing_key, algorithm
        ),
    )


def create_ryjwt_key_set(jwk_set: Mapping[str, Any], algorithm: str) -> Any:
    """Return a key of ryjwt that holds the keys of a JWK Set. ryjwt must be installed."""
    import ryjwt  # noqa: PLC0415 - it may be missing

    return ryjwt.PublicKey.from_jwks(jwk_set, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)


def open_jwks_client(url: str) -> Any:
    """Return a `JWKSClient` of ryjwt that has fetched the keys behind `url`, or None if ryjwt is not installed."""
    if not IS_INSTALLED:
        return None
    import ryjwt  # noqa: PLC0415 - it may be missing

    client = ryjwt.JWKSClient(url, algorithms=["EdDSA"], issuer=ORIGIN, audience=ORIGIN)
    client.refresh()
    return client


def describe_missing_libraries() -> list[str]:
    """Return a sentence about ryjwt if it is not installed, or nothing."""
    return [] if IS_INSTALLED else [MISSING]
