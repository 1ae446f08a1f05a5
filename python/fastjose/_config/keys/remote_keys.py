"""The key sets of JWKS mode and OIDC mode, and the options of their fetches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastjose._config.setting_values import check_name, prefix_variable, read_json_object, restore_line_feeds, unquote
from fastjose._config.urls import classify_url
from fastjose._core import RemoteKeySet
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from fastjose.settings import AuthSettings

_REMEDIES = {
    "plain_http": " To allow plain http in a private network, set JWKS_ALLOW_HTTP=1. Set JWKS_URL alone to the "
    "internal URL: the public https URL of the issuer stays in BETTER_AUTH_URL, or in JWT_ISSUER.",
    "quoted_value": " Remove the quotes around it.",
}


def check_issuer(settings: AuthSettings) -> str:
    """Return the issuer of OIDC mode, without white space around it.

    Raises:
        ValueError: It is not one URL, or it has quotes or a placeholder.
    """
    issuer = (settings.oidc_issuer or "").strip()
    if issuer:
        check_name("OIDC_ISSUER", issuer)
    if issuer.count("://") != 1:
        raise ConfigurationError(
            "OIDC_ISSUER must be one URL, the iss of the tokens, such as https://acme.eu.auth0.com/",
            variable="OIDC_ISSUER",
        )
    return issuer


def build_issuer_key_set(issuer: str, settings: AuthSettings) -> RemoteKeySet:
    """Return the key set that the OpenID document of `issuer` names.

    Raises:
        ValueError: The URL is invalid, plain http is not allowed for it, or an option of the fetch is invalid.
    """
    return _build(RemoteKeySet.of_issuer, issuer, settings)


def build_remote_key_set(url: str, settings: AuthSettings) -> RemoteKeySet:
    """Return the key set at `url`.

    Raises:
        ValueError: The URL is invalid, plain http is not allowed for it, or an option of the fetch is invalid.
    """
    return _build(RemoteKeySet, url, settings)


def _build(build: Callable[..., RemoteKeySet], url: str, settings: AuthSettings) -> RemoteKeySet:
    options = fetch_options(settings)
    try:
        return build(url, allow_http=settings.jwks_allow_http, **options)
    except ValueError as error:
        code = classify_url(url, allow_http=settings.jwks_allow_http)
        raise ConfigurationError(f"{error}{_REMEDIES.get(code, '')}", code=code) from None


def fetch_options(settings: AuthSettings) -> dict[str, Any]:
    """Return the arguments of a `RemoteKeySet` for its fetches. Those of options that are not set are left out.

    Raises:
        ValueError: A variable has an invalid value, or two variables set one header.
    """
    headers = _headers(settings)
    if headers:
        _check_option("JWKS_HEADERS", "headers", headers)
    return {**({"headers": headers} if headers else {}), **network_options(settings)}


def network_options(settings: AuthSettings) -> dict[str, Any]:
    """Return the arguments that a `RemoteKeySet` has in common with a `RemoteIntrospection`, if they are set.

    Raises:
        ValueError: A variable has an invalid value.
    """
    options = {
        "ca_certificates": _pem_or_path("JWKS_CA_CERTIFICATES", settings.jwks_ca_certificates),
        "client_certificate": _pem_or_path("JWKS_CLIENT_CERTIFICATE", _reveal(settings.jwks_client_certificate)),
        "proxy": _reveal(settings.jwks_proxy),
    }
    options = {name: value for name, value in options.items() if value is not None}
    for name, value in options.items():
        _check_option(f"JWKS_{name.upper()}", name, value)
    return options


def _check_option(variable: str, name: str, value: Any) -> None:
    """Check one option by itself, so that its error names the variable.

    Raises:
        ValueError: A `RemoteKeySet` rejects it.
    """
    with prefix_variable(variable):
        RemoteKeySet("https://localhost", **{name: value})


def _headers(settings: AuthSettings) -> dict[str, str | Path]:
    headers: dict[str, Any] = read_json_object("JWKS_HEADERS", _reveal(settings.jwks_headers), '{"X-Api-Key": "..."}')
    if not all(isinstance(value, str) for value in headers.values()):
        raise ConfigurationError("JWKS_HEADERS must have strings as the values of headers", variable="JWKS_HEADERS")
    if settings.jwks_bearer_token_file is None:
        return headers
    if any(name.lower() == "authorization" for name in headers):
        raise ConfigurationError(
            "JWKS_BEARER_TOKEN_FILE and the header Authorization in JWKS_HEADERS must not both be set: remove one of "
            "them",
            code="conflicting_variables",
            variable="JWKS_BEARER_TOKEN_FILE",
        )
    return {**headers, "Authorization": read_path("JWKS_BEARER_TOKEN_FILE", settings.jwks_bearer_token_file)}


def read_path(variable: str, value: str) -> Path:
    """Return the path of a file, without quotes and white space around it. The file is not read.

    Raises:
        ValueError: The path is empty, or has a character that no path has.
    """
    text = unquote(value)
    if not text or "\0" in text:
        raise ConfigurationError(f"{variable} must be the path of a file", variable=variable)
    return Path(text)


def _pem_or_path(variable: str, value: str | None) -> str | Path | None:
    """Return PEM with its line feeds, or a path.

    Raises:
        ValueError: The value is neither.
    """
    if value is None:
        return None
    return restore_line_feeds(unquote(value)) if "-----BEGIN" in value else read_path(variable, value)


def _reveal(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
