"""`fastjose.jwe` beside `jose.jwe`: each opens what the other wrote; and what is refused on purpose."""

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
from fastjose.backends import AESKey, RSAKey, cryptography_backend
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
from support.jose_builder import b64u, ec_key, oct_jwk, private_pem, public, rsa_key, spki
from support.jose_builder import jwk as as_jwk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Call = Callable[[Any], Any]

SYMMETRIC = bytes(range(64))
PUBLIC_PEM, PRIVATE_PEM = spki(public(rsa_key())), private_pem(rsa_key())
OTHER_PRIVATE_PEM = private_pem(rsa_key(other=True))
PRIVATE_JWK = jose_jwk.construct(PRIVATE_PEM, "RSA-OAEP").to_dict()
PLAINTEXT = b"Live long and prosper. " * 9

ALGS = ("dir", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A192KW", "A256KW")
ENCS = ("A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM")
COMBINATIONS = [(alg, enc, form) for alg in ALGS for enc in ENCS for form in (None, "DEF")]

DIRECT = {"alg": "dir", "enc": "A128GCM"}
DIRECT_KEY = SYMMETRIC[:16]


def keys(alg: str, enc: str, shift: int = 0) -> tuple[bytes, bytes]:
    """Return what encrypts and what decrypts."""
    if alg in ALGORITHMS.RSA_KW:
        return PUBLIC_PEM, OTHER_PRIVATE_PEM if shift else PRIVATE_PEM
    size = _core.CEK_BYTES[enc] if alg == "dir" else int(alg[1:4]) // 8
    key = bytes(octet ^ shift for octet in SYMMETRIC[:size])
    return key, key


def direct(header: dict[str, Any] | bytes, content: bytes = b"content", encrypted_key: bytes = b"") -> str:
    """Write a token for `DIRECT_KEY` in A128GCM, whatever its header says."""
    encoded = b64u(header if isinstance(header, bytes) else json.dumps(header).encode())
    iv = bytes(12)
    ciphertext, tag = _core.aead_seal("A128GCM", DIRECT_KEY, iv, encoded.encode(), content)
    return ".".join([encoded, *map(b64u, (encrypted_key, iv, ciphertext, tag))])


def outcome(work: Callable[[], Any]) -> str:
    """Say what `work` returns or raises."""
    try:
        return f"{work()!r}"
    except Exception as error:  # noqa: BLE001 - python-jose raises whatever it comes upon
        return f"{type(error).__name__}: {error}"


def answer(token: str | bytes, key: Any = DIRECT_KEY, module: Any = jwe) -> str:
    """Say what comes of decrypting `token`."""
    return outcome(lambda: module.decrypt(token, key))


def decrypting(token: Any, key: Any = DIRECT_KEY) -> Call:
    """Return a call that decrypts `token`, for either module."""
    return lambda module: module.decrypt(token, key)


def encrypting(*arguments: Any, **parameters: Any) -> Call:
    """Return a call that encrypts, for either module."""
    return lambda module: module.encrypt(*arguments, **parameters)


def reading(token: str | bytes) -> Call:
    """Return a call that reads the header of `token`, for either module."""
    return lambda module: module.get_unverified_header(token)


@cache
def written(alg: str, enc: str, form: str | None = None) -> bytes:
    """Return a token of ours, always the same."""
    return jwe.encrypt(PLAINTEXT, keys(alg, enc)[0], enc, alg, form, kid="a")


@pytest.mark.parametrize(("alg", "enc", "form"), COMBINATIONS)
def test_each_reads_what_the_other_writes(alg: str, enc: str, form: str | None) -> None:
    public_key, private_key = keys(alg, enc)
    theirs = jose_jwe.encrypt(PLAINTEXT, public_key, enc, alg, form, kid="a")
    ours = written(alg, enc, form)
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
def test_the_header_and_the_content_are_python_joses(plaintext: str | bytes, parameters: dict[str, str]) -> None:
    ours = jwe.encrypt(plaintext, DIRECT_KEY, "A128GCM", **parameters)
    theirs = jose_jwe.encrypt(plaintext, DIRECT_KEY, "A128GCM", **parameters)
    assert isinstance(ours, bytes)
    assert ours.split(b".")[0] == theirs.split(b".")[0]
    expected = plaintext.encode() if isinstance(plaintext, str) else plaintext
    assert jose_jwe.decrypt(ours, DIRECT_KEY) == jwe.decrypt(theirs, DIRECT_KEY) == expected


def test_the_defaults_are_dir_and_a256gcm() -> None:
    token = jwe.encrypt(b"text", SYMMETRIC[:32])
    assert jwe.get_unverified_header(token) == {"alg": "dir", "enc": "A256GCM"}
    assert jwe.decrypt(token, SYMMETRIC[:32]) == b"text"


def test_no_two_tokens_are_alike() -> None:
    for alg, enc, _ in COMBINATIONS[::6]:
        key, _ = keys(alg, enc)
        parts = [jwe.encrypt(b"text", key, enc, alg).split(b".") for _ in range(2)]
        assert all(one != other for one, other in zip(*(part[2:] for part in parts), strict=True))


@pytest.mark.parametrize(
    ("public_key", "private_key"),
    [
        (PUBLIC_PEM, PRIVATE_PEM),
        (PUBLIC_PEM.decode(), PRIVATE_PEM.decode()),
        (as_jwk(public(rsa_key())), {**PRIVATE_JWK, "alg": None}),
        (as_jwk(public(rsa_key()), alg="RSA-OAEP", use="enc"), PRIVATE_JWK),
    ],
)
def test_rsa_keys_are_taken_as_pem_and_jwk(public_key: Any, private_key: Any) -> None:
    token = jwe.encrypt(b"text", public_key, "A128GCM", "RSA-OAEP")
    assert jwe.decrypt(token, private_key) == jose_jwe.decrypt(token, private_key) == b"text"


def test_aes_keys_are_taken_as_text() -> None:
    token = jwe.encrypt(b"text", "sixteen_octets_!", "A128GCM", "A128KW")
    assert jwe.decrypt(token, "sixteen_octets_!") == jose_jwe.decrypt(token, b"sixteen_octets_!") == b"text"


# Compression


@pytest.mark.parametrize("content", [b"", b"text", PLAINTEXT, bytes(256_000)])
@pytest.mark.parametrize("window", [15, -15])
def test_both_forms_of_deflate_are_read(content: bytes, window: int) -> None:
    stream = zlib.compressobj(wbits=window)
    token = direct({**DIRECT, "zip": "DEF"}, stream.compress(content) + stream.flush())
    assert jwe.decrypt(token, DIRECT_KEY) == content


@pytest.mark.parametrize("window", [15, -15])
def test_decompression_is_capped(window: int) -> None:
    stream = zlib.compressobj(wbits=window)
    bomb = stream.compress(bytes(10_000_000)) + stream.flush()
    with pytest.raises(JWEError, match=r"^Decompressed JWE string exceeds 256000 bytes$"):
        jwe.decrypt(direct({**DIRECT, "zip": "DEF"}, bomb), DIRECT_KEY)


def test_what_cannot_be_decompressed_is_malformed() -> None:
    for content in (b"", b"not compressed", zlib.compress(PLAINTEXT)[:-1], zlib.compress(PLAINTEXT) + b"x"):
        with pytest.raises(JWEParseError, match=r"^Invalid compressed content$"):
            jwe.decrypt(direct({**DIRECT, "zip": "DEF"}, content), DIRECT_KEY)


# Limits


def test_a_token_may_have_250_kib() -> None:
    token = jwe.encrypt(b"x" * 191_930, DIRECT_KEY, "A128GCM")
    token = jwe.encrypt(b"x" * (191_930 + (constants.JWE_SIZE_LIMIT - len(token)) // 4 * 3), DIRECT_KEY, "A128GCM")
    assert constants.JWE_SIZE_LIMIT - 4 < len(token) <= constants.JWE_SIZE_LIMIT
    assert jwe.decrypt(token, DIRECT_KEY)
    for text in (token + b"xxxx", "x" * 300_000):
        assert (
            answer(text)
            == answer(text, module=jose_jwe)
            == f"JWEError: JWE string {len(text)} bytes exceeds 256000 bytes"
        )


@pytest.mark.parametrize("module", [constants, jwe])
def test_the_limit_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
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


# What is wrong, said as python-jose says it; its class may be one that names the case, below python-jose's.

OCT_JWK = oct_jwk(DIRECT_KEY)
ALIKE: dict[str, Call] = {
    "algorithm": encrypting(b"", DIRECT_KEY, "A128GCM", "nope"),
    "algorithm not supported": encrypting(b"", DIRECT_KEY, "A128GCM", "ECDH-ES"),
    "no algorithm": encrypting(b"", DIRECT_KEY, "A128GCM", None),
    "encryption": encrypting(b"", DIRECT_KEY, "nope"),
    "encryption that signs": encrypting(b"", DIRECT_KEY, "HS256"),
    "encryption that signs, wrapped": encrypting(b"", DIRECT_KEY, "HS256", "A128KW"),
    "algorithm that signs": encrypting(b"", DIRECT_KEY, "A128GCM", "HS256"),
    "zip": encrypting(b"", DIRECT_KEY, "A128GCM", "dir", "GZ"),
    "empty zip": encrypting(b"", DIRECT_KEY, "A128GCM", "dir", ""),
    "plaintext": encrypting(5, DIRECT_KEY, "A128GCM"),
    "kid": encrypting(b"", DIRECT_KEY, "A128GCM", kid=b"x"),
    "direct key": encrypting(b"", DIRECT_KEY[:15], "A128GCM"),
    "direct jwk": encrypting(b"", OCT_JWK, "A128GCM"),
    "wrapping key": encrypting(b"", DIRECT_KEY[:15], "A128GCM", "A128KW"),
    "wrapping jwk": encrypting(b"", OCT_JWK, "A128GCM", "A128KW"),
    "no key": encrypting(b"", None, "A128GCM", "A128KW"),
    "token": decrypting(bytearray(b"....")),
    "token's wrapping key": decrypting(direct({**DIRECT, "alg": "A192KW"})),
    "token's content key": decrypting(direct({**DIRECT, "enc": "A192GCM"})),
    "token's algorithm": decrypting(direct({**DIRECT, "alg": "ECDH-ES"})),
    "token's algorithm that signs": decrypting(direct({**DIRECT, "alg": "HS256"})),
    "token's encryption that signs": decrypting(direct({**DIRECT, "enc": "HS256"})),
    "tag": decrypting(direct(DIRECT), SYMMETRIC[1:17]),
    "encrypted key": decrypting(direct({**DIRECT, "alg": "A128KW"})),
    "encrypted rsa key": decrypting(direct({**DIRECT, "alg": "RSA1_5"}), PRIVATE_PEM),
    "no alg": decrypting(direct({"enc": "A128GCM"})),
    "no enc": decrypting(direct({"alg": "dir"})),
}
SHAPES = ("", ".", "....", "a", "a.b.c.d.e", b"e30.e30.e30.e30", "e30..A..", "e30...A.", "e30....A")
HEADERS = (b"", b"{", b"[]", b"null", b'{"a":1}x', b"\xff", b'{"a":"\n"}', b'{"a":%b}' % (b"1" * 5_000))
ALIKE |= {f"token {text!r}": decrypting(text) for text in (*SHAPES, "e30....")}
ALIKE |= {f"header of {text!r}": reading(text) for text in SHAPES}
ALIKE |= {f"header {header[:20]!r}": reading(direct(header)) for header in HEADERS}


def test_content_encryption_keys_come_from_a_source_that_can_be_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwe, "get_random_bytes", lambda size: b"k" * size)
    token = jwe.encrypt(b"content", bytes(16), "A128GCM", "A128KW")
    encrypted_key = base64url_decode(token.split(b".")[1])
    assert AESKey(bytes(16), "A128KW").unwrap_key(encrypted_key) == b"k" * 16


@pytest.mark.parametrize("enc", _core.IV_BYTES)
def test_initialization_vectors_come_from_where_python_jose_takes_them(
    enc: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = bytes(_core.CEK_BYTES[enc])
    for backend in (cryptography_backend, jose_backend):
        monkeypatch.setattr(backend, "get_random_bytes", lambda size: b"v" * size)
    assert jwe.encrypt(b"content", key, enc, "dir") == jose_jwe.encrypt(b"content", key, enc, "dir")


@pytest.mark.parametrize("case", ALIKE)
def test_errors_have_python_joses_text(case: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - any: it is compared with
        ALIKE[case](jose_jwe)
    with pytest.raises(Exception) as ours:  # noqa: PT011 - the same
        ALIKE[case](jwe)
    assert str(ours.value) == str(theirs.value)
    assert type(theirs.value).__name__ in [kind.__name__ for kind in type(ours.value).__mro__]
    if isinstance(theirs.value, TheirJOSEError):
        assert isinstance(ours.value, JOSEError)


# What python-jose takes and we refuse, and the errors that escape from it


REFUSED: dict[str, tuple[str, str]] = {
    "alg is no text": (direct({**DIRECT, "alg": ["dir"]}), "a parameter has the wrong type"),
    "alg is null": (direct({**DIRECT, "alg": None}), "a parameter has the wrong type"),
    "enc is no text": (direct({**DIRECT, "enc": 5}), "a parameter has the wrong type"),
    "zip is null": (direct({**DIRECT, "zip": None}), "a parameter has the wrong type"),
    "zip is unknown": (direct({**DIRECT, "zip": "GZ"}), "The specified zip value is not supported"),
    "alg is unknown": (direct({**DIRECT, "alg": "token-text"}), "Algorithm not supported."),
    "crit": (direct({**DIRECT, "crit": ["exp"]}), "Unsupported critical header parameter"),
    "a name twice": (direct(b'{"alg":"dir","alg":"dir","enc":"A128GCM"}'), "must be valid JSON"),
    "NaN": (direct(b'{"alg":"dir","enc":"A128GCM","x":NaN}'), "must be valid JSON"),
    "UTF-16": (direct('{"alg":"dir","enc":"A128GCM"}'.encode("utf-16")), "must be valid JSON"),
    "deep nesting": (direct(b"[" * 100_000), "must be valid JSON"),
    "padding": (direct(DIRECT) + "=", "Invalid auth tag"),
    "white space": (direct(DIRECT) + "\n" * 4, "Invalid auth tag"),
    "six segments": (direct(DIRECT) + ".", "Too many segments"),
    "a lone surrogate": ("\ud800....", "Not enough segments"),
    "an encrypted key beside dir": (direct(DIRECT, encrypted_key=b"x"), "Invalid encrypted key"),
    "no compressed content": (direct({**DIRECT, "zip": "DEF"}), "Invalid compressed content"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_on_purpose_is_a_jwe_error(case: str) -> None:
    token, text = REFUSED[case]
    with pytest.raises(JWEError) as refused:
        jwe.decrypt(token, DIRECT_KEY)
    assert text in str(refused.value)
    assert answer(token, module=jose_jwe) != answer(token)


def test_a_last_character_with_stray_bits_is_refused() -> None:
    token = direct(DIRECT)
    stray = token[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]]
    assert jose_jwe.decrypt(stray, DIRECT_KEY) == b"content"
    with pytest.raises(JWEParseError, match=r"^Invalid auth tag$"):
        jwe.decrypt(stray, DIRECT_KEY)


def test_a_token_that_asks_for_another_kind_of_key_is_no_programmers_error() -> None:
    bare = {**PRIVATE_JWK, "alg": None}
    assert answer(direct(DIRECT), bare, jose_jwe).startswith("TypeError")
    with pytest.raises(JWEError, match=r"^The key cannot be used with the token's alg\.$"):
        jwe.decrypt(direct(DIRECT), bare)
    with pytest.raises(TypeError):
        jwe.decrypt(direct(DIRECT), None)  # type: ignore[arg-type]  # the programmer's


# The oracles


def _padding_oracle(first: bytes, second: bytes, tag: bytes) -> str:
    encoded = b64u(json.dumps({"alg": "dir", "enc": "A128CBC-HS256"}).encode())
    return f"{encoded}..{b64u(first)}.{b64u(second)}.{b64u(tag)}"


def test_a_wrong_padding_is_answered_as_a_wrong_tag() -> None:
    key = SYMMETRIC[:32]
    cipher = Cipher(algorithms.AES(key[16:]), modes.CBC(bytes(16))).encryptor()
    well_padded, ill_padded = cipher.update(bytes([16] * 16)), bytes(16)
    tokens = [_padding_oracle(bytes(16), block, bytes(16)) for block in (well_padded, ill_padded, well_padded[1:], b"")]
    assert {answer(token, key) for token in tokens} == {"JWEInvalidAuth: Invalid JWE Auth Tag"}
    assert len({answer(token, key, jose_jwe) for token in tokens}) > 1


def _encrypted_keys(alg: str) -> Iterator[bytes]:
    """Yield encrypted keys that are wrong in every way in which they can be."""
    key = RSAKey(PUBLIC_PEM, alg)
    for size in (0, 1, 15, 16, 17, 32, 64):
        yield key.wrap_key(bytes(size))
    good = key.wrap_key(bytes(16))
    yield from (good[:-1], good + b"x", b"", bytes(256), b"\xff" * 256, good[:-1] + bytes([good[-1] ^ 1]))
    yield RSAKey(spki(public(rsa_key(other=True))), alg).wrap_key(bytes(16))


@pytest.mark.parametrize("alg", ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"])
def test_whatever_is_wrong_with_an_encrypted_key_is_answered_alike(alg: str) -> None:
    tokens = [direct({**DIRECT, "alg": alg}, encrypted_key=encrypted) for encrypted in _encrypted_keys(alg)]
    assert [answer(token, PRIVATE_PEM) for token in tokens] == ["JWEInvalidAuth: Invalid JWE Auth Tag"] * 14


@pytest.mark.parametrize(("alg", "enc"), [(alg, enc) for alg in ALGS for enc in ENCS])
def test_every_changed_segment_and_every_other_key_is_one_error(alg: str, enc: str) -> None:
    parts = written(alg, enc).split(b".")
    _, key = keys(alg, enc)
    _, other = keys(alg, enc, 1)
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


def test_the_header_is_authenticated() -> None:
    token = direct(DIRECT)
    other = b64u(json.dumps({**DIRECT, "kid": "b"}).encode()) + token[token.index(".") :]
    with pytest.raises(JWEInvalidAuth):
        jwe.decrypt(other, DIRECT_KEY)


def test_a_tag_is_never_taken_for_less_than_its_length() -> None:
    for alg, enc in (("dir", "A128GCM"), ("dir", "A256CBC-HS512")):
        parts = written(alg, enc).split(b".")
        for size in (0, 4, 8, 12, len(parts[4]) - 4):
            with pytest.raises(JWEError):
                jwe.decrypt(b".".join([*parts[:4], parts[4][:size]]), keys(alg, enc)[1])


def test_a_jwk_for_one_rsa_algorithm_is_not_used_for_another() -> None:
    assert jwe.decrypt(written("RSA-OAEP", "A128GCM"), PRIVATE_JWK) == PLAINTEXT
    with pytest.raises(JWEAlgorithmUnsupportedError, match=r"^The specified alg value is not allowed$"):
        jwe.decrypt(written("RSA1_5", "A128GCM"), PRIVATE_JWK)
    assert jose_jwe.decrypt(written("RSA1_5", "A128GCM"), PRIVATE_JWK) == PLAINTEXT
    # A name that is of signatures says nothing of encryption.
    assert jwe.decrypt(written("RSA1_5", "A128GCM"), {**PRIVATE_JWK, "alg": "RS256"}) == PLAINTEXT


@pytest.mark.parametrize("alg", ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"])
@pytest.mark.parametrize("size", [1, 16, 64, 190])
def test_rsa_keys_wrap_as_python_joses(alg: str, size: int) -> None:
    ours, theirs = RSAKey(PRIVATE_PEM, alg), jose_jwk.construct(PRIVATE_PEM, alg)
    octets = bytes(range(size))
    wrapped = ours.public_key().wrap_key(octets)
    assert len(wrapped) == 256
    assert wrapped != ours.public_key().wrap_key(octets)
    assert ours.unwrap_key(wrapped) == theirs.unwrap_key(wrapped) == octets
    assert ours.unwrap_key(theirs.public_key().wrap_key(octets)) == octets


def test_what_rsa_cannot_wrap_or_unwrap_is_a_jwe_error() -> None:
    public_key, private_key = RSAKey(PUBLIC_PEM, "RSA-OAEP"), RSAKey(PRIVATE_PEM, "RSA-OAEP")
    works: list[Callable[[], Any]] = [
        lambda: public_key.wrap_key(bytes(1_000)),
        lambda: public_key.wrap_key("text"),  # type: ignore[arg-type]  # as python-jose answers it
        lambda: public_key.unwrap_key(bytes(256)),
        lambda: private_key.wrap_key(bytes(16)),
        lambda: private_key.unwrap_key(bytes(256)),
        lambda: private_key.unwrap_key(b""),
        lambda: RSAKey(PUBLIC_PEM, "RS256").wrap_key(bytes(16)),
        lambda: RSAKey(spki(public(ec_key())), "RSA-OAEP").wrap_key(bytes(16)),
    ]
    for work in works:
        with pytest.raises(JWEError):
            work()


@pytest.mark.parametrize("alg", [*ENCS, "RS256"])
def test_an_algorithm_that_manages_no_keys_is_refused_as_alg(alg: str) -> None:
    key = PUBLIC_PEM if alg == "RS256" else SYMMETRIC[: _core.CEK_BYTES[alg]]
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.encrypt(b"text", key, "A128GCM", alg)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.decrypt(direct({**DIRECT, "alg": alg}), key)


def test_python_jose_wraps_keys_under_the_name_of_a_content_encryption() -> None:
    token = jose_jwe.encrypt(b"text", DIRECT_KEY, "A128GCM", "A128GCM")
    assert jose_jwe.decrypt(token, DIRECT_KEY) == b"text"
    with pytest.raises(JWEError):
        jwe.decrypt(token, DIRECT_KEY)


def test_the_wrong_half_of_an_rsa_key_is_a_jwe_error() -> None:
    with pytest.raises(JWEError, match="Encryption requires the public key"):
        jwe.encrypt(b"text", PRIVATE_PEM, "A128GCM", "RSA-OAEP")
    with pytest.raises(JWEError, match="Decryption requires the private key"):
        jwe.decrypt(written("RSA-OAEP", "A128GCM"), PUBLIC_PEM)


def test_a_symmetric_key_where_rsa_is_asked_for_is_a_jwk_error() -> None:
    with pytest.raises(JWKError):
        jwe.decrypt(written("RSA-OAEP", "A128GCM"), DIRECT_KEY)


def test_no_error_shows_key_or_token() -> None:
    secret, marker = "a-secret-of-16-b", "MARKERMARKER"
    texts = [
        answer(direct({"alg": marker, "enc": marker, "zip": marker}), secret),
        answer(direct({**DIRECT, "enc": marker}), secret),
        answer(direct({**DIRECT, "zip": marker}), secret),
        answer(f"{marker}.{marker}.{marker}.{marker}.{marker}", secret),
        answer(direct(f"{marker}{{".encode()), secret),
        answer(direct({**DIRECT, "alg": "RSA-OAEP"}), secret),
        answer(direct({**DIRECT, "alg": "A256KW"}), secret),
        repr(_core.JweKey(secret.encode(), "dir")),
        repr(_core.JweToken(direct({**DIRECT, "kid": marker}).encode(), 1_000)),
    ]
    assert not [text for text in texts if marker in text or secret in text]


# Classes of the caller's


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a test registers be gone after it."""
    monkeypatch.setattr(constants.Algorithms, "KEYS", dict(ALGORITHMS.KEYS))
    monkeypatch.setattr(constants.Algorithms, "SUPPORTED", set(ALGORITHMS.SUPPORTED))


class XorKey(Key):
    """Wraps by exclusive or: no cryptography."""

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
def test_a_registered_class_wraps_and_the_content_stays_native(name: str) -> None:
    jwk.register_key(name, XorKey)
    before = XorKey.calls
    token = jwe.encrypt(PLAINTEXT, b"k", "A128CBC-HS256", name, "DEF")
    assert jwe.decrypt(token, b"k") == PLAINTEXT
    assert XorKey.calls == before + 2
    with pytest.raises(JWEInvalidAuth):
        jwe.decrypt(token, b"l")


@pytest.mark.usefixtures("registry")
def test_a_subclass_of_ours_is_asked_itself() -> None:
    jwk.register_key("A128KW", OwnAESKey)
    before = XorKey.calls
    assert jwe.decrypt(written("A128KW", "A128GCM"), keys("A128KW", "A128GCM")[1]) == PLAINTEXT
    assert XorKey.calls == before + 1


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("failure", [ZeroDivisionError("detail"), JWKError("detail"), TypeError("detail")])
def test_what_a_registered_class_fails_with_is_not_told(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    jwk.register_key("X-KW", FailingKey)
    monkeypatch.setattr(FailingKey, "failure", failure)
    token = jwe.encrypt(b"text", b"k", "A128GCM", "X-KW")
    with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$") as refused:
        jwe.decrypt(token, b"k")
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


class OddKey(XorKey):
    returned: Any = None

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        assert wrapped_key
        return self.returned  # type: ignore[no-any-return]  # that it is something else is the point


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("returned", [None, 16, "x" * 16, b"", bytes(15), bytes(32), [0] * 16])
def test_what_is_no_content_encryption_key_is_a_wrong_tag(monkeypatch: pytest.MonkeyPatch, returned: Any) -> None:
    jwk.register_key("X-KW", OddKey)
    monkeypatch.setattr(OddKey, "returned", returned)
    header = b64u(json.dumps({"alg": "X-KW", "enc": "A128GCM"}).encode())
    ciphertext, tag = _core.aead_seal("A128GCM", bytes(16), bytes(12), header.encode(), b"content")
    token = ".".join([header, *map(b64u, (b"x", bytes(12), ciphertext, tag))])
    with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$"):
        jwe.decrypt(token, b"k")
    monkeypatch.setattr(OddKey, "returned", bytes(16))
    assert jwe.decrypt(token, b"k") == b"content"


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("alg", ["X-KW", "dir"])
def test_a_registered_class_that_cannot_is_a_jwe_error(alg: str) -> None:
    jwk.register_key("X-KW", XorKey)
    token = jwe.encrypt(b"text", DIRECT_KEY, "A128GCM", alg)
    jwk.register_key(alg, Key)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.decrypt(token, DIRECT_KEY)
    with pytest.raises(JWEError, match=rf"^alg {alg} is not implemented$"):
        jwe.encrypt(b"text", DIRECT_KEY, "A128GCM", alg)


# Hostile tokens

OCTETS = b'AZaz09-_.=+/ "{}\x00\xff'
MUTANTS = 6_000


def _mutant(token: bytes, chance: random.Random) -> bytes:
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


def test_mutants_are_refused_within_the_tree() -> None:
    chance = random.Random(20_240_229)  # noqa: S311 - the same mutants at every run
    choices = [(alg, enc) for alg in ALGS for enc in ENCS if alg not in ALGORITHMS.RSA_KW or enc == "A128GCM"]
    refused = 0
    for _ in range(MUTANTS):
        alg, enc = chance.choice(choices)
        good = written(alg, enc)
        bad = _mutant(good, chance)
        if bad == good:
            continue
        with pytest.raises(JWEError):
            jwe.decrypt(bad, keys(alg, enc)[1])
        refused += 1
    assert refused > MUTANTS * 0.95


HOSTILE_VALUES: list[Any] = [None, True, 0, -1, 1.5, "", "none", "HS256", "RS256", "ES256", "EdDSA", [], ["dir"], {}]
HOSTILE_VALUES += [{"alg": "dir"}, "dir", "A128KW", "RSA1_5", "RSA-OAEP", "ECDH-ES", "PBES2-HS256+A128KW", "A128GCMKW"]
HOSTILE_VALUES += [*ENCS, "A128CBC", "x" * 10_000, "\ud800", "\x00", "é"]


@pytest.mark.parametrize(
    "key", [*(SYMMETRIC[:size] for size in (16, 24, 32, 48, 64)), SYMMETRIC[:24].decode(), PRIVATE_PEM, PRIVATE_JWK]
)
@pytest.mark.parametrize("member", ["alg", "enc", "zip", "crit"])
@pytest.mark.parametrize("encrypted_key", [b"", b"x" * 24])
def test_hostile_headers_are_refused_within_the_tree(member: str, key: Any, encrypted_key: bytes) -> None:
    for value in HOSTILE_VALUES:
        if value != DIRECT.get(member) or encrypted_key or key != DIRECT_KEY:
            with pytest.raises((JWEError, JWKError)):
                jwe.decrypt(direct({**DIRECT, member: value}, encrypted_key=encrypted_key), key)
