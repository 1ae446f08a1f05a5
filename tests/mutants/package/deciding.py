"""The modules of the package that decide who is let in, and the tests that cover them."""

from __future__ import annotations

from pathlib import Path

SOURCES = Path("python", "fastjose")
DECIDING_TESTS = {
    "_credentials": [
        "tests/credentials/test_credential_rules.py",
        "tests/credentials/test_principals.py",
        "tests/telemetry/test_measured_authenticator.py",
    ],
    "_credentials/opaque_tokens.py": [
        "tests/credentials/introspection/test_opaque_tokens.py",
        "tests/credentials/test_credential_rules.py",
    ],
    "_authorization": [
        "tests/fastapi_dependencies/authorization/test_authorization.py",
        "tests/fastapi_dependencies/authorization/test_grants.py",
        "tests/fastapi_dependencies/authorization/test_session_requirements.py",
    ],
    "_ownership": ["tests/ownership"],
    "_ownership/owner_ids.py": ["tests/ownership/test_owner_ids.py"],
    "_places": [
        "tests/fastapi_dependencies/places/test_place_values.py",
        "tests/fastapi_dependencies/places/test_several_places.py",
        "tests/fastapi_dependencies/places/test_cross_origin.py",
        "tests/frameworks/starlette/test_sources.py",
    ],
    "_places/named_places.py": ["tests/fastapi_dependencies/places/test_place_values.py"],
    "_places/bearer_token.py": ["tests/fastapi_dependencies/authorization/test_authorization.py"],
    "_refusals": ["tests/fastapi_dependencies/test_refusals.py"],
    "_fastapi": ["tests/fastapi_dependencies/test_flat_dependencies.py", "tests/fastapi_dependencies/authorization"],
    "_fastapi/bearer.py": [
        "tests/fastapi_dependencies/test_token_scheme.py",
        "tests/fastapi_dependencies/places/test_several_places.py",
    ],
    "_fastapi/credential_auth.py": [
        "tests/credentials/test_credential_auth.py",
        "tests/credentials/test_principals.py",
    ],
    "_fastapi/credential_dependencies.py": [
        "tests/credentials/test_credential_auth.py",
        "tests/credentials/test_principals.py",
    ],
    "_fastapi/overrides.py": ["tests/fastapi_dependencies/test_flat_dependencies.py"],
    "_fastapi/places": ["tests/fastapi_dependencies/places"],
    "_fastapi/responses.py": ["tests/fastapi_dependencies/test_responses.py"],
    "_fastapi/token_verification.py": ["tests/fastapi_dependencies/test_token_verification.py"],
    "_fastapi/user_models.py": ["tests/fastapi_dependencies/test_users.py"],
    "_fastapi/users.py": ["tests/fastapi_dependencies/test_users.py"],
    "_api_keys": [
        "tests/credentials/test_database_stores.py",
        "tests/credentials/api_keys/test_database_api_keys.py",
        "tests/credentials/api_keys/test_secondary_storage_api_keys.py",
    ],
    "_api_keys/key_query.py": [
        "tests/credentials/test_database_stores.py",
        "tests/credentials/api_keys/test_database_api_keys.py",
    ],
    "_api_keys/validation.py": ["tests/credentials/test_api_key_validation.py"],
    "_sessions": [
        "tests/credentials/test_database_stores.py",
        "tests/credentials/sessions/test_database_sessions.py",
        "tests/credentials/sessions/test_secondary_storage_sessions.py",
    ],
    "_sessions/session_queries.py": [
        "tests/credentials/test_database_stores.py",
        "tests/credentials/sessions/test_database_sessions.py",
    ],
    "_sessions/session_token.py": ["tests/credentials/test_credential_auth.py", "tests/credentials/test_principals.py"],
    "_sessions/empty_table.py": ["tests/credentials/test_session_lookup.py"],
    "_sessions/lookup.py": ["tests/credentials/test_session_lookup.py"],
    "_sessions/revocation.py": ["tests/credentials/test_session_lookup.py"],
    "_sessions/session.py": ["tests/credentials/test_credential_rules.py"],
    "_sessions/timestamps.py": ["tests/credentials/test_session_validation.py"],
    "_sessions/validation.py": ["tests/credentials/test_session_validation.py"],
    "_verifiers": ["tests/core/policy/test_issuer_choice.py"],
    "_verifiers/request_authentication.py": ["tests/fastapi_dependencies/issuers/test_request_authentication.py"],
    "_verifiers/tenants.py": [
        "tests/core/policy/test_kept_verifiers.py",
        "tests/fastapi_dependencies/issuers/test_tenants.py",
    ],
    "_config": ["tests/configuration"],
}
"""The tests by a prefix of the module's name; the longest prefix decides."""


def deciding_files(root: Path) -> list[Path]:
    """Return the modules that decide, the smallest first, relative to `root`."""
    files = [file for file in (root / SOURCES).rglob("*.py") if _prefix(file.relative_to(root))]
    files = [file for file in files if "def " in file.read_text()]
    return [file.relative_to(root) for file in sorted(files, key=lambda file: (file.stat().st_size, file))]


def covering_tests(file: Path) -> list[str]:
    """Return the tests that cover a module."""
    return DECIDING_TESTS[_prefix(file)]


def _prefix(file: Path) -> str:
    """Return the longest prefix that a module has, or an empty text for one that does not decide."""
    name = file.relative_to(SOURCES).as_posix()
    return max((prefix for prefix in DECIDING_TESTS if f"{name}/".startswith(f"{prefix}/")), key=len, default="")
