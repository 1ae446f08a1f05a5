"""Files with keys: reading PEM, JWK and JWK Set, and writing new files that their owner alone can read."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from fastjose._cli.errors import CommandError
from fastjose._cli.signing.loaded_key import LoadedKey
from fastjose._core import KeyMaterial
from fastjose.exceptions import JWKError

if TYPE_CHECKING:
    from pathlib import Path

MAX_KEYS = 1_000
"""The number of keys that a JWK Set may have."""

_PEM_MARK = "-----BEGIN "
_KEY_TYPES = ("RSA", "EC", "OKP", "oct")


def parse_keys(text: str, label: str) -> list[LoadedKey]:
    """Return the keys of a text: one of PEM or of a JWK, those of a JWK Set.

    Args:
        text: The text.
        label: The name of its source, for messages.

    Raises:
        CommandError: The text is none of these, or a key cannot be used. The message contains no part of a key.
    """
    if _PEM_MARK in text:
        return [LoadedKey(_parse(text[text.index(_PEM_MARK) :], "RSA", label))]
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise CommandError(f"{label} must be a key in PEM, a JWK or a JWK Set")
    members = content.get("keys", [content])
    if not isinstance(members, list) or not 0 < len(members) <= MAX_KEYS:
        raise CommandError(f"{label} must be a JWK Set of 1 to {MAX_KEYS:,} keys")
    return [_parse_jwk(member, label) for member in members]


def _parse_jwk(jwk: Any, label: str) -> LoadedKey:
    kty = jwk.get("kty") if isinstance(jwk, dict) else None
    if kty not in _KEY_TYPES:
        raise CommandError(f"{label} must contain keys whose kty is one of {', '.join(_KEY_TYPES)}")
    kid, algorithm = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        raise CommandError(f"{label} must contain keys whose kid and alg are strings")
    return LoadedKey(_parse(jwk, kty, label), kid, algorithm)


def _parse(key: str | dict[str, Any], kty: str, label: str) -> KeyMaterial:
    """Return the key. If it is PEM, its own type counts in place of `kty`."""
    try:
        return KeyMaterial(key, kty)
    except (JWKError, ValueError, TypeError) as error:
        raise CommandError(f"{label} must contain a key that can be used: {error}") from None


def write_new_file(path: Path, content: str, mode: int = 0o600) -> None:
    """Create a file. By default its owner alone can read it.

    Raises:
        CommandError: The file exists, which also holds for a symbolic link, or it cannot be written.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            try:
                file.write(content)
                file.flush()
            except BaseException:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
    except FileExistsError:
        raise CommandError(f"{path} must not exist: files are never overwritten") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not the name of a file"
        raise CommandError(f"{path} must be a file that can be created: {reason}") from None
