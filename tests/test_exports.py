"""What the package offers: the names are public, and held fast."""

from __future__ import annotations

import importlib.metadata
import pkgutil

import fastjose
from fastjose import exceptions

TREE = {
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
    "ConfigurationWarning": "UserWarning",
}


def test_names_of_the_package() -> None:
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


def test_tree_of_exceptions() -> None:
    assert {name: getattr(exceptions, name).__base__.__name__ for name in exceptions.__all__} == TREE


def test_modules() -> None:
    assert {module.name for module in pkgutil.iter_modules(fastjose.__path__)} == {
        "_core",
        "_jose",
        "auth",
        "backends",
        "better_auth",
        "constants",
        "exceptions",
        "fastapi",
        "install",
        "jwe",
        "jwk",
        "jws",
        "jwt",
        "migrate",
        "models",
        "modes",
        "ownership",
        "settings",
        "signing",
        "transport",
        "utils",
    }


def test_version_is_the_distributions() -> None:
    assert fastjose.__version__ == importlib.metadata.version("fastjose")
