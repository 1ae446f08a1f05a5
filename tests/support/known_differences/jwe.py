"""Where JWE is done differently than python-jose does it."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from support.differential.jwe import RSA_PRIVATE, by_jose, direct, raw_deflate, secret
from support.differential.keys import CONTENT, rsa_jwk
from support.differential.library import Call, call
from support.differential.tokens import as_json
from support.jose_builder import b64u, rsa_key
from support.known_differences.difference import Difference, is_canonical, is_foreign
from support.known_differences.tokens import is_refused_header

if TYPE_CHECKING:
    from support.known_differences.difference import Seen

TOKENS, AES = "JWE", "AES keys"
HEADER = {"alg": "dir", "enc": "A128GCM"}
CBC = {"alg": "dir", "enc": "A128CBC-HS256"}
COMPRESSED = as_json({**HEADER, "zip": "DEF"})
PARTS = ("Not enough segments", "Invalid encrypted key", "Invalid IV", "Invalid cyphertext", "Invalid auth tag")
AES_KEY_WRAP = {"A128KW", "A192KW", "A256KW"}
AES_NAMES = ("A128", "A192", "A256")
GCM_IV_BYTES = 12
KEY_SIZE = re.compile(r"Key must be \d+ bit for alg (\S+)")


def _decrypt(header: dict[str, Any] | bytes, plaintext: bytes = b"a", **parts: bytes) -> Call:
    text = header if isinstance(header, bytes) else as_json(header)
    return call("jwe.decrypt", direct(text, plaintext, **parts), secret(16))


def _is_jwe(seen: Seen) -> bool:
    return seen.calls("jwe")


def _is_aes(seen: Seen) -> bool:
    return seen.calls("key", "jwk") and str(seen.algorithm).startswith(AES_NAMES)


def _segments(seen: Seen) -> list[bytes]:
    return seen.token.split(b".", 4)


def _subclass(seen: Seen) -> bool:
    is_narrower = seen.ours.kind in {"exceptions.JWEInvalidAuth", "exceptions.JWEAlgorithmUnsupportedError"}
    return is_narrower and seen.jose.kind == "exceptions.JWEError" and seen.jose.text == seen.ours.text


def _unknown_name(seen: Seen) -> bool:
    return seen.jose.text.startswith("Algorithm ") and seen.says("Algorithm not supported.")


def _content_wraps(seen: Seen) -> bool:
    named = seen.argument(3, "algorithm") if seen.calls("jwe.encrypt") else seen.header.get("alg")
    return named in CONTENT and seen.says("alg A…")


def _form(seen: Seen) -> bool:
    segments = _segments(seen)
    wrong = [text for text, segment in zip(PARTS, segments, strict=False) if not is_canonical(segment)]
    return _is_jwe(seen) and (seen.says(*wrong) or (seen.says("Too many segments") and seen.token.count(b".") > 4))


def _key_beside_dir(seen: Seen) -> bool:
    return seen.header.get("alg") == "dir" and bool(_segments(seen)[1]) and seen.says("Invalid encrypted key")


def _header_json(seen: Seen) -> bool:
    is_refused = is_refused_header(seen) or not _is_utf8(seen.header_text)
    return _is_jwe(seen) and is_refused and seen.says("Invalid header string: must be valid JSON")


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return json.detect_encoding(text) == "utf-8"


def _header_types(seen: Seen) -> bool:
    members = [seen.header.get(name, "") for name in ("alg", "enc", "zip")]
    is_wrong = not all(isinstance(member, str) for member in members)
    return is_wrong and seen.says("Invalid header string: a parameter has the wrong type")


def _extension(seen: Seen) -> bool:
    asks = "crit" in seen.header or seen.header.get("b64", True) is not True
    return _is_jwe(seen) and asks and seen.says("Unsupported critical header parameter")


def _compressed(seen: Seen) -> bool:
    return _is_jwe(seen) and seen.header.get("zip") == "DEF" and seen.says("Invalid compressed content")


def _raw(seen: Seen) -> bool:
    return seen.header.get("zip") == "DEF" and seen.jose.kind == "zlib.error" and seen.ours.error is None


def _iv(seen: Seen) -> bool:
    iv = _segments(seen)[2] if len(_segments(seen)) > 2 else b""
    return (
        seen.says("Invalid JWE Auth Tag") and len(iv) * 3 // 4 != GCM_IV_BYTES and "GCM" in str(seen.header.get("enc"))
    )


def _one_error(seen: Seen) -> bool:
    """Tell whether a key or a ciphertext that does not fit is no more than a wrong tag."""
    return seen.calls("jwe.decrypt") and seen.effect == "says" and seen.says("Invalid JWE Auth Tag")


def _unusable_key(seen: Seen) -> bool:
    return (
        seen.calls("jwe.decrypt")
        and is_foreign(seen.jose)
        and seen.says("The key cannot be used with the token's alg.")
    )


def _wrong_size(seen: Seen) -> bool:
    return _is_jwe(seen) and bool(KEY_SIZE.fullmatch(seen.ours.text)) and seen.jose.kind == seen.ours.kind


def _wrong_half(seen: Seen) -> bool:
    return seen.says("Encryption requires the public key.", "Decryption requires the private key.")


def _aes_text_keys(seen: Seen) -> bool:
    is_used = _is_aes(seen) or (_is_jwe(seen) and _needs_octets(seen))
    return is_used and isinstance(seen.key, str)


def _needs_octets(seen: Seen) -> bool:
    algorithms = {str(seen.header.get("alg")), str(seen.call.keyword.get("algorithm"))}
    return seen.jose.text.startswith("Key must be ") or bool(algorithms & AES_KEY_WRAP)


def _aes_texts(seen: Seen) -> bool:
    return _is_aes(seen) and not seen.call.operation.startswith("jwk")


def _cbc_with_hmac(seen: Seen) -> bool:
    return _is_aes(seen) and "CBC-HS" in seen.algorithm and "crypt" in seen.call.operation


def _zip(seen: Seen) -> bool:
    return seen.header.get("zip") not in ("DEF", None) and seen.says("The specified zip value is not supported")


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "jwe-classes",
        TOKENS,
        "raises JWEError for a wrong tag and for algorithms that it does not support",
        "raises JWEInvalidAuth and JWEAlgorithmUnsupportedError, which are JWEErrors, with the same texts",
        "python-jose has these classes, too, and raises neither",
        ("says",),
        _subclass,
        call("jwe.encrypt", b"", secret(16), algorithm="x"),
    ),
    Difference(
        "jwe-names",
        TOKENS,
        "puts whatever a token has as `alg` or `enc` into the error's text",
        "says `Algorithm not supported.` of names that are not registered",
        "nothing of a token is in an error or a log",
        ("says",),
        _unknown_name,
        _decrypt({**HEADER, "alg": "x"}),
    ),
    Difference(
        "jwe-content-encryption-wraps-nothing",
        TOKENS,
        "wraps a key, and unwraps it, where `alg` is a name of content encryption, such as `A128GCM`",
        "raises JWEAlgorithmUnsupportedError",
        "there is no such key management (RFC 7518 §4.1)",
        ("refuses", "says"),
        _content_wraps,
        call("jwe.decrypt", by_jose("A128GCM", "A256GCM"), secret(16)),
    ),
    Difference(
        "jwe-form",
        TOKENS,
        "skips characters that are not base64url; a sixth segment is a part of the fifth",
        "refuses them: `Invalid …` as of the part, `Too many segments`",
        "RFC 7515 §2, RFC 7516 §5.2",
        ("refuses", "says"),
        _form,
        call("jwe.decrypt", direct(as_json(HEADER), b"a") + "=", secret(16)),
    ),
    Difference(
        "jwe-key-beside-dir",
        TOKENS,
        "returns None for a `dir` token with an encrypted key",
        "raises JWEParseError `Invalid encrypted key`",
        "it must be empty (RFC 7516 §5.2, step 10); None passes for a result",
        ("refuses", "says"),
        _key_beside_dir,
        _decrypt(HEADER, encrypted_key=b"a"),
    ),
    Difference(
        "jwe-header-json",
        TOKENS,
        "takes a header in UTF-16 or after a byte order mark, with a name that stands twice, NaN, unpaired surrogates",
        "refuses it: `Invalid header string: must be valid JSON`",
        "readers disagree on what such a header says (RFC 7516 §4, RFC 8259 §8.1)",
        ("refuses", "says"),
        _header_json,
        _decrypt(b'{"alg":"none","alg":"dir","enc":"A128GCM"}'),
    ),
    Difference(
        "jwe-header-types",
        TOKENS,
        "fails in various ways where `alg`, `enc` or `zip` is no text, or takes it",
        "refuses the header: `Invalid header string: a parameter has the wrong type`",
        "a hostile token is no program error",
        ("refuses", "says"),
        _header_types,
        _decrypt({**HEADER, "alg": []}),
    ),
    Difference(
        "jwe-crit",
        TOKENS,
        "ignores `crit`",
        "refuses the token",
        "who does not understand an extension must refuse the token (RFC 7516 §4.1.13)",
        ("refuses", "says"),
        _extension,
        _decrypt({**HEADER, "crit": ["exp"]}),
    ),
    Difference(
        "jwe-compressed-content",
        TOKENS,
        "takes compressed content that ends early, and fails with a zlib.error for what is none",
        "raises JWEParseError `Invalid compressed content`",
        "a hostile token is no program error, and half a message no message",
        ("refuses", "says"),
        _compressed,
        _decrypt(COMPRESSED, zlib.compress(b"a" * 99)[:-2]),
    ),
    Difference(
        "jwe-zip",
        TOKENS,
        "decrypts a token before it looks at `zip`, and fails with a NotImplementedError for a name it does not know",
        "raises JWEAlgorithmUnsupportedError `The specified zip value is not supported` at once",
        "a hostile token is no program error",
        ("refuses", "says"),
        _zip,
        _decrypt({**HEADER, "zip": "GZ"}),
    ),
    Difference(
        "jwe-raw-deflate",
        TOKENS,
        "reads compressed content in zlib's frame alone",
        "reads it without a frame too",
        "so the standard has it, and so others write it (RFC 7516 §4.1.3, RFC 1951)",
        ("accepts",),
        _raw,
        _decrypt(COMPRESSED, raw_deflate(b"Hello")),
    ),
    Difference(
        "jwe-gcm-iv",
        TOKENS,
        "takes an IV of any length for AES-GCM",
        "takes one of 96 bits",
        "RFC 7518 §5.3",
        ("refuses", "says"),
        _iv,
        _decrypt(HEADER, iv=bytes(16)),
    ),
    Difference(
        "jwe-one-error",
        TOKENS,
        "tells a wrong padding, a key that does not fit and a wrong tag apart, and decrypts before it checks",
        "checks the tag first, and says `Invalid JWE Auth Tag` of all of them",
        "what is told apart is an oracle (RFC 7516 §11.5, RFC 7518 §8.1, RFC 3218)",
        ("says",),
        _one_error,
        call("jwe.decrypt", ".".join((b64u(as_json(CBC)), "", *[b64u(bytes(16))] * 3)), secret(32)),
    ),
    Difference(
        "jwe-keys-that-do-not-fit",
        TOKENS,
        "fails with a TypeError, KeyError or AttributeError where the key is none for the token's `alg`",
        "raises JWEError `The key cannot be used with the token's alg.`",
        "it is the token that chooses `alg`",
        ("says",),
        _unusable_key,
        call("jwe.decrypt", direct(as_json(HEADER), b"a"), rsa_jwk(rsa_key())),
    ),
    Difference(
        "jwe-key-sizes",
        TOKENS,
        "names AES-CBC alone where a key for `A128CBC-HS256` and the like has a wrong length",
        "names the whole algorithm, and the length of the whole key",
        "the other half is the key of its HMAC (RFC 7518 §5.2.2.1)",
        ("says",),
        _wrong_size,
        call("jwe.encrypt", b"", b"", encryption=CONTENT[0]),
    ),
    Difference(
        "jwe-wrong-half",
        TOKENS,
        "raises JWEError around an AttributeError of `cryptography`, or says that the tag is wrong",
        "raises JWEError `Encryption requires the public key.` or `Decryption requires the private key.`",
        "it says what is wrong",
        ("says",),
        _wrong_half,
        call("jwe.encrypt", b"", RSA_PRIVATE, algorithm="RSA-OAEP"),
    ),
    Difference(
        "aes-keys-as-text",
        AES,
        "takes a str as an AES key, and fails when it is used",
        "takes its UTF-8",
        "DIR and HMAC keys do as much",
        ("accepts", "says"),
        _aes_text_keys,
        call("key.to_dict", secret(16).decode(), "A128GCM"),
    ),
    Difference(
        "aes-cbc-with-hmac",
        AES,
        "encrypts with the whole key of `A128CBC-HS256` and the like, without an HMAC and without a tag",
        "encrypts and authenticates as the algorithm does, and returns its tag",
        "what is not authenticated can be changed, and read by whoever changes it (RFC 7518 §5.2.2)",
        ("accepts", "refuses", "returns", "says"),
        _cbc_with_hmac,
        call("key.encrypt, decrypted by the other", secret(32), "A128CBC-HS256", b"", None),
    ),
    Difference(
        "aes-argument-texts",
        AES,
        "says in the words of `cryptography` that an argument of an AES key's method is wrong",
        "says it in its own",
        "`cryptography` is no dependency",
        ("says",),
        _aes_texts,
        call("key.encrypt, decrypted by the other", secret(16), "A128KW", b"", None),
    ),
)
