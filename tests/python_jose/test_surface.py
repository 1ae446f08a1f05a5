"""The API of python-jose, by introspection: fastjose has every public name with the same parameters."""

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


def member_paths(owner: str, names: str) -> list[str]:
    return [f"{owner}.{name}" for name in names.split()]


_LIBRARYS_OWN = (
    "what the library that did the work needs; another where another one was installed, and read by no one else"
)
_HASHES = "SHA256 SHA384 SHA512"

LEFT_OUT = {
    **dict.fromkeys(
        [
            *member_paths(
                "backends.cryptography_backend.CryptographyAESKey", "AES_KW_ALGS IV_BYTE_LENGTH_MODE_MAP MODES"
            ),
            *member_paths(
                "backends.cryptography_backend.CryptographyAESKey", "KEY_128 KEY_192 KEY_256 KEY_384 KEY_512"
            ),
            *member_paths("backends.cryptography_backend.CryptographyECKey", _HASHES),
            *member_paths("backends.cryptography_backend.CryptographyHMACKey", "ALG_MAP"),
            *member_paths(
                "backends.cryptography_backend.CryptographyRSAKey", f"{_HASHES} RSA1_5 RSA_OAEP RSA_OAEP_256"
            ),
            *member_paths("backends.ecdsa_backend.ECDSAECKey", f"{_HASHES} CURVE_MAP CURVE_NAMES"),
            *member_paths("backends.native.HMACKey", "HASHES"),
            *member_paths("backends.rsa_backend.RSAKey", _HASHES),
        ],
        _LIBRARYS_OWN,
    ),
    **dict.fromkeys(
        member_paths(
            "backends.rsa_backend",
            "ASN1_SEQUENCE_ID LEGACY_INVALID_PKCS8_RSA_HEADER RSA_ENCRYPTION_ASN1_OID pem_to_spki",
        ),
        "how python-jose reads and writes ASN.1, and a faulty header of its own of long ago",
    ),
}
"""The names that fastjose omits, with reasons. An attribute without effect would be misleading."""

IMPORTED = {
    *member_paths("backends.base", "ensure_binary"),
    *member_paths(
        "backends.cryptography_backend",
        "ALGORITHMS JWEError JWKError Key base64_to_long base64url_decode base64url_encode ensure_binary"
        " is_pem_format is_ssh_key long_to_base64",
    ),
    *member_paths("backends.ecdsa_backend", "ALGORITHMS JWKError Key base64_to_long long_to_base64"),
    *member_paths(
        "backends.native", "ALGORITHMS JWKError Key base64url_decode base64url_encode is_pem_format is_ssh_key"
    ),
    *member_paths(
        "backends.rsa_backend",
        "ALGORITHMS JWEError JWKError Key base64_to_long long_to_base64 rsa_private_key_pkcs1_to_pkcs8"
        " rsa_private_key_pkcs8_to_pkcs1 rsa_public_key_pkcs1_to_pkcs8",
    ),
    "jwe.base64url_encode",
    "jwt.timedelta_total_seconds",
}
"""The names that a module of python-jose imports from another module, in which fastjose has them too."""

LIBRARY = "cryptography_backend"
"""The argument whose default is a function of the library `rsa`. fastjose accepts and ignores it."""


def public_modules() -> Iterator[tuple[str, ModuleType]]:
    """Yield the public modules of python-jose, each with its path under `jose`."""
    for found in pkgutil.walk_packages(jose.__path__, "jose."):
        path = found.name.removeprefix("jose.")
        if not path.rpartition(".")[2].startswith("_"):
            yield path, import_module_restoring_rsa(found.name)


def import_module_restoring_rsa(name: str) -> ModuleType:
    """Import a module. The module for the library `rsa` removes RSA-OAEP from the supported algorithms: restore it."""
    supported = set(ALGORITHMS.SUPPORTED)
    module = importlib.import_module(name)
    ALGORITHMS.SUPPORTED.update(supported)
    return module


def public_members(owner: object) -> dict[str, Any]:
    """Return the public members of `owner` that python-jose defines."""
    return {
        name: value
        for name, value in vars(owner).items()
        if not name.startswith("_") and is_defined_by_python_jose(value)
    }


def is_defined_by_python_jose(value: object) -> bool:
    return not isinstance(value, ModuleType) and str(getattr(value, "__module__", "jose")).split(".")[0] == "jose"


def declared_names() -> Iterator[tuple[str, Any]]:
    """Yield each public name of python-jose's modules and of their classes, with its value."""
    for path, module in public_modules():
        for name, value in public_members(module).items():
            yield f"{path}.{name}", value
            if inspect.isclass(value) and value.__module__ == module.__name__:
                yield from ((f"{path}.{name}.{member}", attribute) for member, attribute in vars(value).items())


SURFACE = {path: value for path, value in declared_names() if not path.rpartition(".")[2].startswith("_")}


def find_in_fastjose(path: str) -> Any:
    return pkgutil.resolve_name(f"fastjose.{path}")


def is_in_fastjose(path: str) -> bool:
    try:
        find_in_fastjose(path)
    except AttributeError:
        return False
    return True


def parameters_of(function: Any) -> list[tuple[str, Any, Any]]:
    """Return name, kind and default of each parameter."""
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


def public_functions() -> list[str]:
    """Return the callables except exceptions, which accept any arguments."""
    called = (path for path, value in SURFACE.items() if callable(value) and is_in_fastjose(path))
    return [path for path in called if not (inspect.isclass(SURFACE[path]) and issubclass(SURFACE[path], Exception))]


def test_fastjose_has_every_public_module() -> None:
    assert [path for path, _ in public_modules() if not importlib.util.find_spec(f"fastjose.{path}")] == []


def test_fastjose_has_every_public_name_except_omitted() -> None:
    assert {path for path in SURFACE if not is_in_fastjose(path)} == {*LEFT_OUT, *IMPORTED}


def test_package_has_every_name_of_jose() -> None:
    assert public_members(jose).keys() <= set(vars(fastjose))


@pytest.mark.parametrize("path", public_functions())
def test_function_has_python_jose_parameters(path: str) -> None:
    theirs = [(name, kind, default) for name, kind, default in parameters_of(SURFACE[path]) if name != LIBRARY]
    own = [(name, kind, default) for name, kind, default in parameters_of(find_in_fastjose(path)) if name != LIBRARY]
    assert own[: len(theirs)] == theirs
    assert all(default is not inspect.Parameter.empty for _, _, default in own[len(theirs) :])


@pytest.mark.parametrize("name", ["RSAKey", "ECKey"])
def test_library_argument_is_accepted(name: str) -> None:
    assert parameters_of(find_in_fastjose(f"jwk.{name}"))[2] == (LIBRARY, inspect.Parameter.POSITIONAL_OR_KEYWORD, None)
