"""What an intended difference from python-jose is, and what of a call the table of them looks at."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from support.differential.library import JOSE, Call, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from support.differential.library import Outcome

Effect: TypeAlias = Literal["refuses", "accepts", "says", "returns"]
"""What of fastjose's answer is different: it refuses what python-jose takes, takes what python-jose refuses, refuses it
with another class or text, or returns something else."""


@dataclass(frozen=True)
class Seen:
    """A call that the two libraries answered differently."""

    call: Call
    jose: Outcome
    ours: Outcome

    @property
    def effect(self) -> Effect:
        """What of the answer is different."""
        if self.ours.error:
            return "says" if self.jose.error else "refuses"
        return "accepts" if self.jose.error else "returns"

    def calls(self, *operations: str) -> bool:
        """Tell whether it is a call of one of these, named whole or by their module."""
        name = self.call.operation.partition(",")[0]
        return name in operations or name.partition(".")[0] in operations

    def says(self, *texts: str) -> bool:
        """Tell whether fastjose's error has one of these texts, or begins with one that ends in `…`."""
        said = self.ours.text
        return any(said.startswith(text[:-1]) if text.endswith("…") else said == text for text in texts)

    def argument(self, place: int, name: str) -> Any:
        """Return an argument as python-jose got it; None where it was not given."""
        positional, keyword = self._arguments
        return positional[place] if place < len(positional) else keyword.get(name)

    @cached_property
    def _arguments(self) -> Any:
        return self.call.arguments(JOSE)

    @property
    def is_verifying(self) -> bool:
        """Whether a token is verified."""
        return self.calls("jwt.decode", "jws.verify")

    @property
    def is_signing(self) -> bool:
        """Whether a token is signed."""
        return self.calls("jwt.encode", "jws.sign")

    @property
    def is_reading(self) -> bool:
        """Whether a token is read, verified or not."""
        return self.is_verifying or ".get_unverified_" in self.call.operation

    @cached_property
    def token(self) -> bytes:
        """The token that is read; empty where there is none."""
        token = self.argument(0, "token") if self.is_reading or self.calls("jwe") else b""
        if isinstance(token, str):
            return token.encode("utf-8", "surrogatepass")
        return bytes(token) if isinstance(token, (bytes, bytearray)) else b""

    @cached_property
    def segments(self) -> tuple[bytes, bytes, bytes]:
        """Header, payload and signature as python-jose cuts them: a further dot belongs to the payload."""
        signing_input, _, signature = self.token.rpartition(b".")
        header, _, payload = signing_input.partition(b".")
        return header, payload, signature

    @cached_property
    def header_text(self) -> bytes:
        """The header, decoded as python-jose does."""
        return _lenient(self.token.split(b".")[0])

    @cached_property
    def payload_text(self) -> bytes:
        """The payload, decoded as python-jose does."""
        return _lenient(self.segments[1])

    @cached_property
    def header(self) -> dict[str, Any]:
        """The header as python-jose reads it; empty where it does not."""
        return _object(self.header_text)

    @cached_property
    def claims(self) -> dict[str, Any]:
        """The claims as python-jose reads them; empty where it does not."""
        return _object(self.payload_text)

    @cached_property
    def key(self) -> Any:
        """The key that is verified or signed with, or constructed."""
        if self.calls("jwk", "key"):
            return self.argument(0, "key_data")
        return self.argument(1, "key")

    @cached_property
    def algorithm(self) -> Any:
        """The algorithm that the key is used with: the caller's or, where a token is verified, the header's."""
        if self.is_verifying:
            return self.header.get("alg")
        if self.is_signing:
            return self.argument(4 if self.calls("jws.sign") else 2, "algorithm")
        return self.argument(1, "algorithm")

    @cached_property
    def keys(self) -> list[Any]:
        """Every key in the argument, out of its containers."""
        return list(_flat(self.key))

    @cached_property
    def is_refused_by_key(self) -> bool:
        """Whether it is with a key that python-jose fails, and not with the token or its claims."""
        if not self.is_verifying:
            return False
        arguments = (*self.call.positional, None, None)[:3]
        verified = outcome(JOSE, Call("jws.verify", arguments, _only(self.call.keyword, "key", "algorithms")))
        return verified.error == self.jose.error and not verified.kind.endswith(("JWSError", "JWTError"))

    def with_key(self, key: Any) -> Call:
        """Return the verification with this key alone."""
        return Call("jws.verify", (self.argument(0, "token"), key, self.argument(2, "algorithms")))

    @property
    def has_several_keys(self) -> bool:
        """Whether the argument is a container of keys."""
        return is_container(self.key)


@dataclass(frozen=True)
class Difference:
    """An intended difference: what it is, why, and how it is recognised."""

    id: str
    area: str
    jose: str
    ours: str
    reason: str
    effects: tuple[Effect, ...]
    recognises: Callable[[Seen], bool]
    example: Call

    def explains(self, seen: Seen) -> bool:
        """Tell whether it is this difference that was seen."""
        return seen.effect in self.effects and self.recognises(seen)


def _only(keyword: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in keyword.items() if name in names}


def _lenient(segment: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except binascii.Error:
        return b""


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text.decode())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_canonical(segment: bytes) -> bool:
    """Tell whether it is base64url as RFC 7515 has it: nothing else in it, no padding, no bits that are not used."""
    return base64.urlsafe_b64encode(_lenient(segment)).rstrip(b"=") == segment


def is_foreign(outcome: Outcome) -> bool:
    """Tell whether the error is none of the library's own classes."""
    return bool(outcome.kind) and not outcome.kind.startswith("exceptions.")


def as_octets(key: Any) -> bytes:
    """Return a key that is text or octets as octets; nothing for any other."""
    if isinstance(key, str):
        return key.encode("utf-8", "surrogatepass")
    return bytes(key) if isinstance(key, (bytes, bytearray)) else b""


def from_json(key: Any) -> Any:
    """Return what python-jose makes of a text that is JSON: numbers as texts; anything else is returned as it is."""
    if not isinstance(key, (str, bytes, bytearray)):
        return key
    try:
        return json.loads(key, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return key


def is_container(key: Any) -> bool:
    """Tell whether python-jose takes it for several keys."""
    read = from_json(key)
    if isinstance(read, dict):
        return "keys" in read or ("kty" not in read and bool(read))
    return hasattr(read, "__iter__") and not isinstance(read, (str, bytes, bytearray))


def _flat(key: Any) -> Iterator[Any]:
    read = from_json(key)
    if not is_container(read):
        yield read if isinstance(read, dict) else key
        return
    inner = read.get("keys", list(read.values())) if isinstance(read, dict) else read
    yield from inner if hasattr(inner, "__iter__") and not isinstance(inner, str) else [inner]
