"""Lines of `.env` that the testing kit drops: those of the network alone, so that no policy can be dropped."""

from __future__ import annotations

import pytest

from fastjose._config.names.dropped_lines import FETCH_OPTIONS, VARIABLE, list_dropped
from fastjose.settings import AuthSettings

POLICY = ("JWT_AUDIENCE", "JWT_ISSUER", "JWT_CLIENT_ID", "JWT_CLAIMS", "JWT_SECRET", "JWT_LEEWAY_SECONDS")


@pytest.mark.parametrize(
    ("value", "dropped"),
    [
        (None, set()),
        ("", set()),
        ("JWKS_PROXY", {"jwks_proxy"}),
        ("JWKS_PROXY,JWKS_HEADERS", {"jwks_proxy", "jwks_headers"}),
        (",".join(FETCH_OPTIONS), {name.lower() for name in FETCH_OPTIONS}),
        (",".join(POLICY), set()),
        ("JWT_AUDIENCE,JWKS_PROXY", {"jwks_proxy"}),
    ],
)
def test_only_lines_of_the_network_are_dropped(
    monkeypatch: pytest.MonkeyPatch, value: str | None, dropped: set[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    assert list_dropped() == dropped
    assert dropped <= AuthSettings.model_fields.keys()
