"""What is wrong with a URL: the code of the error, which the core says in its text alone."""

from __future__ import annotations

import pytest

from fastjose._config.urls import classify_url, prefix_url
from fastjose.exceptions import ConfigurationError

DOCUMENT = "/.well-known/openid-configuration"

# The URL, the code if plain http is allowed, and the code if it is not.
CODES = [
    *((f"{quote}https://a.example", "quoted_value", "quoted_value") for quote in "'\"`\u201c\u201e\u2018"),
    (' "https://a.example"', "quoted_value", "quoted_value"),
    ("'http://a.example'", "quoted_value", "quoted_value"),
    *((f"http://a{mark}.example", "placeholder", "placeholder") for mark in "{}<>"),
    ("http://a.example", "invalid_value", "plain_http"),
    (" http://a.example ", "invalid_value", "plain_http"),
    (f"http://a.example{DOCUMENT}", "url_of_document", "plain_http"),
    (f"https://a.example{DOCUMENT}", "url_of_document", "url_of_document"),
    (f"http://localhost:1{DOCUMENT}", "url_of_document", "url_of_document"),
    ("http://localhost:1", "invalid_value", "invalid_value"),
    ("https://a.example", "invalid_value", "invalid_value"),
    ("ftp://a.example", "invalid_value", "invalid_value"),
    ("nonsense", "invalid_value", "invalid_value"),
    ("", "invalid_value", "invalid_value"),
]


@pytest.mark.parametrize(("url", "allowed", "forbidden"), CODES)
def test_url_is_classified(url: str, allowed: str, forbidden: str) -> None:
    assert classify_url(url, allow_http=True) == allowed
    assert classify_url(url, allow_http=False) == forbidden


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        ("http://a.example", {"allow_http": False}, "plain_http"),
        ("http://a.example", {"allow_http": True}, "invalid_value"),
        ("http://a.example", {}, "invalid_value"),
        ("'a'", {}, "quoted_value"),
    ],
)
def test_error_of_a_url_has_its_code_and_its_variable(url: str, options: dict[str, bool], code: str) -> None:
    with pytest.raises(ConfigurationError) as raised, prefix_url("JWKS_URL", url, **options):
        raise ValueError("must be https")
    error = raised.value
    assert (str(error), error.code, error.variable) == ("JWKS_URL: must be https", code, "JWKS_URL")
