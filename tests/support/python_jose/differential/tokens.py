"""Valid and attack tokens, signed by the tests themselves, so that malformed tokens can have valid signatures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from support.python_jose.differential.claims import NAN, REGISTERED, UNUSUAL_VALUES, draw_valid_claims, sample_members
from support.python_jose.differential.draw import integers_below, one_in, pick
from support.python_jose.differential.keys import OWNERS, SIGNATURES, STRANGERS, UNSUPPORTED, owner_of
from support.tokens.jose_builder import b64u, sign_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis import strategies as st

    from support.python_jose.differential.keys import Owner

DEPTHS = (100, 198, 199, 200, 201, 202, 300, 20_000)


class Token(NamedTuple):
    """The parts of a token before encoding, with the owner of the key and the algorithm that sign it."""

    header: bytes
    payload: bytes
    algorithm: str
    owner: Owner

    def __repr__(self) -> str:
        return f"<{self.header!r} {self.payload!r} signed by {self.owner.name} under {self.algorithm}>"

    def with_header(self, members: dict[str, Any]) -> Token:
        """Return a copy with additional header members."""
        return self._replace(header=to_json_bytes({**json.loads(self.header), **members}))

    def sign(self) -> str:
        """Return the encoded and signed token."""
        signing_input = f"{b64u(self.header)}.{b64u(self.payload)}"
        return f"{signing_input}.{b64u(sign_bytes(self.algorithm, self.owner.signer, signing_input.encode()))}"


def to_json_bytes(value: Any) -> bytes:
    """Return JSON as python-jose writes it."""
    return json.dumps(value, separators=(",", ":")).encode()


ALGORITHMS = (*SIGNATURES, "HS256", "HS256", "HS256", "RS256", "ES256")
HEADERS: dict[str, tuple[Any, ...]] = {
    "kid": ("a", "b", "kid-0", "", None, 1, ["a"], {"a": 1}, True),
    "typ": ("JWT", "jwt", "at+jwt", "JOSE", None, 1, []),
    "cty": ("JWT", None),
    "x5t": UNUSUAL_VALUES,
    "é": UNUSUAL_VALUES,
}


def draw_header(draw: st.DrawFn, algorithm: str) -> dict[str, Any]:
    """Draw a header for `algorithm`, usually with the two members that every library writes."""
    default = {"alg": algorithm, "typ": "JWT"}
    return {**default, **sample_members(draw, HEADERS, 2)} if one_in(draw, 2) else default


def draw_token(draw: st.DrawFn, payload: Any) -> Token:
    """Draw a well-formed token."""
    algorithm = pick(draw, ALGORITHMS)
    return Token(to_json_bytes(draw_header(draw, algorithm)), to_json_bytes(payload), algorithm, owner_of(algorithm))


# Changes of a token before it is signed.


NON_OBJECTS: tuple[bytes, ...] = (
    *(
        b"",
        b" ",
        b"null",
        b"true",
        b"1",
        b'"a"',
        b"[]",
        b'["a"]',
        b"[{}]",
        b"NaN",
        b"Infinity",
        b"-",
        b"{",
        b"}",
        b"{}x",
    ),
    *(b'{"a"}', b'{"a":}', b'{"a":1,}', b"{'a':1}", b"{a:1}", b'{"a":1}{"b":2}', b'{"a":01}', b'{"a":+1}', b'{"a":.5}'),
    *(b'{"a":1.}', b'{"a":"\n"}', b'{"a":"\\x"}', b'{"a":"\\u12"}', b'{"a":"', b'{"a":tru}', b'{"a":nan}', b'{"a":1e}'),
    *(b"\xff", b"\xef\xbb\xbf{}", b"\xfe\xff\x00{\x00}", b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"\xc3":1}'),
    *(
        b'{"a":"\xc0\xaf"}',
        b"\x00",
        b"{}\x00",
        b"\x1f\x8b\x08\x00",
        b"/**/{}",
        b"{} //",
        b'{"a":undefined}',
        b"\xc2\xa0{}",
    ),
)
# Unusual objects; `%b` stands for the members of a valid token.
UNUSUAL_OBJECTS: tuple[bytes, ...] = (
    *(b" \t\r\n{%b} \n", b"{%b,%b}", b'{"a":1,%b,"a":2}', b'{%b,"a":"\\ud800"}', b'{%b,"\\udfff":1}'),
    *(b'{%b,"a":"\\ud83d\\udd11"}', b'{%b,"a":"\\u0000"}', b'{%b,"\\u0061":1}', b'{%b,"a":NaN}', b'{%b,"a":-Infinity}'),
    *(b'{%b,"a":1e400}', b'{%b,"a":-1e400}', b'{%b,"a":1E-400}', b'{%b,"a":-0}', b'{%b,"a":-0.0}', b'{%b,"a":1.0}'),
    *(b'{%b,"a":100000000000000000000000}', b'{%b,"a":' + b"9" * 4300 + b"}", b'{%b,"a":' + b"9" * 4301 + b"}"),
    *(
        b'{%b,"a":0.1e1}',
        b'{%b,"a":"\x7f"}',
        b'{%b,"a":"\xc3\xa9\xf0\x9f\x94\x91"}',
        b'{%b,"":null}',
        b'{%b,"a":[1,[2,{}]]}',
    ),
    *(b'{%b,"a":{"b":1,"b":2}}', b'{%b,"a":"\\/"}', b'{%b,"a":123456789012345678901234567890.5}', b'{"\\u0061":1,%b}'),
)


def objects_with(name: str, *values: Any) -> list[dict[str, Any]]:
    """Return an object with one member for each value."""
    return [{name: value} for value in values]


HOSTILE_MEMBERS: tuple[dict[str, Any], ...] = (
    *objects_with("crit", ["exp"], ["b64"], [], None, "exp", 1, {}, [1], ["alg"], ["exp", "exp"]),
    *({"b64": False}, {"b64": True}, {"b64": 0}, {"b64": None}, {"b64": "false"}, {"b64": False, "crit": ["b64"]}),
    *({"jwk": {"kty": "oct", "k": "AA"}}, {"jku": "https://attacker.example"}, {"x5u": "http://a"}, {"x5c": ["AA"]}),
    *(
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1"},
        {"enc": "A128GCM"},
        {"zip": "DEF"},
        {"p2c": 10**9},
        {"epk": {}},
    ),
)
WRONG_ALGORITHMS: tuple[Any, ...] = (
    *(*SIGNATURES, *UNSUPPORTED, *UNUSUAL_VALUES, "PS256", "EdDSA", "ES256K", "dir", "A128KW", "RSA-OAEP"),
    *(
        "None",
        "NONE",
        "nOnE",
        "HS256 ",
        "HS256\x00",
        "\uff28\uff33256",
        "hs256",
        "HS257",
        "RS",
        ["HS256"],
        {"alg": "HS256"},
        "A128GCM",
        "A128CBC",
    ),
)


def _members(part: bytes) -> bytes:
    """Return the members of a JSON object, without braces."""
    return part[1:-1] or b'"b":1'


def _draw_hostile_json(draw: st.DrawFn, part: bytes) -> bytes:
    kind = draw(integers_below(8))
    if kind == 0:
        return _draw_deep_json(draw, part)
    if kind < 4:
        return pick(draw, NON_OBJECTS)
    return pick(draw, UNUSUAL_OBJECTS).replace(b"%b", _members(part))


def _draw_deep_json(draw: st.DrawFn, part: bytes) -> bytes:
    depth = pick(draw, DEPTHS)
    if depth < DEPTHS[-1] and not one_in(draw, 4):
        return b"{" + _members(part) + b',"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
    return pick(
        draw, (b'{"a":' * depth + b"1" + b"}" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth, b"[" * depth)
    )


def _change_header(draw: st.DrawFn, token: Token) -> Token:
    return token._replace(header=_draw_hostile_json(draw, token.header))


def _change_payload(draw: st.DrawFn, token: Token) -> Token:
    return token._replace(payload=_draw_hostile_json(draw, token.payload))


def _add_hostile_member(draw: st.DrawFn, token: Token) -> Token:
    return token.with_header(pick(draw, HOSTILE_MEMBERS))


def _change_algorithm(draw: st.DrawFn, token: Token) -> Token:
    changed = {**json.loads(token.header), "alg": pick(draw, WRONG_ALGORITHMS)}
    if one_in(draw, 10):
        del changed["alg"]
    return token._replace(header=to_json_bytes(changed))


def _change_signer(draw: st.DrawFn, token: Token) -> Token:
    owner = pick(draw, (*OWNERS, *STRANGERS))
    return token._replace(owner=owner, algorithm=pick(draw, owner.algorithms))


UNUSUAL_CLAIMS: tuple[Any, ...] = (
    *(None, [], {}, NAN, 1e400, -1e400, "x", True, 10**400, 1.5, "1.5", [1], ["exp"], {"a": 1}, 10**18),
)


def _change_claims(draw: st.DrawFn, token: Token) -> Token:
    wrong = sample_members(draw, dict.fromkeys(REGISTERED, UNUSUAL_CLAIMS), 3)
    return token._replace(payload=to_json_bytes({**json.loads(token.payload), **wrong}))


BEFORE_SIGNING = (
    _change_header,
    _change_payload,
    _add_hostile_member,
    _change_algorithm,
    _change_signer,
    _change_claims,
)


# Changes of a token after it is signed.


def _truncate(draw: st.DrawFn, text: str) -> str:
    return text[: draw(integers_below(len(text)))]


def _replace_character(draw: st.DrawFn, text: str) -> str:
    position = draw(integers_below(len(text)))
    return text[:position] + pick(draw, "ABQgw-_089z") + text[position + 1 :]


def _insert_text(draw: st.DrawFn, text: str) -> str:
    position = draw(integers_below(len(text) + 1))
    return text[:position] + pick(draw, INSERTED) + text[position:]


def _surround(draw: st.DrawFn, text: str) -> str:
    return pick(draw, (" {}", "{}\n", "\n{}", "Bearer {}", "{}.", ".{}", "{}=", '"{}"', "\ufeff{}")).format(text)


def _rearrange_segments(draw: st.DrawFn, text: str) -> str:
    segments = [*text.split("."), ""]
    return ".".join(pick(draw, segments) for _ in range(draw(integers_below(6))))


def _pad_segment(draw: st.DrawFn, text: str) -> str:
    return _change_segment(draw, text, lambda one: one + "=" * (1 + draw(integers_below(4))))


def _use_base64_alphabet(draw: st.DrawFn, text: str) -> str:
    return _change_segment(draw, text, lambda one: one.replace("-", "+").replace("_", "/"))


def _change_last_character(draw: st.DrawFn, text: str) -> str:
    """Change the last character of a segment, possibly only in its unused bits."""
    return _change_segment(draw, text, lambda one: one[:-1] + pick(draw, "ABCDQRgh_w9"))


def _empty_segment(draw: st.DrawFn, text: str) -> str:
    return _change_segment(draw, text, lambda _: "")


def _replace_signature(draw: st.DrawFn, text: str) -> str:
    other = pick(draw, (b"", b"a", b"ab", bytes(32), bytes(64), b"\xff" * 256, bytes(132)))
    return f"{text.rpartition('.')[0]}.{b64u(other)}"


def _change_segment(draw: st.DrawFn, text: str, change: Callable[[str], str]) -> str:
    segments = text.split(".")
    position = draw(integers_below(len(segments)))
    return ".".join([*segments[:position], change(segments[position]), *segments[position + 1 :]])


INSERTED = (
    " ",
    "\n",
    "\t",
    "=",
    "==",
    ".",
    "..",
    "+",
    "/",
    "!",
    "%",
    "\x00",
    "é",
    "\u2028",
    "\ud800",
    "A",
    "AA",
    "~",
    "*",
    ",",
)
AFTER_SIGNING = (
    *(_truncate, _replace_character, _insert_text, _surround, _rearrange_segments, _pad_segment),
    *(_use_base64_alphabet, _change_last_character, _empty_segment, _replace_signature),
)

NON_TOKENS: tuple[Any, ...] = (
    *(
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.",
        "e30..",
        ".e30.",
        "..AA",
        "eyJhbGciOiJub25lIn0.e30.",
    ),
    *(
        b"",
        b"..",
        b"\xff.\xff.\xff",
        b"e30.e30.e30",
        "é.é.é",
        "\ud800",
        "null",
        "{}",
        "null.null.null",
        "bnVsbA.e30.AA",
    ),
    *(
        "W10.e30.AA",
        "MQ.e30.AA",
        "IiI.e30.AA",
        "e30.W10.AA",
        "e30.bnVsbA.AA",
        "a" * 70_000,
        "." * 1_000,
        "e30." * 3 + "AA",
    ),
    *(None, 0, 1, True, 1.5, [], ["a.b.c"], {}, {"a": 1}, (), bytearray(b"e30.e30.AA"), memoryview(b"e30.e30.AA")),
)


class AttackToken(NamedTuple):
    """An attack token as the library gets it, and the token that it was created from."""

    text: Any
    token: Token


def draw_attack_token(draw: st.DrawFn) -> AttackToken:
    """Draw an attack token: malformed and signed, signed and changed afterwards, or sometimes another value."""
    token = draw_token(draw, draw_valid_claims(draw))
    kind = draw(integers_below(20))
    if kind == 0:
        return AttackToken(pick(draw, NON_TOKENS), token)
    token, text = _make_hostile(draw, token, before=kind % 2 == 0)
    return AttackToken(_draw_bytes(draw, text) if one_in(draw, 5) else text, token)


def _make_hostile(draw: st.DrawFn, token: Token, *, before: bool) -> tuple[Token, str]:
    if before or one_in(draw, 5):
        token = pick(draw, BEFORE_SIGNING)(draw, token)
    text = token.sign()
    return token, text if before else pick(draw, AFTER_SIGNING)(draw, text)


def _draw_bytes(draw: st.DrawFn, text: str) -> Any:
    encoded = text.encode("utf-8", "surrogatepass")
    return pick(draw, (encoded, encoded, bytearray(encoded)))
