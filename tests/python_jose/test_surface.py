"""The surface of python-jose, by introspection: each public name of its modules is here, and is called alike."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jose
import pytest
from jose.constants import ALGORITHMS

import fastjose

if TYPE_CHECKING:
    from collections.abc import Iterator


def members(owner: str, names: str) -> list[str]:
    return [f"{owner}.{name}" for name in names.split()]


_LIBRARYS_OWN = (
    "what the library that did the work needs; another where another one was installed, and read by no one else"
)
_HASHES = "SHA256 SHA384 SHA512"

LEFT_OUT = {
    **dict.fromkeys(
        [
            *members("backends.cryptography_backend.CryptographyAESKey", "AES_KW_ALGS IV_BYTE_LENGTH_MODE_MAP MODES"),
            *members("backends.cryptography_backend.CryptographyAESKey", "KEY_128 KEY_192 KEY_256 KEY_384 KEY_512"),
            *members("backends.cryptography_backend.CryptographyECKey", _HASHES),
            *members("backends.cryptography_backend.CryptographyHMACKey", "ALG_MAP"),
            *members("backends.cryptography_backend.CryptographyRSAKey", f"{_HASHES} RSA1_5 RSA_OAEP RSA_OAEP_256"),
            *members("backends.ecdsa_backend.ECDSAECKey", f"{_HASHES} CURVE_MAP CURVE_NAMES"),
            *members("backends.native.HMACKey", "HASHES"),
            *members("backends.rsa_backend.RSAKey", _HASHES),
        ],
        _LIBRARYS_OWN,
    ),
    **dict.fromkeys(
        members(
            "backends.rsa_backend",
            "ASN1_SEQUENCE_ID LEGACY_INVALID_PKCS8_RSA_HEADER RSA_ENCRYPTION_ASN1_OID pem_to_spki",
        ),
        "how python-jose reads and writes ASN.1, and a faulty header of its own of long ago",
    ),
}
"""What is not here, and why. An attribute that changes nothing would only look like one that does."""

IMPORTED = {
    *members("backends.base", "ensure_binary"),
    *members(
        "backends.cryptography_backend",
        "ALGORITHMS JWEError JWKError Key base64_to_long base64url_decode base64url_encode ensure_binary"
        " is_pem_format is_ssh_key long_to_base64",
    ),
    *members("backends.ecdsa_backend", "ALGORITHMS JWKError Key base64_to_long long_to_base64"),
    *members("backends.native", "ALGORITHMS JWKError Key base64url_decode base64url_encode is_pem_format is_ssh_key"),
    *members(
        "backends.rsa_backend",
        "ALGORITHMS JWEError JWKError Key base64_to_long long_to_base64 rsa_private_key_pkcs1_to_pkcs8"
        " rsa_private_key_pkcs8_to_pkcs1 rsa_public_key_pkcs1_to_pkcs8",
    ),
    "jwe.base64url_encode",
    "jwt.timedelta_total_seconds",
}
"""What a module of python-jose imports from another for its own work; here too it is in that other one."""

LIBRARY = "cryptography_backend"
"""The argument whose default is a function of the library's; it is taken, and not used."""


def modules() -> Iterator[tuple[str, ModuleType]]:
    """Yield the public modules of python-jose, each with its path under `jose`."""
    for found in pkgutil.walk_packages(jose.__path__, "jose."):
        path = found.name.removeprefix("jose.")
        if not path.rpartition(".")[2].startswith("_"):
            yield path, imported(found.name)


def imported(name: str) -> ModuleType:
    """Import a module; that of the library `rsa` takes RSA-OAEP from what python-jose supports, which is put back."""
    supported = set(ALGORITHMS.SUPPORTED)
    module = importlib.import_module(name)
    ALGORITHMS.SUPPORTED.update(supported)
    return module


def public(owner: object) -> dict[str, Any]:
    """Return what `owner` holds under public names, apart from what others than python-jose wrote."""
    return {name: value for name, value in vars(owner).items() if not name.startswith("_") and is_its_own(value)}


def is_its_own(value: object) -> bool:
    return not isinstance(value, ModuleType) and str(getattr(value, "__module__", "jose")).split(".")[0] == "jose"


def declared() -> Iterator[tuple[str, Any]]:
    """Yield each public name of python-jose's modules and of the classes that they define, and what it stands for."""
    for path, module in modules():
        for name, value in public(module).items():
            yield f"{path}.{name}", value
            if inspect.isclass(value) and value.__module__ == module.__name__:
                yield from ((f"{path}.{name}.{member}", held) for member, held in vars(value).items())


SURFACE = {path: value for path, value in declared() if not path.rpartition(".")[2].startswith("_")}


def ours(path: str) -> Any:
    return pkgutil.resolve_name(f"fastjose.{path}")


def is_here(path: str) -> bool:
    try:
        ours(path)
    except AttributeError:
        return False
    return True


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    """Return name, kind and default of each parameter."""
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


def functions() -> list[str]:
    """Return what can be called, but exceptions, which take anything."""
    called = (path for path, value in SURFACE.items() if callable(value) and is_here(path))
    return [path for path in called if not (inspect.isclass(SURFACE[path]) and issubclass(SURFACE[path], Exception))]


def test_every_public_module_is_here() -> None:
    assert [path for path, _ in modules() if not importlib.util.find_spec(f"fastjose.{path}")] == []


def test_every_public_name_is_here_but_those_that_are_left_out_for_a_reason() -> None:
    assert {path for path in SURFACE if not is_here(path)} == {*LEFT_OUT, *IMPORTED}


def test_what_jose_itself_has_is_in_fastjose() -> None:
    assert public(jose).keys() <= set(vars(fastjose))


@pytest.mark.parametrize("path", functions())
def test_is_called_as_in_python_jose(path: str) -> None:
    theirs = [(name, kind, default) for name, kind, default in parameters(SURFACE[path]) if name != LIBRARY]
    own = [(name, kind, default) for name, kind, default in parameters(ours(path)) if name != LIBRARY]
    assert own[: len(theirs)] == theirs
    assert all(default is not inspect.Parameter.empty for _, _, default in own[len(theirs) :])


@pytest.mark.parametrize("name", ["RSAKey", "ECKey"])
def test_the_librarys_argument_may_be_given(name: str) -> None:
    assert parameters(ours(f"jwk.{name}"))[2] == (LIBRARY, inspect.Parameter.POSITIONAL_OR_KEYWORD, None)
