"""Tokens, intact and hostile: signed by hand, so that what is malformed can be validly signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from support.differential.claims import NAN, ODD, REGISTERED, good_claims, registered
from support.differential.draw import below, once_in, pick
from support.differential.keys import OWNERS, SIGNATURES, STRANGERS, UNSUPPORTED, owner_of
from support.jose_builder import b64u, signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis import strategies as st

    from support.differential.keys import Owner

DEPTHS = (100, 198, 199, 200, 201, 202, 300, 20_000)


class Token(NamedTuple):
    """A token to be: its parts before they are encoded, and whose key signs them under which algorithm."""

    header: bytes
    payload: bytes
    algorithm: str
    owner: Owner

    def __repr__(self) -> str:
        return f"<{self.header!r} {self.payload!r} signed by {self.owner.name} under {self.algorithm}>"

    def under(self, members: dict[str, Any]) -> Token:
        """Return it with further members in its header."""
        return self._replace(header=as_json({**json.loads(self.header), **members}))

    def sealed(self) -> str:
        """Encode and sign."""
        signing_input = f"{b64u(self.header)}.{b64u(self.payload)}"
        return f"{signing_input}.{b64u(signature(self.algorithm, self.owner.signer, signing_input.encode()))}"


def as_json(value: Any) -> bytes:
    """Write JSON as python-jose does."""
    return json.dumps(value, separators=(",", ":")).encode()


ALGORITHMS = (*SIGNATURES, "HS256", "HS256", "HS256", "RS256", "ES256")
HEADERS: dict[str, tuple[Any, ...]] = {
    "kid": ("a", "b", "kid-0", "", None, 1, ["a"], {"a": 1}, True),
    "typ": ("JWT", "jwt", "at+jwt", "JOSE", None, 1, []),
    "cty": ("JWT", None),
    "x5t": ODD,
    "é": ODD,
}


def header(draw: st.DrawFn, algorithm: str) -> dict[str, Any]:
    """Draw a header for `algorithm`: usually the two members that every library writes."""
    usual = {"alg": algorithm, "typ": "JWT"}
    return {**usual, **registered(draw, HEADERS, 2)} if once_in(draw, 2) else usual


def token(draw: st.DrawFn, payload: Any) -> Token:
    """Draw a token that is well made."""
    algorithm = pick(draw, ALGORITHMS)
    return Token(as_json(header(draw, algorithm)), as_json(payload), algorithm, owner_of(algorithm))


# What is hostile about a token before it is signed.


NO_OBJECTS: tuple[bytes, ...] = (
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
# Objects, and yet not plain ones; `%b` is filled with the members that make the token otherwise good.
ODD_OBJECTS: tuple[bytes, ...] = (
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


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    """Return an object of one member for each of its values."""
    return [{name: value} for value in values]


HOSTILE_MEMBERS: tuple[dict[str, Any], ...] = (
    *each("crit", ["exp"], ["b64"], [], None, "exp", 1, {}, [1], ["alg"], ["exp", "exp"]),
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
    *(*SIGNATURES, *UNSUPPORTED, *ODD, "PS256", "EdDSA", "ES256K", "dir", "A128KW", "RSA-OAEP"),
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
    """Return what stands between the braces."""
    return part[1:-1] or b'"b":1'


def _hostile_json(draw: st.DrawFn, part: bytes) -> bytes:
    kind = draw(below(8))
    if kind == 0:
        return _deep(draw, part)
    if kind < 4:
        return pick(draw, NO_OBJECTS)
    return pick(draw, ODD_OBJECTS).replace(b"%b", _members(part))


def _deep(draw: st.DrawFn, part: bytes) -> bytes:
    depth = pick(draw, DEPTHS)
    if depth < DEPTHS[-1] and not once_in(draw, 4):
        return b"{" + _members(part) + b',"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
    return pick(
        draw, (b'{"a":' * depth + b"1" + b"}" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth, b"[" * depth)
    )


def _hostile_header(draw: st.DrawFn, made: Token) -> Token:
    return made._replace(header=_hostile_json(draw, made.header))


def _hostile_payload(draw: st.DrawFn, made: Token) -> Token:
    return made._replace(payload=_hostile_json(draw, made.payload))


def _hostile_member(draw: st.DrawFn, made: Token) -> Token:
    return made.under(pick(draw, HOSTILE_MEMBERS))


def _other_algorithm(draw: st.DrawFn, made: Token) -> Token:
    changed = {**json.loads(made.header), "alg": pick(draw, WRONG_ALGORITHMS)}
    if once_in(draw, 10):
        del changed["alg"]
    return made._replace(header=as_json(changed))


def _other_signer(draw: st.DrawFn, made: Token) -> Token:
    owner = pick(draw, (*OWNERS, *STRANGERS))
    return made._replace(owner=owner, algorithm=pick(draw, owner.algorithms))


ODD_CLAIMS: tuple[Any, ...] = (
    *(None, [], {}, NAN, 1e400, -1e400, "x", True, 10**400, 1.5, "1.5", [1], ["exp"], {"a": 1}, 10**18),
)


def _wrong_claims(draw: st.DrawFn, made: Token) -> Token:
    wrong = registered(draw, dict.fromkeys(REGISTERED, ODD_CLAIMS), 3)
    return made._replace(payload=as_json({**json.loads(made.payload), **wrong}))


BEFORE_SIGNING = (_hostile_header, _hostile_payload, _hostile_member, _other_algorithm, _other_signer, _wrong_claims)


# What is hostile about it afterwards.


def _cut(draw: st.DrawFn, text: str) -> str:
    return text[: draw(below(len(text)))]


def _flipped(draw: st.DrawFn, text: str) -> str:
    place = draw(below(len(text)))
    return text[:place] + pick(draw, "ABQgw-_089z") + text[place + 1 :]


def _inserted(draw: st.DrawFn, text: str) -> str:
    place = draw(below(len(text) + 1))
    return text[:place] + pick(draw, INSERTED) + text[place:]


def _around(draw: st.DrawFn, text: str) -> str:
    return pick(draw, (" {}", "{}\n", "\n{}", "Bearer {}", "{}.", ".{}", "{}=", '"{}"', "\ufeff{}")).format(text)


def _rearranged(draw: st.DrawFn, text: str) -> str:
    segments = [*text.split("."), ""]
    return ".".join(pick(draw, segments) for _ in range(draw(below(6))))


def _padded(draw: st.DrawFn, text: str) -> str:
    return _segment(draw, text, lambda one: one + "=" * (1 + draw(below(4))))


def _other_alphabet(draw: st.DrawFn, text: str) -> str:
    return _segment(draw, text, lambda one: one.replace("-", "+").replace("_", "/"))


def _not_canonical(draw: st.DrawFn, text: str) -> str:
    """Change the last character of a segment, so that it may differ in bits that are not used alone."""
    return _segment(draw, text, lambda one: one[:-1] + pick(draw, "ABCDQRgh_w9"))


def _emptied(draw: st.DrawFn, text: str) -> str:
    return _segment(draw, text, lambda _: "")


def _other_signature(draw: st.DrawFn, text: str) -> str:
    other = pick(draw, (b"", b"a", b"ab", bytes(32), bytes(64), b"\xff" * 256, bytes(132)))
    return f"{text.rpartition('.')[0]}.{b64u(other)}"


def _segment(draw: st.DrawFn, text: str, change: Callable[[str], str]) -> str:
    segments = text.split(".")
    place = draw(below(len(segments)))
    return ".".join([*segments[:place], change(segments[place]), *segments[place + 1 :]])


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
    *(_cut, _flipped, _inserted, _around, _rearranged, _padded, _other_alphabet, _not_canonical, _emptied),
    _other_signature,
)

NO_TOKENS: tuple[Any, ...] = (
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


class Hostile(NamedTuple):
    """A token that is not what it should be, as it is given to the library, and what it was made of."""

    text: Any
    token: Token


def hostile(draw: st.DrawFn) -> Hostile:
    """Draw a hostile token: malformed and signed, or signed and changed afterwards; now and then none at all."""
    made = token(draw, good_claims(draw))
    kind = draw(below(20))
    if kind == 0:
        return Hostile(pick(draw, NO_TOKENS), made)
    made, text = _made_hostile(draw, made, before=kind % 2 == 0)
    return Hostile(_as_octets(draw, text) if once_in(draw, 5) else text, made)


def _made_hostile(draw: st.DrawFn, made: Token, *, before: bool) -> tuple[Token, str]:
    if before or once_in(draw, 5):
        made = pick(draw, BEFORE_SIGNING)(draw, made)
    text = made.sealed()
    return made, text if before else pick(draw, AFTER_SIGNING)(draw, text)


def _as_octets(draw: st.DrawFn, text: str) -> Any:
    octets = text.encode("utf-8", "surrogatepass")
    return pick(draw, (octets, octets, bytearray(octets)))
