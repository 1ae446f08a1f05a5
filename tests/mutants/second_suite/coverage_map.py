"""Which tests of the package cover a file of the core: the second suite that a mutant must survive."""

from __future__ import annotations

PACKAGE_TESTS = {
    "src/": ["tests/core", "tests/python_jose/modules", "tests/security"],
    "src/algorithms": ["tests/core", "tests/python_jose/modules", "tests/configuration/keys"],
    "src/http": ["tests/core/key_sets", "tests/configuration/test_remote_keys_settings.py"],
    "src/http/lookups": ["tests/credentials/sessions", "tests/credentials/api_keys", "tests/credentials/introspection"],
    "src/jwe": ["tests/python_jose/modules", "tests/credentials/auth_js", "tests/security"],
    "src/jwks": ["tests/core/key_sets", "tests/core/issuers"],
    "src/jwt/introspection": ["tests/credentials/introspection"],
    "src/jwt/revocation": ["tests/credentials/revocation", "tests/core"],
    "src/keys": ["tests/core", "tests/configuration/keys", "tests/python_jose/modules"],
    "src/python": [
        "tests/core",
        "tests/python_jose/modules",
        "tests/python_jose/test_private_names.py",
        "tests/python_jose/test_token_limit.py",
        "tests/security",
        "tests/credentials/revocation",
        "tests/fastapi_dependencies/flat/test_flat_dependencies.py",
        "tests/fastapi_dependencies/issuers",
        "tests/telemetry/test_health.py",
        "tests/telemetry/test_observed_verifiers.py",
    ],
    "src/python/remote": [
        "tests/core/key_sets",
        "tests/core/issuers",
        "tests/core/policy",
        "tests/credentials/sessions",
        "tests/credentials/api_keys",
        "tests/credentials/introspection",
        "tests/telemetry/test_health.py",
        "tests/telemetry/test_observed_verifiers.py",
    ],
    "src/python/request_headers.rs": ["tests/fastapi_dependencies/places", "tests/frameworks/starlette"],
    "src/python/sessions": [
        "tests/better_auth/test_session_cookies.py",
        "tests/credentials/auth_js",
        "tests/credentials/sessions",
        "tests/credentials/test_credential_auth.py",
        "tests/fastapi_dependencies/places",
        "tests/security/test_hostile_session_cookies.py",
    ],
    "src/python_jose": ["tests/python_jose/modules", "tests/security"],
    "src/sessions": ["tests/credentials/sessions", "tests/credentials/auth_js"],
    "src/sessions/better_auth/lookups": ["tests/credentials/sessions", "tests/credentials/api_keys"],
    "src/transport": [
        "tests/fastapi_dependencies/places",
        "tests/credentials/sessions",
        "tests/frameworks/starlette",
    ],
}
"""The tests by a prefix of the file's name; the longest prefix decides."""


def package_tests(file: str) -> list[str]:
    """Return the tests of the package that cover a file of the core."""
    return PACKAGE_TESTS[max((prefix for prefix in PACKAGE_TESTS if file.startswith(prefix)), key=len)]
