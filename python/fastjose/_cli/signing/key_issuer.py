"""An issuer that signs with the key of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._cli.errors import CommandError
from fastjose._cli.inputs import read_text
from fastjose._cli.signing.key_files import parse_keys
from fastjose._cli.signing.loaded_key import LoadedKey
from fastjose._core import MIN_SECRET_BYTES, KeyMaterial
from fastjose.exceptions import JWKError
from fastjose.testing import TokenIssuer
from fastjose.utils import base64url_decode

if TYPE_CHECKING:
    from pathlib import Path

_RSA_DEFAULT = "RS256"
_SECRET_DEFAULT = "HS256"  # noqa: S105 - an algorithm


def issuer_of_file(file: Path, algorithm: str | None) -> tuple[TokenIssuer, str | None]:
    """Return an issuer that signs with the key in `file`, and the `kid` of its tokens.

    Args:
        file: A file with one private key in PEM, one private JWK, or a secret as text.
        algorithm: The algorithm, which a secret as text requires. Defaults to that of the key, or RS256 for RSA.

    Raises:
        CommandError: The file cannot be read, the key is public, or it cannot sign with the algorithm.
    """
    text = read_text(file, "key")
    key = _load(text, str(file), algorithm)
    try:
        if key.is_secret:
            return _issuer_of_secret(key, key.choose_algorithm(algorithm) or _SECRET_DEFAULT), key.kid
        chosen = key.choose_algorithm(algorithm) or _RSA_DEFAULT
        issuer = TokenIssuer(None, algorithm=chosen, private_key=key.material.to_pem("PKCS8").decode())
    except (JWKError, ValueError) as error:
        raise CommandError(f"{file} must contain a key that can sign with the algorithm: {error}") from None
    return issuer, str(key.to_public_jwk(chosen)["kid"])


def _load(text: str, label: str, algorithm: str | None) -> LoadedKey:
    if algorithm in MIN_SECRET_BYTES and not text.startswith("{"):
        return _load_secret(text, label)
    keys = parse_keys(text, label)
    if len(keys) != 1:
        raise CommandError(f"{label} must contain one key")
    if not keys[0].is_secret and not keys[0].material.is_private:
        raise CommandError(f"{label} must contain a private key: a public key verifies tokens, it cannot sign them")
    return keys[0]


def _load_secret(text: str, label: str) -> LoadedKey:
    """Return a secret. A key in PEM is not one: an attacker may know it (RFC 8725 §2.1)."""
    try:
        return LoadedKey(KeyMaterial(text, "oct"))
    except JWKError as error:
        raise CommandError(f"{label} must contain a shared secret for HS256, HS384 or HS512: {error}") from None


def _issuer_of_secret(key: LoadedKey, algorithm: str) -> TokenIssuer:
    secret = base64url_decode(key.material.to_jwk()["k"].encode())
    return TokenIssuer(None, algorithm=algorithm, secret=secret)
