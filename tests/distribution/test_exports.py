"""The public API of the package: its names, modules, exceptions and imports."""

from __future__ import annotations

import importlib.metadata
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastjose
from fastjose import exceptions

BASE_CLASSES = {
    "JOSEError": "Exception",
    "JWSError": "JOSEError",
    "JWSSignatureError": "JWSError",
    "JWSAlgorithmError": "JWSError",
    "JWTError": "JOSEError",
    "JWTClaimsError": "JWTError",
    "ExpiredSignatureError": "JWTError",
    "JWKError": "JOSEError",
    "JWKSetUnavailableError": "JWKError",
    "JWEError": "JOSEError",
    "JWEParseError": "JWEError",
    "JWEInvalidAuth": "JWEError",
    "JWEAlgorithmUnsupportedError": "JWEError",
    "SessionError": "JOSEError",
    "APIKeyError": "JOSEError",
    "StoreUnavailableError": "JOSEError",
    "ConfigurationError": "ValueError",
    "ConfigurationWarning": "UserWarning",
}


def test_package_exports_documented_names() -> None:
    assert sorted(fastjose.__all__) == [
        "ExpiredSignatureError",
        "JOSEError",
        "JWEError",
        "JWKError",
        "JWKSetUnavailableError",
        "JWSError",
        "JWTClaimsError",
        "JWTError",
        "Key",
        "RemoteKeySet",
        "Verifier",
        "__version__",
        "install_as_jose",
        "sign_token",
        "verify_token",
    ]
    assert all(hasattr(fastjose, name) for name in fastjose.__all__)


def test_exceptions_have_expected_base_classes() -> None:
    assert {name: getattr(exceptions, name).__base__.__name__ for name in exceptions.__all__} == BASE_CLASSES


def test_every_error_code_is_documented() -> None:
    source = Path(__file__).parents[2] / "src"
    files = [source / "error.rs", source / "jwe" / "error.rs"]
    codes = {code for file in files for code in re.findall(r'=> "([a-z_]+)"', file.read_text(encoding="utf-8"))}
    argument_error_codes = {"configuration", "curve_too_short"}
    codes_of_python = {"error", "credential_not_accepted"}
    assert argument_error_codes < codes
    documented = re.findall(r"`([a-z_]+)`", exceptions.JOSEError.__doc__ or "")
    assert set(documented) == (codes - argument_error_codes) | codes_of_python


@pytest.mark.parametrize(("module", "allowed"), [("fastjose", set()), ("fastjose.jwt", {"datetime", "hashlib"})])
def test_import_loads_no_optional_dependency(module: str, allowed: set[str]) -> None:
    heavy = {"asyncio", "cryptography", "datetime", "email", "hashlib", "importlib.resources", "pathlib", "tempfile"}
    code = (
        f"import sys; before = set(sys.modules); import {module}; "
        "print(*(set(sys.modules) - before) & set(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, *heavy - allowed]
    completed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert completed.stdout == "\n"


def test_package_has_only_listed_public_modules() -> None:
    names = {module.name for module in pkgutil.iter_modules(fastjose.__path__)}
    assert {name for name in names if not name.startswith("_")} == {
        "api_keys",
        "auth_js",
        "auth",
        "aws",
        "backends",
        "better_auth",
        "constants",
        "exceptions",
        "fastapi",
        "health",
        "introspection",
        "jwe",
        "jwk",
        "jws",
        "jwt",
        "migrate",
        "oidc",
        "ownership",
        "revocation",
        "sessions",
        "settings",
        "starlette",
        "sqlmodel",
        "testing",
        "utils",
    }


def test_version_equals_distribution_version() -> None:
    assert fastjose.__version__ == importlib.metadata.version("fastjose")
