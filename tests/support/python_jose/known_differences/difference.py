"""An intended difference from python-jose, and the properties of a call that identify it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from support.python_jose.differential.library import JOSE, Call, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from support.python_jose.differential.library import Outcome

Effect: TypeAlias = Literal["rejects", "accepts", "changes_error", "changes_result"]
"""The effect of a difference: fastjose rejects what python-jose accepts, accepts what python-jose rejects, raises an
error of another class or message, or returns another result."""


@dataclass(frozen=True)
class Mismatch:
    """A call with a different outcome in each library."""

    call: Call
    jose: Outcome
    ours: Outcome

    @property
    def effect(self) -> Effect:
        """The effect of the difference."""
        if self.ours.error:
            return "changes_error" if self.jose.error else "rejects"
        return "accepts" if self.jose.error else "changes_result"

    def is_call_of(self, *operations: str) -> bool:
        """Return whether the call is one of these operations; a module name matches all of its functions."""
        name = self.call.operation.partition(",")[0]
        return name in operations or name.partition(".")[0] in operations

    def has_message(self, *texts: str) -> bool:
        """Return whether fastjose's error has one of these messages; a final `…` matches any continuation."""
        message = self.ours.text
        return any(message.startswith(text[:-1]) if text.endswith("…") else message == text for text in texts)

    def argument(self, position: int, name: str) -> Any:
        """Return an argument of the python-jose call; None if it was not passed."""
        positional, keyword = self._arguments
        return positional[position] if position < len(positional) else keyword.get(name)

    @cached_property
    def _arguments(self) -> Any:
        return self.call.arguments(JOSE)

    @property
    def is_verifying(self) -> bool:
        """Whether the call verifies a token."""
        return self.is_call_of("jwt.decode", "jws.verify")

    @property
    def is_signing(self) -> bool:
        """Whether the call signs a token."""
        return self.is_call_of("jwt.encode", "jws.sign")

    @property
    def is_parsing(self) -> bool:
        """Whether the call parses a token, with or without verification."""
        return self.is_verifying or ".get_unverified_" in self.call.operation

    @cached_property
    def token(self) -> bytes:
        """The token that the call parses; empty if the call does not parse a token."""
        token = self.argument(0, "token") if self.is_parsing or self.is_call_of("jwe") else b""
        if isinstance(token, str):
            return token.encode("utf-8", "surrogatepass")
        return bytes(token) if isinstance(token, (bytes, bytearray)) else b""

    @cached_property
    def segments(self) -> tuple[bytes, bytes, bytes]:
        """Header, payload and signature as python-jose splits them: additional dots belong to the payload."""
        signing_input, _, signature = self.token.rpartition(b".")
        header, _, payload = signing_input.partition(b".")
        return header, payload, signature

    @cached_property
    def header_bytes(self) -> bytes:
        """The header as python-jose decodes it."""
        return _decode_leniently(self.token.split(b".")[0])

    @cached_property
    def payload_bytes(self) -> bytes:
        """The payload as python-jose decodes it."""
        return _decode_leniently(self.segments[1])

    @cached_property
    def header(self) -> dict[str, Any]:
        """The header as python-jose parses it; empty if python-jose cannot parse it."""
        return _parse_object(self.header_bytes)

    @cached_property
    def claims(self) -> dict[str, Any]:
        """The claims as python-jose parses them; empty if python-jose cannot parse them."""
        return _parse_object(self.payload_bytes)

    @cached_property
    def key(self) -> Any:
        """The key of the call."""
        if self.is_call_of("jwk", "key"):
            return self.argument(0, "key_data")
        return self.argument(1, "key")

    @cached_property
    def algorithm(self) -> Any:
        """The algorithm of the key: the header's in verification, else the caller's."""
        if self.is_verifying:
            return self.header.get("alg")
        if self.is_signing:
            return self.argument(4 if self.is_call_of("jws.sign") else 2, "algorithm")
        return self.argument(1, "algorithm")

    @cached_property
    def keys(self) -> list[Any]:
        """Every key in the argument, without containers."""
        return list(_iter_keys(self.key))

    @cached_property
    def is_key_failure(self) -> bool:
        """Whether python-jose fails because of a key, and not because of the token or its claims."""
        if not self.is_verifying:
            return False
        arguments = (*self.call.positional, None, None)[:3]
        verification = outcome(JOSE, Call("jws.verify", arguments, _select(self.call.keyword, "key", "algorithms")))
        return verification.error == self.jose.error and not verification.kind.endswith(("JWSError", "JWTError"))

    def with_key(self, key: Any) -> Call:
        """Return a call that verifies the token with this key alone."""
        return Call("jws.verify", (self.argument(0, "token"), key, self.argument(2, "algorithms")))

    @property
    def has_several_keys(self) -> bool:
        """Whether the argument is a container of keys."""
        return is_container(self.key)


@dataclass(frozen=True)
class Difference:
    """An intended difference: its description, its reason, and the function that recognises it."""

    id: str
    area: str
    jose: str
    ours: str
    reason: str
    effects: tuple[Effect, ...]
    recognises: Callable[[Mismatch], bool]
    example: Call

    def explains(self, mismatch: Mismatch) -> bool:
        """Return whether this difference explains the mismatch."""
        return mismatch.effect in self.effects and self.recognises(mismatch)


def _select(keyword: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in keyword.items() if name in names}


def _decode_leniently(segment: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except binascii.Error:
        return b""


def _parse_object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text.decode())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_canonical(segment: bytes) -> bool:
    """Return whether the segment is base64url of RFC 7515: no other characters, no padding, unused bits zero."""
    return base64.urlsafe_b64encode(_decode_leniently(segment)).rstrip(b"=") == segment


def is_foreign_class(outcome: Outcome) -> bool:
    """Return whether the error is not of a class of the library."""
    return bool(outcome.kind) and not outcome.kind.startswith("exceptions.")


def as_bytes(key: Any) -> bytes:
    """Return a str or bytes key as bytes; empty for any other key."""
    if isinstance(key, str):
        return key.encode("utf-8", "surrogatepass")
    return bytes(key) if isinstance(key, (bytes, bytearray)) else b""


def parse_json_key(key: Any) -> Any:
    """Return a JSON key as python-jose parses it, with numbers as strings; return any other key unchanged."""
    if not isinstance(key, (str, bytes, bytearray)):
        return key
    try:
        return json.loads(key, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return key


def is_container(key: Any) -> bool:
    """Return whether python-jose treats the key as several keys."""
    parsed = parse_json_key(key)
    if isinstance(parsed, dict):
        return "keys" in parsed or ("kty" not in parsed and bool(parsed))
    return hasattr(parsed, "__iter__") and not isinstance(parsed, (str, bytes, bytearray))


def _iter_keys(key: Any) -> Iterator[Any]:
    parsed = parse_json_key(key)
    if not is_container(parsed):
        yield parsed if isinstance(parsed, dict) else key
        return
    inner = parsed.get("keys", list(parsed.values())) if isinstance(parsed, dict) else parsed
    yield from inner if hasattr(inner, "__iter__") and not isinstance(inner, str) else [inner]
