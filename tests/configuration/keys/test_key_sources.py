"""Where the keys are from: each mode, and what happens if the environment names two sources."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from fastjose import sign_token
from fastjose._config.names.environment_names import names_of_environment
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.exceptions import ConfigurationWarning
from fastjose.settings import AuthSettings, load_settings
from fastjose.testing import TokenIssuer
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET, load_auth, set_environment

if TYPE_CHECKING:
    from pathlib import Path

ISSUER, URL = "https://acme.eu.auth0.com/", "https://app.example.com"
PUBLIC_KEY = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
SOURCES = {
    "OIDC_ISSUER": (ISSUER, "oidc"),
    "JWT_PUBLIC_KEY": (PUBLIC_KEY, "public_key"),
    "BETTER_AUTH_URL": (URL, "jwks"),
    "JWKS_URL": (f"{URL}/jwks", "jwks"),
    "JWT_SECRET": (SECRET, "secret"),
    "BETTER_AUTH_SECRET": (SECRET, "secret"),
    "BETTER_AUTH_SECRETS": (f"1:{SECRET}", "secret"),
}
SECRETS = ("JWT_SECRET", "BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS")
PAIRS = [(one, other) for one in SOURCES for other in SOURCES if one < other]
OWN_SETTING = {"JWT_AUDIENCE": "api"}


def is_conflict(one: str, other: str) -> bool:
    if one in SECRETS or other in SECRETS:
        return "JWT_SECRET" in {one, other} and {one, other} <= set(SECRETS)
    return SOURCES[one][1] != SOURCES[other][1]


def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]) -> AuthSettings:
    set_environment(monkeypatch, tmp_path, environment)
    return load_settings()


@pytest.mark.parametrize("name", SOURCES)
def test_source_selects_its_mode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    value, mode = SOURCES[name]
    settings = settings_of(monkeypatch, tmp_path, {name: value, **OWN_SETTING})
    assert settings.mode == mode
    assert build_verifier(settings).audiences == ["api"]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_sources_agree_or_raise_an_error_that_names_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one: str, other: str
) -> None:
    environment = {name: SOURCES[name][0] for name in (one, other)}
    settings = settings_of(monkeypatch, tmp_path, {**environment, **OWN_SETTING})
    if not is_conflict(one, other):
        modes = {SOURCES[name][1] for name in (one, other)}
        assert settings.mode == (modes - {"secret"} or modes).pop()
        assert build_verifier(settings)
        return
    with pytest.raises(ValueError, match="must not both be set") as raised:
        build_verifier(settings)
    assert one in str(raised.value)
    assert other in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(("one", "other"), [pair for pair in PAIRS if is_conflict(*pair) and pair[0] not in SECRETS])
def test_jwt_mode_decides_between_two_sources(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one: str, other: str
) -> None:
    environment = {name: SOURCES[name][0] for name in (one, other)}
    for mode in {SOURCES[name][1] for name in (one, other)}:
        settings = settings_of(monkeypatch, tmp_path, {**environment, **OWN_SETTING, "JWT_MODE": mode})
        assert settings.mode == mode
        assert build_verifier(settings)


@pytest.mark.parametrize(
    ("environment", "fragments"),
    [
        ({"JWT_MODE": "oidc"}, ["JWT_MODE=oidc requires OIDC_ISSUER"]),
        ({"JWT_MODE": "oidc", "JWKS_URL": URL}, ["JWT_MODE=oidc requires OIDC_ISSUER"]),
        ({"JWT_MODE": "public_key", "JWT_SECRET": SECRET}, ["JWT_MODE=public_key requires JWT_PUBLIC_KEY"]),
        ({"JWT_MODE": "jwks", "OIDC_ISSUER": ISSUER}, ["JWT_MODE=jwks requires BETTER_AUTH_URL (or JWKS_URL)"]),
        ({"JWT_MODE": "secret", "OIDC_ISSUER": ISSUER}, ["is required, because JWT_MODE=secret", "JWT_SECRET"]),
        ({"JWT_MODE": "secret", "OIDC_ISSUER": ISSUER, "JWT_SECRET": ""}, ["is required", "JWT_SECRET"]),
        ({}, ["other OpenID providers, set OIDC_ISSUER", "set JWKS_URL, JWT_PUBLIC_KEY or JWT_SECRET"]),
        ({"OIDC_ISSUER": "", "JWT_PUBLIC_KEY": "", "JWT_SECRET": ""}, ["BETTER_AUTH_SECRET environment variable"]),
        ({"OIDC_ISSUER": ISSUER}, ["OIDC_ISSUER requires JWT_AUDIENCE", "JWT_CLIENT_ID", "JWT_CHECK_AUDIENCE=0"]),
        ({"OIDC_ISSUER": f'"{ISSUER}"'}, ["OIDC_ISSUER must not contain quotes"]),
        ({"OIDC_ISSUER": "https://login.microsoftonline.com/{tenantid}/v2.0"}, ["OIDC_ISSUER", "placeholder"]),
        ({"OIDC_ISSUER": "https://${TENANT}/"}, ["OIDC_ISSUER", "placeholder"]),
        ({"OIDC_ISSUER": "https://<tenant>.example/"}, ["OIDC_ISSUER", "placeholder"]),
        ({"OIDC_ISSUER": "https://a.example,https://b.example"}, ["OIDC_ISSUER must be one URL"]),
        ({"OIDC_ISSUER": "acme.eu.auth0.com"}, ["OIDC_ISSUER must be one URL"]),
        ({"OIDC_ISSUER": " "}, ["OIDC_ISSUER must be one URL"]),
        ({"OIDC_ISSUER": "file:///etc/passwd", **OWN_SETTING}, ["OIDC_ISSUER", "https"]),
        ({"OIDC_ISSUER": "http://idp.internal", **OWN_SETTING}, ["OIDC_ISSUER", "JWKS_ALLOW_HTTP=1"]),
        ({"OIDC_ISSUER": "https://user:hunter22@a.example", **OWN_SETTING}, ["OIDC_ISSUER"]),
        ({"OIDC_ISSUER": ISSUER, **OWN_SETTING, "JWT_ALGORITHM": "RS257"}, ["JWT_ALGORITHM", "in OIDC mode"]),
        ({"JWKS_URL": URL, "JWT_PROFILE": "oidc"}, ["JWT_PROFILE=oidc requires JWT_AUDIENCE"]),
        ({"BETTER_AUTH_URL": URL, "JWT_PROFILE": "oidc"}, ["JWT_PROFILE must be api or oauth with BETTER_AUTH_URL"]),
        ({"JWT_SECRET": SECRET, "JWT_ALGORITHM": "RS256"}, ["JWT_ALGORITHM must be one of HS256", "JWT_PUBLIC_KEY"]),
        ({"JWT_SECRET": "short"}, ["JWT_SECRET must have at least 32 bytes", "JWT_ALLOW_SHORT_SECRET=1"]),
        ({"JWT_SECRET": SECRET[:40], "JWT_ALGORITHM": "HS512"}, ["JWT_SECRET must have at least 64 bytes"]),
        ({"JWT_SECRET": "better-auth-secret-12345678901234567890"}, ["JWT_SECRET must not be a known default"]),
        ({"JWT_SECRET": f"{SECRET}\udcff"}, ["JWT_SECRET", "must be valid Unicode"]),
        ({"JWT_SECRET": "-----BEGIN PUBLIC KEY-----\nMCo=\n-----END PUBLIC KEY-----"}, ["JWT_SECRET", "asymmetric"]),
    ],
)
def test_invalid_source_raises_value_error_at_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **environment)
    text = str(raised.value)
    assert [fragment for fragment in fragments if fragment not in text] == []
    shown = f"{text} {raised.value!r} {raised.value.__context__!r}"
    assert not any(value in shown for value in ("hunter22", SECRET, SECRET[:40], "123456789"))


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_jwt_secret_verifies_tokens_of_each_algorithm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, algorithm: str
) -> None:
    auth = load_auth(monkeypatch, tmp_path, JWT_SECRET=SECRET, JWT_ALGORITHM=algorithm)
    token = TokenIssuer(None, algorithm=algorithm, secret=SECRET).mint_token("user-1")
    assert auth.verify_token(token).sub == "user-1"


SAMPLE = "super-secret-jwt-token-with-at-least-32-characters-long"


def test_sample_secret_is_accepted_in_development_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_auth(monkeypatch, tmp_path, JWT_SECRET=SAMPLE, ENVIRONMENT="development")
    with pytest.raises(ValueError, match="JWT_SECRET must not be a secret from public documentation") as raised:
        load_auth(monkeypatch, tmp_path, JWT_SECRET=SAMPLE)
    assert SAMPLE not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "oddity"),
    [(f"'{SECRET}'", "is in quotes"), (f"{SECRET}\r", "white space"), (f"\u201c{SECRET}\u201d", "is in quotes")],
)
def test_odd_jwt_secret_warns_and_is_used_as_it_is(value: str, oddity: str) -> None:
    with pytest.warns(ConfigurationWarning, match=f"JWT_SECRET .*{oddity}"):
        verifier = build_verifier(make_settings(jwt_secret=value))
    assert verifier.verify(sign_token({"exp": int(time.time()) + 60}, value, algorithm="HS256"))


def test_settings_show_no_secret() -> None:
    secrets = {"jwt_secret": SECRET, "jwks_headers": '{"X": "hunter22"}', "jwks_proxy": "http://u:hunter22@proxy"}
    shown = make_settings(**secrets, jwt_public_key="hunter22", jwks_client_certificate="hunter22")
    assert not any(value in f"{shown!r} {shown} {shown.model_dump(mode='json')}" for value in (SECRET, "hunter22"))


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "JWT_PUBLIC_KEY", "JWT_SECRET"])
def test_names_of_generic_variables_say_nothing_of_better_auth(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    names = names_of_environment(settings_of(monkeypatch, tmp_path, {name: SOURCES[name][0], **OWN_SETTING}))
    assert "BETTER_AUTH" not in repr(names)
    assert "Better Auth" not in repr(names)
    assert name in {names.key_set, names.secret}
    assert not names.is_better_auth
