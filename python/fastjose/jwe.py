"""JSON Web Encryption (RFC 7516) in the compact form, with the API of `jose.jwe`.

Example::

    key = os.urandom(32)
    token = jwe.encrypt("content", key, encryption="A256GCM", algorithm="dir")
    assert jwe.decrypt(token, key) == b"content"

The native core decrypts a token in one step. It verifies the tag before it decrypts or unpads. A wrong encrypted key,
key, ciphertext or tag raises the same error, `JWEInvalidAuth` "Invalid JWE Auth Tag" (RFC 7516 §11.5).
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeGuard

from fastjose import constants, jwk
from fastjose._core import CEK_BYTES, IV_BYTES, JweKey, JweToken, jwe_encrypt, jwe_header
from fastjose._tracebacks import hide_arguments
from fastjose.backends import AESKey, DIRKey, RSAKey, cryptography_backend, get_random_bytes
from fastjose.constants import ALGORITHMS, JWE_SIZE_LIMIT, ZIPS
from fastjose.exceptions import JWEAlgorithmUnsupportedError, JWEError, JWEParseError
from fastjose.utils import base64url_decode, ensure_binary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose.backends.base import Key

__all__ = ["decrypt", "encrypt", "get_unverified_header"]


@hide_arguments
def encrypt(  # noqa: PLR0913, PLR0917 - python-jose's signature
    plaintext: str | bytes,
    key: str | bytes | Mapping[str, Any],
    encryption: str = ALGORITHMS.A256GCM,
    algorithm: str = ALGORITHMS.DIR,
    zip: str | None = None,  # noqa: A002 - python-jose's name for it
    cty: str | None = None,
    kid: str | None = None,
) -> bytes:
    """Encrypt content, and return a compact JWE (RFC 7516 §5.1).

    Args:
        plaintext: The content. A str is encoded as UTF-8.
        key: The key for `algorithm`: the shared key itself (`dir`), a wrapping key (`A128KW` …), or an RSA public key
            as PEM or JWK.
        encryption: The header's `enc`: one of `ALGORITHMS.AES_JWE_ENC`. Defaults to A256GCM.
        algorithm: The header's `alg`: `dir`, one of `ALGORITHMS.RSA_KW` or `ALGORITHMS.AES_KW`, or an algorithm that
            was registered with `jwk.register_key`. Defaults to `dir`. For RSA, prefer RSA-OAEP-256.
        zip: `DEF` to compress the content. The length of the token then reveals information about the content (RFC 8725
            §3.6). The compressed content has a zlib header, because python-jose requires it. `decrypt` accepts it with
            and without.
        cty: The header's `cty`, the media type of the content.
        kid: The header's `kid`, the id of the key.

    Returns:
        The token, in ASCII.

    Raises:
        JWEError: An algorithm is not supported, or the key does not support key wrapping.
        JWKError: The key cannot be used with the algorithm.
        NotImplementedError: `zip` is not supported, or `encryption` is not a content encryption algorithm.
        TypeError: `plaintext` is neither str nor bytes, or a header parameter is not a JSON value.
    """
    content = ensure_binary(plaintext)
    for name in (algorithm, encryption):
        if name not in ALGORITHMS.SUPPORTED:
            raise JWEAlgorithmUnsupportedError(f"Algorithm {name} not supported.")
    constructed = jwk.construct(key, algorithm)
    header = _encode_header(alg=algorithm, enc=encryption, zip=zip, cty=cty, kid=kid)
    if zip not in ZIPS.SUPPORTED:
        raise NotImplementedError(f"ZIP {zip} is not supported!")
    cek, encrypted_key = _generate_cek(constructed, algorithm, encryption)
    if encryption not in CEK_BYTES:
        raise NotImplementedError(f"enc {encryption} is not implemented!")
    # Called through python-jose's module, so that a test can patch it there.
    iv = cryptography_backend.get_random_bytes(IV_BYTES[encryption])
    return jwe_encrypt(content, header, cek, encrypted_key, iv, encryption, zip is not None)


@hide_arguments
def decrypt(jwe_str: str | bytes, key: str | bytes | Mapping[str, Any]) -> bytes:
    """Decrypt a compact JWE (RFC 7516 §5.2).

    Args:
        jwe_str: The token. The token and its content must each have at most `constants.JWE_SIZE_LIMIT` bytes.
        key: The shared key itself (`dir`), a wrapping key (`A128KW` …), or an RSA private key as PEM or JWK. If the
            `alg` of a JWK is an algorithm of RSA key encryption, the key is used only for this algorithm.

    Returns:
        The content.

    Raises:
        JWEParseError: The token is malformed.
        JWEAlgorithmUnsupportedError: An algorithm of the token is not supported, or not allowed for the key.
        JWEInvalidAuth: The token was encrypted with another key, or was modified.
        JWEError: The token is rejected for another reason, such as its size.
        JWKError: The key cannot be used with the token's `alg`.
        TypeError: `jwe_str` is neither str nor bytes.
    """
    max_bytes = _max_bytes()
    token = _parse_token(jwe_str, max_bytes)
    for name in (token.alg, token.enc):
        _check_supported(name)
    return _decrypt(token, _construct_key(key, token.alg), max_bytes)


@hide_arguments
def get_unverified_header(jwe_str: str | bytes) -> dict[str, Any]:
    """Return the header of a compact JWE without decryption. An attacker may have written it.

    Args:
        jwe_str: The token, of at most `constants.JWE_SIZE_LIMIT` bytes.

    Raises:
        JWEParseError: The token is malformed.
        JWEError: The token is too long.
        TypeError: `jwe_str` is neither str nor bytes.
    """
    token_bytes = _encode_token(jwe_str)
    try:
        return jwe_header(token_bytes, _max_bytes())
    except JWEParseError as error:
        raise _with_json_message(error, token_bytes) from None


def _max_bytes() -> int:
    """Return the size limit in bytes. An application may change it in this module, or in `fastjose.constants`."""
    return constants.JWE_SIZE_LIMIT if JWE_SIZE_LIMIT == _DEFAULT_SIZE_LIMIT else JWE_SIZE_LIMIT


_DEFAULT_SIZE_LIMIT = JWE_SIZE_LIMIT


def _encode_header(**parameters: str | None) -> bytes:
    """Return the protected header as JSON, without parameters that are None or empty."""
    given = {name: value for name, value in parameters.items() if value}
    return json.dumps(given, separators=(",", ":"), sort_keys=True).encode()


def _generate_cek(key: Key, algorithm: str, encryption: str) -> tuple[bytes, bytes]:
    """Return a content encryption key and its encrypted form, which is empty for `dir`.

    Raises:
        JWEAlgorithmUnsupportedError: `algorithm` is not a key management algorithm, or `key` does not support it.
    """
    try:
        _check_key_management_alg(algorithm)
        if algorithm == ALGORITHMS.DIR:
            return _get_shared_key(key), b""
        cek, encrypted_key = _get_key_wrap_cek(encryption, key)
        return cek, bytes(memoryview(encrypted_key))
    except NotImplementedError:
        raise JWEAlgorithmUnsupportedError(f"alg {algorithm} is not implemented") from None


def _get_key_wrap_cek(enc: str, key: Key) -> tuple[bytes, bytes]:
    """Return a random content encryption key and its encrypted form. Programs replace this function of python-jose.

    Raises:
        NotImplementedError: `enc` is not a content encryption algorithm, or `key` does not wrap keys.
    """
    cek = get_random_bytes(_get_cek_bytes(enc))
    return cek, key.wrap_key(cek)


def _get_shared_key(key: Key) -> bytes:
    """Return the bytes of a key for `dir`. The class of the key may be registered by the application.

    Raises:
        NotImplementedError: The key is not symmetric.
    """
    if type(key) is DIRKey:
        return key._key  # noqa: SLF001 - the bytes themselves: a JWK would leave copies of the key in memory
    members = key.to_dict()
    if members["kty"] != "oct":
        raise NotImplementedError
    return base64url_decode(ensure_binary(members["k"]))


def _get_cek_bytes(encryption: str) -> int:
    """Return the length of a content encryption key in bytes.

    Raises:
        NotImplementedError: `encryption` is not a content encryption algorithm.
    """
    if encryption not in CEK_BYTES:
        raise NotImplementedError
    return CEK_BYTES[encryption]


def _encode_token(jwe_str: str | bytes) -> bytes:
    """Return a token as bytes.

    Raises:
        JWEParseError: The token has a lone surrogate.
        TypeError: The token is neither str nor bytes.
    """
    with suppress(UnicodeEncodeError):
        return ensure_binary(jwe_str)
    # Outside the handler: Python's error contains the whole token, and must not be the context of this one.
    raise JWEParseError("Not enough segments")


def _parse_token(jwe_str: str | bytes, max_bytes: int) -> JweToken:
    """Return the parsed token.

    Raises:
        JWEError: The token is malformed, too long, or requires an extension.
    """
    token_bytes = _encode_token(jwe_str)
    try:
        return JweToken(token_bytes, max_bytes)
    except JWEParseError as error:
        raise _with_json_message(error, token_bytes) from None


def _with_json_message(error: JWEParseError, token: bytes) -> JWEParseError:
    """Return `error` with python-jose's message, which is that of Python's `json`, if `json` rejects the header too."""
    if str(error) != "Invalid header string: must be valid JSON":
        return error
    try:
        json.loads(base64url_decode(token.split(b".", 1)[0]))
    except RecursionError:
        return error
    except ValueError as json_error:
        error.args = (f"Invalid header string: {json_error}",)
    return error


def _check_supported(name: str) -> None:
    """Raise a `JWEAlgorithmUnsupportedError` if an algorithm of a token is not supported."""
    if name in ALGORITHMS.SUPPORTED:
        return
    # The message contains the name only if it is a registered one. Any other text is part of the token.
    text = f"Algorithm {name} not supported." if name in ALGORITHMS.ALL else "Algorithm not supported."
    raise JWEAlgorithmUnsupportedError(text)


def _construct_key(key: str | bytes | Mapping[str, Any], alg: str) -> Key:
    """Return the key object for the token's `alg`.

    Raises:
        JWEError: The key does not support `alg`.
        JWKError: The key is invalid.
    """
    _check_alg_of_jwk(key, alg)
    if not isinstance(key, (str, bytes, dict)):
        return jwk.construct(key, alg)
    # The key has a valid type, so the token's `alg` causes the error, and the token is rejected.
    with suppress(TypeError, ValueError, LookupError, AttributeError):
        return jwk.construct(key, alg)
    raise JWEError("The key cannot be used with the token's alg.")


def _check_alg_of_jwk(key: str | bytes | Mapping[str, Any], alg: str) -> None:
    """Raise a `JWEAlgorithmUnsupportedError` if a JWK is for another algorithm of RSA key encryption.

    A key for both `RSA1_5` and RSA-OAEP would give RSA-OAEP the weakness of `RSA1_5` (RFC 8725 §3.1).
    """
    jwk_alg = key.get("alg") if isinstance(key, dict) else None
    if isinstance(jwk_alg, str) and jwk_alg in ALGORITHMS.RSA_KW and jwk_alg != alg:
        raise JWEAlgorithmUnsupportedError("The specified alg value is not allowed")


def _decrypt(token: JweToken, key: Key, max_bytes: int) -> bytes:
    """Return the content of a token.

    Raises:
        JWEError: The token cannot be decrypted with the key.
    """
    try:
        _check_key_management_alg(token.alg)
        if token.enc not in CEK_BYTES:
            raise JWEAlgorithmUnsupportedError(f"enc {token.enc} is not implemented")
        if token.alg == ALGORITHMS.DIR:
            return token.decrypt(JweKey(_get_shared_key(key), ALGORITHMS.DIR), max_bytes)
        if token.alg in _WRAPPING_ALGORITHMS and _is_native_unwrapping_key(key):
            return token.decrypt(key.jwe_key(), max_bytes)
        return token.decrypt_with(_unwrap_with_python_key(key, token), max_bytes)
    except NotImplementedError:
        raise JWEAlgorithmUnsupportedError(f"alg {token.alg} is not implemented") from None


_WRAPPING_ALGORITHMS = ALGORITHMS.RSA_KW | ALGORITHMS.AES_KW


def _check_key_management_alg(alg: str) -> None:
    """Raise `NotImplementedError` unless `alg` is a key management algorithm.

    An AES key wraps under any of its algorithms, so it would accept the name of a content encryption algorithm.
    """
    if alg not in _WRAPPING_ALGORITHMS and alg != ALGORITHMS.DIR and alg not in ALGORITHMS.KEYS:
        raise NotImplementedError


def _is_native_unwrapping_key(key: Key) -> TypeGuard[AESKey | RSAKey]:
    """Return whether `unwrap_key` of the key is that of `AESKey` or `RSAKey`, so that the core can call it."""
    return type(key).unwrap_key in (AESKey.unwrap_key, RSAKey.unwrap_key)


def _unwrap_with_python_key(key: Key, token: JweToken) -> bytes | None:
    """Return the content encryption key, decrypted by a key class of the application. None if that failed."""
    try:
        return bytes(memoryview(key.unwrap_key(token.encrypted_key)))
    except NotImplementedError:
        raise
    except Exception:  # noqa: BLE001 - a sender must not find out why it failed (RFC 7516 §11.5)
        return None
