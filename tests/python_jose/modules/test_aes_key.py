"""`AESKey` compared with python-jose's: interoperation, key lengths, messages and intended differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jose.backends import AESKey as TheirAESKey

from fastjose import _core, jwk
from fastjose.backends import AESKey
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JOSEError, JWEError, JWEInvalidAuth, JWKError

if TYPE_CHECKING:
    from collections.abc import Callable

OCTETS = bytes(range(64))
GCM = ["A128GCM", "A192GCM", "A256GCM"]
CBC = ["A128CBC", "A192CBC", "A256CBC"]
CBC_HMAC = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"]
WRAPPING = ["A128KW", "A192KW", "A256KW"]
SIZES = {
    **dict(zip(CBC, (16, 24, 32), strict=True)),
    **dict(zip(WRAPPING, (16, 24, 32), strict=True)),
    **_core.CEK_BYTES,
}


def create_both_keys(algorithm: str) -> tuple[AESKey, Any]:
    """Return the same key as fastjose's and as python-jose's `AESKey`."""
    octets = OCTETS[: SIZES[algorithm]]
    return AESKey(octets, algorithm), TheirAESKey(octets, algorithm)


def test_constructor_wrong_key_length_raises_jwk_error() -> None:
    assert set(SIZES) == ALGORITHMS.AES
    for algorithm, size in SIZES.items():
        assert AESKey(OCTETS[:size], algorithm).to_dict() == TheirAESKey(OCTETS[:size], algorithm).to_dict()
        for other in {0, 1, 15, 16, 17, 24, 32, 48, 63, 64} - {size}:
            with pytest.raises(JWKError, match=rf"^Key must be {size * 8} bit for alg {algorithm}$"):
                AESKey(OCTETS[:other], algorithm)


def test_to_dict_returns_oct_jwk() -> None:
    assert AESKey(bytes(16), "A128KW").to_dict() == {"alg": "A128KW", "kty": "oct", "k": b"A" * 22}


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_constructor_accepts_bytes_like_keys(form: Callable[[bytes], Any]) -> None:
    ours, theirs = AESKey(form(OCTETS[:16]), "A128KW"), TheirAESKey(form(OCTETS[:16]), "A128KW")
    assert ours.wrap_key(OCTETS[:32]) == theirs.wrap_key(OCTETS[:32])


def test_constructor_encodes_str_key_as_utf_8() -> None:
    assert AESKey("ü" * 8, "A128KW").to_dict() == AESKey(("ü" * 8).encode(), "A128KW").to_dict()
    with pytest.raises(JWKError):
        AESKey("ü" * 16, "A128KW")


def test_construct_aes_algorithm_returns_aes_key() -> None:
    assert isinstance(jwk.construct(OCTETS[:16], "A128KW"), AESKey)
    assert jwk.get_key("A256GCM") is AESKey


@pytest.mark.parametrize("algorithm", GCM)
@pytest.mark.parametrize("aad", [None, b"", b"aad"])
@pytest.mark.parametrize("content", [b"", b"content", "Grüße", bytes(70_000)])
def test_gcm_interoperates_with_python_jose(algorithm: str, aad: bytes | None, content: str | bytes) -> None:
    expected = content.encode() if isinstance(content, str) else content
    for sealing, opening in (create_both_keys(algorithm), create_both_keys(algorithm)[::-1]):
        iv, ciphertext, tag = sealing.encrypt(content, aad)
        assert tag is not None
        assert (len(iv), len(ciphertext), len(tag)) == (12, len(expected), 16)
        assert opening.decrypt(ciphertext, iv, aad, tag) == expected
        assert sealing.encrypt(content, aad)[0] != iv


@pytest.mark.parametrize("algorithm", CBC)
@pytest.mark.parametrize("content", [b"", b"content", "sixteen letters!", bytes(70_000)])
def test_cbc_interoperates_with_python_jose(algorithm: str, content: str | bytes) -> None:
    expected = content.encode() if isinstance(content, str) else content
    for sealing, opening in (create_both_keys(algorithm), create_both_keys(algorithm)[::-1]):
        iv, ciphertext, tag = sealing.encrypt(content)
        assert (len(iv), len(ciphertext), tag) == (16, len(expected) // 16 * 16 + 16, None)
        assert opening.decrypt(ciphertext, iv) == expected
        assert sealing.encrypt(content)[0] != iv


def test_cbc_decrypt_invalid_input_raises_one_error() -> None:
    key, _ = create_both_keys("A128CBC")
    iv, ciphertext, _ = key.encrypt(b"content")
    other_padding = iv[:-1] + bytes([iv[-1] ^ 0xFF])  # a random IV yields a valid padding in 1 of 256 cases
    wrong = [(ciphertext, other_padding), (ciphertext[1:], iv), (b"", iv), (ciphertext, iv[1:]), (ciphertext, None)]
    for text, vector in wrong:
        with pytest.raises(JWEError, match=r"^The cryptographic operation failed$"):
            key.decrypt(text, vector)


@pytest.mark.parametrize("algorithm", CBC_HMAC)
def test_cbc_with_hmac_requires_tag(algorithm: str) -> None:
    key, _ = create_both_keys(algorithm)
    iv, ciphertext, tag = key.encrypt(b"content", b"aad")
    assert tag is not None
    assert (len(iv), len(ciphertext), len(tag)) == (16, 16, SIZES[algorithm] // 2)
    assert key.decrypt(ciphertext, iv, b"aad", tag) == b"content"
    assert _core.aead_open(algorithm, OCTETS[: SIZES[algorithm]], iv, b"aad", ciphertext, tag) == b"content"
    with pytest.raises(JWEError, match=r"^tag cannot be None$"):
        key.decrypt(ciphertext, iv, b"aad")


@pytest.mark.parametrize("algorithm", GCM + CBC_HMAC)
def test_aead_decrypt_invalid_input_raises_invalid_auth(algorithm: str) -> None:
    key, _ = create_both_keys(algorithm)
    iv, ciphertext, tag = key.encrypt(b"content", b"aad")
    assert tag is not None
    other = bytes(len(ciphertext))
    for arguments in (
        (other, iv, b"aad", tag),
        (ciphertext, iv[:-1] + bytes([iv[-1] ^ 1]), b"aad", tag),
        (ciphertext, iv[1:], b"aad", tag),
        (ciphertext, None, b"aad", tag),
        (ciphertext, iv, b"", tag),
        (ciphertext, iv, None, tag),
        (ciphertext, iv, b"aad", tag[:-1]),
        (ciphertext, iv, b"aad", b""),
    ):
        with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$"):
            key.decrypt(*arguments)


@pytest.mark.parametrize("algorithm", [*GCM, *CBC, *WRAPPING, "A128CBC-HS256"])
@pytest.mark.parametrize("size", [16, 24, 32, 64])
def test_wrap_key_equals_python_jose(algorithm: str, size: int) -> None:
    ours, theirs = create_both_keys(algorithm)
    wrapped = ours.wrap_key(OCTETS[:size])
    assert wrapped == theirs.wrap_key(OCTETS[:size])
    assert ours.unwrap_key(wrapped) == theirs.unwrap_key(wrapped) == OCTETS[:size]


@pytest.mark.parametrize("wrapped", [b"", b"x" * 16, b"x" * 24, b"x" * 25, b"x" * 40])
def test_unwrap_key_invalid_input_raises_invalid_auth(wrapped: bytes) -> None:
    for algorithm in WRAPPING:
        with pytest.raises(JWEInvalidAuth, match=r"^Invalid JWE Auth Tag$"):
            create_both_keys(algorithm)[0].unwrap_key(wrapped)


@pytest.mark.parametrize("algorithm", WRAPPING)
def test_encrypt_with_wrapping_key_raises_jwe_error(algorithm: str) -> None:
    key, _ = create_both_keys(algorithm)
    for work in (lambda: key.encrypt(b"content"), lambda: key.decrypt(b"content", bytes(16))):
        with pytest.raises(JWEError, match=rf"^Algorithm {algorithm} does not support content encryption\.$"):
            work()


FAILING_CALLS: dict[str, Callable[[Callable[[Any, Any], Any]], Any]] = {
    "no aes": lambda key: key(bytes(16), "HS256"),
    "no algorithm": lambda key: key(bytes(16), None),
    "gcm key wrap": lambda key: key(bytes(16), "A128GCMKW"),
    "no key": lambda key: key(None, "A128KW"),
    "jwk": lambda key: key({"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAA"}, "A128KW"),
    "short": lambda key: key(bytes(15), "A128KW"),
    "plaintext": lambda key: key(bytes(16), "A128GCM").encrypt(5),
    "ciphertext": lambda key: key(bytes(16), "A128GCM").decrypt(5),
    "no tag": lambda key: key(bytes(16), "A128GCM").decrypt(b"", bytes(12)),
    "wrong tag": lambda key: key(bytes(16), "A128GCM").decrypt(b"", bytes(12), b"", bytes(16)),
    "short key data": lambda key: key(bytes(16), "A128KW").wrap_key(bytes(8)),
    "odd key data": lambda key: key(bytes(16), "A128KW").wrap_key(bytes(17)),
    "no key data": lambda key: key(bytes(16), "A128KW").wrap_key(None),
    "no wrapped key": lambda key: key(bytes(16), "A128KW").unwrap_key(None),
    "no wrapping key": lambda key: key(bytes(64), "A256CBC-HS512").wrap_key(bytes(16)),
    "no unwrapping key": lambda key: key(bytes(64), "A256CBC-HS512").unwrap_key(bytes(24)),
}


@pytest.mark.parametrize("case", FAILING_CALLS)
def test_errors_have_python_jose_messages(case: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - compared below
        FAILING_CALLS[case](TheirAESKey)
    with pytest.raises(Exception) as ours:  # noqa: PT011 - compared below
        FAILING_CALLS[case](AESKey)
    assert str(ours.value) == str(theirs.value)
    assert type(theirs.value).__name__ in [kind.__name__ for kind in type(ours.value).__mro__]


@pytest.mark.parametrize("argument", [5, "text"])
def test_wrong_argument_type_raises_jwe_error(argument: Any) -> None:
    for key in create_both_keys("A128GCM"):
        with pytest.raises(Exception) as sealing:  # noqa: PT011 - the class depends on the package
            key.encrypt(b"", argument)
        with pytest.raises(Exception) as opening:  # noqa: PT011 - compared below
            key.decrypt(b"", bytes(12), b"", argument)
        assert type(sealing.value).__name__ == type(opening.value).__name__ == "JWEError"


def test_errors_and_repr_omit_key() -> None:
    secret = "a-secret-of-16-b"
    key = AESKey(secret, "A128GCM")
    shown = repr(key) + repr(key.jwe_key())
    for work in (
        lambda: AESKey(secret, "A192KW"),
        lambda: AESKey(secret, "HS256"),
        lambda: key.decrypt(secret, b"", b"", secret.encode()),
        lambda: key.unwrap_key(secret),
    ):
        with pytest.raises(JOSEError) as rejected:
            work()
        shown += str(rejected.value)
    assert secret not in shown


def test_constructor_lone_surrogate_raises_jwk_error() -> None:
    for library in (AESKey, TheirAESKey):
        with pytest.raises(Exception, match=r"^Key must be 128 bit for alg A128GCM$") as caught:
            library("\ud800", "A128GCM")
        assert type(caught.value).__name__ == "JWKError"
