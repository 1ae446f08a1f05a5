"""The calls that must have the same outcome in both libraries: a strategy for each kind of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from support.python_jose.differential.claims import (
    UNUSUAL_VALUES,
    algorithms_arguments,
    draw_claims,
    draw_expectations,
    draw_json_value,
    draw_mapping,
    draw_python_claims,
    draw_valid_claims,
    sample_members,
)
from support.python_jose.differential.draw import integers_below, one_in, pick
from support.python_jose.differential.keys import (
    EC,
    INVALID_ALGORITHMS,
    KEY_MANAGEMENT,
    OWNERS,
    SIGNATURES,
    UNSUPPORTED,
    draw_key,
    draw_key_container,
    draw_key_for,
    jwks_with_kid,
    owner_of,
)
from support.python_jose.differential.library import Call, call, named_value, shared_key_object
from support.python_jose.differential.tokens import ALGORITHMS as TOKEN_ALGORITHMS
from support.python_jose.differential.tokens import HEADERS, draw_attack_token, draw_token, to_json_bytes
from support.tokens.jose_builder import private_pem, sign_bytes, spki

if TYPE_CHECKING:
    from support.python_jose.differential.keys import Owner

UNVERIFIED_FUNCTIONS = (
    *("jwt.get_unverified_header", "jwt.get_unverified_headers", "jwt.get_unverified_claims"),
    *("jws.get_unverified_header", "jws.get_unverified_headers", "jws.get_unverified_claims"),
)


def _verifying_key(owner: Owner, algorithm: str) -> Any:
    """Return a key that neither library must parse in each call."""
    if owner.name == "secret":
        return "secret"
    return shared_key_object(
        named_value(f"{owner.name} public PEM", spki(owner.signer.public_key()).decode()), algorithm
    )


def _signing_key(algorithm: str) -> Any:
    owner = owner_of(algorithm)
    if owner.name == "secret":
        return "secret"
    return shared_key_object(named_value(f"{owner.name} private PEM", private_pem(owner.signer).decode()), algorithm)


@st.composite
def decode_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.decode` of a well-formed token, with valid and invalid claims, options and expectations."""
    token = draw_token(draw, draw_valid_claims(draw) if one_in(draw, 3) else draw_claims(draw))
    owner = owner_of(token.algorithm)
    key = _verifying_key(owner, token.algorithm)
    return call(
        "jwt.decode", token.sign(), key, pick(draw, algorithms_arguments(token.algorithm)), **draw_expectations(draw)
    )


@st.composite
def hostile_decode_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.decode` or `jws.verify` of an attack token."""
    drawn = draw_attack_token(draw)
    owner = owner_of(drawn.token.algorithm) if drawn.token.algorithm in SIGNATURES else drawn.token.owner
    key = pick(draw, (_verifying_key(owner, drawn.token.algorithm), *owner.public))
    algorithms_ = pick(draw, algorithms_arguments(drawn.token.algorithm))
    if one_in(draw, 2):
        return call("jwt.decode", drawn.text, key, algorithms_, **_draw_hostile_expectations(draw))
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


TYPICAL_EXPECTATIONS: tuple[dict[str, Any], ...] = (
    *({}, {}, {"audience": "api"}, {"audience": "api", "issuer": "https://issuer.example"}, {"access_token": "access"}),
    *({"options": {"verify_aud": False}}, {"options": {"verify_signature": False}}, {"options": {"require_exp": True}}),
    *({"options": {"verify_signature": False, "verify_aud": False}}, {"options": {"leeway": 10}}),
)


def _draw_hostile_expectations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the expectations of a caller, rarely unusual ones."""
    return draw_expectations(draw) if one_in(draw, 3) else pick(draw, TYPICAL_EXPECTATIONS)


@st.composite
def unverified_calls(draw: st.DrawFn) -> Call:
    """Draw a call that parses an attack token without verification."""
    return call(pick(draw, UNVERIFIED_FUNCTIONS), draw_attack_token(draw).text)


@st.composite
def key_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.decode` or `jws.verify` of a valid token, with a key in any format."""
    token = draw_token(draw, draw_valid_claims(draw))
    key = draw_key_for(draw, owner_of(token.algorithm))
    algorithms_ = pick(draw, ([token.algorithm], [token.algorithm], list(SIGNATURES), None))
    if one_in(draw, 2):
        return call("jws.verify", token.sign(), key, algorithms_)
    return call("jwt.decode", token.sign(), key, algorithms_, options={"verify_aud": False})


@st.composite
def key_set_calls(draw: st.DrawFn) -> Call:
    """Draw `jws.verify` of a token, with several keys in one argument, with the token's `kid` or another."""
    token = draw_token(draw, {})
    if one_in(draw, 2):
        token = token.with_header({"kid": pick(draw, ("a", "b", "kid-0", "kid-1"))})
    owner = owner_of(token.algorithm)
    key = draw_key_container(draw, pick(draw, (*owner.public, *jwks_with_kid(owner), owner.private[0])))
    return call("jws.verify", token.sign(), key, pick(draw, ([token.algorithm], list(SIGNATURES), None)))


# Use of keys.

ALGORITHMS: tuple[Any, ...] = (
    *SIGNATURES * 3,
    *KEY_MANAGEMENT,
    *UNSUPPORTED,
    *INVALID_ALGORITHMS,
    "A128GCM",
    "A128CBC",
)
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


MATCHING_KEYS = tuple(
    (form, algorithm) for owner in OWNERS for form in (*owner.public, *owner.private) for algorithm in owner.algorithms
)


def _draw_key_and_algorithm(draw: st.DrawFn) -> tuple[Any, Any]:
    return (draw_key(draw), pick(draw, ALGORITHMS)) if one_in(draw, 2) else pick(draw, MATCHING_KEYS)


@st.composite
def construct_calls(draw: st.DrawFn) -> Call:
    """Draw `jwk.construct`, alone or with a method of the key."""
    key, algorithm = _draw_key_and_algorithm(draw)
    kind = pick(draw, sorted(KEY_METHODS))
    return KEY_METHODS[kind](draw, key, algorithm)


def _draw_construct(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    return call("jwk.construct", key) if one_in(draw, 4) else call("jwk.construct", key, algorithm)


def _draw_export(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    name = pick(draw, ("to_dict", "to_pem", "is_public", "public_key", "public_key.to_dict"))
    return call(f"key.{name}", key, algorithm)


def _draw_to_pem(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    return call("key.to_pem", key, algorithm, pick(draw, PEM_FORMATS))


def _draw_verify(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    message = pick(draw, MESSAGES)
    value = _draw_signature(draw, algorithm) if message == b"message" else pick(draw, SIGNATURE_VALUES)
    return call("key.verify", key, algorithm, message, value)


def _draw_signature(draw: st.DrawFn, algorithm: Any) -> Any:
    if algorithm not in SIGNATURES or one_in(draw, 3):
        return pick(draw, SIGNATURE_VALUES)
    valid = sign_bytes(algorithm, owner_of(algorithm).signer, b"message")
    return pick(draw, (valid, valid, valid[:-1], valid + b"\x00", bytes(len(valid)), valid[::-1]))


def _draw_sign(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    message = pick(draw, MESSAGES)
    return call("key.sign, verified by the other" if algorithm in EC else "key.sign", key, algorithm, message)


def _draw_cipher(draw: st.DrawFn, key: Any, algorithm: Any) -> Call:
    name = pick(draw, ("encrypt", "decrypt", "wrap_key", "unwrap_key"))
    used = algorithm if one_in(draw, 2) else pick(draw, SIGNATURES)
    return call(f"key.{name}", key, used if used in SIGNATURES else "HS256", b"message")


KEY_METHODS = {
    "class": lambda _draw, _key, algorithm: call("jwk.get_key", algorithm),
    "construct": _draw_construct,
    "write": _draw_export,
    "pem": _draw_to_pem,
    "verify": _draw_verify,
    "sign": _draw_sign,
    "cipher": _draw_cipher,
}


# Signing.

UNUSUAL_HEADERS: tuple[Any, ...] = (
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


ADDED_HEADERS: dict[str, tuple[Any, ...]] = {
    **HEADERS,
    "alg": (*SIGNATURES, "none", None),
    "b": UNUSUAL_VALUES,
    "a": UNUSUAL_VALUES,
}


def _draw_extra_headers(draw: st.DrawFn) -> Any:
    """Draw the argument `headers`: members that extend or replace the default header."""
    kind = draw(integers_below(4))
    if kind == 3:
        return pick(draw, UNUSUAL_HEADERS)
    return sample_members(draw, ADDED_HEADERS, 3) if kind else None


@st.composite
def encode_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.encode` of any claims, with a suitable key."""
    algorithm = pick(draw, TOKEN_ALGORITHMS)
    claims_ = draw_mapping(draw) if one_in(draw, 8) else draw_python_claims(draw)
    keyword = _draw_encode_options(draw, algorithm)
    key = _signing_key(algorithm)
    return call(_deterministic_operation("jwt.encode", key, algorithm), claims_, key, **keyword)


def _deterministic_operation(name: str, key: Any, algorithm: Any) -> str:
    """Return the operation; it omits the signature for ECDSA, whose signatures are random."""
    is_random = algorithm in EC or ("Key(" in repr(key) and "P-" in repr(key))
    return f"{name}, without the signature" if is_random else name


def _draw_encode_options(draw: st.DrawFn, algorithm: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {"algorithm": algorithm}
    if one_in(draw, 3):
        drawn["access_token"] = pick(draw, ("access", "", None, "é", b"access", 1, "\ud800"))
    return {**drawn, "headers": _draw_extra_headers(draw)} if one_in(draw, 2) else drawn


@st.composite
def signing_key_calls(draw: st.DrawFn) -> Call:
    """Draw `jwt.encode` or `jws.sign` with a key in any format, under any algorithm name."""
    key, algorithm = _draw_key_and_algorithm(draw)
    if one_in(draw, 6):
        key = draw_key_container(draw, key)
    name = pick(draw, ("jwt.encode", "jws.sign"))
    claims: Any = {"sub": "user-1"}
    return call(_deterministic_operation(name, key, algorithm), claims, key, algorithm=algorithm)


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


def _draw_payload(draw: st.DrawFn) -> Any:
    return draw(BINARY) if one_in(draw, 2) else pick(draw, PAYLOADS)


@st.composite
def sign_calls(draw: st.DrawFn) -> Call:
    """Draw `jws.sign` of bytes, of a mapping, or of any other value."""
    algorithm = pick(draw, TOKEN_ALGORITHMS)
    payload = pick(draw, (draw_python_claims, draw_mapping, _draw_payload))(draw)
    key = _signing_key(algorithm)
    return call(
        _deterministic_operation("jws.sign", key, algorithm), payload, key, _draw_extra_headers(draw), algorithm
    )


@st.composite
def verify_calls(draw: st.DrawFn) -> Call:
    """Draw `jws.verify` of a token with any payload."""
    token = draw_token(draw, {})
    payload = draw(BINARY) if one_in(draw, 2) else to_json_bytes(draw_json_value(draw))
    signed = token._replace(payload=payload).sign()
    keyword = pick(draw, VERIFYING)
    return call(
        "jws.verify",
        signed,
        _verifying_key(owner_of(token.algorithm), token.algorithm),
        pick(draw, algorithms_arguments(token.algorithm)),
        **keyword,
    )
