"""JSON Web Encryption in the compact form (RFC 7516): python-jose's `jose.jwe`, carried out natively.

A token is opened in one native step. Its tag is checked before anything is decrypted or unpadded, and whatever is wrong
with an encrypted key, a key or a ciphertext is one and the same error: `JWEError`, "Invalid JWE Auth Tag".
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeGuard

from fastjose import constants, jwk
from fastjose._core import CEK_BYTES, IV_BYTES, JweKey, JweToken, jwe_encrypt, jwe_header
from fastjose.backends import AESKey, RSAKey, cryptography_backend, get_random_bytes
from fastjose.constants import ALGORITHMS, JWE_SIZE_LIMIT, ZIPS
from fastjose.exceptions import JWEAlgorithmUnsupportedError, JWEError, JWEParseError
from fastjose.utils import base64url_decode, ensure_binary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose.backends.base import Key

__all__ = ["decrypt", "encrypt", "get_unverified_header"]


def encrypt(  # noqa: PLR0913, PLR0917 - python-jose's signature
    plaintext: str | bytes,
    key: str | bytes | Mapping[str, Any],
    encryption: str = ALGORITHMS.A256GCM,
    algorithm: str = ALGORITHMS.DIR,
    zip: str | None = None,  # noqa: A002 - python-jose's name for it
    cty: str | None = None,
    kid: str | None = None,
) -> bytes:
    """Encrypt to `key`, and return the compact JWE (RFC 7516 §5.1).

    Args:
        plaintext: The content; a str is encoded as UTF-8.
        key: The shared key itself (`dir`), a key that wraps (`A128KW` …), or an RSA public key as PEM or JWK.
        encryption: The header's `enc`: one of `ALGORITHMS.AES_JWE_ENC`.
        algorithm: The header's `alg`: `dir`, one of `ALGORITHMS.RSA_KW` or `ALGORITHMS.AES_KW`, or what
            `jwk.register_key` was given. Prefer RSA-OAEP-256 to the others of RSA.
        zip: `DEF` to compress, which tells by the length something of the content (RFC 8725 §3.6). It is written in
            the frame of zlib, which is all that python-jose reads; `decrypt` reads both.
        cty: The header's `cty`, the content's media type.
        kid: The header's `kid`, the id of the key.

    Raises:
        JWEError: An algorithm is not supported, or the key cannot wrap.
        JWKError: The key cannot be used with the algorithm.
        NotImplementedError: Another `zip`, or `encryption` is no content encryption.
        TypeError: `plaintext` is neither str nor bytes, or the header is no JSON.
    """
    content = ensure_binary(plaintext)
    for name in (algorithm, encryption):
        if name not in ALGORITHMS.SUPPORTED:
            raise JWEAlgorithmUnsupportedError(f"Algorithm {name} not supported.")
    constructed = jwk.construct(key, algorithm)
    header = _header(alg=algorithm, enc=encryption, zip=zip, cty=cty, kid=kid)
    if zip not in ZIPS.SUPPORTED:
        raise NotImplementedError(f"ZIP {zip} is not supported!")
    cek, encrypted_key = _new_key(constructed, algorithm, encryption)
    if encryption not in CEK_BYTES:
        raise NotImplementedError(f"enc {encryption} is not implemented!")
    # Each from where python-jose takes it: a test may have put something else there.
    iv = cryptography_backend.get_random_bytes(IV_BYTES[encryption])
    return jwe_encrypt(content, header, cek, encrypted_key, iv, encryption, zip is not None)


def decrypt(jwe_str: str | bytes, key: str | bytes | Mapping[str, Any]) -> bytes:
    """Decrypt a compact JWE (RFC 7516 §5.2).

    Args:
        jwe_str: The token, of at most `constants.JWE_SIZE_LIMIT` bytes, as is its plaintext.
        key: As `encrypt` takes it; RSA private. A JWK whose `alg` is an algorithm of RSA key encryption is used for
            that alone.

    Raises:
        JWEError: The token is refused. A `JWEParseError` if it is malformed, a `JWEAlgorithmUnsupportedError` if its
            algorithms are not supported or not the key's, a `JWEInvalidAuth` if it was not encrypted to the key or was
            changed.
        JWKError: The key cannot be used with the token's `alg`.
        TypeError: `jwe_str` is neither str nor bytes.
    """
    max_bytes = _max_bytes()
    token = _read(jwe_str, max_bytes)
    for name in (token.alg, token.enc):
        _refuse_unsupported(name)
    constructed = _construct(key, token.alg)
    if token.enc not in CEK_BYTES:
        raise JWEAlgorithmUnsupportedError(f"enc {token.enc} is not implemented")
    return _decrypted(token, constructed, max_bytes)


def get_unverified_header(jwe_str: str | bytes) -> dict[str, Any]:
    """Return the header of a compact JWE, which nobody has vouched for.

    Raises:
        JWEParseError: It is malformed.
        TypeError: `jwe_str` is neither str nor bytes.
    """
    text = _text(jwe_str)
    try:
        return jwe_header(text)
    except JWEParseError as error:
        raise _worded(error, text) from None


def _max_bytes() -> int:
    """Return the limit in force, whether it was changed here, as python-jose has it, or where it is defined."""
    return constants.JWE_SIZE_LIMIT if JWE_SIZE_LIMIT == _DEFINED_SIZE_LIMIT else JWE_SIZE_LIMIT


_DEFINED_SIZE_LIMIT = JWE_SIZE_LIMIT


def _header(**parameters: str | None) -> bytes:
    given = {name: value for name, value in parameters.items() if value}
    return json.dumps(given, separators=(",", ":"), sort_keys=True).encode()


def _new_key(key: Key, algorithm: str, encryption: str) -> tuple[bytes, bytes]:
    """Return a content encryption key and its encrypted form."""
    try:
        _refuse_other_purpose(algorithm)
        if algorithm == ALGORITHMS.DIR:
            return _shared_key(key), b""
        cek = get_random_bytes(_cek_bytes(encryption))
        return cek, bytes(memoryview(key.wrap_key(cek)))
    except NotImplementedError:
        raise JWEAlgorithmUnsupportedError(f"alg {algorithm} is not implemented") from None


def _shared_key(key: Key) -> bytes:
    """Return the octets of a key for `dir`, be it of a class of the caller's."""
    members = key.to_dict()
    if members["kty"] != "oct":
        raise NotImplementedError
    return base64url_decode(ensure_binary(members["k"]))


def _cek_bytes(encryption: str) -> int:
    if encryption not in CEK_BYTES:
        raise NotImplementedError
    return CEK_BYTES[encryption]


def _text(jwe_str: str | bytes) -> bytes:
    with suppress(UnicodeEncodeError):
        return ensure_binary(jwe_str)
    # Not within a handler: Python's error, which holds the whole token, would be this one's context.
    raise JWEParseError("Not enough segments")


def _read(jwe_str: str | bytes, max_bytes: int) -> JweToken:
    text = _text(jwe_str)
    try:
        return JweToken(text, max_bytes)
    except JWEParseError as error:
        raise _worded(error, text) from None


def _worded(error: JWEParseError, text: bytes) -> JWEParseError:
    """Return `error` in the words of Python's JSON reader, which are python-jose's, if that refuses the header too."""
    if str(error) != "Invalid header string: must be valid JSON":
        return error
    try:
        json.loads(base64url_decode(text.split(b".", 1)[0]))
    except RecursionError:
        return error
    except ValueError as refused:
        error.args = (f"Invalid header string: {refused}",)
    return error


def _refuse_unsupported(name: str) -> None:
    if name in ALGORITHMS.SUPPORTED:
        return
    # No more than a registered name is shown of what the token holds.
    text = f"Algorithm {name} not supported." if name in ALGORITHMS.ALL else "Algorithm not supported."
    raise JWEAlgorithmUnsupportedError(text)


def _construct(key: str | bytes | Mapping[str, Any], alg: str) -> Key:
    _refuse_other_alg(key, alg)
    if not isinstance(key, (str, bytes, dict)):
        return jwk.construct(key, alg)
    # With a key of a right type, it is the token that asks what cannot be done with it.
    with suppress(TypeError, ValueError, LookupError, AttributeError):
        return jwk.construct(key, alg)
    raise JWEError("The key cannot be used with the token's alg.")


def _refuse_other_alg(key: str | bytes | Mapping[str, Any], alg: str) -> None:
    """One that serves `RSA1_5` beside RSA-OAEP lends the weakness of the first to the second (RFC 8725 §3.1)."""
    own = key.get("alg") if isinstance(key, dict) else None
    if isinstance(own, str) and own in ALGORITHMS.RSA_KW and own != alg:
        raise JWEAlgorithmUnsupportedError("The specified alg value is not allowed")


def _decrypted(token: JweToken, key: Key, max_bytes: int) -> bytes:
    try:
        _refuse_other_purpose(token.alg)
        if token.alg == ALGORITHMS.DIR:
            return token.decrypt(JweKey(_shared_key(key), ALGORITHMS.DIR), max_bytes)
        if token.alg in _WRAPPING and _unwraps_natively(key):
            return token.decrypt(key.jwe_key(), max_bytes)
        return token.decrypt_with(_unwrapped(key, token), max_bytes)
    except NotImplementedError:
        raise JWEAlgorithmUnsupportedError(f"alg {token.alg} is not implemented") from None


_WRAPPING = ALGORITHMS.RSA_KW | ALGORITHMS.AES_KW


def _refuse_other_purpose(alg: str) -> None:
    """Refuse the name of a signature or of content encryption: an AES key would wrap under any name that it has."""
    if alg not in _WRAPPING and alg != ALGORITHMS.DIR and alg not in ALGORITHMS.KEYS:
        raise NotImplementedError


def _unwraps_natively(key: Key) -> TypeGuard[AESKey | RSAKey]:
    return type(key).unwrap_key in (AESKey.unwrap_key, RSAKey.unwrap_key)


def _unwrapped(key: Key, token: JweToken) -> bytes | None:
    """Return the content encryption key, decrypted in Python by a class of the caller's."""
    try:
        return bytes(memoryview(key.unwrap_key(token.encrypted_key)))
    except NotImplementedError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, a sender must not learn of it (RFC 7516 §11.5)
        return None
