"""The options of fetches, and the issuer of OIDC mode: what each setting becomes, and the error that names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet, Verifier
from fastjose._config.keys.remote_keys import (
    build_issuer_key_set,
    build_remote_key_set,
    check_issuer,
    fetch_options,
    network_options,
    read_path,
)
from fastjose.exceptions import ConfigurationError
from fastjose.testing import TokenIssuer
from support.environment.auth_settings import make_settings
from support.servers.issuer_server import serve_issuer
from support.servers.tls_server import CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose.settings import AuthSettings

URL = "https://id.example/jwks"
PEM = "-----BEGIN CERTIFICATE-----\nhunter22\n-----END CERTIFICATE-----\n"


def error_of(read: Callable[[], Any]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        read()
    assert "hunter22" not in f"{raised.value!r} {raised.value.__context__!r}"
    return raised.value


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `ca.pem` and `client.pem`."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = CertificateAuthority()
    authority.write_certificate(folder / "ca.pem")
    authority.sign_server_certificate(folder / "client.pem", host="client")
    return folder


def test_nothing_is_set_without_a_variable() -> None:
    assert fetch_options(make_settings()) == network_options(make_settings()) == {}


def test_each_variable_becomes_its_option(certificates: Path) -> None:
    authority, client = certificates / "ca.pem", certificates / "client.pem"
    settings = make_settings(
        jwks_headers='{"X-Api-Key": "key-1"}',
        jwks_bearer_token_file=f" '{certificates}/token' ",
        jwks_ca_certificates=f'"{authority}"',
        jwks_client_certificate=client.read_text().strip().replace("\n", "\\n"),
        jwks_proxy="http://proxy.example:3128",
    )
    network = {
        "ca_certificates": authority,
        "client_certificate": client.read_text().strip(),
        "proxy": "http://proxy.example:3128",
    }
    assert network_options(settings) == network
    headers = {"X-Api-Key": "key-1", "Authorization": certificates / "token"}
    assert fetch_options(settings) == {"headers": headers, **network}


def test_each_network_option_is_set_alone(certificates: Path) -> None:
    authority, client = certificates / "ca.pem", certificates / "client.pem"
    pem = authority.read_text().strip()
    assert network_options(make_settings(jwks_ca_certificates=f'"{pem}"')) == {"ca_certificates": pem}
    assert network_options(make_settings(jwks_client_certificate=str(client))) == {"client_certificate": client}
    assert network_options(make_settings(jwks_proxy="environment")) == {"proxy": "environment"}


def test_headers_are_those_of_both_variables() -> None:
    assert fetch_options(make_settings(jwks_headers='{"Authorization": "Basic hunter22"}')) == {
        "headers": {"Authorization": "Basic hunter22"}
    }
    assert fetch_options(make_settings(jwks_bearer_token_file="token")) == {"headers": {"Authorization": Path("token")}}


@pytest.mark.parametrize(
    ("fields", "variable", "code", "fragment"),
    [
        ({"jwks_headers": "hunter22"}, "JWKS_HEADERS", "invalid_value", 'such as {"X-Api-Key": "..."}'),
        ({"jwks_headers": '{"X": "a", "Y": 5}'}, "JWKS_HEADERS", "invalid_value", "must have strings"),
        ({"jwks_headers": '{"X Y": "hunter22"}'}, "JWKS_HEADERS", "invalid_value", "JWKS_HEADERS: "),
        ({"jwks_headers": '{"Host": "hunter22"}'}, "JWKS_HEADERS", "invalid_value", "JWKS_HEADERS: "),
        (
            {"jwks_headers": '{"X": "a", "AUTHORIZATION": "hunter22"}', "jwks_bearer_token_file": "t"},
            "JWKS_BEARER_TOKEN_FILE",
            "conflicting_variables",
            "must not both be set: remove one of them",
        ),
        ({"jwks_bearer_token_file": "''"}, "JWKS_BEARER_TOKEN_FILE", "invalid_value", "path of a file"),
        ({"jwks_bearer_token_file": "hunter22\0"}, "JWKS_BEARER_TOKEN_FILE", "invalid_value", "path of a file"),
        ({"jwks_ca_certificates": PEM}, "JWKS_CA_CERTIFICATES", "invalid_value", "JWKS_CA_CERTIFICATES: "),
        ({"jwks_ca_certificates": " "}, "JWKS_CA_CERTIFICATES", "invalid_value", "path of a file"),
        ({"jwks_client_certificate": PEM}, "JWKS_CLIENT_CERTIFICATE", "invalid_value", "JWKS_CLIENT_CERTIFICATE: "),
        ({"jwks_client_certificate": "\0"}, "JWKS_CLIENT_CERTIFICATE", "invalid_value", "path of a file"),
        ({"jwks_proxy": "socks5://u:hunter22@proxy"}, "JWKS_PROXY", "invalid_value", "JWKS_PROXY: "),
    ],
)
def test_invalid_option_is_an_error_of_its_variable(
    fields: dict[str, str], variable: str, code: str, fragment: str
) -> None:
    error = error_of(lambda: fetch_options(make_settings(**fields)))
    assert (error.variable, error.code, fragment in str(error)) == (variable, code, True)
    assert str(error).startswith(variable)


@pytest.mark.parametrize(
    ("value", "path"), [(" a/b.pem\r\n", "a/b.pem"), ("'a b'", "a b"), ("-----BEGIN", "-----BEGIN")]
)
def test_path_has_no_quotes_and_white_space_around_it(value: str, path: str) -> None:
    assert read_path("JWKS_BEARER_TOKEN_FILE", value) == Path(path)


@pytest.mark.parametrize("issuer", ["https://acme.eu.auth0.com/", "http://localhost:1", "https://a.example/realms/b"])
def test_issuer_is_the_value_without_white_space(issuer: str) -> None:
    assert check_issuer(make_settings(oidc_issuer=f" {issuer}\r\n")) == issuer


@pytest.mark.parametrize(
    ("issuer", "code", "fragment"),
    [
        (None, "invalid_value", "must be one URL"),
        (" ", "invalid_value", "must be one URL"),
        ("hunter22.example", "invalid_value", "must be one URL"),
        ("https://a.example,https://hunter22.example", "invalid_value", "must be one URL"),
        ("'https://hunter22.example'", "quoted_value", "quotes"),
        ("https://{hunter22}.example", "placeholder", "placeholder"),
        ("https://hunter22.example\u200b/", "invalid_value", "invisible"),
    ],
)
def test_issuer_that_is_not_one_url_is_an_error(issuer: str | None, code: str, fragment: str) -> None:
    error = error_of(lambda: check_issuer(make_settings(oidc_issuer=issuer)))
    assert (error.variable, error.code, fragment in str(error)) == ("OIDC_ISSUER", code, True)


@pytest.mark.parametrize("build", [build_remote_key_set, build_issuer_key_set])
@pytest.mark.parametrize(
    ("url", "code", "ends"),
    [
        ("http://id.example", "plain_http", "in BETTER_AUTH_URL, or in JWT_ISSUER."),
        ("'https://id.example'", "quoted_value", " Remove the quotes around it."),
        ("https://{tenant}.example", "placeholder", ""),
        ("https://u:hunter22@id.example", "invalid_value", ""),
        ("nonsense", "invalid_value", ""),
    ],
)
def test_url_that_is_refused_is_an_error_with_its_remedy(
    build: Callable[[str, AuthSettings], Any], url: str, code: str, ends: str
) -> None:
    error = error_of(lambda: build(url, make_settings()))
    assert (error.code, error.variable) == (code, None)
    with pytest.raises(ValueError, match="must") as refused:
        (RemoteKeySet if build is build_remote_key_set else RemoteKeySet.of_issuer)(url)
    assert str(error).startswith(str(refused.value))
    assert str(error).removeprefix(str(refused.value)).endswith(ends)
    assert bool(ends) is (str(error) != str(refused.value))
    assert ("JWKS_ALLOW_HTTP=1" in str(error)) is (code == "plain_http")
    assert error.__suppress_context__


@pytest.mark.parametrize("build", [build_remote_key_set, build_issuer_key_set])
def test_plain_http_is_accepted_if_the_setting_allows_it(build: Callable[[str, AuthSettings], Any]) -> None:
    assert build("http://id.example", make_settings(jwks_allow_http=True))
    assert build("http://localhost:1", make_settings())


def test_issuer_that_is_refused_is_not_refused_for_its_allowed_http() -> None:
    settings = make_settings(jwks_allow_http=True)
    assert error_of(lambda: build_issuer_key_set("http://id.example/?tenant=a", settings)).code == "invalid_value"


def test_key_set_is_fetched_with_the_headers_of_the_settings() -> None:
    issuer = TokenIssuer()
    with serve_issuer() as server:
        server.publish(server.url, issuer.jwk_set)
        keys = build_issuer_key_set(server.url, make_settings(jwks_headers='{"X-Api-Key": "key-1"}'))
        assert Verifier(keys, check_audience=False).verify(issuer.mint_token())
        assert [headers["X-Api-Key"] for _, headers in server.requests] == ["key-1", "key-1"]


@pytest.mark.parametrize("build", [build_remote_key_set, build_issuer_key_set])
def test_option_of_a_fetch_is_checked_before_the_key_set_is_built(
    build: Callable[[str, AuthSettings], Any],
) -> None:
    error = error_of(lambda: build(URL, make_settings(jwks_proxy="hunter22")))
    assert error.variable == "JWKS_PROXY"
