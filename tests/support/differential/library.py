"""One call, carried out in python-jose and in fastjose: how it is written down, and what comes of it in either."""

from __future__ import annotations

import importlib
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEEPEST = 40  # so far is a value described: deep enough for whatever a strategy nests on purpose
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
ROLES = ("HMACKey", "RSAKey", "ECKey", "AESKey", "DIRKey")


@dataclass(frozen=True)
class Made:
    """An argument that is made for each library anew, and shown by its name: a long key, an object, an iterator."""

    name: str
    make: Callable[[Library], Any]

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True, repr=False)
class Named(Made):
    """The same value for both, shown by its name."""

    value: Any = None


def named(name: str, value: Any) -> Named:
    """Give an argument a name, where the value itself says less."""
    return Named(name, lambda _library: value, value)


class Library:
    """One of the two, by the name of its package."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.keys: dict[str, Any] = {}

    def __repr__(self) -> str:
        return self.root

    def module(self, name: str) -> Any:
        """Return `<package>.<name>`."""
        return importlib.import_module(f"{self.root}.{name}")

    def function(self, name: str) -> Callable[..., Any]:
        """Return the function that `name`, such as `jwt.decode`, is to be called by."""
        if name in OPERATIONS:
            return lambda *arguments, **options: OPERATIONS[name](self, *arguments, **options)
        module, _, function = name.rpartition(".")
        function_: Callable[..., Any] = getattr(self.module(module), function)
        return function_

    def kind(self, cls: type) -> str:
        """Name a class as both call it: keys by their role, the library's own without its name."""
        name = f"{cls.__module__}.{cls.__qualname__}"
        # One may have called the other, and failed as that does.
        return self._roles.get(cls) or name.removeprefix("fastjose.").removeprefix("jose.")

    @cached_property
    def _roles(self) -> dict[type, str]:
        jwk = self.module("jwk")
        return {getattr(jwk, role): role for role in ROLES if getattr(jwk, role, None)}


JOSE = Library("jose")
FASTJOSE = Library("fastjose")


class Arguments(NamedTuple):
    """What a function is called with."""

    positional: tuple[Any, ...]
    keyword: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """An operation and its arguments; `Made` ones are made for each library."""

    operation: str
    positional: tuple[Any, ...] = ()
    keyword: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        said = [*map(repr, self.positional), *(f"{name}={value!r}" for name, value in self.keyword.items())]
        return f"{self.operation}({', '.join(said)})"

    def arguments(self, library: Library) -> Arguments:
        """Return arguments that the call may change."""
        positional: tuple[Any, ...] = realised(library, self.positional)
        return Arguments(positional, realised(library, dict(self.keyword)))


def call(operation: str, *positional: Any, **keyword: Any) -> Call:
    """Write a call down as it is written in code."""
    return Call(operation, positional, keyword)


def realised(library: Library, value: Any) -> Any:
    """Copy containers, and make what has to be made."""
    if isinstance(value, Made):
        return value.make(library)
    if type(value) is dict:
        return {key: realised(library, inner) for key, inner in value.items()}
    if type(value) in {list, tuple, set, frozenset}:
        return type(value)(realised(library, inner) for inner in value)
    return bytearray(value) if type(value) is bytearray else value


class Raised(NamedTuple):
    """An exception: its class, its text, and the classes of what it wraps, outermost first."""

    kind: str
    text: str
    wraps: tuple[str, ...]


class Outcome(NamedTuple):
    """What a call comes to: a value or an exception, what was warned of, and its arguments afterwards."""

    value: Any
    error: Raised | None
    warned: tuple[str, ...]
    arguments: Any

    @property
    def text(self) -> str:
        """The text of the error; empty where there is none."""
        return self.error.text if self.error else ""

    @property
    def kind(self) -> str:
        """The class of the error; empty where there is none."""
        return self.error.kind if self.error else ""


def outcome(library: Library, made: Call) -> Outcome:
    """Carry the call out."""
    arguments: list[Arguments] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value, error = _attempt(library, made, arguments)
    warned = tuple(str(one.message) for one in caught if one.category is UserWarning)
    return Outcome(value, error, warned, described(library, arguments))


def _attempt(library: Library, made: Call, arguments: list[Arguments]) -> tuple[Any, Raised | None]:
    try:
        arguments.append(made.arguments(library))
        positional, keyword = arguments[0]
        return described(library, library.function(made.operation)(*positional, **keyword)), None
    except Exception as error:  # noqa: BLE001 - which one it is, is the question
        return None, Raised(library.kind(type(error)), ADDRESS.sub("", str(error)), _wrapped(library, error))


def _wrapped(library: Library, error: BaseException) -> tuple[str, ...]:
    inner = error.args[0] if error.args else None
    if isinstance(inner, BaseException):
        return (library.kind(type(inner)), *_wrapped(library, inner))
    return () if inner is None else (type(inner).__name__,)


def described(library: Library, value: Any, depth: int = 0) -> Any:
    """Say what a value is, so that equal means: the same type, the same content, in the same order."""
    if value is None or isinstance(value, (str, bytes, bytearray, int)):
        return library.kind(type(value)), value
    if depth > DEEPEST:
        return "..."
    if isinstance(value, dict):
        return library.kind(type(value)), tuple(
            (described(library, key, depth + 1), described(library, inner, depth + 1)) for key, inner in value.items()
        )
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else library.kind(type(value))
        return kind, tuple(described(library, inner, depth + 1) for inner in value)
    return library.kind(type(value)), _content(value)


def _content(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    return repr(value) if isinstance(value, SHOWN) else None


SHOWN = (float, complex, range)


# Operations that are no function of a module: methods of keys, and what is random by nature.


def _method(name: str) -> Callable[..., Any]:
    def operation(library: Library, key: Any, algorithm: Any, *arguments: Any, **options: Any) -> Any:
        return getattr(library.module("jwk").construct(key, algorithm), name)(*arguments, **options)

    return operation


def _public_dict(library: Library, key: Any, algorithm: Any) -> Any:
    constructed = library.module("jwk").construct(key, algorithm)
    public = constructed.public_key()
    return public.to_dict(), public.is_public(), public is constructed


def _verified(library: Library, key: Any, algorithm: Any, message: Any) -> Any:
    """Sign, and have the other library verify."""
    signature = library.module("jwk").construct(key, algorithm).sign(message)
    other = _other(library).module("jwk").construct(key, algorithm)
    return len(signature), (other.public_key() if hasattr(other, "is_public") else other).verify(message, signature)


def _encrypted(library: Library, key: Any, algorithm: Any, plaintext: Any, aad: Any) -> Any:
    """Encrypt with a key, and have the other library decrypt."""
    iv, sealed, tag = library.module("jwk").construct(key, algorithm).encrypt(plaintext, aad)
    other = _other(library).module("jwk").construct(key, algorithm)
    return len(iv), len(sealed), tag and len(tag), other.decrypt(sealed, iv, aad, tag)


def _signed(function: str) -> Callable[..., Any]:
    def operation(library: Library, *arguments: Any, **options: Any) -> Any:
        """Return what of the token is not random."""
        token = getattr(library.module(function[:3]), function[4:])(*arguments, **options)
        signing_input, _, signature = token.rpartition(".")
        return signing_input, len(signature)

    return operation


def _opened_by_the_other(library: Library, plaintext: Any, key: Any, reading: Any, **options: Any) -> Any:
    """Encrypt, and have the other library decrypt."""
    token = library.module("jwe").encrypt(plaintext, key, **options)
    segments = token.split(b".")
    sizes = [len(one) for one in segments if not options.get("zip")]
    return segments[0], sizes, _other(library).module("jwe").decrypt(token, reading)


def _other(library: Library) -> Library:
    return OTHERS.get(library.root, library)


OTHERS: dict[str, Library] = {"jose": FASTJOSE, "fastjose": JOSE}

OPERATIONS: dict[str, Callable[..., Any]] = {
    **{f"key.{name}": _method(name) for name in ("sign", "verify", "to_dict", "to_pem", "is_public", "public_key")},
    **{f"key.{name}": _method(name) for name in ("encrypt", "decrypt", "wrap_key", "unwrap_key")},
    "key.public_key.to_dict": _public_dict,
    "key.sign, verified by the other": _verified,
    "key.encrypt, decrypted by the other": _encrypted,
    "jwt.encode, without the signature": _signed("jwt.encode"),
    "jws.sign, without the signature": _signed("jws.sign"),
    "jwe.encrypt, decrypted by the other": _opened_by_the_other,
}


def key_object(key: Made, algorithm: str) -> Made:
    """Make a prepared key, once for each library: python-jose takes 29 ms to read a private RSA key."""
    name = f"Key({key.name}, {algorithm})"

    def make(library: Library) -> Any:
        if name not in library.keys:
            library.keys[name] = library.module("jwk").construct(realised(library, key), algorithm)
        return library.keys[name]

    return Made(name, make)
