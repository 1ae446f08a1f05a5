"""A call that runs in python-jose and in fastjose, and its outcome in each library."""

from __future__ import annotations

import importlib
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_DEPTH = 40  # values are compared to this depth
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
ROLES = ("HMACKey", "RSAKey", "ECKey", "AESKey", "DIRKey")


@dataclass(frozen=True)
class PerLibraryValue:
    """An argument that is created for each library, and displayed as its name: a long key, an object, an iterator."""

    name: str
    create: Callable[[Library], Any]

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True, repr=False)
class NamedValue(PerLibraryValue):
    """A value that both libraries share, displayed as its name."""

    value: Any = None


def named_value(name: str, value: Any) -> NamedValue:
    """Return an argument that is displayed as `name`."""
    return NamedValue(name, lambda _library: value, value)


class Library:
    """A library under comparison, with the name of its package."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.keys: dict[str, Any] = {}

    def __repr__(self) -> str:
        return self.root

    def module(self, name: str) -> Any:
        """Return `<package>.<name>`."""
        return importlib.import_module(f"{self.root}.{name}")

    def function(self, name: str) -> Callable[..., Any]:
        """Return the function for an operation such as `jwt.decode`."""
        if name in OPERATIONS:
            return lambda *arguments, **options: OPERATIONS[name](self, *arguments, **options)
        module, _, function = name.rpartition(".")
        function_: Callable[..., Any] = getattr(self.module(module), function)
        return function_

    def class_name(self, cls: type) -> str:
        """Return a class name that both libraries share: the role of a key class, or the name without package."""
        name = f"{cls.__module__}.{cls.__qualname__}"
        # A library may raise an exception of the other if an operation calls both.
        return self._roles.get(cls) or name.removeprefix("fastjose.").removeprefix("jose.")

    @cached_property
    def _roles(self) -> dict[type, str]:
        jwk = self.module("jwk")
        return {getattr(jwk, role): role for role in ROLES if getattr(jwk, role, None)}


JOSE = Library("jose")
FASTJOSE = Library("fastjose")


class Arguments(NamedTuple):
    """The arguments of a call."""

    positional: tuple[Any, ...]
    keyword: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """An operation and its arguments; a `PerLibraryValue` is created for each library."""

    operation: str
    positional: tuple[Any, ...] = ()
    keyword: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        arguments = [*map(repr, self.positional), *(f"{name}={value!r}" for name, value in self.keyword.items())]
        return f"{self.operation}({', '.join(arguments)})"

    def arguments(self, library: Library) -> Arguments:
        """Return new arguments, which the call may change."""
        positional: tuple[Any, ...] = resolve(library, self.positional)
        return Arguments(positional, resolve(library, dict(self.keyword)))


def call(operation: str, *positional: Any, **keyword: Any) -> Call:
    """Return a call with arguments as in Python code."""
    return Call(operation, positional, keyword)


def resolve(library: Library, value: Any) -> Any:
    """Return a copy of containers, with each `PerLibraryValue` created."""
    if isinstance(value, PerLibraryValue):
        return value.create(library)
    if type(value) is dict:
        return {key: resolve(library, inner) for key, inner in value.items()}
    if type(value) in {list, tuple, set, frozenset}:
        return type(value)(resolve(library, inner) for inner in value)
    return bytearray(value) if type(value) is bytearray else value


class ErrorInfo(NamedTuple):
    """An exception: its class, its message, and the classes of the wrapped exceptions, outermost first."""

    kind: str
    text: str
    wraps: tuple[str, ...]


class Outcome(NamedTuple):
    """The outcome of a call: its value or exception, its warnings, and its arguments afterwards."""

    value: Any
    error: ErrorInfo | None
    warned: tuple[str, ...]
    arguments: Any

    @property
    def text(self) -> str:
        """The message of the error; empty without an error."""
        return self.error.text if self.error else ""

    @property
    def kind(self) -> str:
        """The class of the error; empty without an error."""
        return self.error.kind if self.error else ""


def outcome(library: Library, call_: Call) -> Outcome:
    """Run the call and return its outcome."""
    arguments: list[Arguments] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value, error = _attempt(library, call_, arguments)
    warned = tuple(str(one.message) for one in caught if one.category is UserWarning)
    return Outcome(value, error, warned, describe(library, arguments))


def _attempt(library: Library, call_: Call, arguments: list[Arguments]) -> tuple[Any, ErrorInfo | None]:
    try:
        arguments.append(call_.arguments(library))
        positional, keyword = arguments[0]
        return describe(library, library.function(call_.operation)(*positional, **keyword)), None
    except Exception as error:  # noqa: BLE001 - the class is compared
        return None, ErrorInfo(
            library.class_name(type(error)), ADDRESS.sub("", str(error)), _wrapped_classes(library, error)
        )


def _wrapped_classes(library: Library, error: BaseException) -> tuple[str, ...]:
    inner = error.args[0] if error.args else None
    if isinstance(inner, BaseException):
        return (library.class_name(type(inner)), *_wrapped_classes(library, inner))
    return () if inner is None else (type(inner).__name__,)


def describe(library: Library, value: Any, depth: int = 0) -> Any:
    """Return a description; equal descriptions mean equal types, contents and order."""
    if value is None or isinstance(value, (str, bytes, bytearray, int)):
        return library.class_name(type(value)), value
    if depth > MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        return library.class_name(type(value)), tuple(
            (describe(library, key, depth + 1), describe(library, inner, depth + 1)) for key, inner in value.items()
        )
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else library.class_name(type(value))
        return kind, tuple(describe(library, inner, depth + 1) for inner in value)
    return library.class_name(type(value)), _content(value)


def _content(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    return repr(value) if isinstance(value, REPR_TYPES) else None


REPR_TYPES = (float, complex, range)


# Operations that are not functions of a module: methods of keys, and operations with random results.


def _method(name: str) -> Callable[..., Any]:
    def operation(library: Library, key: Any, algorithm: Any, *arguments: Any, **options: Any) -> Any:
        return getattr(library.module("jwk").construct(key, algorithm), name)(*arguments, **options)

    return operation


def _export_public_key(library: Library, key: Any, algorithm: Any) -> Any:
    constructed = library.module("jwk").construct(key, algorithm)
    public = constructed.public_key()
    return public.to_dict(), public.is_public(), public is constructed


def _sign_and_verify_in_other(library: Library, key: Any, algorithm: Any, message: Any) -> Any:
    """Sign, and verify with the other library."""
    signature = library.module("jwk").construct(key, algorithm).sign(message)
    other = _other(library).module("jwk").construct(key, algorithm)
    return len(signature), (other.public_key() if hasattr(other, "is_public") else other).verify(message, signature)


def _encrypt_and_decrypt_in_other(library: Library, key: Any, algorithm: Any, plaintext: Any, aad: Any) -> Any:
    """Encrypt with a key, and decrypt with the other library."""
    iv, ciphertext, tag = library.module("jwk").construct(key, algorithm).encrypt(plaintext, aad)
    other = _other(library).module("jwk").construct(key, algorithm)
    return len(iv), len(ciphertext), tag and len(tag), other.decrypt(ciphertext, iv, aad, tag)


def _sign_without_signature(function: str) -> Callable[..., Any]:
    def operation(library: Library, *arguments: Any, **options: Any) -> Any:
        """Return the signing input and the length of the signature, which are not random."""
        token = getattr(library.module(function[:3]), function[4:])(*arguments, **options)
        signing_input, _, signature = token.rpartition(".")
        return signing_input, len(signature)

    return operation


def _encrypt_jwe_and_decrypt_in_other(
    library: Library, plaintext: Any, key: Any, decryption_key: Any, **options: Any
) -> Any:
    """Encrypt a JWE, and decrypt it with the other library."""
    token = library.module("jwe").encrypt(plaintext, key, **options)
    segments = token.split(b".")
    sizes = [len(one) for one in segments if not options.get("zip")]
    return segments[0], sizes, _other(library).module("jwe").decrypt(token, decryption_key)


def _other(library: Library) -> Library:
    return OTHERS.get(library.root, library)


OTHERS: dict[str, Library] = {"jose": FASTJOSE, "fastjose": JOSE}

OPERATIONS: dict[str, Callable[..., Any]] = {
    **{f"key.{name}": _method(name) for name in ("sign", "verify", "to_dict", "to_pem", "is_public", "public_key")},
    **{f"key.{name}": _method(name) for name in ("encrypt", "decrypt", "wrap_key", "unwrap_key")},
    "key.public_key.to_dict": _export_public_key,
    "key.sign, verified by the other": _sign_and_verify_in_other,
    "key.encrypt, decrypted by the other": _encrypt_and_decrypt_in_other,
    "jwt.encode, without the signature": _sign_without_signature("jwt.encode"),
    "jws.sign, without the signature": _sign_without_signature("jws.sign"),
    "jwe.encrypt, decrypted by the other": _encrypt_jwe_and_decrypt_in_other,
}


def shared_key_object(key: PerLibraryValue, algorithm: str) -> PerLibraryValue:
    """Return a key object, created once for each library: python-jose takes 29 ms to parse a private RSA key."""
    name = f"Key({key.name}, {algorithm})"

    def create(library: Library) -> Any:
        if name not in library.keys:
            library.keys[name] = library.module("jwk").construct(resolve(library, key), algorithm)
        return library.keys[name]

    return PerLibraryValue(name, create)
