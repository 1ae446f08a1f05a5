"""URLs of Better Auth: the origin, which is issuer and audience of its tokens, and the JWKS URL."""

from __future__ import annotations

import pytest

from fastjose.better_auth import jwks_url, origin

BASES = {
    "https://app.example.com": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
    "https://app.example.com/": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
    "https://app.example.com/api/auth": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
    "https://app.example.com/api/auth/": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
    "https://app.example.com/auth": ("https://app.example.com", "https://app.example.com/auth/jwks"),
    "HTTPS://App.Example.com:443": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
    "http://localhost:3000": ("http://localhost:3000", "http://localhost:3000/api/auth/jwks"),
    "http://localhost:80/": ("http://localhost", "http://localhost/api/auth/jwks"),
    "http://[::1]:3000": ("http://[::1]:3000", "http://[::1]:3000/api/auth/jwks"),
    "https://bücher.example": ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example/api/auth/jwks"),
    "http://127.1:3000": ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/auth/jwks"),
    "http://[0:0:0:0:0:0:0:1]:3000": ("http://[::1]:3000", "http://[::1]:3000/api/auth/jwks"),
    "https://ex%41mple.com": ("https://example.com", "https://example.com/api/auth/jwks"),
    "https://app.example.com\\evil": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
    " https://app.example.com ": ("https://app.example.com", "https://app.example.com/api/auth/jwks"),
}


@pytest.mark.parametrize("base", BASES)
def test_origin_and_jwks_url_are_derived_from_the_base_url(base: str) -> None:
    assert (origin(base), jwks_url(base)) == BASES[base]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.example.com",
        "/api/auth",
        "ftp://a",
        "https://",
        "https://a:b",
        "https://a:99999",
        "http://[::1",
        "https://\udcff",
    ],
)
def test_origin_with_invalid_url_raises_value_error(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"the URL must be http or https with a host, such as https://app\.example\.com"
    ):
        origin(url)


@pytest.mark.parametrize("host", ["app.example.com", "app.example\u2100.com"])
def test_jwks_url_with_password_raises_without_showing_it(host: str) -> None:
    with pytest.raises(
        ValueError, match=r"the URL must be http or https with a host, such as https://app\.example\.com"
    ) as raised:
        jwks_url(f"https://ada:hunter22@{host}")
    assert "hunter22" not in f"{raised.value} {raised.value.__context__!r}"


def test_jwks_url_with_password_raises_an_error_that_names_the_cause() -> None:
    with pytest.raises(ValueError, match="without a user name or a password"):
        jwks_url("https://ada:hunter22@app.example.com")
