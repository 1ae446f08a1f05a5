"""Each error of credentials and of their options: its code and its variable, by which a program reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose._config.auth_options import bearer_options, credential_options, trusted_origins, user_id_options
from fastjose._config.credentials_from_settings import build_credentials, build_session_store
from fastjose._config.keys.configured_secrets import check_configured_secrets, find_secrets
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationError
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS, AuthSettings
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "https://app.example.com"
REDIS = "redis://:hunter22@localhost:6379/0"
SESSION = {"jwt_credentials": "session", "better_auth_url": URL}
COOKIE = {"jwt_credentials": "cookie", "better_auth_url": URL}
API_KEY = {"jwt_credentials": "api_key", "better_auth_url": URL}
AUTH_JS = {"jwt_credentials": "auth_js", "auth_secret": SECRET}
OPAQUE = {
    "jwt_credentials": "opaque",
    "introspection_url": f"{URL}/introspect",
    "introspection_client_id": "api",
    "introspection_client_secret": "hunter22",
    "jwt_audience": "api",
}
DOCS_SECRET = "a-secret-of-at-least-thirty-two-bytes"

# The fields, the code, the variable, and a fragment of the text.
Case = tuple[dict[str, Any], str, str, str]
CREDENTIALS: list[Case] = [
    ({"jwt_credentials": "session"}, "missing_variable", "BETTER_AUTH_URL", "or BETTER_AUTH_SESSION_STORE: set"),
    ({"jwt_credentials": "api_key"}, "missing_variable", "BETTER_AUTH_URL", "such as https://app.example.com, or"),
    ({"jwt_credentials": "other"}, "invalid_value", "JWT_CREDENTIALS", "one or several of jwt, opaque, session"),
    ({**SESSION, "better_auth_url": "nonsense"}, "invalid_value", "BETTER_AUTH_URL", "must begin with https://"),
    ({**SESSION, "better_auth_url": "http://auth:3000"}, "plain_http", "BETTER_AUTH_URL", "BETTER_AUTH_URL: "),
    ({**SESSION, "better_auth_session_store": "hunter22"}, "invalid_value", "BETTER_AUTH_SESSION_STORE", "redis://"),
    (
        {**SESSION, "better_auth_session_store": "redis://:hunter22@localhost:port"},
        "invalid_value",
        "BETTER_AUTH_SESSION_STORE",
        "BETTER_AUTH_SESSION_STORE: ",
    ),
    (
        {**SESSION, "better_auth_session_store": "https://[hunter22"},
        "invalid_value",
        "BETTER_AUTH_SESSION_STORE",
        "must begin with https://",
    ),
    ({**SESSION, "better_auth_secret": "short"}, "short_secret", "BETTER_AUTH_SECRET", "at least 32 bytes for HS256"),
    ({**SESSION, "better_auth_secret": DEVELOPMENT_SECRET}, "published_secret", "BETTER_AUTH_SECRET", "known default"),
    (
        {**SESSION, "better_auth_secrets": "1:short"},
        "short_secret",
        "BETTER_AUTH_SECRETS",
        "BETTER_AUTH_SECRETS, entry",
    ),
    ({**SESSION, "better_auth_secrets": "hunter22"}, "invalid_value", "BETTER_AUTH_SECRETS", "<version>:<secret>"),
    ({**COOKIE, "better_auth_cookie_cache": "jwe"}, "missing_variable", "BETTER_AUTH_SECRET", "COOKIE_CACHE requires"),
    (
        {
            "jwt_credentials": "cookie",
            "better_auth_session_store": REDIS,
            "better_auth_secret": SECRET,
            "better_auth_cookie_cache": "jwks",
        },
        "missing_variable",
        "BETTER_AUTH_URL",
        "BETTER_AUTH_COOKIE_CACHE=jwks requires",
    ),
    ({**COOKIE, "jwt_trusted_origins": "hunter22"}, "invalid_value", "JWT_TRUSTED_ORIGINS", "JWT_TRUSTED_ORIGINS: "),
    (
        {**COOKIE, "better_auth_secret": SECRET, "better_auth_cookie_prefix": "a b"},
        "invalid_value",
        "BETTER_AUTH_COOKIE_PREFIX",
        "BETTER_AUTH_COOKIE_PREFIX: ",
    ),
    ({**API_KEY, "better_auth_session_store": REDIS}, "invalid_value", "BETTER_AUTH_SESSION_STORE", "not be Redis for"),
    (
        {**API_KEY, "better_auth_api_key_header": "a b"},
        "invalid_value",
        "BETTER_AUTH_API_KEY_HEADER",
        "BETTER_AUTH_API_KEY_HEADER: ",
    ),
    ({"jwt_credentials": "auth_js"}, "missing_variable", "AUTH_SECRET", "JWT_CREDENTIALS=auth_js requires AUTH_SECRET"),
    ({**AUTH_JS, "auth_secret": "short"}, "short_secret", "AUTH_SECRET", "at least 32 bytes for HS256"),
    ({**AUTH_JS, "auth_secret": "/run/secrets/auth-secret"}, "not_a_secret", "AUTH_SECRET", "set AUTH_SECRET_FILE"),
    ({**AUTH_JS, "auth_js_cookie_name": "a b"}, "invalid_value", "AUTH_JS_COOKIE_NAME", "AUTH_JS_COOKIE_NAME: "),
    ({**AUTH_JS, "jwt_trusted_origins": "hunter22"}, "invalid_value", "JWT_TRUSTED_ORIGINS", "JWT_TRUSTED_ORIGINS: "),
    (
        {**OPAQUE, "introspection_url": None},
        "missing_variable",
        "INTROSPECTION_URL",
        "INTROSPECTION_URL or OIDC_ISSUER",
    ),
    (
        {**OPAQUE, "introspection_url": None, "oidc_issuer": "hunter22"},
        "invalid_value",
        "OIDC_ISSUER",
        "OIDC_ISSUER must be one URL",
    ),
    (
        {**OPAQUE, "introspection_url": None, "oidc_issuer": "http://id.example"},
        "plain_http",
        "OIDC_ISSUER",
        "OIDC_ISSUER: ",
    ),
    ({**OPAQUE, "introspection_url": "http://id.example"}, "plain_http", "INTROSPECTION_URL", "INTROSPECTION_URL: "),
    ({**OPAQUE, "introspection_url": "nonsense"}, "invalid_value", "INTROSPECTION_URL", "INTROSPECTION_URL: "),
    (
        {**OPAQUE, "introspection_client_id": None},
        "missing_variable",
        "INTROSPECTION_CLIENT_ID",
        "INTROSPECTION_CLIENT_ID",
    ),
    (
        {**OPAQUE, "introspection_client_secret": None},
        "missing_variable",
        "INTROSPECTION_CLIENT_SECRET",
        "requires INTROSPECTION_CLIENT_SECRET or INTROSPECTION_CLIENT_SECRET_FILE: set one of them",
    ),
    (
        {**OPAQUE, "introspection_client_secret_file": "secret"},
        "conflicting_variables",
        "INTROSPECTION_CLIENT_SECRET_FILE",
        "INTROSPECTION_CLIENT_SECRET and INTROSPECTION_CLIENT_SECRET_FILE must not both be set",
    ),
    (
        {**OPAQUE, "introspection_client_secret": "/run/secrets/introspection"},
        "not_a_secret",
        "INTROSPECTION_CLIENT_SECRET",
        "set INTROSPECTION_CLIENT_SECRET_FILE",
    ),
    (
        {**OPAQUE, "introspection_client_secret": None, "introspection_client_secret_file": " "},
        "invalid_value",
        "INTROSPECTION_CLIENT_SECRET_FILE",
        "must be the path of a file",
    ),
    (
        {**OPAQUE, "introspection_client_id": "\udcff"},
        "invalid_value",
        "INTROSPECTION_CLIENT_ID",
        "INTROSPECTION_CLIENT_ID: client_id must be valid Unicode",
    ),
    *(
        (
            {**OPAQUE, **endpoint, "introspection_client_secret": "\udcff"},
            "invalid_value",
            "INTROSPECTION_CLIENT_SECRET",
            "INTROSPECTION_CLIENT_SECRET: client_secret must be valid Unicode",
        )
        for endpoint in ({}, {"introspection_url": None, "oidc_issuer": "https://id.example"})
    ),
    ({**OPAQUE, "jwt_audience": None}, "missing_audience", "JWT_AUDIENCE", "JWT_CREDENTIALS=opaque requires"),
    ({**OPAQUE, "jwks_proxy": "hunter22"}, "invalid_value", "JWKS_PROXY", "JWKS_PROXY: "),
    ({**OPAQUE, "jwt_user_id_claim": "a,b"}, "invalid_value", "JWT_USER_ID_CLAIM", "the name of one claim"),
]
OPTIONS: list[tuple[Callable[[AuthSettings], Any], dict[str, Any], str, str, str]] = [
    (bearer_options, {"jwt_token_header": "a b"}, "invalid_value", "JWT_TOKEN_HEADER", "such as X-Access-Token"),
    (bearer_options, {"jwt_token_header": "'a"}, "invalid_value", "JWT_TOKEN_HEADER", "must be one name"),
    (
        bearer_options,
        {"jwt_token_header": "COOKIE"},
        "invalid_value",
        "JWT_TOKEN_HEADER",
        "Cookie: set JWT_TOKEN_COOKIE",
    ),
    (
        bearer_options,
        {"jwt_token_header": "authorization "},
        "invalid_value",
        "JWT_TOKEN_HEADER",
        "must not be Authoriz",
    ),
    (bearer_options, {"jwt_token_cookie": "a;b"}, "invalid_value", "JWT_TOKEN_COOKIE", "must be one name"),
    (
        bearer_options,
        {"jwt_token_cookie": "a", "jwt_trusted_origins": "hunter22"},
        "invalid_value",
        "JWT_TRUSTED_ORIGINS",
        "JWT_TRUSTED_ORIGINS: ",
    ),
    (
        bearer_options,
        {"jwt_token_header": "X-Token", "token_url": "/sign-in"},
        "conflicting_variables",
        "JWT_TOKEN_HEADER",
        "TOKEN_URL and JWT_TOKEN_HEADER must not both be set",
    ),
    *(
        (options, fields, code, variable, variable)
        for options in (bearer_options, credential_options)
        for fields, code, variable in (
            ({"jwt_roles_claim": ","}, "invalid_value", "JWT_ROLES_CLAIM"),
            ({"jwt_scopes_claim": "'a'"}, "quoted_value", "JWT_SCOPES_CLAIM"),
            ({"jwt_permissions_claim": "${A}"}, "placeholder", "JWT_PERMISSIONS_CLAIM"),
            ({"jwt_resource_metadata": "/metadata"}, "invalid_value", "JWT_RESOURCE_METADATA"),
            ({"jwt_issuer": SECRET, "auth_secret": SECRET}, "secret_as_name", "JWT_ISSUER"),
        )
    ),
    *(
        (credential_options, {field: value}, "missing_variable", field.upper(), "requires JWT_CREDENTIALS=jwt")
        for field, value in (
            ("jwt_token_header", "X-Token"),
            ("jwt_token_cookie", "a"),
            ("jwt_websocket_subprotocol", "bearer"),
        )
    ),
    *(
        (
            credential_options,
            {"jwt_credentials": "session,cookie", field: value},
            "missing_variable",
            field.upper(),
            "requires jwt or opaque in JWT_CREDENTIALS",
        )
        for field, value in (
            ("jwt_client_id", "web"),
            ("jwt_claims", '{"a": "b"}'),
            ("jwt_audience_exact", True),
            ("jwt_user_id_claim", "email"),
        )
    ),
    (user_id_options, {"jwt_user_id_claim": "a,b"}, "invalid_value", "JWT_USER_ID_CLAIM", "the name of one claim"),
    (user_id_options, {"jwt_user_id_claim": ","}, "invalid_value", "JWT_USER_ID_CLAIM", "must not be empty"),
    (trusted_origins, {"jwt_trusted_origins": f"{URL},a"}, "invalid_value", "JWT_TRUSTED_ORIGINS", "https://app"),
    (build_session_store, {}, "missing_variable", "BETTER_AUTH_URL", "JWT_CREDENTIALS requires BETTER_AUTH_URL or"),
]


def assert_error(read: Callable[[AuthSettings], Any], fields: dict[str, Any], expected: tuple[str, str, str]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(make_settings(**fields))
    error, (code, variable, fragment) = raised.value, expected
    assert (error.code, error.variable, fragment in str(error)) == (code, variable, True)
    assert variable in str(error)
    assert "hunter22" not in f"{error!r} {error.__context__!r}"
    assert SECRET not in str(error)


@pytest.mark.parametrize("case", CREDENTIALS, ids=str)
def test_error_of_a_credential_has_its_code_and_its_variable(case: Case) -> None:
    fields, *expected = case
    assert_error(build_credentials, fields, (expected[0], expected[1], expected[2]))


@pytest.mark.parametrize("case", OPTIONS, ids=lambda case: f"{case[0].__name__} {case[1]}")
def test_error_of_an_option_has_its_code_and_its_variable(
    case: tuple[Callable[[AuthSettings], Any], dict[str, Any], str, str, str],
) -> None:
    read, fields, *expected = case
    assert_error(read, fields, (expected[0], expected[1], expected[2]))


@pytest.mark.parametrize(
    "fields",
    [
        {**OPAQUE, "introspection_url": "http://id.example/introspect", "jwks_allow_http": True},
        {**OPAQUE, "introspection_url": None, "oidc_issuer": "http://id.example", "jwks_allow_http": True},
        {**OPAQUE, "introspection_url": f" {URL}/introspect\r\n"},
    ],
    ids=str,
)
def test_endpoint_of_the_settings_is_accepted(fields: dict[str, Any]) -> None:
    assert [credential.name for credential in build_credentials(make_settings(**fields))] == ["opaque"]


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({}, {"token_url": "/api/auth/token"}),
        ({"jwt_credentials": "opaque", "jwt_client_id": "web", "jwt_audience_exact": True}, {}),
        ({"jwt_credentials": "session,opaque", "jwt_user_id_claim": "email"}, {}),
        ({"jwt_credentials": "session", "jwt_roles_claim": "a, b", "token_url": "/in"}, {"roles": ["a", "b"]}),
        ({"jwt_credentials": "jwt", "jwt_scopes_claim": "a", "jwt_permissions_claim": "b"}, {}),
    ],
    ids=str,
)
def test_options_of_credentials_are_those_of_the_settings(fields: dict[str, Any], options: dict[str, Any]) -> None:
    found = credential_options(make_settings(**fields))
    assert options.items() <= found.items()
    named = {"roles": "jwt_roles_claim", "scopes": "jwt_scopes_claim", "permissions": "jwt_permissions_claim"}
    assert {name for name in named if name in found} == {name for name, field in named.items() if field in fields}
    assert {"resource_metadata", "token_url"} <= found.keys()


@pytest.mark.parametrize(
    ("fields", "variable", "label"),
    [
        ({"jwt_issuer": SECRET, "jwt_secret": f"'{SECRET}'"}, "JWT_ISSUER", "JWT_SECRET"),
        ({"jwt_audience": f"a,{SECRET}", "better_auth_secret": SECRET}, "JWT_AUDIENCE", "BETTER_AUTH_SECRET"),
        (
            {"jwt_client_id": SECRET, "introspection_client_secret": SECRET},
            "JWT_CLIENT_ID",
            "INTROSPECTION_CLIENT_SECRET",
        ),
        ({"jwt_client_id": SECRET, "auth_secret": SECRET}, "JWT_CLIENT_ID", "AUTH_SECRET"),
        (
            {"jwt_audience": SECRET, "better_auth_secrets": f"2:{'b' * 40},1:{SECRET}"},
            "JWT_AUDIENCE",
            "BETTER_AUTH_SECRETS, entry 2",
        ),
    ],
    ids=str,
)
def test_name_that_is_a_secret_is_an_error_in_every_environment(
    fields: dict[str, str], variable: str, label: str
) -> None:
    for environment in (None, "development"):
        expected = ("secret_as_name", variable, f"has the secret of {label}: set it to the ")
        assert_error(check_configured_secrets, {**fields, "environment": environment}, expected)


@pytest.mark.parametrize("content", [SECRET, f" {SECRET}\r\n", f"\ufeff{SECRET}"])
def test_name_that_is_the_secret_in_the_file_of_the_client_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content, encoding="utf-8", newline="")
    fields = {"jwt_issuer": SECRET, "introspection_client_secret_file": f"'{tmp_path}/secret'"}
    expected = ("secret_as_name", "JWT_ISSUER", "has the secret of INTROSPECTION_CLIENT_SECRET_FILE: ")
    assert_error(check_configured_secrets, fields, expected)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff"])
def test_file_of_the_client_that_cannot_be_read_has_an_error_of_its_own(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    settings = make_settings(jwt_issuer="a", introspection_client_secret_file=str(tmp_path / "secret"))
    check_configured_secrets(settings)


@pytest.mark.parametrize(
    ("fields", "variable"),
    [
        ({"jwt_secret": f'"{DOCS_SECRET}"'}, "JWT_SECRET"),
        ({"better_auth_secret": DOCS_SECRET}, "BETTER_AUTH_SECRET"),
        ({"better_auth_secrets": f"2:{SECRET},1:{DOCS_SECRET}"}, "BETTER_AUTH_SECRETS"),
        ({"auth_secret": DOCS_SECRET}, "AUTH_SECRET"),
        ({"introspection_client_secret": DOCS_SECRET}, "INTROSPECTION_CLIENT_SECRET"),
    ],
    ids=str,
)
def test_secret_of_the_documentation_is_an_error_of_its_variable(fields: dict[str, str], variable: str) -> None:
    expected = ("published_secret", variable, "must not be a secret from public documentation")
    assert_error(check_configured_secrets, fields, expected)
    check_configured_secrets(make_settings(**fields, environment="development"))


def test_secret_of_the_documentation_is_allowed_in_each_environment_that_the_error_names() -> None:
    expected = ("published_secret", "JWT_SECRET", f"to one of {', '.join(DEVELOPMENT_ENVIRONMENTS)}")
    assert_error(check_configured_secrets, {"jwt_secret": DOCS_SECRET}, expected)


@pytest.mark.parametrize(
    ("fields", "secrets"),
    [
        ({}, []),
        ({"jwt_secret": "a", "auth_secret": "b"}, [("JWT_SECRET", "a", False), ("AUTH_SECRET", "b", False)]),
        (
            {"better_auth_secrets": "3:a,2:b,1:c"},
            [
                ("BETTER_AUTH_SECRETS, entry 1", "a", False),
                ("BETTER_AUTH_SECRETS, entry 2", "b", True),
                ("BETTER_AUTH_SECRETS, entry 3", "c", True),
            ],
        ),
        (
            {"better_auth_secrets": "2:a,1:b", "jwt_accept_old_secrets": True},
            [("BETTER_AUTH_SECRETS, entry 1", "a", False), ("BETTER_AUTH_SECRETS, entry 2", "b", False)],
        ),
    ],
    ids=str,
)
def test_secret_is_old_if_it_only_decrypts(fields: dict[str, Any], secrets: list[tuple[str, str, bool]]) -> None:
    assert list(find_secrets(make_settings(**fields))) == secrets


def test_only_the_beginning_of_a_large_file_of_the_client_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"a" * 70_000)
    (secret,) = find_secrets(make_settings(introspection_client_secret_file=str(tmp_path / "secret")))
    assert len(secret.value) == 65_536


@pytest.mark.parametrize("secrets", ["malformed", "1:"])
def test_versions_that_cannot_be_read_have_an_error_of_their_own(secrets: str) -> None:
    check_configured_secrets(make_settings(better_auth_secrets=secrets, jwt_issuer="a"))
