"""Every error of settings at once: those of the credentials that are accepted, and no other ones."""

from __future__ import annotations

from typing import Any

import pytest

from fastjose._config.every_error import find_errors
from fastjose.exceptions import ConfigurationError
from fastjose.settings import AuthSettings
from support.environment.fresh_import import SECRET

FIRST = ConfigurationError("the first", code="missing_variable", variable="OIDC_ISSUER")
SECRET_SETTINGS = {"jwt_secret": SECRET}
STORED = {"better_auth_url": "https://app.example.com"}


@pytest.mark.parametrize(
    ("fields", "others"),
    [
        (SECRET_SETTINGS, {}),
        ({**SECRET_SETTINGS, "jwt_token_header": "X-Token"}, {}),
        ({**SECRET_SETTINGS, "jwt_token_header": "X Token"}, {"JWT_TOKEN_HEADER": "invalid_value"}),
        (
            {**SECRET_SETTINGS, "jwt_credentials": "jwt,auth_js", "jwt_token_header": "X-Token"},
            {"JWT_TOKEN_HEADER": "missing_variable"},
        ),
        (
            {**STORED, "jwt_credentials": "session", "jwt_token_cookie": "a"},
            {"JWT_TOKEN_COOKIE": "missing_variable"},
        ),
        ({**STORED, "jwt_algorithm": "RS257"}, {"JWT_ALGORITHM": "invalid_value"}),
        ({**STORED, "jwt_credentials": "session", "jwt_algorithm": "RS257"}, {}),
        ({**STORED, "jwt_credentials": "session,jwt", "jwt_algorithm": "RS257"}, {"JWT_ALGORITHM": "invalid_value"}),
        (
            {**STORED, "jwt_leeway_seconds": -1, "jwt_trusted_origins": "a", "jwt_issuer": ",", "jwt_client_id": "'a'"},
            {
                "JWT_LEEWAY_SECONDS": "invalid_value",
                "JWT_TRUSTED_ORIGINS": "invalid_value",
                "JWT_ISSUER": "invalid_value",
                "JWT_CLIENT_ID": "quoted_value",
            },
        ),
        ({**STORED, "jwt_credentials": "other"}, {"JWT_CREDENTIALS": "invalid_value"}),
    ],
    ids=str,
)
def test_every_error_is_that_of_the_accepted_credentials(fields: dict[str, Any], others: dict[str, str]) -> None:
    settings: Any = AuthSettings
    first, *found = find_errors(settings(_env_file=None, **fields), FIRST)
    assert first is FIRST
    assert {error.variable: error.code for error in found} == others
