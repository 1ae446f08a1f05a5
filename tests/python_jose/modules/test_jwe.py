"""`fastjose.jwe` compared with `jose.jwe`: interoperation, and the calls that are rejected intentionally."""

from __future__ import annotations

import json
import random
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from jose import jwe as jose_jwe
from jose import jwk as jose_jwk
from jose.backends import cryptography_backend as jose_backend
from jose.exceptions import JOSEError as TheirJOSEError

from fastjose import _core, constants, jwe, jwk
from fastjose.backends import AESKey, DIRKey, RSAKey, cryptography_backend
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import (
    JOSEError,
    JWEAlgorithmUnsupportedError,
    JWEError,
    JWEInvalidAuth,
    JWEParseError,
    JWKError,
)
from fastjose.utils import base64url_decode
from support.tokens.jose_builder import b64u, ec_key, oct_jwk, private_pem, public_key_of, rsa_key, spki
from support.tokens.jose_builder import jwk as as_jwk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Call = Callable[[Any], Any]

SYMMETRIC = bytes(range(64))
PUBLIC_PEM, PRIVATE_PEM = spki(public_key_of(rsa_key())), private_pem(rsa_key())
OTHER_PRIVATE_PEM = private_pem(rsa_key(other=True))
PRIVATE_JWK = jose_jwk.construct(PRIVATE_PEM, "RSA-OAEP").to_dict()
PLAINTEXT = b"Live long and prosper. " * 9

ALGS = ("dir", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A192KW", "A256KW")
ENCS = ("A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM")
COMBINATIONS = [(alg, enc, form) for alg in ALGS for enc in ENCS for form in (None, "DEF")]

DIRECT = {"alg": "dir", "enc": "A128GCM"}
DIRECT_KEY = SYMMETRIC[:16]


def encryption_and_decryption_keys(alg: str, enc: str, shift: int = 0) -> tuple[bytes, bytes]:
    """Return the encryption key and the decryption key."""
    if alg in ALGORITHMS.RSA_KW:
        return PUBLIC_PEM, OTHER_PRIVATE_PEM if shift else PRIVATE_PEM
    size = _core.CEK_BYTES[enc] if alg == "dir" else int(alg[1:4]) // 8
    key = bytes(octet ^ shift for octet in SYMMETRIC[:size])
    return key, key


def encrypt_direct(header: dict[str, Any] | bytes, content: bytes = b"content", encrypted_key: bytes = b"") -> str:
    """Return a token encrypted with `DIRECT_KEY` and A128GCM. Its header may contradict this."""
    encoded = b64u(header if isinstance(header, bytes) else json.dumps(header).encode())
    iv = bytes(12)
    ciphertext, tag = _core.aead_seal("A128GCM", DIRECT_KEY, iv, encoded.encode(), content)
    return ".".join([encoded, *map(b64u, (encrypted_key, iv, ciphertext, tag))])


def call_and_describe(work: Callable[[], Any]) -> str:
    """Return the result of `work`, or the exception that it raises."""
    try:
        return f"{work()!r}"
    except Exception as error:  # noqa: BLE001 - python-jose lets exceptions of any class escape
        return f"{type(error).__name__}: {error}"


def describe_decryption(token: str | bytes, key: Any = DIRECT_KEY, module: Any = jwe) -> str:
    """Return the result of decrypting `token`, or the exception."""
    return call_and_describe(lambda: module.decrypt(token, key))


def decrypt_call(token: Any, key: Any = DIRECT_KEY) -> Call:
    """Return a call that decrypts `token`, for either module."""
    return lambda module: module.decrypt(token, key)


def encrypt_call(*arguments: Any, **parameters: Any) -> Call:
    """Return a call that encrypts, for either module."""
    return lambda module: module.encrypt(*arguments, **parameters)


def read_header_call(token: str | bytes) -> Call:
    """Return a call that reads the header of `token`, for either module."""
    return lambda module: module.get_unverified_header(token)


@cache
def encrypt_fixed_token(alg: str, enc: str, form: str | None = None) -> bytes:
    """Return a token of fastjose, cached."""
    return jwe.encrypt(PLAINTEXT, encryption_and_decryption_keys(alg, enc)[0], enc, alg, form, kid="a")


@pytest.mark.parametrize(("alg", "enc", "form"), COMBINATIONS)
def test_tokens_interoperate_with_python_jose(alg: str, enc: str, form: str | None) -> None:
    public_key, private_key = encryption_and_decryption_keys(alg, enc)
    theirs = jose_jwe.encrypt(PLAINTEXT, public_key, enc, alg, form, kid="a")
    ours = encrypt_fixed_token(alg, enc, form)
    assert jwe.decrypt(theirs, private_key) == jwe.decrypt(ours.decode(), private_key) == PLAINTEXT
    assert jose_jwe.decrypt(ours, private_key) == PLAINTEXT
    assert ours.split(b".")[0] == theirs.split(b".")[0]
    if form is None:
        assert [len(part) for part in ours.split(b".")] == [len(part) for part in theirs.split(b".")]
    assert jwe.get_unverified_header(theirs) == jose_jwe.get_unverified_header(ours)


@pytest.mark.parametrize(
    ("plaintext", "parameters"),
    [
        (b"", {}),
        ("Grüße", {}),
        (b"x" * 100_000, {"zip": "DEF"}),
        (b"text", {"cty": "text/plain", "kid": "é"}),
        (b"text", {"cty": "", "kid": ""}),
    ],
)
def test_header_and_content_equal_python_jose(plaintext: str | bytes, parameters: dict[str, str]) -> None:
    ours = jwe.encrypt(plaintext, DIRECT_KEY, "A128GCM", **parameters)
    theirs = jose_jwe.encrypt(plaintext, DIRECT_KEY, "A128GCM", **parameters)
    assert isinstance(ours, bytes)
    assert ours.split(b".")[0] == theirs.split(b".")[0]
    expected = plaintext.encode() if isinstance(plaintext, str) else plaintext
    assert jose_jwe.decrypt(ours, DIRECT_KEY) == jwe.decrypt(theirs, DIRECT_KEY) == expected


def test_encrypt_defaults_to_dir_and_a256gcm() -> None:
    token = jwe.encrypt(b"text", SYMMETRIC[:32])
    assert jwe.get_unverified_header(token) == {"alg": "dir", "enc": "A256GCM"}
    assert jwe.decrypt(token, SYMMETRIC[:32]) == b"text"


def test_encrypt_twice_returns_different_tokens() -> None:
    for alg, enc, _ in COMBINATIONS[::6]:
        key, _ = encryption_and_decryption_keys(alg, enc)
        parts = [jwe.encrypt(b"text", key, enc, alg).split(b".") for _ in range(2)]
        assert all(one != other for one, other in zip(*(part[2:] for part in parts), strict=True))


@pytest.mark.parametrize(
    ("public_key", "private_key"),
    [
        (PUBLIC_PEM, PRIVATE_PEM),
        (PUBLIC_PEM.decode(), PRIVATE_PEM.decode()),
        (as_jwk(public_key_of(rsa_key())), {**PRIVATE_JWK, "alg": None}),
        (as_jwk(public_key_of(rsa_key()), alg="RSA-OAEP", use="enc"), PRIVATE_JWK),
    ],
)
def test_rsa_keys_are_accepted_as_pem_and_jwk(public_key: Any, private_key: Any) -> None:
    token = jwe.encrypt(b"text", public_key, "A128GCM", "RSA-OAEP")
    assert jwe.decrypt(token, private_key) == jose_jwe.decrypt(token, private_key) == b"text"


def test_aes_keys_are_accepted_as_str() -> None:
    token = jwe.encrypt(b"text", "sixteen_octets_!", "A128GCM", "A128KW")
    assert jwe.decrypt(token, "sixteen_octets_!") == jose_jwe.decrypt(token, b"sixteen_octets_!") == b"text"


# Compression


@pytest.mark.parametrize("content", [b"", b"text", PLAINTEXT, bytes(256_000)])
@pytest.mark.parametrize("window", [15, -15])
def test_decrypt_accepts_raw_and_zlib_deflate(content: bytes, window: int) -> None:
    stream = zlib.compressobj(wbits=window)
    token = encrypt_direct({**DIRECT, "zip": "DEF"}, stream.compress(content) + stream.flush())
    assert jwe.decrypt(token, DIRECT_KEY) == content


@pytest.mark.parametrize("window", [15, -15])
def test_decompression_is_limited(window: int) -> None:
    stream = zlib.compressobj(wbits=window)
    bomb = stream.compress(bytes(10_000_000)) + stream.flush()
    with pytest.raises(JWEError, match=r"^Decompressed JWE string exceeds 256000 bytes$"):
        jwe.decrypt(encrypt_direct({**DIRECT, "zip": "DEF"}, bomb), DIRECT_KEY)


def test_decrypt_invalid_compression_raises_jwe_parse_error() -> None:
    for content in (b"", b"not compressed", zlib.compress(PLAINTEXT)[:-1], zlib.compress(PLAINTEXT) + b"x"):
        with pytest.raises(JWEParseError, match=r"^Invalid compressed content$"):
            jwe.decrypt(encrypt_direct({**DIRECT, "zip": "DEF"}, content), DIRECT_KEY)


# Limits


def test_token_size_limit_is_250_kib() -> None:
    token = jwe.encrypt(b"x" * 191_930, DIRECT_KEY, "A128GCM")
    token = jwe.encrypt(b"x" * (191_930 + (constants.JWE_SIZE_LIMIT - len(token)) // 4 * 3), DIRECT_KEY, "A128GCM")
    assert constants.JWE_SIZE_LIMIT - 4 < len(token) <= constants.JWE_SIZE_LIMIT
    assert jwe.decrypt(token, DIRECT_KEY)
    for text in (token + b"xxxx", "x" * 300_000):
        assert (
            describe_decryption(text)
            == describe_decryption(text, module=jose_jwe)
            == f"JWEError: JWE string {len(text)} bytes exceeds 256000 bytes"
        )


@pytest.mark.parametrize("module", [constants, jwe])
def test_patched_size_limit_is_used(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    token = jwe.encrypt(b"x" * 2_000, DIRECT_KEY, "A128GCM")
    compressed = jwe.encrypt(b"x" * 2_000, DIRECT_KEY, "A128GCM", zip="DEF")
    assert jwe.decrypt(token, DIRECT_KEY) == jwe.decrypt(compressed, DIRECT_KEY)
    monkeypatch.setattr(module, "JWE_SIZE_LIMIT", 1_024)
    with pytest.raises(JWEError, match=rf"^JWE string {len(token)} bytes exceeds 1024 bytes$"):
        jwe.decrypt(token, DIRECT_KEY)
    with pytest.raises(JWEError, match=r"^Decompressed JWE string exceeds 1024 bytes$"):
        jwe.decrypt(compressed, DIRECT_KEY)
    monkeypatch.setattr(module, "JWE_SIZE_LIMIT", 10_000_000)
    assert jwe.decrypt(jwe.encrypt(bytes(400_000), DIRECT_KEY, "A128GCM"), DIRECT_KEY) == bytes(400_000)


# Invalid calls with python-jose's message. The class may be a more specific subclass of python-jose's class.

OCT_JWK = oct_jwk(DIRECT_KEY)
FAILING_CALLS: dict[str, Call] = {
    "algorithm": encrypt_call(b"", DIRECT_KEY, "A128GCM", "nope"),
    "algorithm not supported": encrypt_call(b"", DIRECT_KEY, "A128GCM", "ECDH-ES"),
    "no algorithm": encrypt_call(b"", DIRECT_KEY, "A128GCM", None),
    "encryption": encrypt_call(b"", DIRECT_KEY, "nope"),
    "encryption that signs": encrypt_call(b"", DIRECT_KEY, "HS256"),
    "encryption that signs, wrapped": encrypt_call(b"", DIRECT_KEY, "HS256", "A128KW"),
    "algorithm that signs": encrypt_call(b"", DIRECT_KEY, "A128GCM", "HS256"),
    "zip": encrypt_call(b"", DIRECT_KEY, "A128GCM", "dir", "GZ"),
    "empty zip": encrypt_call(b"", DIRECT_KEY, "A128GCM", "dir", ""),
    "plaintext": encrypt_call(5, DIRECT_KEY, "A128GCM"),
    "kid": encrypt_call(b"", DIRECT_KEY, "A128GCM", kid=b"x"),
    "direct key": encrypt_call(b"", DIRECT_KEY[:15], "A128GCM"),
    "direct jwk": encrypt_call(b"", OCT_JWK, "A128GCM"),
    "wrapping key": encrypt_call(b"", DIRECT_KEY[:15], "A128GCM", "A128KW"),
    "wrapping jwk": encrypt_call(b"", OCT_JWK, "A128GCM", "A128KW"),
    "no key": encrypt_call(b"", None, "A128GCM", "A128KW"),
    "token": decrypt_call(bytearray(b"....")),
    "token's wrapping key": decrypt_call(encrypt_direct({**DIRECT, "alg": "A192KW"})),
    "token's content key": decrypt_call(encrypt_direct({**DIRECT, "enc": "A192GCM"})),
    "token's algorithm": decrypt_call(encrypt_direct({**DIRECT, "alg": "ECDH-ES"})),
    "token's algorithm that signs": decrypt_call(encrypt_direct({**DIRECT, "alg": "HS256"})),
    "token's encryption that signs": decrypt_call(encrypt_direct({**DIRECT, "enc": "HS256"})),
    "tag": decrypt_call(encrypt_direct(DIRECT), SYMMETRIC[1:17]),
    "encrypted key": decrypt_call(encrypt_direct({**DIRECT, "alg": "A128KW"})),
    "encrypted rsa key": decrypt_call(encrypt_direct({**DIRECT, "alg": "RSA1_5"}), PRIVATE_PEM),
    "no alg": decrypt_call(encrypt_direct({"enc": "A128GCM"})),
    "no enc": decrypt_call(encrypt_direct({"alg": "dir"})),
}
SHAPES = ("", ".", "....", "a", "a.b.c.d.e", b"e30.e30.e30.e30", "e30..A..", "e30...A.", "e30....A")
HEADERS = (b"", b"{", b"[]", b"null", b'{"a":1}x', b"\xff", b'{"a":"\n"}', b'{"a":%b}' % (b"1" * 5_000))
FAILING_CALLS |= {f"token {text!r}": decrypt_call(text) for text in (*SHAPES, "e30....")}
FAILING_CALLS |= {f"header of {text!r}": read_header_call(text) for text in SHAPES}
FAILING_CALLS |= {f"header {header[:20]!r}": read_header_call(encrypt_direct(header)) for header in HEADERS}


def test_content_encryption_key_source_can_be_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwe, "get_random_bytes", lambda size: b"k" * size)
    token = jwe.encrypt(b"content", bytes(16), "A128GCM", "A128KW")
    encrypted_key = base64url_decode(token.split(b".")[1])
    assert AESKey(bytes(16), "A128KW").unwrap_key(encrypted_key) == b"k" * 16


@pytest.mark.parametrize("enc", _core.IV_BYTES)
def test_initialization_vector_source_can_be_patched(enc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = bytes(_core.CEK_BYTES[enc])
    for backend in (cryptography_backend, jose_backend):
        monkeypatch.setattr(backend, "get_random_bytes", lambda size: b"v" * size)
    assert jwe.encrypt(b"content", key, enc, "dir") == jose_jwe.encrypt(b"content", key, enc, "dir")


@pytest.mark.parametrize("case", FAILING_CALLS)
def test_errors_have_python_jose_messages(case: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - compared below
        FAILING_CALLS[case](jose_jwe)
    with pytest.raises(Exception) as ours:  # noqa: PT011 - compared below
        FAILING_CALLS[case](jwe)
    assert str(ours.value) == str(theirs.value)
    assert type(theirs.value).__name__ in [kind.__name__ for kind in type(ours.value).__mro__]
    if isinstance(theirs.value, TheirJOSEError):
        assert isinstance(ours.value, JOSEError)


# Calls that python-jose accepts and fastjose rejects, and errors of other classes that escape from python-jose


REFUSED: dict[str, tuple[str, str]] = {
    "alg is not a string": (encrypt_direct({**DIRECT, "alg": ["dir"]}), "a parameter has the wrong type"),
    "alg is null": (encrypt_direct({**DIRECT, "alg": None}), "a parameter has the wrong type"),
    "enc is not a string": (encrypt_direct({**DIRECT, "enc": 5}), "a parameter has the wrong type"),
    "zip is null": (encrypt_direct({**DIRECT, "zip": None}), "a parameter has the wrong type"),
    "zip is unknown": (encrypt_direct({**DIRECT, "zip": "GZ"}), "The specified zip value is not supported"),
    "alg is unknown": (encrypt_direct({**DIRECT, "alg": "token-text"}), "Algorithm not supported."),
    "crit": (encrypt_direct({**DIRECT, "crit": ["exp"]}), "Unsupported critical header parameter"),
    "a name twice": (encrypt_direct(b'{"alg":"dir","alg":"dir","enc":"A128GCM"}'), "must be valid JSON"),
    "NaN": (encrypt_direct(b'{"alg":"dir","enc":"A128GCM","x":NaN}'), "must be valid JSON"),
    "UTF-16": (encrypt_direct('{"alg":"dir","enc":"A128GCM"}'.encode("utf-16")), "must be valid JSON"),
    "deep nesting": (encrypt_direct(b"[" * 100_000), "must be valid JSON"),
    "padding": (encrypt_direct(DIRECT) + "=", "Invalid auth tag"),
    "white space": (encrypt_direct(DIRECT) + "\n" * 4, "Invalid auth tag"),
    "six segments": (encrypt_direct(DIRECT) + ".", "Too many segments"),
    "a lone surrogate": ("\ud800....", "Not enough segments"),
    "an encrypted key beside dir": (encrypt_direct(DIRECT, encrypted_key=b"x"), "Invalid encrypted key"),
    "no compressed content": (encrypt_direct({**DIRECT, "zip": "DEF"}), "Invalid compressed content"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_intentionally_rejected_call_raises_jwe_error(case: str) -> None:
    token, text = REFUSED[case]
    with pytest.raises(JWEError) as rejected:
        jwe.decrypt(token, DIRECT_KEY)
    assert text in str(rejected.value)
    assert describe_decryption(token, module=jose_jwe) != describe_decryption(token)


def test_noncanonical_base64url_is_rejected() -> None:
    token = encrypt_direct(DIRECT)
    stray = token[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]]
    assert jose_jwe.decrypt(stray, DIRECT_KEY) == b"content"
    with pytest.raises(JWEParseError, match=r"^Invalid auth tag$"):
        jwe.decrypt(stray, DIRECT_KEY)


def test_token_for_other_key_type_raises_jwe_error() -> None:
    bare = {**PRIVATE_JWK, "alg": None}
    assert describe_decryption(encrypt_direct(DIRECT), bare, jose_jwe).startswith("TypeError")
    with pytest.raises(JWEError, match=r"^The key cannot be used with the token's alg\.$"):
        jwe.decrypt(encrypt_direct(DIRECT), bare)
    with pytest.raises(TypeError):
        jwe.decrypt(encrypt_direct(DIRECT), None)  # type: ignore[arg-type]  # a programming error


# The oracles


def encrypt_cbc_blocks(first: bytes, second: bytes, tag: bytes) -> str:
    encoded = b64u(json.dumps({"alg": "dir", "enc": "A128CBC-HS256"}).encode())
    return f"{encoded}..{b64u(first)}.{b64u(second)}.{b64u(tag)}"


def test_invalid_padding_raises_same_error_as_invalid_tag() -> None:
    key = SYMMETRIC[:32]
    cipher = Cipher(algorithms.AES(key[16:]), modes.CBC(bytes(16))).encryptor()
    well_padded, ill_padded = cipher.update(bytes([16] * 16)), bytes(16)
    tokens = [
        encrypt_cbc_blocks(bytes(16), block, bytes(16)) for block in (well_padded, ill_padded, well_padded[1:], b"")
    ]
    assert {describe_decryption(token, key) for token in tokens} == {"JWEInvalidAuth: Invalid JWE Auth Tag"}
    assert len({describe_decryption(token, key, jose_jwe) for token in tokens}) > 1


def invalid_encrypted_keys(alg: str) -> Iterator[bytes]:
    """Yield encrypted keys with every kind of error."""
    key = RSAKey(PUBLIC_PEM, alg)
    for size in (0, 1, 15, 16, 17, 32, 64):
        yield key.wrap_key(bytes(size))
    good = key.wrap_key(bytes(16))
    yield from (good[:-1], good + b"x", b"", bytes(256), b"\xff" * 256, good[:-1] + bytes([good[-1] ^ 1]))
    yield RSAKey(spki(public_key_of(rsa_key(other=True))), alg).wrap_key(bytes(16))


@pytest.mark.parametrize("alg", ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"])
def test_invalid_encrypted_keys_raise_one_error(alg: str) -> None:
    tokens = [
        encrypt_direct({**DIRECT, "alg": alg}, encrypted_key=encrypted) for encrypted in invalid_encrypted_keys(alg)
    ]
    assert [describe_decryption(token, PRIVATE_PEM) for token in tokens] == [
        "JWEInvalidAuth: Invalid JWE Auth Tag"
    ] * 14


@pytest.mark.parametrize(("alg", "enc"), [(alg, enc) for alg in ALGS for enc in ENCS])
def test_changed_segments_and_other_keys_raise_one_error(alg: str, enc: str) -> None:
    parts = encrypt_fixed_token(alg, enc).split(b".")
    _, key = encryption_and_decryption_keys(alg, enc)
    _, other = encryption_and_decryption_keys(alg, enc, 1)
    mutants = [(b".".join(parts), other)]
    for index in (1, 2, 3, 4):
        part = parts[index]
        if part:
            changed = b"B" if part[:1] == b"A" else b"A"
            mutants.append((b".".join([*parts[:index], changed + part[1:], *parts[index + 1 :]]), key))
    mutants.append((b".".join([*parts[:3], b"", parts[4]]), key))
    for token, used in mutants:
        with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$"):
            jwe.decrypt(token, used)


def test_changed_header_is_rejected() -> None:
    token = encrypt_direct(DIRECT)
    other = b64u(json.dumps({**DIRECT, "kid": "b"}).encode()) + token[token.index(".") :]
    with pytest.raises(JWEInvalidAuth):
        jwe.decrypt(other, DIRECT_KEY)


def test_truncated_tag_is_rejected() -> None:
    for alg, enc in (("dir", "A128GCM"), ("dir", "A256CBC-HS512")):
        parts = encrypt_fixed_token(alg, enc).split(b".")
        for size in (0, 4, 8, 12, len(parts[4]) - 4):
            with pytest.raises(JWEError):
                jwe.decrypt(b".".join([*parts[:4], parts[4][:size]]), encryption_and_decryption_keys(alg, enc)[1])


def test_jwk_alg_restricts_rsa_algorithm() -> None:
    assert jwe.decrypt(encrypt_fixed_token("RSA-OAEP", "A128GCM"), PRIVATE_JWK) == PLAINTEXT
    with pytest.raises(JWEAlgorithmUnsupportedError, match=r"^The specified alg value is not allowed$"):
        jwe.decrypt(encrypt_fixed_token("RSA1_5", "A128GCM"), PRIVATE_JWK)
    assert jose_jwe.decrypt(encrypt_fixed_token("RSA1_5", "A128GCM"), PRIVATE_JWK) == PLAINTEXT
    # The name of a signature algorithm does not restrict encryption.
    assert jwe.decrypt(encrypt_fixed_token("RSA1_5", "A128GCM"), {**PRIVATE_JWK, "alg": "RS256"}) == PLAINTEXT


@pytest.mark.parametrize("alg", ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"])
@pytest.mark.parametrize("size", [1, 16, 64, 190])
def test_rsa_key_wrapping_interoperates_with_python_jose(alg: str, size: int) -> None:
    ours, theirs = RSAKey(PRIVATE_PEM, alg), jose_jwk.construct(PRIVATE_PEM, alg)
    octets = bytes(range(size))
    wrapped = ours.public_key().wrap_key(octets)
    assert len(wrapped) == 256
    assert wrapped != ours.public_key().wrap_key(octets)
    assert ours.unwrap_key(wrapped) == theirs.unwrap_key(wrapped) == octets
    assert ours.unwrap_key(theirs.public_key().wrap_key(octets)) == octets


def test_rsa_wrap_and_unwrap_invalid_input_raises_jwe_error() -> None:
    public_key, private_key = RSAKey(PUBLIC_PEM, "RSA-OAEP"), RSAKey(PRIVATE_PEM, "RSA-OAEP")
    works: list[Callable[[], Any]] = [
        lambda: public_key.wrap_key(bytes(1_000)),
        lambda: public_key.wrap_key("text"),  # type: ignore[arg-type]  # rejected as by python-jose
        lambda: public_key.unwrap_key(bytes(256)),
        lambda: private_key.wrap_key(bytes(16)),
        lambda: private_key.unwrap_key(bytes(256)),
        lambda: private_key.unwrap_key(b""),
        lambda: RSAKey(PUBLIC_PEM, "RS256").wrap_key(bytes(16)),
        lambda: RSAKey(spki(public_key_of(ec_key())), "RSA-OAEP").wrap_key(bytes(16)),
    ]
    for work in works:
        with pytest.raises(JWEError):
            work()


@pytest.mark.parametrize("alg", [*ENCS, "RS256"])
def test_alg_without_key_management_is_rejected(alg: str) -> None:
    key = PUBLIC_PEM if alg == "RS256" else SYMMETRIC[: _core.CEK_BYTES[alg]]
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.encrypt(b"text", key, "A128GCM", alg)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.decrypt(encrypt_direct({**DIRECT, "alg": alg}), key)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.decrypt(encrypt_direct({"alg": alg, "enc": "HS256"}), key)


@pytest.mark.parametrize("alg", ["dir", "A128KW", "RSA-OAEP"])
@pytest.mark.parametrize("enc", ["HS256", "A128KW", "dir"])
def test_enc_without_content_encryption_is_rejected(alg: str, enc: str) -> None:
    key = PRIVATE_PEM if alg == "RSA-OAEP" else SYMMETRIC[:16]
    for encrypted_key in (b"", b"a", bytes(24)):
        with pytest.raises(JWEAlgorithmUnsupportedError, match=rf"^enc {enc} is not implemented$"):
            jwe.decrypt(encrypt_direct({"alg": alg, "enc": enc}, encrypted_key=encrypted_key), key)


def test_python_jose_accepts_content_encryption_as_alg() -> None:
    token = jose_jwe.encrypt(b"text", DIRECT_KEY, "A128GCM", "A128GCM")
    assert jose_jwe.decrypt(token, DIRECT_KEY) == b"text"
    with pytest.raises(JWEError):
        jwe.decrypt(token, DIRECT_KEY)


def test_wrong_rsa_key_part_raises_jwe_error() -> None:
    with pytest.raises(JWEError, match="Encryption requires the public key"):
        jwe.encrypt(b"text", PRIVATE_PEM, "A128GCM", "RSA-OAEP")
    with pytest.raises(JWEError, match="Decryption requires the private key"):
        jwe.decrypt(encrypt_fixed_token("RSA-OAEP", "A128GCM"), PUBLIC_PEM)


def test_symmetric_key_with_rsa_algorithm_raises_jwk_error() -> None:
    with pytest.raises(JWKError):
        jwe.decrypt(encrypt_fixed_token("RSA-OAEP", "A128GCM"), DIRECT_KEY)


def test_native_key_decrypts_tokens_of_its_algorithm_alone() -> None:
    private_key = _core.JweKey(_core.KeyMaterial(PRIVATE_PEM, "RSA"), "RSA-OAEP")
    token = _core.JweToken(encrypt_fixed_token("RSA-OAEP", "A128GCM"), 10_000)
    assert token.decrypt(private_key, 10_000) == PLAINTEXT
    other = _core.JweToken(encrypt_fixed_token("RSA-OAEP-256", "A128GCM"), 10_000)
    with pytest.raises(JWEError, match="alg"):
        other.decrypt(private_key, 10_000)


def test_native_key_shows_its_algorithm() -> None:
    assert repr(_core.JweKey(b"a" * 16, "A128KW")) == '<fastjose._core.JweKey algorithm="A128KW">'


def test_errors_omit_key_and_token() -> None:
    secret, marker = "a-secret-of-16-b", "MARKERMARKER"
    texts = [
        describe_decryption(encrypt_direct({"alg": marker, "enc": marker, "zip": marker}), secret),
        describe_decryption(encrypt_direct({**DIRECT, "enc": marker}), secret),
        describe_decryption(encrypt_direct({**DIRECT, "zip": marker}), secret),
        describe_decryption(f"{marker}.{marker}.{marker}.{marker}.{marker}", secret),
        describe_decryption(encrypt_direct(f"{marker}{{".encode()), secret),
        describe_decryption(encrypt_direct({**DIRECT, "alg": "RSA-OAEP"}), secret),
        describe_decryption(encrypt_direct({**DIRECT, "alg": "A256KW"}), secret),
        repr(_core.JweKey(secret.encode(), "dir")),
        repr(_core.JweToken(encrypt_direct({**DIRECT, "kid": marker}).encode(), 1_000)),
    ]
    assert not [text for text in texts if marker in text or secret in text]


# Key classes of the application


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the registered key classes after the test."""
    monkeypatch.setattr(constants.Algorithms, "KEYS", dict(ALGORITHMS.KEYS))
    monkeypatch.setattr(constants.Algorithms, "SUPPORTED", set(ALGORITHMS.SUPPORTED))


class XorKey(Key):
    """Wraps keys by exclusive or, without cryptography."""

    calls = 0

    def __init__(self, key: bytes, algorithm: str) -> None:
        super().__init__(key, algorithm)
        self._octet = key[0]

    def wrap_key(self, key_data: bytes) -> bytes:
        XorKey.calls += 1
        return bytes(octet ^ self._octet for octet in key_data)

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        return self.wrap_key(wrapped_key)


class FailingKey(XorKey):
    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        assert wrapped_key
        raise self.failure

    failure: Exception = ZeroDivisionError("detail")


class OwnAESKey(AESKey):
    def unwrap_key(self, wrapped_key: str | bytes) -> bytes:
        XorKey.calls += 1
        return super().unwrap_key(wrapped_key)


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("name", ["X-KW", "A128KW"])
def test_registered_class_wraps_key(name: str) -> None:
    jwk.register_key(name, XorKey)
    before = XorKey.calls
    token = jwe.encrypt(PLAINTEXT, b"k", "A128CBC-HS256", name, "DEF")
    assert jwe.decrypt(token, b"k") == PLAINTEXT
    assert XorKey.calls == before + 2
    with pytest.raises(JWEInvalidAuth):
        jwe.decrypt(token, b"l")


@pytest.mark.usefixtures("registry")
def test_aes_key_subclass_unwraps_key() -> None:
    jwk.register_key("A128KW", OwnAESKey)
    before = XorKey.calls
    assert (
        jwe.decrypt(encrypt_fixed_token("A128KW", "A128GCM"), encryption_and_decryption_keys("A128KW", "A128GCM")[1])
        == PLAINTEXT
    )
    assert XorKey.calls == before + 1


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("failure", [ZeroDivisionError("detail"), JWKError("detail"), TypeError("detail")])
def test_registered_class_failure_is_not_disclosed(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    jwk.register_key("X-KW", FailingKey)
    monkeypatch.setattr(FailingKey, "failure", failure)
    token = jwe.encrypt(b"text", b"k", "A128GCM", "X-KW")
    with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$") as rejected:
        jwe.decrypt(token, b"k")
    assert rejected.value.__cause__ is None
    assert rejected.value.__context__ is None


class WrongResultKey(XorKey):
    returned: Any = None

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        assert wrapped_key
        return self.returned  # type: ignore[no-any-return]  # the wrong type is intended


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("returned", [None, 16, "x" * 16, b"", bytes(15), bytes(32), [0] * 16])
def test_invalid_unwrapped_key_raises_invalid_auth(monkeypatch: pytest.MonkeyPatch, returned: Any) -> None:
    jwk.register_key("X-KW", WrongResultKey)
    monkeypatch.setattr(WrongResultKey, "returned", returned)
    header = b64u(json.dumps({"alg": "X-KW", "enc": "A128GCM"}).encode())
    ciphertext, tag = _core.aead_seal("A128GCM", bytes(16), bytes(12), header.encode(), b"content")
    token = ".".join([header, *map(b64u, (b"x", bytes(12), ciphertext, tag))])
    with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$"):
        jwe.decrypt(token, b"k")
    monkeypatch.setattr(WrongResultKey, "returned", bytes(16))
    assert jwe.decrypt(token, b"k") == b"content"


class SharedKey(Key):
    """A key for `dir`, which is exported as a JWK."""

    members: dict[str, Any] = {}  # noqa: RUF012 - replaced by the tests

    def to_dict(self) -> dict[str, Any]:
        return self.members


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("form", [str, bytes])
def test_registered_class_shares_the_key_of_its_jwk(monkeypatch: pytest.MonkeyPatch, form: type) -> None:
    token = jwe.encrypt(PLAINTEXT, DIRECT_KEY, "A128GCM")
    jwk.register_key("dir", SharedKey)
    k = b64u(DIRECT_KEY)
    monkeypatch.setattr(SharedKey, "members", {"kty": "oct", "k": k if form is str else k.encode()})
    assert jwe.decrypt(token, b"the name of the key") == PLAINTEXT
    encrypted = jwe.encrypt(PLAINTEXT, b"the name of the key", "A128GCM")
    for kty in ("RSA", "OCT", ""):
        monkeypatch.setattr(SharedKey, "members", {"kty": kty, "k": k})
        with pytest.raises(JWEError, match=r"^alg dir is not implemented$"):
            jwe.decrypt(token, b"the name of the key")
    jwk.register_key("dir", DIRKey)
    assert jwe.decrypt(encrypted, DIRECT_KEY) == PLAINTEXT


class UnbuiltKey(Key):
    failure: Exception = ValueError()

    def __init__(self, key: Any, algorithm: str) -> None:
        super().__init__(key, algorithm)
        raise self.failure


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("failure", [TypeError, ValueError, KeyError, IndexError, AttributeError])
def test_constructor_of_registered_class_that_fails_rejects_the_token(
    monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    jwk.register_key("X-KW", UnbuiltKey)
    monkeypatch.setattr(UnbuiltKey, "failure", failure("detail"))
    token = encrypt_direct({**DIRECT, "alg": "X-KW"}, encrypted_key=b"x")
    with pytest.raises(JWEError, match=r"^The key cannot be used with the token's alg\.$") as rejected:
        jwe.decrypt(token, DIRECT_KEY)
    assert (rejected.value.__cause__, rejected.value.__context__) == (None, None)


def test_wrapping_key_is_accepted_as_buffer() -> None:
    wrapping: Any = bytearray(bytes(range(16)))
    token = jwe.encrypt(PLAINTEXT, wrapping, "A128GCM", "A128KW")
    forms: list[Any] = [wrapping, memoryview(wrapping), bytes(wrapping)]
    for key in forms:
        assert jwe.decrypt(token, key) == PLAINTEXT
    with pytest.raises(JWEInvalidAuth):
        jwe.decrypt(token, bytearray(16))  # type: ignore[arg-type]  # as python-jose, it accepts a buffer


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("alg", ["X-KW", "dir"])
def test_registered_class_without_wrapping_raises_jwe_error(alg: str) -> None:
    jwk.register_key("X-KW", XorKey)
    token = jwe.encrypt(b"text", DIRECT_KEY, "A128GCM", alg)
    jwk.register_key(alg, Key)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.decrypt(token, DIRECT_KEY)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.encrypt(b"text", DIRECT_KEY, "A128GCM", alg)


# Attack tokens

OCTETS = b'AZaz09-_.=+/ "{}\x00\xff'
MUTANTS = 6_000


def mutate_token(token: bytes, chance: random.Random) -> bytes:
    octets = bytearray(token)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(octets))
        kind = chance.randrange(4)
        if kind == 0:
            octets[at] = chance.choice(OCTETS)
        elif kind == 1:
            octets.insert(at, chance.choice(OCTETS))
        elif kind == 2:
            del octets[at]
        else:
            parts = bytes(octets).split(b".")
            chance.shuffle(parts)
            octets = bytearray(b".".join(parts))
        octets = octets or bytearray(b".")
    return bytes(octets)


def test_mutated_tokens_raise_jose_errors() -> None:
    chance = random.Random(20_240_229)  # noqa: S311 - reproducible mutants
    choices = [(alg, enc) for alg in ALGS for enc in ENCS if alg not in ALGORITHMS.RSA_KW or enc == "A128GCM"]
    rejected = 0
    for _ in range(MUTANTS):
        alg, enc = chance.choice(choices)
        good = encrypt_fixed_token(alg, enc)
        bad = mutate_token(good, chance)
        if bad == good:
            continue
        with pytest.raises(JWEError):
            jwe.decrypt(bad, encryption_and_decryption_keys(alg, enc)[1])
        rejected += 1
    assert rejected > MUTANTS * 0.95


HOSTILE_VALUES: list[Any] = [None, True, 0, -1, 1.5, "", "none", "HS256", "RS256", "ES256", "EdDSA", [], ["dir"], {}]
HOSTILE_VALUES += [{"alg": "dir"}, "dir", "A128KW", "RSA1_5", "RSA-OAEP", "ECDH-ES", "PBES2-HS256+A128KW", "A128GCMKW"]
HOSTILE_VALUES += [*ENCS, "A128CBC", "x" * 10_000, "\ud800", "\x00", "é"]


@pytest.mark.parametrize(
    "key", [*(SYMMETRIC[:size] for size in (16, 24, 32, 48, 64)), SYMMETRIC[:24].decode(), PRIVATE_PEM, PRIVATE_JWK]
)
@pytest.mark.parametrize("member", ["alg", "enc", "zip", "crit"])
@pytest.mark.parametrize("encrypted_key", [b"", b"x" * 24])
def test_hostile_headers_raise_jose_errors(member: str, key: Any, encrypted_key: bytes) -> None:
    for value in HOSTILE_VALUES:
        if value != DIRECT.get(member) or encrypted_key or key != DIRECT_KEY:
            with pytest.raises((JWEError, JWKError)):
                jwe.decrypt(encrypt_direct({**DIRECT, member: value}, encrypted_key=encrypted_key), key)
