"""JWE calls: encryption, with decryption by the other library, and decryption of valid and attack tokens."""

from __future__ import annotations

import zlib
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import strategies as st

from support.python_jose.differential.draw import integers_below, one_in, pick
from support.python_jose.differential.keys import CONTENT, KEY_MANAGEMENT, STRANGE_KEYS, UNSUPPORTED, rsa_jwk
from support.python_jose.differential.library import JOSE, Call, call, named_value, resolve
from support.python_jose.differential.tokens import NON_OBJECTS, NON_TOKENS, objects_with, to_json_bytes
from support.tokens.jose_builder import b64u, rsa_key, spki

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {"A128": 16, "A192": 24, "A256": 32, "A128CBC-HS256": 32, "A192CBC-HS384": 48, "A256CBC-HS512": 64}
RSA_PUBLIC = named_value("RSA public PEM", spki(rsa_key().public_key()))
RSA_PRIVATE = named_value("pyca RSA", rsa_key())
IV = bytes(range(12))


def secret_of_size(size: int) -> bytes:
    """Return a fixed key of `size` bytes."""
    return bytes(range(48, 48 + size))


def key_size_bytes(algorithm: str, encryption: str) -> int:
    """Return the key size of a symmetric algorithm; for `dir`, of the content encryption."""
    return SIZES.get(encryption, SIZES[encryption[:4]]) if algorithm == "dir" else SIZES[algorithm[:4]]


def encryption_keys(algorithm: str, encryption: str) -> tuple[Any, Any]:
    """Return the encryption key and the decryption key."""
    if algorithm.startswith("RSA"):
        return RSA_PUBLIC, RSA_PRIVATE
    key = secret_of_size(key_size_bytes(algorithm, encryption))
    return key, key


PLAINTEXTS: tuple[Any, ...] = (
    *(b"", b"a", b"Hello, World!", "text", "é", bytes(16), bytes(255), b"a" * 5_000, b"\xff\x00"),
    *(None, 1, [], bytearray(b"a"), "\ud800", {"a": 1}, object),
)
ZIPS: tuple[Any, ...] = (None, None, None, "DEF", "DEF", "GZ", "", "def", 0, 1, True, ["DEF"], b"DEF")
LABELS: tuple[Any, ...] = (None, "JWT", "", "é", 1, 0, {"b": 1, "a": 2}, b"a", object)


@st.composite
def encrypt_calls(draw: st.DrawFn) -> Call:
    """Draw a call of `jwe.encrypt`; the third argument is the decryption key of the other library."""
    algorithm, encryption = pick(draw, KEY_MANAGEMENT), pick(draw, CONTENT)
    key, decryption_key = encryption_keys(algorithm, encryption)
    options = {"algorithm": algorithm, "encryption": encryption}
    for _ in range(pick(draw, (0, 0, 1, 1, 2))):
        name = pick(draw, ("zip", "cty", "kid", "algorithm", "encryption", "key"))
        options[name] = pick(draw, OTHER[name])
    key = options.pop("key", key)
    return call("jwe.encrypt, decrypted by the other", pick(draw, PLAINTEXTS), key, decryption_key, **options)


KEYS: tuple[Any, ...] = (
    *map(secret_of_size, (0, 1, 15, 16, 24, 32, 48, 64)),
    secret_of_size(16).decode(),
    RSA_PUBLIC,
    RSA_PRIVATE,
)
NAMES: tuple[Any, ...] = (*KEY_MANAGEMENT, *CONTENT, *UNSUPPORTED, "HS256", "RS256", "", None, 1, "x", "é")
OTHER: dict[str, tuple[Any, ...]] = {
    "zip": ZIPS,
    "cty": LABELS,
    "kid": LABELS,
    "algorithm": NAMES,
    "encryption": NAMES,
    "key": (*KEYS, *STRANGE_KEYS[:20], rsa_jwk(rsa_key()), {"kty": "oct", "k": b64u(secret_of_size(16))}),
}


def encrypt_directly(
    header: bytes, plaintext: bytes, key: bytes = secret_of_size(16), encrypted_key: bytes = b"", iv: bytes = IV
) -> str:
    """Encrypt with AES-GCM directly under `key`, for any header."""
    ciphertext = AESGCM(key).encrypt(iv, plaintext, b64u(header).encode())
    return ".".join((b64u(header), *map(b64u, (encrypted_key, iv, ciphertext[:-16], ciphertext[-16:]))))


HEADER: dict[str, Any] = {"alg": "dir", "enc": "A128GCM"}
MEMBERS: tuple[dict[str, Any], ...] = (
    *objects_with("alg", "A128KW", "RSA-OAEP", "RSA1_5", "none", "HS256", None, 1, [], {}, "", "ECDH-ES", "x"),
    *objects_with("enc", "A192GCM", "A128CBC-HS256", "HS256", "dir", "A128KW", None, 1, [], {}, "", "A128CBC"),
    *objects_with("zip", "DEF", "GZ", "def", "", None, 0, 1, [], {}),
    *({"crit": ["exp"]}, {"crit": []}, {"crit": None}, {"kid": "a"}, {"cty": 1}, {"p2c": 1}, {"b64": False}),
)


def compress_raw_deflate(plaintext: bytes) -> bytes:
    """Compress to raw DEFLATE data (RFC 1951)."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(plaintext) + compressor.flush()


COMPRESSED: tuple[bytes, ...] = (
    *(
        zlib.compress(b"Hello, World!"),
        zlib.compress(b""),
        zlib.compress(bytes(255_999)),
        zlib.compress(bytes(256_000)),
    ),
    *(zlib.compress(bytes(256_001)), zlib.compress(bytes(5_000_000)), zlib.compress(b"a" * 99)[:-2], b"", b"x\x9c"),
    *(zlib.compress(b"a") + b"more", b"\x00" * 9, b"plain", compress_raw_deflate(b"Hello"), b"\x1f\x8b\x08\x00"),
)


COMPRESSIONS: tuple[Callable[[bytes], bytes], ...] = (zlib.compress, compress_raw_deflate, bytes)
MAX_DRAWN_BYTES = 80
"""Plaintexts are shorter: up to five blocks of AES, and every length between."""


def _draw_header(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Draw a header, and a plaintext that may be compressed."""
    kind, plaintext = draw(integers_below(10)), bytes(draw(integers_below(MAX_DRAWN_BYTES)))
    if kind == 0:
        return pick(draw, NON_OBJECTS), plaintext
    if kind == 1:
        header = to_json_bytes(HEADER)
        return header[:-1] + pick(draw, (b',"alg":"dir"}', b',"a":NaN}', b',"a":"\\ud800"}', b" }", b"}x")), plaintext
    if kind < 5:
        zipped = pick(draw, COMPRESSED) if one_in(draw, 2) else pick(draw, COMPRESSIONS)(plaintext)
        return to_json_bytes({**HEADER, "zip": "DEF"}), zipped
    members = [pick(draw, MEMBERS) for _ in range(draw(integers_below(3)))] if kind < 9 else []
    changed: dict[str, Any] = dict(chain.from_iterable(part.items() for part in (HEADER, *members)))
    drop = pick(draw, (None, None, None, None, "alg", "enc"))
    return to_json_bytes({name: value for name, value in changed.items() if name != drop}), plaintext


def draw_hostile_jwe(draw: st.DrawFn) -> Any:
    """Draw a JWE, usually with a defect."""
    if one_in(draw, 15):
        return pick(draw, (*NON_TOKENS, "a.b.c.d.e", "e30....", "....", "." * 256_001, b"a" * 256_000))
    text = pick(draw, _valid_tokens()) if one_in(draw, 3) else _draw_direct_token(draw)
    changed = pick(draw, CHANGES)(draw, text)
    return changed if one_in(draw, 2) else changed.encode("utf-8", "surrogatepass")


def _draw_direct_token(draw: st.DrawFn) -> str:
    header, plaintext = _draw_header(draw)
    encrypted_key = pick(draw, (b"", b"", b"", b"", b"a", bytes(24)))
    iv = pick(draw, (IV, IV, IV, IV, IV, bytes(16), bytes(8)))
    return encrypt_directly(header, plaintext, encrypted_key=encrypted_key, iv=iv)


@cache
def _valid_tokens() -> list[str]:
    """Return tokens of python-jose for each pair of algorithms: compressed, of no bytes, of a block and of more."""
    pairs = [(algorithm, encryption) for algorithm in KEY_MANAGEMENT for encryption in CONTENT]
    forms = ((b"Hello, World!", "DEF"), (b"", None), (bytes(16), None), (bytes(17), "DEF"))
    return [encrypt_with_python_jose(*pair, *form) for form in forms for pair in pairs]


def encrypt_with_python_jose(
    algorithm: str, encryption: str, plaintext: bytes = b"Hello, World!", compression: str | None = "DEF"
) -> str:
    """Return a token that python-jose encrypted."""
    key = resolve(JOSE, encryption_keys(algorithm, encryption)[0])
    encrypted = JOSE.module("jwe").encrypt(plaintext, key, encryption, algorithm, zip=compression)
    return str(encrypted, "ascii")


def _keep(_draw: st.DrawFn, text: str) -> str:
    return text


def _change_segment(draw: st.DrawFn, text: str) -> str:
    segments = text.split(".")
    position = draw(integers_below(len(segments)))
    segments[position] = pick(
        draw, ("", "AA", "A", "=", segments[position][:-1], segments[position] + "=", "é", "AA AA")
    )
    return ".".join(segments)


def _change_character(draw: st.DrawFn, text: str) -> str:
    position = draw(integers_below(len(text)))
    return text[:position] + pick(draw, ("A", "g", ".", "", "+", " ", "==")) + text[position + 1 :]


CHANGES = (_keep, _keep, _change_segment, _change_character)
DECRYPTING: tuple[Any, ...] = (
    *(
        secret_of_size(16),
        secret_of_size(16),
        secret_of_size(16),
        secret_of_size(16),
        secret_of_size(16).decode(),
        secret_of_size(24),
        secret_of_size(32),
        b"x" * 16,
    ),
    *(
        *map(secret_of_size, (24, 32, 32, 48, 64)),
        *[RSA_PRIVATE] * 3,
        RSA_PUBLIC,
        named_value("RSA private JWK", rsa_jwk(rsa_key())),
        None,
        "",
        1,
        [],
        {},
        {"kty": "oct", "k": b64u(secret_of_size(16))},
        object,
    ),
)


@st.composite
def decrypt_calls(draw: st.DrawFn) -> Call:
    """Draw a call of `jwe.decrypt` or `jwe.get_unverified_header`."""
    token = draw_hostile_jwe(draw)
    if one_in(draw, 4):
        return call("jwe.get_unverified_header", token)
    return call("jwe.decrypt", token, pick(draw, DECRYPTING))


SIZES_OF_KEYS = {
    **{f"A{bits}{name}": bits // 8 for bits in (128, 192, 256) for name in ("GCM", "CBC", "KW")},
    **{name: SIZES[name] for name in CONTENT[:3]},
}
METHODS: tuple[tuple[Any, ...], ...] = (
    ("to_dict",),
    *(("encrypt, decrypted by the other", text, aad) for text in (b"", b"a" * 16, "text", None) for aad in (b"", None)),
    *(
        ("wrap_key", key)
        for key in (secret_of_size(16), secret_of_size(32), secret_of_size(15), b"", None, "text of 16 bytes")
    ),
    *(("unwrap_key", key) for key in (secret_of_size(24), secret_of_size(16), b"", None, "é" * 12)),
    *(("decrypt", bytes(16), iv, b"", tag) for iv in (IV, bytes(16), None) for tag in (bytes(16), None)),
)
AES: tuple[str, ...] = (*SIZES_OF_KEYS, "A128GCMKW")


@st.composite
def aes_calls(draw: st.DrawFn) -> Call:
    """Draw a method call of an AES key of `jwk.construct`."""
    algorithm = pick(draw, AES)
    size = pick(draw, (SIZES_OF_KEYS.get(algorithm, 16),) * 3 + (0, 16, 24, 32, 64))
    key = pick(draw, (secret_of_size(size), secret_of_size(size), secret_of_size(size).decode("latin-1")))
    name, *arguments = pick(draw, METHODS)
    return call(f"key.{name}", key, algorithm, *arguments)
