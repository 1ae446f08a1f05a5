"""Differences in JWE."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from fastjose.constants import JWE_SIZE_LIMIT
from support.python_jose.differential.jwe import (
    RSA_PRIVATE,
    compress_raw_deflate,
    encrypt_directly,
    encrypt_with_python_jose,
    secret_of_size,
)
from support.python_jose.differential.keys import CONTENT, rsa_jwk
from support.python_jose.differential.library import Call, call
from support.python_jose.differential.tokens import to_json_bytes
from support.python_jose.known_differences.difference import Difference, is_canonical, is_foreign_class
from support.python_jose.known_differences.tokens import is_rejected_header
from support.tokens.jose_builder import b64u, rsa_key

if TYPE_CHECKING:
    from support.python_jose.known_differences.difference import Mismatch

TOKENS, AES = "JWE", "AES keys"
HEADER = {"alg": "dir", "enc": "A128GCM"}
CBC = {"alg": "dir", "enc": "A128CBC-HS256"}
COMPRESSED = to_json_bytes({**HEADER, "zip": "DEF"})
PARTS = ("Not enough segments", "Invalid encrypted key", "Invalid IV", "Invalid cyphertext", "Invalid auth tag")
AES_KEY_WRAP = {"A128KW", "A192KW", "A256KW"}
AES_NAMES = ("A128", "A192", "A256")
GCM_IV_BYTES = 12
KEY_SIZE = re.compile(r"Key must be \d+ bit for alg (\S+)")


def _decrypt(header: dict[str, Any] | bytes, plaintext: bytes = b"a", **parts: bytes) -> Call:
    text = header if isinstance(header, bytes) else to_json_bytes(header)
    return call("jwe.decrypt", encrypt_directly(text, plaintext, **parts), secret_of_size(16))


def _is_jwe(mismatch: Mismatch) -> bool:
    return mismatch.is_call_of("jwe")


def _is_long_unverified_token(mismatch: Mismatch) -> bool:
    is_long = len(mismatch.token) > JWE_SIZE_LIMIT
    return mismatch.is_call_of("jwe.get_unverified_header") and is_long and mismatch.has_message("JWE string …")


def _is_aes(mismatch: Mismatch) -> bool:
    return mismatch.is_call_of("key", "jwk") and str(mismatch.algorithm).startswith(AES_NAMES)


def _segments(mismatch: Mismatch) -> list[bytes]:
    return mismatch.token.split(b".", 4)


def _is_subclass(mismatch: Mismatch) -> bool:
    is_narrower = mismatch.ours.kind in {"exceptions.JWEInvalidAuth", "exceptions.JWEAlgorithmUnsupportedError"}
    return is_narrower and mismatch.jose.kind == "exceptions.JWEError" and mismatch.jose.text == mismatch.ours.text


def _has_unknown_name(mismatch: Mismatch) -> bool:
    return mismatch.jose.text.startswith("Algorithm ") and mismatch.has_message("Algorithm not supported.")


def _unwraps_for_unsuitable_encryption(mismatch: Mismatch) -> bool:
    is_not_implemented = mismatch.jose.kind == "builtins.NotImplementedError"
    return is_not_implemented and mismatch.header.get("enc") not in CONTENT and mismatch.has_message("enc …")


def _wraps_with_content_encryption(mismatch: Mismatch) -> bool:
    algorithm = mismatch.argument(3, "algorithm") if mismatch.is_call_of("jwe.encrypt") else mismatch.header.get("alg")
    return algorithm in CONTENT and mismatch.has_message("alg A…")


def _has_wrong_encoding(mismatch: Mismatch) -> bool:
    segments = _segments(mismatch)
    messages = [text for text, segment in zip(PARTS, segments, strict=False) if not is_canonical(segment)]
    return _is_jwe(mismatch) and (
        mismatch.has_message(*messages)
        or (mismatch.has_message("Too many segments") and mismatch.token.count(b".") > 4)
    )


def _has_encrypted_key_with_dir(mismatch: Mismatch) -> bool:
    return (
        mismatch.header.get("alg") == "dir"
        and bool(_segments(mismatch)[1])
        and mismatch.has_message("Invalid encrypted key")
    )


def _has_rejected_header(mismatch: Mismatch) -> bool:
    is_rejected = is_rejected_header(mismatch) or not _is_utf8(mismatch.header_bytes)
    return _is_jwe(mismatch) and is_rejected and mismatch.has_message("Invalid header string: must be valid JSON")


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return json.detect_encoding(text) == "utf-8"


def _has_wrong_header_type(mismatch: Mismatch) -> bool:
    members = [mismatch.header.get(name, "") for name in ("alg", "enc", "zip")]
    is_wrong = not all(isinstance(member, str) for member in members)
    return is_wrong and mismatch.has_message("Invalid header string: a parameter has the wrong type")


def _has_extension(mismatch: Mismatch) -> bool:
    is_required = "crit" in mismatch.header or mismatch.header.get("b64", True) is not True
    return _is_jwe(mismatch) and is_required and mismatch.has_message("Unsupported critical header parameter")


def _has_invalid_compression(mismatch: Mismatch) -> bool:
    return (
        _is_jwe(mismatch) and mismatch.header.get("zip") == "DEF" and mismatch.has_message("Invalid compressed content")
    )


def _has_raw_deflate(mismatch: Mismatch) -> bool:
    return mismatch.header.get("zip") == "DEF" and mismatch.jose.kind == "zlib.error" and mismatch.ours.error is None


def _has_wrong_iv_length(mismatch: Mismatch) -> bool:
    iv = _segments(mismatch)[2] if len(_segments(mismatch)) > 2 else b""
    return (
        mismatch.has_message("Invalid JWE Auth Tag")
        and len(iv) * 3 // 4 != GCM_IV_BYTES
        and "GCM" in str(mismatch.header.get("enc"))
    )


def _has_single_decryption_error(mismatch: Mismatch) -> bool:
    """Return whether fastjose reports a wrong tag for any defect of the key or the ciphertext."""
    return (
        mismatch.is_call_of("jwe.decrypt")
        and mismatch.effect == "changes_error"
        and mismatch.has_message("Invalid JWE Auth Tag")
    )


def _has_unsuitable_key(mismatch: Mismatch) -> bool:
    return (
        mismatch.is_call_of("jwe.decrypt")
        and is_foreign_class(mismatch.jose)
        and mismatch.has_message("The key cannot be used with the token's alg.")
    )


def _has_wrong_key_size(mismatch: Mismatch) -> bool:
    return (
        _is_jwe(mismatch) and bool(KEY_SIZE.fullmatch(mismatch.ours.text)) and mismatch.jose.kind == mismatch.ours.kind
    )


def _has_wrong_key_half(mismatch: Mismatch) -> bool:
    return mismatch.has_message("Encryption requires the public key.", "Decryption requires the private key.")


def _has_string_aes_key(mismatch: Mismatch) -> bool:
    is_used = _is_aes(mismatch) or (_is_jwe(mismatch) and _requires_bytes_key(mismatch))
    return is_used and isinstance(mismatch.key, str)


def _requires_bytes_key(mismatch: Mismatch) -> bool:
    algorithms = {str(mismatch.header.get("alg")), str(mismatch.call.keyword.get("algorithm"))}
    return mismatch.jose.text.startswith("Key must be ") or bool(algorithms & AES_KEY_WRAP)


def _has_aes_argument_message(mismatch: Mismatch) -> bool:
    return _is_aes(mismatch) and not mismatch.call.operation.startswith("jwk")


def _is_cbc_with_hmac(mismatch: Mismatch) -> bool:
    return _is_aes(mismatch) and "CBC-HS" in mismatch.algorithm and "crypt" in mismatch.call.operation


def _has_unknown_zip(mismatch: Mismatch) -> bool:
    return mismatch.header.get("zip") not in ("DEF", None) and mismatch.has_message(
        "The specified zip value is not supported"
    )


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "jwe-classes",
        TOKENS,
        "raises JWEError for a wrong tag and for unsupported algorithms",
        "raises the subclasses JWEInvalidAuth and JWEAlgorithmUnsupportedError with the same messages",
        "python-jose has these classes too, but never raises them",
        ("changes_error",),
        _is_subclass,
        call("jwe.encrypt", b"", secret_of_size(16), algorithm="x"),
    ),
    Difference(
        "jwe-names",
        TOKENS,
        "includes the token's `alg` or `enc` in the error message",
        "reports `Algorithm not supported.` for unregistered names",
        "error messages and logs never contain parts of a token",
        ("changes_error",),
        _has_unknown_name,
        _decrypt({**HEADER, "alg": "x"}),
    ),
    Difference(
        "jwe-encryption-not-implemented",
        TOKENS,
        "raises NotImplementedError if the key cannot be unwrapped and `enc` is another algorithm, such as `HS256`",
        "raises JWEAlgorithmUnsupportedError",
        "an invalid token must not cause a program error",
        ("changes_error",),
        _unwraps_for_unsuitable_encryption,
        _decrypt({"alg": "A128KW", "enc": "HS256"}),
    ),
    Difference(
        "jwe-wrapping-with-content-encryption",
        TOKENS,
        "wraps and unwraps a key if `alg` is a content encryption algorithm, such as `A128GCM`",
        "raises JWEAlgorithmUnsupportedError",
        "RFC 7518 §4.1 does not define such a key management algorithm",
        ("rejects", "changes_error"),
        _wraps_with_content_encryption,
        call("jwe.decrypt", encrypt_with_python_jose("A128GCM", "A256GCM"), secret_of_size(16)),
    ),
    Difference(
        "jwe-encoding",
        TOKENS,
        "ignores characters outside base64url; treats a sixth segment as part of the fifth",
        "rejects the token: `Invalid …` with the name of the segment, `Too many segments`",
        "RFC 7515 §2, RFC 7516 §5.2",
        ("rejects", "changes_error"),
        _has_wrong_encoding,
        call("jwe.decrypt", encrypt_directly(to_json_bytes(HEADER), b"a") + "=", secret_of_size(16)),
    ),
    Difference(
        "jwe-long-header",
        TOKENS,
        "`get_unverified_header` reads a token of any length",
        "rejects a token of more than `constants.JWE_SIZE_LIMIT` with the message of `decrypt`",
        "a header of 50 MB would occupy the process for seconds",
        ("rejects", "changes_error"),
        _is_long_unverified_token,
        call("jwe.get_unverified_header", encrypt_directly(to_json_bytes(HEADER), b"a") + "A" * 256_000),
    ),
    Difference(
        "jwe-encrypted-key-with-dir",
        TOKENS,
        "returns None for a `dir` token with an encrypted key",
        "raises JWEParseError `Invalid encrypted key`",
        "the encrypted key must be empty (RFC 7516 §5.2, step 10); None looks like a result",
        ("rejects", "changes_error"),
        _has_encrypted_key_with_dir,
        _decrypt(HEADER, encrypted_key=b"a"),
    ),
    Difference(
        "jwe-header-json",
        TOKENS,
        "accepts a header in UTF-16 or with a byte order mark, duplicate names, NaN or unpaired surrogates",
        "rejects the token: `Invalid header string: must be valid JSON`",
        "parsers read such a header differently (RFC 7516 §4, RFC 8259 §8.1)",
        ("rejects", "changes_error"),
        _has_rejected_header,
        _decrypt(b'{"alg":"none","alg":"dir","enc":"A128GCM"}'),
    ),
    Difference(
        "jwe-header-types",
        TOKENS,
        "accepts an `alg`, `enc` or `zip` that is not a string, or raises various errors",
        "rejects the token: `Invalid header string: a parameter has the wrong type`",
        "an invalid token must not cause a program error",
        ("rejects", "changes_error"),
        _has_wrong_header_type,
        _decrypt({**HEADER, "alg": []}),
    ),
    Difference(
        "jwe-crit",
        TOKENS,
        "ignores `crit`",
        "rejects the token",
        "a recipient that does not support an extension must reject the token (RFC 7516 §4.1.13)",
        ("rejects", "changes_error"),
        _has_extension,
        _decrypt({**HEADER, "crit": ["exp"]}),
    ),
    Difference(
        "jwe-compressed-content",
        TOKENS,
        "accepts truncated compressed content, and raises zlib.error for invalid content",
        "raises JWEParseError `Invalid compressed content`",
        "an invalid token must not cause a program error; a truncated message is invalid",
        ("rejects", "changes_error"),
        _has_invalid_compression,
        _decrypt(COMPRESSED, zlib.compress(b"a" * 99)[:-2]),
    ),
    Difference(
        "jwe-zip",
        TOKENS,
        "decrypts a token before it checks `zip`, and raises NotImplementedError for an unknown name",
        "raises JWEAlgorithmUnsupportedError `The specified zip value is not supported` before decryption",
        "an invalid token must not cause a program error",
        ("rejects", "changes_error"),
        _has_unknown_zip,
        _decrypt({**HEADER, "zip": "GZ"}),
    ),
    Difference(
        "jwe-raw-deflate",
        TOKENS,
        "decompresses only content in the zlib format",
        "decompresses raw DEFLATE data too",
        "the standard requires raw DEFLATE, and other libraries write it (RFC 7516 §4.1.3, RFC 1951)",
        ("accepts",),
        _has_raw_deflate,
        _decrypt(COMPRESSED, compress_raw_deflate(b"Hello")),
    ),
    Difference(
        "jwe-gcm-iv",
        TOKENS,
        "accepts an IV of any length for AES-GCM",
        "accepts only an IV of 96 bits",
        "RFC 7518 §5.3",
        ("rejects", "changes_error"),
        _has_wrong_iv_length,
        _decrypt(HEADER, iv=bytes(16)),
    ),
    Difference(
        "jwe-single-decryption-error",
        TOKENS,
        "reports wrong padding, an unsuitable key and a wrong tag differently, and decrypts before it checks the tag",
        "checks the tag first, and reports `Invalid JWE Auth Tag` for all three",
        "different errors are an oracle for attackers (RFC 7516 §11.5, RFC 7518 §8.1, RFC 3218)",
        ("changes_error",),
        _has_single_decryption_error,
        call("jwe.decrypt", ".".join((b64u(to_json_bytes(CBC)), "", *[b64u(bytes(16))] * 3)), secret_of_size(32)),
    ),
    Difference(
        "jwe-unsuitable-keys",
        TOKENS,
        "raises TypeError, KeyError or AttributeError if the key cannot be used with the token's `alg`",
        "raises JWEError `The key cannot be used with the token's alg.`",
        "the sender of the token chooses `alg`",
        ("changes_error",),
        _has_unsuitable_key,
        call("jwe.decrypt", encrypt_directly(to_json_bytes(HEADER), b"a"), rsa_jwk(rsa_key())),
    ),
    Difference(
        "jwe-key-sizes",
        TOKENS,
        "names only AES-CBC if a key for an algorithm such as `A128CBC-HS256` has the wrong length",
        "names the complete algorithm and the length of the complete key",
        "one half of the key is the HMAC key (RFC 7518 §5.2.2.1)",
        ("changes_error",),
        _has_wrong_key_size,
        call("jwe.encrypt", b"", b"", encryption=CONTENT[0]),
    ),
    Difference(
        "jwe-public-and-private-keys",
        TOKENS,
        "raises JWEError that wraps an AttributeError of `cryptography`, or reports a wrong tag",
        "raises JWEError `Encryption requires the public key.` or `Decryption requires the private key.`",
        "the message names the cause",
        ("changes_error",),
        _has_wrong_key_half,
        call("jwe.encrypt", b"", RSA_PRIVATE, algorithm="RSA-OAEP"),
    ),
    Difference(
        "aes-keys-as-string",
        AES,
        "accepts a str as an AES key, but fails when the key is used",
        "uses the UTF-8 encoding of the str",
        "DIR and HMAC keys do so too",
        ("accepts", "changes_error"),
        _has_string_aes_key,
        call("key.to_dict", secret_of_size(16).decode(), "A128GCM"),
    ),
    Difference(
        "aes-cbc-with-hmac",
        AES,
        "encrypts with the complete key of an algorithm such as `A128CBC-HS256`, without HMAC and tag",
        "encrypts and authenticates as the algorithm specifies, and returns the tag",
        "an attacker can change unauthenticated ciphertext, and so decrypt it (RFC 7518 §5.2.2)",
        ("accepts", "rejects", "changes_result", "changes_error"),
        _is_cbc_with_hmac,
        call("key.encrypt, decrypted by the other", secret_of_size(32), "A128CBC-HS256", b"", None),
    ),
    Difference(
        "aes-argument-messages",
        AES,
        "raises the error of `cryptography` for a wrong argument of an AES key's method",
        "raises an error with a message of fastjose",
        "fastjose does not depend on `cryptography`",
        ("changes_error",),
        _has_aes_argument_message,
        call("key.encrypt, decrypted by the other", secret_of_size(16), "A128KW", b"", None),
    ),
)
