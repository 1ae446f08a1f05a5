"""`fastjose.utils` compared with `jose.utils`: equal results, or equal exceptions and texts."""

from __future__ import annotations

import base64
import hashlib
import inspect
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from jose import utils as jose_utils

from fastjose import jwe, jwt, utils
from fastjose.constants import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Callable

    Arguments = tuple[Any, ...]
    Generate = Callable[[Random], Arguments]

SEED = 20_240_229
EXAMPLES = 5_000
MIN_SHARE = 20  # each kind of outcome occurs at least once in so many calls


class BytesSubclass(bytes):
    """A subclass of bytes."""

    __slots__ = ()


class StrSubclass(str):
    """A subclass of str."""

    __slots__ = ()


class HashWithOddDigest:
    """A hash function whose digest has an odd length."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def digest(self) -> bytes:
        return b"\xfb" + self._message[:4]


# Some integers are used as lengths: each is either quickly allocated or too large to be allocated at all.
WRONG_TYPES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 300, 2**64, -(2**64), 3.5, float("nan"), Decimal(5), 1j, object(), object, len),
    *(
        (),
        (1, 2),
        ((5,),),
        [],
        [0, 255],
        [256, 1],
        [1, -1],
        [-1, 1],
        [1.0],
        ["a"],
        [b"ssh-rsa"],
        [None],
        [{}],
        range(3),
    ),
    *({}, {1: 2}, {b"ssh-rsa": 1}, frozenset({65}), timedelta(1), SimpleNamespace(days=3, seconds=-4)),
)
ALPHABETS = (
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"AQgw-_+/= \n\r\t.\x00",
    bytes(range(256)),
)
CHARACTERS = "AZaz09-_+/=. \n\x00éß€\u2028\U0001f511\ud800\udfff\uff21"


def random_wrong_type(chance: Random) -> Any:
    return chance.choice(WRONG_TYPES)


def random_bytes(chance: Random) -> bytes:
    alphabet = chance.choice(ALPHABETS)
    return bytes(chance.choices(alphabet, k=chance.randrange(48))) + b"=" * chance.choice((0, 0, 0, 1, 2, 3, 4))


def random_bytes_like(chance: Random, octets: bytes) -> Any:
    return chance.choice((bytes, bytes, bytes, bytearray, memoryview, BytesSubclass))(octets)


def random_text(chance: Random) -> str:
    alphabet = CHARACTERS if chance.random() < 0.5 else ALPHABETS[0].decode()
    text = "".join(chance.choices(alphabet, k=chance.randrange(24)))
    return chance.choice((str, StrSubclass))(text)


def random_base64url(chance: Random) -> Arguments:
    octets = random_bytes(chance)
    kinds = (
        lambda: base64.urlsafe_b64encode(octets).rstrip(b"="),
        lambda: base64.b64encode(octets).decode(),
        lambda: random_bytes_like(chance, octets),
        lambda: random_text(chance),
        lambda: random_wrong_type(chance),
    )
    return (chance.choice(kinds)(),)


def random_bytes_or_text(chance: Random) -> Arguments:
    return (
        chance.choice(
            (
                lambda: random_bytes_like(chance, chance.randbytes(chance.randrange(80))),
                lambda: random_text(chance),
                lambda: random_wrong_type(chance),
            )
        )(),
    )


def random_integer(chance: Random) -> int:
    bits = chance.choice((0, 1, 7, 8, 9, 64, 256, 521, 2_048, 16_384))
    return chance.getrandbits(bits) * chance.choice((1, 1, 1, 1, -1))


def random_integer_and_size(chance: Random) -> Arguments:
    number = random_integer(chance) if chance.random() < 0.9 else random_wrong_type(chance)
    sizes = (lambda: chance.randrange(300), lambda: 0, lambda: None, lambda: random_wrong_type(chance))
    return (number,) if chance.random() < 0.3 else (number, chance.choice(sizes)())


def random_array(chance: Random) -> Arguments:
    octets = chance.randbytes(chance.randrange(40))
    kinds = (
        lambda: list(octets),
        lambda: random_bytes_like(chance, octets),
        lambda: [random_integer(chance) for _ in range(chance.randrange(4))],
        lambda: random_text(chance),
        lambda: random_wrong_type(chance),
    )
    return (chance.choice(kinds)(),)


def random_token_and_hash(chance: Random) -> Arguments:
    hashes = (
        *ALGORITHMS.HASHES.values(),
        *(hashlib.md5, hashlib.sha3_256, hashlib.blake2s, hashlib.shake_128, HashWithOddDigest, bytes, "sha256", None),
    )
    return (random_text(chance) if chance.random() < 0.8 else random_base64url(chance)[0], chance.choice(hashes))


def random_timedelta(chance: Random) -> Arguments:
    if chance.random() < 0.2:
        return (random_wrong_type(chance),)
    days = chance.choice((0, 0, 1, -1, 36_500, -999_999_999, 999_999_998))
    return (timedelta(days, chance.randrange(86_400), chance.randrange(1_000_000)),)


def random_concatenation(chance: Random, fragments: tuple[bytes, ...]) -> Arguments:
    if chance.random() < 0.2:
        return (random_text(chance) if chance.random() < 0.5 else random_wrong_type(chance),)
    return (random_bytes_like(chance, b"".join(chance.choices(fragments, k=chance.randrange(8)))),)


def random_pem(chance: Random) -> Arguments:
    dashes = (b"-----", b"---- ", b"----", b"---", b" ----", b"------")
    labels = (*sorted(jose_utils._PEMS), b"CERTIFICATES", b"private key", b"ED25519 PRIVATE KEY", b"PGP MESSAGE", b"")
    if chance.random() < 0.5:
        return random_concatenation(chance, (*dashes, b"BEGIN ", b"BEGIN", b"END ", b"\n", b" ", *labels))
    begin = chance.choice((b"BEGIN ", b"BEGIN ", b"BEGIN ", b"BEGIN", b"END "))
    armour = chance.choice(dashes) + begin + chance.choice(labels) + chance.choice(dashes)
    return (random_bytes_like(chance, random_bytes(chance) + armour + random_bytes(chance)),)


def random_ssh_key(chance: Random) -> Arguments:
    names = (*jose_utils._SSH_KEY_FORMATS, b"ssh-ed448", b"SSH-RSA", b"ecdsa-sha2-nistp224", b"sk-", b"ssh-", b"rsa")
    suffixes = (b"-cert-v01@openssh.com",) * 8 + (b"-cert-v01@opensshXcom", b"-cert-v00@openssh.com")
    return random_concatenation(chance, (*names, *suffixes, *(b" ", b"\t", b" ", b"\n", b"\x0b") * 2, b"AAAA", b"\xff"))


GENERATORS: dict[str, Generate] = {
    "base64url_encode": random_bytes_or_text,
    "base64url_decode": random_base64url,
    "long_to_bytes": random_integer_and_size,
    "long_to_base64": random_integer_and_size,
    "base64_to_long": random_base64url,
    "int_arr_to_long": random_array,
    "calculate_at_hash": random_token_and_hash,
    "timedelta_total_seconds": random_timedelta,
    "ensure_binary": random_bytes_or_text,
    "is_pem_format": random_pem,
    "is_ssh_key": random_ssh_key,
}


class Outcome(NamedTuple):
    """The result of a call and its type, or its exception and text, and the arguments after the call."""

    raised: bool
    kind: type
    value: Any
    arguments: Arguments


def call_function(function: Callable[..., Any], arguments: Arguments) -> Outcome:
    try:
        result = function(*arguments)
    except Exception as error:  # noqa: BLE001 - any exception is compared
        return Outcome(raised=True, kind=type(error), value=str(error), arguments=arguments)
    return Outcome(raised=False, kind=type(result), value=result, arguments=arguments)


def call_repeatedly(module: Any, name: str) -> list[Outcome]:
    # Each module gets its own arguments, because a call may change a bytearray.
    chance = Random(SEED)  # noqa: S311 - test data
    return [call_function(getattr(module, name), GENERATORS[name](chance)) for _ in range(EXAMPLES)]


@pytest.mark.parametrize("name", GENERATORS)
def test_function_returns_python_jose_result(name: str) -> None:
    ours, theirs = call_repeatedly(utils, name), call_repeatedly(jose_utils, name)
    assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]] == []
    assert_all_outcome_kinds_occur(theirs, answers={True, False} if name.startswith("is_") else {"a result"})


def assert_all_outcome_kinds_occur(outcomes: list[Outcome], answers: set[Any]) -> None:
    kinds = Counter("raised" if one.raised else one.value if one.kind is bool else "a result" for one in outcomes)
    assert kinds.keys() == {"raised", *answers}
    assert min(kinds.values()) > EXAMPLES // MIN_SHARE


def test_all_functions_exist_and_are_compared() -> None:
    names = {name for name, value in vars(jose_utils).items() if is_public_function(name, value)}
    assert names == set(utils.__all__) == GENERATORS.keys()


def is_public_function(name: str, value: object) -> bool:
    return inspect.isfunction(value) and not name.startswith("_")


@pytest.mark.parametrize("name", GENERATORS)
def test_function_has_python_jose_signature(name: str) -> None:
    assert parameters_of(getattr(utils, name)) == parameters_of(getattr(jose_utils, name))


def parameters_of(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [(one.name, one.kind, one.default) for one in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("octets", [b"", b"secret", BytesSubclass(b"secret")])
def test_ensure_binary_bytes_returns_same_object(octets: bytes) -> None:
    assert utils.ensure_binary(octets) is octets


@pytest.mark.parametrize("label", sorted(jose_utils._PEMS))
@pytest.mark.parametrize(("before", "after"), [("-----", "-----"), ("---- ", " ----"), ("-----", " ----")])
def test_is_pem_format_recognizes_every_label(label: bytes, before: str, after: str) -> None:
    assert utils.is_pem_format(f"{before}BEGIN {label.decode()}{after}".encode())


@pytest.mark.parametrize("name", jose_utils._SSH_KEY_FORMATS)
def test_is_ssh_key_recognizes_every_type(name: bytes) -> None:
    assert utils.is_ssh_key(name + b" AAAA someone@example.com")


def test_calculate_at_hash_matches_openid_connect_example() -> None:
    # OpenID Connect Core 1.0, appendix A.3.
    at_hash = utils.calculate_at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", ALGORITHMS.HASHES["RS256"])
    assert at_hash == "77QmUPtjPfzWtF2AnpK9RQ"


def test_integers_match_rfc_7518_examples() -> None:
    # Zero is one octet (§2), and 65537 is AQAB (§6.3.1.2).
    assert [utils.long_to_base64(number) for number in (0, 65_537)] == [b"AA", b"AQAB"]
    assert [utils.base64_to_long(text) for text in (b"AA", "AQAB")] == [0, 65_537]


ENCODING_CALLS: dict[str, Callable[[str], object]] = {
    "base64_to_long": utils.base64_to_long,
    "calculate_at_hash": lambda text: utils.calculate_at_hash(text, ALGORITHMS.HASHES["RS256"]),
    "ensure_binary": utils.ensure_binary,
    "jwe.encrypt": lambda text: jwe.encrypt(text, bytes(32), "A128CBC-HS256", "dir"),
    "jwt.encode": lambda text: jwt.encode({}, "secret", access_token=text),
}


@pytest.mark.parametrize("name", ENCODING_CALLS)
def test_error_for_text_that_cannot_be_encoded_does_not_hold_it(name: str) -> None:
    with pytest.raises(UnicodeEncodeError) as raised:
        ENCODING_CALLS[name]("hidden \ud800 text")
    error = raised.value
    assert error.object == "???????\ud800"
    assert error.__context__ is None
    assert "can't encode character '\\ud800' in position 7: " in str(error)
