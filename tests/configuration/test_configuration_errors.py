"""`ConfigurationError`: its code and its variable, and every error of one reading."""

from __future__ import annotations

import pickle
import warnings
from typing import TYPE_CHECKING

import pytest

from fastjose._config.auth_from_settings import build_auth
from fastjose._config.every_error import find_errors
from fastjose.exceptions import ConfigurationError, ConfigurationWarning
from fastjose.settings import load_settings
from support.environment.fresh_import import SECRET, load_auth, set_environment

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://app.acme.test"
ISSUER = "https://acme.eu.auth0.com/"
OIDC = {"OIDC_ISSUER": ISSUER, "JWT_AUDIENCE": "api"}
DOCUMENT = "/.well-known/openid-configuration"
OPAQUE = {"JWT_CREDENTIALS": "opaque", "INTROSPECTION_CLIENT_ID": "a", "INTROSPECTION_CLIENT_SECRET": SECRET}

CASES: list[tuple[str, str, dict[str, str]]] = [
    ("not_configured", "BETTER_AUTH_SECRET", {}),
    ("missing_variable", "BETTER_AUTH_SECRET", {"JWT_MODE": "secret"}),
    ("missing_variable", "OIDC_ISSUER", {"JWT_MODE": "oidc"}),
    ("missing_variable", "AUTH_SECRET", {"JWT_CREDENTIALS": "auth_js"}),
    ("missing_audience", "JWT_AUDIENCE", {"OIDC_ISSUER": ISSUER}),
    ("conflicting_variables", "JWT_SECRET_FILE", {"JWT_SECRET": SECRET, "JWT_SECRET_FILE": "x"}),
    ("conflicting_variables", "OIDC_ISSUER", {**OIDC, "BETTER_AUTH_URL": URL}),
    ("short_secret", "BETTER_AUTH_SECRETS", {"BETTER_AUTH_SECRETS": "2:kQv93mXt"}),
    ("published_secret", "JWT_SECRET", {"JWT_SECRET": "a-string-secret-at-least-256-bits-long"}),
    ("not_a_secret", "JWT_SECRET", {"JWT_SECRET": "/run/secrets/jwt-secret"}),
    ("private_key", "JWT_PUBLIC_KEY", {"JWT_PUBLIC_KEY": "-----BEGIN PRIVATE KEY-----"}),
    ("invalid_value", "JWT_LEEWAY_SECONDS", {"JWT_SECRET": SECRET, "JWT_LEEWAY_SECONDS": "ten"}),
    ("file_unreadable", "JWT_PUBLIC_KEY", {"JWT_PUBLIC_KEY": "/nowhere/key.pem"}),
    ("invalid_value", "JWKS_PROXY", {"BETTER_AUTH_URL": URL, "JWKS_PROXY": "ftp://proxy"}),
    ("invalid_value", "JWKS_URL", {"JWKS_URL": "https://user:word@app.acme.test/jwks"}),
    ("quoted_value", "BETTER_AUTH_URL", {"BETTER_AUTH_URL": f'"{URL}"'}),
    ("quoted_value", "JWKS_URL", {"JWKS_URL": f'"{URL}"'}),
    ("quoted_value", "JWKS_HEADERS", {"BETTER_AUTH_URL": URL, "JWKS_HEADERS": '\'{"X": "1"}\''}),
    ("quoted_value", "JWT_CACHE_SIZE", {"JWT_SECRET": SECRET, "JWT_CACHE_SIZE": "'10'"}),
    ("placeholder", "BETTER_AUTH_URL", {"BETTER_AUTH_URL": "https://{tenant}.acme.test"}),
    ("placeholder", "OIDC_ISSUER", {**OIDC, "OIDC_ISSUER": "https://{tenant}.acme.test"}),
    ("comment_in_value", "JWT_AUDIENCE", {**OIDC, "JWT_AUDIENCE": "api # ours"}),
    ("plain_http", "BETTER_AUTH_URL", {"BETTER_AUTH_URL": "http://app.acme.test"}),
    ("plain_http", "OIDC_ISSUER", {**OIDC, "OIDC_ISSUER": f"http://kc.acme.test{DOCUMENT}"}),
    ("plain_http", "INTROSPECTION_URL", {**OPAQUE, "JWT_AUDIENCE": "api", "INTROSPECTION_URL": "http://kc.acme.test/"}),
    ("plain_http", "BETTER_AUTH_URL", {"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": "http://app.acme.test"}),
    ("url_of_document", "OIDC_ISSUER", {**OIDC, "OIDC_ISSUER": f"https://kc.acme.test{DOCUMENT}"}),
    ("url_of_document", "OIDC_ISSUER", {**OIDC, "OIDC_ISSUER": f"http://localhost:1{DOCUMENT}"}),
    ("invalid_value", "OIDC_ISSUER", {**OIDC, "OIDC_ISSUER": "http://localhost:1/?tenant=a"}),
]


@pytest.mark.parametrize(("code", "variable", "environment"), CASES)
def test_configuration_error_has_code_and_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, variable: str, environment: dict[str, str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - applications may catch it as such
        load_auth(monkeypatch, tmp_path, **environment)
    error = raised.value
    assert type(error).__name__ == "ConfigurationError"
    assert (getattr(error, "code", None), getattr(error, "variable", None)) == (code, variable)
    assert SECRET not in str(error)


def test_configuration_error_of_http_to_this_machine_does_not_advise_http(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="OIDC_ISSUER") as raised:
        load_auth(monkeypatch, tmp_path, **{**OIDC, "OIDC_ISSUER": f"http://localhost:1{DOCUMENT}"})
    assert "JWKS_ALLOW_HTTP" not in str(raised.value)


@pytest.mark.parametrize(
    "environment", [{"BETTER_AUTH_URL": "http://auth:3000"}, {"JWKS_URL": "http://auth:3000/jwks"}]
)
def test_configuration_error_of_http_keeps_the_public_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="JWKS_ALLOW_HTTP=1") as raised:
        load_auth(monkeypatch, tmp_path, **environment)
    assert "the public https URL of the issuer stays in BETTER_AUTH_URL" in str(raised.value)


def test_load_settings_several_invalid_values_are_one_error_that_names_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_LEEWAY_SECONDS": "ten", "JWT_CACHE_SIZE": "'10'", "JWT_MODE": "other"})
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    named = {error.variable: error.code for error in raised.value.errors}
    assert named == {
        "JWT_LEEWAY_SECONDS": "invalid_value",
        "JWT_CACHE_SIZE": "quoted_value",
        "JWT_MODE": "invalid_value",
    }
    assert str(raised.value) == "; ".join(map(str, raised.value.errors))


@pytest.mark.parametrize(
    "environment",
    [
        {"JWT_AUDIENCE": "api # ours", "JWT_ISSUER": f"{URL} # ours"},
        {"JWT_SECRET_FILE": "/nowhere/a", "AUTH_SECRET_FILE": "/nowhere/b"},
    ],
)
def test_load_settings_several_comments_or_files_are_all_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    set_environment(monkeypatch, tmp_path, environment)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert {error.variable for error in raised.value.errors} == environment.keys()


def test_find_errors_names_each_variable_once_and_the_first_error_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {
        "OIDC_ISSUER": "http://kc.acme.test",
        "JWT_AUDIENCE": "'api'",
        "JWT_CLAIMS": "{}",
        "JWT_ROLES_CLAIM": ",",
        "JWKS_HEADERS": "x",
    }
    set_environment(monkeypatch, tmp_path, environment)
    first = ConfigurationError("the first", variable="OIDC_ISSUER")
    errors = find_errors(load_settings(), first)
    assert errors[0] is first
    assert sorted(error.variable or "" for error in errors) == sorted(environment)


def test_find_errors_of_one_error_is_that_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"OIDC_ISSUER": ISSUER})
    first = ConfigurationError("the first", code="missing_audience", variable="JWT_AUDIENCE")
    assert find_errors(load_settings(), first) == [first]


def test_configuration_error_is_pickled_with_its_attributes() -> None:
    error = ConfigurationError.join(
        [ConfigurationError("JWT_SECRET a", code="short_secret", variable="JWT_SECRET"), ConfigurationError("b")]
    )
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    assert (str(copy), copy.code, copy.variable) == ("JWT_SECRET a; b", "short_secret", "JWT_SECRET")
    assert [str(each) for each in copy.errors] == ["JWT_SECRET a", "b"]


@pytest.mark.parametrize(
    ("code", "environment"),
    [
        ("secret_in_quotes", {"JWT_SECRET": f'"{SECRET}"'}),
        ("short_secret_allowed", {"JWT_SECRET": "kQv93mXt", "JWT_ALLOW_SHORT_SECRET": "1"}),
        ("algorithm_ignored", {"BETTER_AUTH_URL": URL, "JWT_ALGORITHM": "HS256"}),
    ],
)
def test_configuration_warning_has_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, environment: dict[str, str]
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_auth(monkeypatch, tmp_path, **environment)
    codes = [getattr(each.message, "code", None) for each in caught if each.category.__name__ == "ConfigurationWarning"]
    assert codes == [code]
    assert ConfigurationWarning("text").code == "configuration_warning"


COOKIES = {"JWT_CREDENTIALS": "cookie"}


@pytest.mark.parametrize(
    ("environment", "variable", "text"),
    [
        ({"JWT_WEBSOCKET_SUBPROTOCOL": "a b"}, "JWT_WEBSOCKET_SUBPROTOCOL", "must be one name, such as bearer"),
        ({**COOKIES, "JWT_TRUSTED_ORIGINS": "https://*"}, "JWT_TRUSTED_ORIGINS", "must be an origin such as"),
        ({**COOKIES, "BETTER_AUTH_COOKIE_PREFIX": "a b"}, "BETTER_AUTH_COOKIE_PREFIX", "must be a cookie name"),
        ({**COOKIES, "BETTER_AUTH_COOKIE_PREFIX": "\udcff"}, "BETTER_AUTH_COOKIE_PREFIX", "must be UTF-8"),
        (
            {**COOKIES, "BETTER_AUTH_COOKIE_CACHE_VERSION": "\udcff"},
            "BETTER_AUTH_COOKIE_CACHE_VERSION",
            "must be UTF-8",
        ),
        ({"JWT_ACCEPT_SECRET": "\udcff"}, "JWT_ACCEPT_SECRET", "must be UTF-8"),
        ({"JWT_ACCEPT_SECRET": "2"}, "JWT_ACCEPT_SECRET", "JWT_ACCEPT_SECRET must be a valid boolean"),
        ({"JWT_CACHE_SIZE": "-1"}, "JWT_CACHE_SIZE", "JWT_CACHE_SIZE must be greater than or equal to 0"),
        ({"JWT_MODE": "x"}, "JWT_MODE", "JWT_MODE must be 'secret', 'jwks'"),
    ],
)
def test_every_wrong_variable_is_a_configuration_error_that_begins_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], variable: str, text: str
) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": URL, **environment})
    with pytest.raises(ConfigurationError, match=f"^{variable}") as wrong:
        build_auth(load_settings())
    assert wrong.value.variable == variable
    assert text in str(wrong.value)
