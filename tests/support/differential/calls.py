"""The calls that both libraries have to answer alike: one strategy for each kind of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from support.differential.claims import (
    ODD,
    allowed,
    claims,
    expectations,
    good_claims,
    json_value,
    mapping,
    python_claims,
    registered,
)
from support.differential.draw import below, once_in, pick
from support.differential.keys import (
    EC,
    KEY_MANAGEMENT,
    NO_ALGORITHM,
    OWNERS,
    SIGNATURES,
    UNSUPPORTED,
    any_key,
    contained,
    key_for,
    named_jwks,
    owner_of,
)
from support.differential.library import Call, call, key_object, named
from support.differential.tokens import ALGORITHMS as TOKEN_ALGORITHMS
from support.differential.tokens import HEADERS, as_json, hostile
from support.differential.tokens import token as make_token
from support.jose_builder import private_pem, signature, spki

if TYPE_CHECKING:
    from support.differential.keys import Owner

READERS = (
    *("jwt.get_unverified_header", "jwt.get_unverified_headers", "jwt.get_unverified_claims"),
    *("jws.get_unverified_header", "jws.get_unverified_headers", "jws.get_unverified_claims"),
)


def _verifying_key(owner: Owner, algorithm: str) -> Any:
    """Return a key that neither library has to parse at each call."""
    if owner.name == "secret":
        return "secret"
    return key_object(named(f"{owner.name} public PEM", spki(owner.signer.public_key()).decode()), algorithm)


def _signing_key(algorithm: str) -> Any:
    owner = owner_of(algorithm)
    if owner.name == "secret":
        return "secret"
    return key_object(named(f"{owner.name} private PEM", private_pem(owner.signer).decode()), algorithm)


@st.composite
def decode_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.decode` of a token that is well made: claims, options and expectations right and wrong."""
    token = make_token(draw, good_claims(draw) if once_in(draw, 3) else claims(draw))
    owner = owner_of(token.algorithm)
    key = _verifying_key(owner, token.algorithm)
    return call("jwt.decode", token.sealed(), key, pick(draw, allowed(token.algorithm)), **expectations(draw))


@st.composite
def hostile_decode_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.decode` or `jws.verify` of a hostile token."""
    drawn = hostile(draw)
    owner = owner_of(drawn.token.algorithm) if drawn.token.algorithm in SIGNATURES else drawn.token.owner
    key = pick(draw, (_verifying_key(owner, drawn.token.algorithm), *owner.public))
    algorithms_ = pick(draw, allowed(drawn.token.algorithm))
    if once_in(draw, 2):
        return call("jwt.decode", drawn.text, key, algorithms_, **_hostile_expectations(draw))
    return call("jws.verify", drawn.text, key, algorithms_, **pick(draw, VERIFYING))


VERIFYING: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"verify": True},
    {"verify": False},
    {"verify": None},
    {"verify": 1},
)


USUAL: tuple[dict[str, Any], ...] = (
    *({}, {}, {"audience": "api"}, {"audience": "api", "issuer": "https://issuer.example"}, {"access_token": "access"}),
    *({"options": {"verify_aud": False}}, {"options": {"verify_signature": False}}, {"options": {"require_exp": True}}),
    *({"options": {"verify_signature": False, "verify_aud": False}}, {"options": {"leeway": 10}}),
)


def _hostile_expectations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what a caller expects of a token, seldom anything odd."""
    return expectations(draw) if once_in(draw, 3) else pick(draw, USUAL)


@st.composite
def unverified_calls(draw: st.DrawFn) -> Call:
    """Draw a call that reads a hostile token without verifying it."""
    return call(pick(draw, READERS), hostile(draw).text)


@st.composite
def key_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.decode` or `jws.verify` of a good token, with a key in any form."""
    token = make_token(draw, good_claims(draw))
    key = key_for(draw, owner_of(token.algorithm))
    algorithms_ = pick(draw, ([token.algorithm], [token.algorithm], list(SIGNATURES), None))
    if once_in(draw, 2):
        return call("jws.verify", token.sealed(), key, algorithms_)
    return call("jwt.decode", token.sealed(), key, algorithms_, options={"verify_aud": False})


@st.composite
def key_set_calls(draw: st.DrawFn) -> Call:
    """Draw `jws.verify` of a token, with several keys in one argument, named or not as the token names its own."""
    token = make_token(draw, {})
    if once_in(draw, 2):
        token = token.under({"kid": pick(draw, ("a", "b", "kid-0", "kid-1"))})
    owner = owner_of(token.algorithm)
    key = contained(draw, pick(draw, (*owner.public, *named_jwks(owner), owner.private[0])))
    return call("jws.verify", token.sealed(), key, pick(draw, ([token.algorithm], list(SIGNATURES), None)))


# Keys by themselves.

ALGORITHMS: tuple[Any, ...] = (*SIGNATURES * 3, *KEY_MANAGEMENT, *UNSUPPORTED, *NO_ALGORITHM, "A128GCM", "A128CBC")
MESSAGES: tuple[Any, ...] = (
    b"message",
    b"message",
    b"",
    b"a" * 300,
    "text",
    None,
    1,
    bytearray(b"message"),
    [],
    "\ud800",
)
SIGNATURE_VALUES: tuple[Any, ...] = (b"", b"a", bytes(32), bytes(64), bytes(256), "text", None, 1, bytearray(b"a"), "é")
PEM_FORMATS: tuple[Any, ...] = ("PKCS8", "PKCS1", "pkcs8", "", "XX", None, 1, b"PKCS8", ["PKCS8"])


OWN = tuple(
    (form, algorithm) for owner in OWNERS for form in (*owner.public, *owner.private) for algorithm in owner.algorithms
)


def _key_and_algorithm(draw: st.DrawFn) -> tuple[Any, Any]:
    return (any_key(draw), pick(draw, ALGORITHMS)) if once_in(draw, 2) else pick(draw, OWN)


@st.composite
def construct_calls(draw: st.DrawFn) -> Call:
    """Draw `jwk.construct` and what is done with the key then."""
    key, algorithm = _key_and_algorithm(draw)
    kind = pick(draw, sorted(KEY_METHODS))
    return KEY_METHODS[kind](draw, key, algorithm)


def _construct(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    return call("jwk.construct", key) if once_in(draw, 4) else call("jwk.construct", key, algorithm)


def _written(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    name = pick(draw, ("to_dict", "to_pem", "is_public", "public_key", "public_key.to_dict"))
    return call(f"key.{name}", key, algorithm)


def _pem(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    return call("key.to_pem", key, algorithm, pick(draw, PEM_FORMATS))


def _verify(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    message = pick(draw, MESSAGES)
    made = _signature(draw, algorithm) if message == b"message" else pick(draw, SIGNATURE_VALUES)
    return call("key.verify", key, algorithm, message, made)


def _signature(draw: st.DrawFn, algorithm: Any) -> Any:
    if algorithm not in SIGNATURES or once_in(draw, 3):
        return pick(draw, SIGNATURE_VALUES)
    made = signature(algorithm, owner_of(algorithm).signer, b"message")
    return pick(draw, (made, made, made[:-1], made + b"\x00", bytes(len(made)), made[::-1]))


def _sign(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    message = pick(draw, MESSAGES)
    return call("key.sign, verified by the other" if algorithm in EC else "key.sign", key, algorithm, message)


def _cipher(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    name = pick(draw, ("encrypt", "decrypt", "wrap_key", "unwrap_key"))
    used = algorithm if once_in(draw, 2) else pick(draw, SIGNATURES)
    return call(f"key.{name}", key, used if used in SIGNATURES else "HS256", b"message")


KEY_METHODS = {
    "class": lambda _draw, _key, algorithm: call("jwk.get_key", algorithm),
    "construct": _construct,
    "written": _written,
    "pem": _pem,
    "verify": _verify,
    "sign": _sign,
    "cipher": _cipher,
}


# Signing.

ODD_HEADERS: tuple[Any, ...] = (
    *({}, [], "", 0, "ab", 1, ["ab"], [("kid", "a")], {1: 2}, {None: 1}, {"a": b"bytes"}, {"a": {1}}, {"a": object}),
    *(
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": None},
        {"alg": ["HS256"]},
        {"typ": None},
        {"a": {2: 1, 1: 2}},
        {(1,): 1},
    ),
    *({"a": {"b": 1, "a": {"d": 1, "c": [{"f": 1, "e": 2}]}}}, {"a": {"b": 1, 1: 2}}, {"a": 1.5}, {"a": float("nan")}),
)


ADDED_HEADERS: dict[str, tuple[Any, ...]] = {**HEADERS, "alg": (*SIGNATURES, "none", None), "b": ODD, "a": ODD}


def _extra_headers(draw: st.DrawFn) -> Any:
    """Draw the argument `headers`: members that are added, or take the place of the usual ones."""
    kind = draw(below(4))
    if kind == 3:
        return pick(draw, ODD_HEADERS)
    return registered(draw, ADDED_HEADERS, 3) if kind else None


@st.composite
def encode_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.encode` of whatever callers write, by a key that is right."""
    algorithm = pick(draw, TOKEN_ALGORITHMS)
    claims_ = mapping(draw) if once_in(draw, 8) else python_claims(draw)
    keyword = _encode_options(draw, algorithm)
    key = _signing_key(algorithm)
    return call(_function("jwt.encode", key, algorithm), claims_, key, **keyword)


def _function(name: str, key: Any, algorithm: Any) -> str:
    """Return the operation; what ECDSA signs is different each time."""
    at_random = algorithm in EC or ("Key(" in repr(key) and "P-" in repr(key))
    return f"{name}, without the signature" if at_random else name


def _encode_options(draw: st.DrawFn, algorithm: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {"algorithm": algorithm}
    if once_in(draw, 3):
        drawn["access_token"] = pick(draw, ("access", "", None, "é", b"access", 1, "\ud800"))
    return {**drawn, "headers": _extra_headers(draw)} if once_in(draw, 2) else drawn


@st.composite
def signing_key_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.encode` or `jws.sign` with a key in any form, under any name of an algorithm."""
    key, algorithm = _key_and_algorithm(draw)
    if once_in(draw, 6):
        key = contained(draw, key)
    name = pick(draw, ("jwt.encode", "jws.sign"))
    claims: Any = {"sub": "user-1"}
    return call(_function(name, key, algorithm), claims, key, algorithm=algorithm)


BINARY = st.binary(max_size=20)
PAYLOADS: tuple[Any, ...] = (
    *(
        b"",
        b"payload",
        b"\xff",
        b"a" * 999,
        bytearray(b"payload"),
        memoryview(b"payload"),
        "text",
        "",
        None,
        1,
        [],
        ["a"],
    ),
    *((), object, 1.5, True, {1}),
)


def _octets(draw: st.DrawFn) -> Any:
    return draw(BINARY) if once_in(draw, 2) else pick(draw, PAYLOADS)


@st.composite
def sign_calls(draw: st.DrawFn) -> Call:
    """Draw `jws.sign` of octets, of a mapping, or of something that is neither."""
    algorithm = pick(draw, TOKEN_ALGORITHMS)
    payload = pick(draw, (python_claims, mapping, _octets))(draw)
    key = _signing_key(algorithm)
    return call(_function("jws.sign", key, algorithm), payload, key, _extra_headers(draw), algorithm)


@st.composite
def verify_calls(draw: st.DrawFn) -> Call:
    """Draw `jws.verify` of a token whose payload is whatever it is."""
    token = make_token(draw, {})
    payload = draw(BINARY) if once_in(draw, 2) else as_json(json_value(draw))
    made = token._replace(payload=payload).sealed()
    keyword = pick(draw, VERIFYING)
    return call(
        "jws.verify",
        made,
        _verifying_key(owner_of(token.algorithm), token.algorithm),
        pick(draw, allowed(token.algorithm)),
        **keyword,
    )
