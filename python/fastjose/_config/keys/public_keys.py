"""The keys of public-key mode: `JWT_PUBLIC_KEY`, in the forms in which consoles, shells and containers pass it on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastjose._config.keys.secret_files import is_path
from fastjose._config.setting_values import restore_line_feeds, unquote
from fastjose._core import Key
from fastjose.exceptions import ConfigurationError, JWKError

if TYPE_CHECKING:
    from pydantic import SecretStr

_VARIABLE = "JWT_PUBLIC_KEY"
_EXPECTED = (
    f"{_VARIABLE} must be a public key in PEM (-----BEGIN PUBLIC KEY-----), a JWK or JWK Set as JSON, or the path of a "
    "file with one of them"
)
_PRIVATE = (
    f"{_VARIABLE} must be the public key, but the private key is set: export the public key with `openssl pkey "
    "-pubout`, and treat the private key as disclosed"
)
_DEFAULT_RSA_ALGORITHM = "RS256"
_MAX_FILE_BYTES = 1_048_576
_MAX_PATH_CHARS = 4_096
_BARE_SPKI = re.compile(r"M[A-Za-z0-9+/\s]{55,}={0,2}")
"""The base64 of a public key without the first and last line of PEM, as Keycloak shows that of a realm."""


def build_public_keys(value: SecretStr, algorithm: str | None) -> list[Key]:
    """Return the keys in a value of `JWT_PUBLIC_KEY` that are for `algorithm`, each restricted to one algorithm.

    Args:
        value: PEM, a JWK or JWK Set as JSON, or the path of a file with one of them.
        algorithm: The only algorithm. Defaults to the one that a key determines, and to RS256 for an RSA key.

    Raises:
        ValueError: The value is something else, is a private key, or does not fit `algorithm`. The text contains
            nothing of it.
    """
    text = value.get_secret_value()
    materials = _read_materials(text)
    if materials is None:
        materials = _read_materials(_read_file(unquote(text)))
    if materials is None:
        raise ConfigurationError(f"{_EXPECTED}: the file contains neither", variable=_VARIABLE)
    keys = [_build_key(material, algorithm, position) for position, material in enumerate(materials, 1)]
    return _select_keys(keys, algorithm)


def _read_materials(text: str) -> list[str | dict[str, Any]] | None:
    """Return what keys are built from, or None if the text is neither PEM nor JSON.

    Raises:
        ValueError: The text is a private key, invalid JSON, or JSON without keys.
    """
    text = unquote(text)
    if "PRIVATE KEY" in text:
        raise ConfigurationError(_PRIVATE, code="private_key", variable=_VARIABLE)
    if text.startswith("{"):
        return _read_json(text)
    if "-----BEGIN" in text:
        return [_read_pem(text)]
    if _BARE_SPKI.fullmatch(text):
        return [f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----"]
    return None


def _read_pem(text: str) -> str:
    """Return PEM with its line feeds.

    Raises:
        ValueError: There are several public keys, of which all but one would be ignored.
    """
    if text.count("-----BEGIN") > text.count("-----BEGIN CERTIFICATE-----") + 1:
        raise ConfigurationError(
            f"{_VARIABLE} must have one public key as PEM: set several as a JWK Set", variable=_VARIABLE
        )
    return restore_line_feeds(text)


def _read_json(text: str) -> list[str | dict[str, Any]]:
    """Return the JWK, or the members of a JWK Set that are not for encryption.

    Raises:
        ValueError: The text is not JSON, or has no such key, or a private or secret one.
    """
    content = _parse_json(text) or _parse_json(text.replace('\\"', '"'))
    members = content.get("keys", [content] if content else [])
    members = members if isinstance(members, list) else []
    if any(not isinstance(member, dict) for member in members):
        raise ConfigurationError(f"{_EXPECTED}: a member of the JWK Set is not an object", variable=_VARIABLE)
    if any("d" in member or "k" in member or member.get("kty") == "oct" for member in members):
        raise ConfigurationError(_PRIVATE, code="private_key", variable=_VARIABLE)
    keys = [member for member in members if member.get("use") != "enc"]
    if not keys:
        raise ConfigurationError(f"{_EXPECTED}: the JSON has no key that verifies signatures", variable=_VARIABLE)
    return keys


def _parse_json(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _read_file(path: str) -> str:
    """Return the text of a file.

    Raises:
        ValueError: The file is missing, or cannot be read. The text does not contain the path.
    """
    problem, is_unreadable = "it is neither PEM nor JSON, and no file has this path", is_path(path)
    if "://" in path:
        problem, is_unreadable = "for the URL of a JWK Set, set JWKS_URL", False
    elif path and len(path) <= _MAX_PATH_CHARS and path.isprintable():
        try:
            with Path(path).open("rb") as file:
                return file.read(_MAX_FILE_BYTES).decode("utf-8-sig")
        except UnicodeError:
            problem, is_unreadable = "the file must be UTF-8 text", False
        except FileNotFoundError:
            pass
        except OSError as error:
            problem, is_unreadable = f"the file cannot be read: {error.strerror or 'the path is not valid'}", True
    # Outside the handlers: the caught error contains the path, and must not be the context of this one.
    code = "file_unreadable" if is_unreadable else "invalid_value"
    raise ConfigurationError(f"{_EXPECTED}: {problem}", code=code, variable=_VARIABLE)


def _build_key(material: str | dict[str, Any], algorithm: str | None, position: int) -> Key:
    """Return a key that is restricted to one algorithm: to `algorithm`, if it can verify that.

    Raises:
        ValueError: The material cannot be used.
    """
    try:
        key = Key(material)
        if len(key.algorithms) > 1:
            only = algorithm if algorithm in key.algorithms else _DEFAULT_RSA_ALGORITHM
            key = Key(material, algorithm=only)
    except (ValueError, TypeError, JWKError) as error:
        raise ConfigurationError(f"{_VARIABLE}, key {position}: {error}", variable=_VARIABLE) from None
    return key


def _select_keys(keys: list[Key], algorithm: str | None) -> list[Key]:
    """Return the keys for `algorithm`, or all keys if it is None.

    Raises:
        ValueError: No key is for it.
    """
    if algorithm is None:
        return keys
    algorithm = "EdDSA" if algorithm == "Ed25519" else algorithm  # two names of one algorithm (RFC 9864 §2.2)
    selected = [key for key in keys if algorithm in key.algorithms]
    if not selected:
        names = sorted({name for key in keys for name in key.algorithms})
        raise ConfigurationError(
            f"JWT_ALGORITHM must fit {_VARIABLE}, whose keys are for {', '.join(names)}", variable="JWT_ALGORITHM"
        )
    return selected
