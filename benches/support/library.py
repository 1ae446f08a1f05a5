"""Description of a JWT library for the benchmarks: how it verifies and signs, with keys as text and as key objects."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from benches.support.fixtures import ALGORITHMS, ORIGIN, get_key_pair

Call = Callable[[], Any]
KeyForm = Literal["text", "key"]
"""`text`: the library parses the key itself. `key`: the key object of the library, created before the measurement."""
KEY_FORMS: tuple[KeyForm, ...] = ("text", "key")


@dataclass(frozen=True)
class Library:
    """A library with `decode` and `encode` functions that have the arguments of python-jose and PyJWT."""

    name: str
    distribution: str
    decode: Callable[..., Any]
    encode: Callable[..., Any] | None
    create_verification_key: Callable[[str], Any]
    """Creates the key object of the library for an algorithm, from the key pair in `fixtures`."""
    create_signing_key: Callable[[str], Any]
    text_key_algorithms: Container[str] = ALGORITHMS
    """Algorithms for which the library accepts keys as text. For others, each call creates a key object."""
    unsupported_algorithms: Container[str] = ()
    key_forms: tuple[KeyForm, ...] = KEY_FORMS

    def prepare_verification(self, token: str, algorithm: str, key_form: KeyForm) -> Call:
        """Return a function that verifies `token`."""
        decode, create_key = self.decode, self.create_verification_key
        if key_form == "text" and algorithm not in self.text_key_algorithms:
            return lambda: decode(token, create_key(algorithm), algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)
        key = create_key(algorithm) if key_form == "key" else get_key_pair(algorithm).verification_key
        return partial(decode, token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)

    def prepare_signing(self, claims: Mapping[str, Any], algorithm: str, key_form: KeyForm) -> Call:
        """Return a function that signs `claims`. The library must have an `encode` function."""
        encode, create_key, claims = self.encode, self.create_signing_key, dict(claims)
        assert encode is not None
        if key_form == "text" and algorithm not in self.text_key_algorithms:
            return lambda: encode(claims, create_key(algorithm), algorithm)
        key = create_key(algorithm) if key_form == "key" else get_key_pair(algorithm).signing_key
        return lambda: encode(claims, key, algorithm)


def list_combinations(libraries: Sequence[Library]) -> list[tuple[str, Library, KeyForm]]:
    """Return each algorithm with each library that supports it and each key form that this library accepts."""
    return [
        (algorithm, library, key_form)
        for algorithm in ALGORITHMS
        for library in libraries
        if algorithm not in library.unsupported_algorithms
        for key_form in library.key_forms
    ]


def get_pytest_id(value: object) -> str | None:
    """Return the pytest id of a parameter: the name of a library, or None for pytest's default."""
    return value.name.replace("`", "") if isinstance(value, Library) else None
