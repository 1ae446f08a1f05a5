"""The modules of the package that decide who is let in, and the tests that cover them."""

from __future__ import annotations

from pathlib import Path

SOURCES = Path("python", "fastjose")
DECIDING_TESTS = {
    "_credentials": ["tests/credentials", "tests/configuration/test_credential_settings.py"],
    "_authorization": ["tests/fastapi_dependencies"],
    "_ownership": ["tests/ownership"],
    "_places": ["tests/fastapi_dependencies/places", "tests/frameworks/starlette"],
    "_refusals": ["tests/fastapi_dependencies", "tests/credentials/test_bad_credentials.py"],
    "_fastapi": ["tests/fastapi_dependencies", "tests/credentials/test_credential_auth.py"],
    "_api_keys": ["tests/credentials/api_keys", "tests/credentials/test_api_key_validation.py"],
    "_sessions": ["tests/credentials/sessions", "tests/credentials/test_session_validation.py"],
    "_verifiers": ["tests/core/issuers", "tests/core/policy", "tests/fastapi_dependencies"],
    "_config": ["tests/configuration"],
}
"""The tests by folder of the package."""


def deciding_files(root: Path) -> list[Path]:
    """Return the modules that decide, the smallest first, relative to `root`."""
    files = [file for folder in DECIDING_TESTS for file in (root / SOURCES / folder).rglob("*.py")]
    files = [file for file in files if "def " in file.read_text()]
    return [file.relative_to(root) for file in sorted(files, key=lambda file: (file.stat().st_size, file))]


def covering_tests(file: Path) -> list[str]:
    """Return the tests that cover a module."""
    return DECIDING_TESTS[file.relative_to(SOURCES).parts[0]]
