"""`fastjose.utils` beside `jose.utils`: for the same arguments the same result, or the same exception and text."""

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

from fastjose import utils
from fastjose.constants import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Callable

    Arguments = tuple[Any, ...]
    Generate = Callable[[Random], Arguments]

SEED = 20_240_229
EXAMPLES = 5_000
LEAST_SHARE = 20  # of each kind of outcome there is at least one in so many


class Octets(bytes):
    """A subclass, as `ensure_binary` may be given one."""

    __slots__ = ()


class Text(str):
    """The same for str."""

    __slots__ = ()


class OddHash:
    """A hash function whose digest has no middle."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def digest(self) -> bytes:
        return b"\xfb" + self._message[:4]


# No integer here is between a length that is quickly allocated and one that cannot be: some are taken as lengths.
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


def _wrong(chance: Random) -> Any:
    return chance.choice(WRONG_TYPES)


def _octets(chance: Random) -> bytes:
    alphabet = chance.choice(ALPHABETS)
    return bytes(chance.choices(alphabet, k=chance.randrange(48))) + b"=" * chance.choice((0, 0, 0, 1, 2, 3, 4))


def _in_any_form(chance: Random, octets: bytes) -> Any:
    return chance.choice((bytes, bytes, bytes, bytearray, memoryview, Octets))(octets)


def _text(chance: Random) -> str:
    alphabet = CHARACTERS if chance.random() < 0.5 else ALPHABETS[0].decode()
    text = "".join(chance.choices(alphabet, k=chance.randrange(24)))
    return chance.choice((str, Text))(text)


def _encoded(chance: Random) -> Arguments:
    octets = _octets(chance)
    kinds = (
        lambda: base64.urlsafe_b64encode(octets).rstrip(b"="),
        lambda: base64.b64encode(octets).decode(),
        lambda: _in_any_form(chance, octets),
        lambda: _text(chance),
        lambda: _wrong(chance),
    )
    return (chance.choice(kinds)(),)


def _octets_or_text(chance: Random) -> Arguments:
    return (
        chance.choice(
            (
                lambda: _in_any_form(chance, chance.randbytes(chance.randrange(80))),
                lambda: _text(chance),
                lambda: _wrong(chance),
            )
        )(),
    )


def _integer(chance: Random) -> int:
    bits = chance.choice((0, 1, 7, 8, 9, 64, 256, 521, 2_048, 16_384))
    return chance.getrandbits(bits) * chance.choice((1, 1, 1, 1, -1))


def _integer_and_size(chance: Random) -> Arguments:
    number = _integer(chance) if chance.random() < 0.9 else _wrong(chance)
    sizes = (lambda: chance.randrange(300), lambda: 0, lambda: None, lambda: _wrong(chance))
    return (number,) if chance.random() < 0.3 else (number, chance.choice(sizes)())


def _array(chance: Random) -> Arguments:
    octets = chance.randbytes(chance.randrange(40))
    kinds = (
        lambda: list(octets),
        lambda: _in_any_form(chance, octets),
        lambda: [_integer(chance) for _ in range(chance.randrange(4))],
        lambda: _text(chance),
        lambda: _wrong(chance),
    )
    return (chance.choice(kinds)(),)


def _token_and_hash(chance: Random) -> Arguments:
    hashes = (
        *ALGORITHMS.HASHES.values(),
        *(hashlib.md5, hashlib.sha3_256, hashlib.blake2s, hashlib.shake_128, OddHash, bytes, "sha256", None),
    )
    return (_text(chance) if chance.random() < 0.8 else _encoded(chance)[0], chance.choice(hashes))


def _timedelta(chance: Random) -> Arguments:
    if chance.random() < 0.2:
        return (_wrong(chance),)
    days = chance.choice((0, 0, 1, -1, 36_500, -999_999_999, 999_999_998))
    return (timedelta(days, chance.randrange(86_400), chance.randrange(1_000_000)),)


def _pasted(chance: Random, fragments: tuple[bytes, ...]) -> Arguments:
    if chance.random() < 0.2:
        return (_text(chance) if chance.random() < 0.5 else _wrong(chance),)
    return (_in_any_form(chance, b"".join(chance.choices(fragments, k=chance.randrange(8)))),)


def _armour(chance: Random) -> Arguments:
    dashes = (b"-----", b"---- ", b"----", b"---", b" ----", b"------")
    labels = (*sorted(jose_utils._PEMS), b"CERTIFICATES", b"private key", b"ED25519 PRIVATE KEY", b"PGP MESSAGE", b"")
    if chance.random() < 0.5:
        return _pasted(chance, (*dashes, b"BEGIN ", b"BEGIN", b"END ", b"\n", b" ", *labels))
    begin = chance.choice((b"BEGIN ", b"BEGIN ", b"BEGIN ", b"BEGIN", b"END "))
    armour = chance.choice(dashes) + begin + chance.choice(labels) + chance.choice(dashes)
    return (_in_any_form(chance, _octets(chance) + armour + _octets(chance)),)


def _ssh_key(chance: Random) -> Arguments:
    names = (*jose_utils._SSH_KEY_FORMATS, b"ssh-ed448", b"SSH-RSA", b"ecdsa-sha2-nistp224", b"sk-", b"ssh-", b"rsa")
    suffixes = (b"-cert-v01@openssh.com",) * 8 + (b"-cert-v01@opensshXcom", b"-cert-v00@openssh.com")
    return _pasted(chance, (*names, *suffixes, *(b" ", b"\t", b" ", b"\n", b"\x0b") * 2, b"AAAA", b"\xff"))


GENERATORS: dict[str, Generate] = {
    "base64url_encode": _octets_or_text,
    "base64url_decode": _encoded,
    "long_to_bytes": _integer_and_size,
    "long_to_base64": _integer_and_size,
    "base64_to_long": _encoded,
    "int_arr_to_long": _array,
    "calculate_at_hash": _token_and_hash,
    "timedelta_total_seconds": _timedelta,
    "ensure_binary": _octets_or_text,
    "is_pem_format": _armour,
    "is_ssh_key": _ssh_key,
}


class Outcome(NamedTuple):
    """What a call comes to: a result and its type, or an exception and its text; and its arguments afterwards."""

    raised: bool
    kind: type
    value: Any
    arguments: Arguments


def _outcome(function: Callable[..., Any], arguments: Arguments) -> Outcome:
    try:
        result = function(*arguments)
    except Exception as error:  # noqa: BLE001 - which one it is, is the question
        return Outcome(raised=True, kind=type(error), value=str(error), arguments=arguments)
    return Outcome(raised=False, kind=type(result), value=result, arguments=arguments)


def _outcomes(module: Any, name: str) -> list[Outcome]:
    # Both modules get arguments of their own: a bytearray may be changed by the call.
    chance = Random(SEED)  # noqa: S311 - test data
    return [_outcome(getattr(module, name), GENERATORS[name](chance)) for _ in range(EXAMPLES)]


@pytest.mark.parametrize("name", GENERATORS)
def test_does_what_python_jose_does(name: str) -> None:
    ours, theirs = _outcomes(utils, name), _outcomes(jose_utils, name)
    assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]] == []
    _assert_every_kind_is_there(theirs, answers={True, False} if name.startswith("is_") else {"a result"})


def _assert_every_kind_is_there(outcomes: list[Outcome], answers: set[Any]) -> None:
    kinds = Counter("raised" if one.raised else one.value if one.kind is bool else "a result" for one in outcomes)
    assert kinds.keys() == {"raised", *answers}
    assert min(kinds.values()) > EXAMPLES // LEAST_SHARE


def test_every_function_is_there_and_compared() -> None:
    names = {name for name, value in vars(jose_utils).items() if _is_public_function(name, value)}
    assert names == set(utils.__all__) == GENERATORS.keys()


def _is_public_function(name: str, value: object) -> bool:
    return inspect.isfunction(value) and not name.startswith("_")


@pytest.mark.parametrize("name", GENERATORS)
def test_signature_is_python_joses(name: str) -> None:
    assert _parameters(getattr(utils, name)) == _parameters(getattr(jose_utils, name))


def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [(one.name, one.kind, one.default) for one in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("octets", [b"", b"secret", Octets(b"secret")])
def test_ensure_binary_returns_the_very_bytes(octets: bytes) -> None:
    assert utils.ensure_binary(octets) is octets


@pytest.mark.parametrize("label", sorted(jose_utils._PEMS))
@pytest.mark.parametrize(("before", "after"), [("-----", "-----"), ("---- ", " ----"), ("-----", " ----")])
def test_every_label_is_armour(label: bytes, before: str, after: str) -> None:
    assert utils.is_pem_format(f"{before}BEGIN {label.decode()}{after}".encode())


@pytest.mark.parametrize("name", jose_utils._SSH_KEY_FORMATS)
def test_every_type_of_ssh_keys_is_known(name: bytes) -> None:
    assert utils.is_ssh_key(name + b" AAAA someone@example.com")


def test_at_hash_of_openid_connects_example() -> None:
    # OpenID Connect Core 1.0, appendix A.3.
    at_hash = utils.calculate_at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", ALGORITHMS.HASHES["RS256"])
    assert at_hash == "77QmUPtjPfzWtF2AnpK9RQ"


def test_integers_of_rfc_7518() -> None:
    # Zero is one octet (§2), and 65537 is AQAB (§6.3.1.2).
    assert [utils.long_to_base64(number) for number in (0, 65_537)] == [b"AA", b"AQAB"]
    assert [utils.base64_to_long(text) for text in (b"AA", "AQAB")] == [0, 65_537]
