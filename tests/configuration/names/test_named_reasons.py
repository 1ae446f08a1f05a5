"""A reason of the core, in the names of the application: of variables, or of arguments in code."""

from __future__ import annotations

import pytest

from fastjose._config.names.setting_names import IN_CODE, OF_ENVIRONMENT, OF_ISSUER_IN_CODE, name_variables

# The reason of the core, and what an application that is configured by its environment reads.
REASONS = [
    ("unknown authority; pass ca_certificates", "unknown authority; set JWKS_CA_CERTIFICATES"),
    ("pass client_certificate", "set JWKS_CLIENT_CERTIFICATE"),
    ("the file in the header authorization is empty", "the file in JWKS_BEARER_TOKEN_FILE is empty"),
    ("the file in client_secret is empty", "the file in INTROSPECTION_CLIENT_SECRET_FILE is empty"),
    ("status 401; check the token in headers", "status 401; check the token in JWKS_HEADERS or JWKS_BEARER_TOKEN_FILE"),
    ("check the password in the proxy's URL", "check the password in JWKS_PROXY"),
    ("check the URL of the proxy", "check JWKS_PROXY"),
    ("plain http requires allow_http", "plain http requires JWKS_ALLOW_HTTP=1"),
    ("no answer, or raise timeout_seconds", "no answer"),
    ("status 404; check the issuer, or pass the URL of its key set to RemoteKeySet", "status 404"),
    (
        "no document, or pass the URL of the key set to RemoteKeySet",
        "no document, or set JWKS_URL to its keys, and JWT_ISSUER",
    ),
    ("status 500", "status 500"),
]


@pytest.mark.parametrize(("reason", "named"), REASONS)
def test_reason_is_in_the_names_of_the_environment(reason: str, named: str) -> None:
    assert name_variables(reason) == named
    assert OF_ENVIRONMENT.describe(ValueError(reason)) == named
    for names in (IN_CODE, OF_ISSUER_IN_CODE):
        assert names.describe(ValueError(reason)) == reason


@pytest.mark.parametrize(
    ("reason", "of_environment"),
    [
        ("pass ca_certificates", "set JWKS_CA_CERTIFICATES"),
        ("check the URL of the proxy", "check JWKS_PROXY"),
        ("status 500", "status 500; check the URL of the RemoteKeySet"),
        ("client_secret is empty", "INTROSPECTION_CLIENT_SECRET_FILE is empty; check the URL of the RemoteKeySet"),
        ("status of JWKS_HOST; check the URL of the proxy", None),
    ],
)
def test_failed_fetch_names_one_setting_to_check(reason: str, of_environment: str | None) -> None:
    check = f"; check {IN_CODE.key_set}"
    assert IN_CODE.describe_fetch(ValueError(reason)) == f"{reason}{check}"
    named = OF_ENVIRONMENT.describe_fetch(ValueError(reason))
    assert named == (of_environment or f"{name_variables(reason)}{check}")
