"""Configuration from the environment: the mode, the keys, and a clear error at import for invalid settings."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fastjose import Verifier, sign_token
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationWarning
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS, load_settings
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET, load_auth

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC_PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
URL = "https://app.example.com"

# The environment, and fragments that the error message must contain.
INVALID_ENVIRONMENTS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["BETTER_AUTH_SECRET environment variable is required", "set BETTER_AUTH_URL", ".env"]),
    ({"BETTER_AUTH_URL": ""}, ["BETTER_AUTH_SECRET environment variable is required", "set BETTER_AUTH_URL"]),
    ({"JWT_MODE": "secret", "BETTER_AUTH_URL": URL}, ["BETTER_AUTH_SECRET", "is required", "JWT_MODE=secret"]),
    ({"BETTER_AUTH_SECRET": PUBLIC_PEM}, ["BETTER_AUTH_SECRET", "asymmetric key"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_ALGORITHM": "RS256"}, ["JWT_ALGORITHM", "JWKS_URL", "HS256"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_ALGORITHM": "HS257"}, ["JWT_ALGORITHM", "HS256, HS384, HS512"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_ALGORITHM": "none"}, ["JWT_ALGORITHM", "HS256"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_MODE": "token"}, ["JWT_MODE", "'secret', 'jwks'"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_MODE": "jwks"}, ["BETTER_AUTH_URL", "JWKS_URL"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_LEEWAY_SECONDS": "soon"}, ["JWT_LEEWAY_SECONDS", "number"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_LEEWAY_SECONDS": "-1"}, ["JWT_LEEWAY_SECONDS", "0 or more"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_LEEWAY_SECONDS": "nan"}, ["JWT_LEEWAY_SECONDS", "0 or more"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_CACHE_SIZE": "-1"}, ["JWT_CACHE_SIZE", "0"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_CACHE_SIZE": "1000001"}, ["JWT_CACHE_SIZE", "1000000"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_CACHE_SIZE": "many"}, ["JWT_CACHE_SIZE", "integer"]),
    ({"BETTER_AUTH_URL": "app.example.com"}, ["BETTER_AUTH_URL", "https://app.example.com"]),
    ({"BETTER_AUTH_URL": "https://"}, ["BETTER_AUTH_URL", "https://app.example.com"]),
    ({"BETTER_AUTH_URL": "https://a:port/"}, ["BETTER_AUTH_URL", "https://app.example.com"]),
    ({"BETTER_AUTH_URL": "https://user:hunter22@a.example"}, ["BETTER_AUTH_URL", "without a user name"]),
    ({"BETTER_AUTH_URL": "http://auth:3000"}, ["BETTER_AUTH_URL", "https", "JWKS_ALLOW_HTTP=1"]),
    ({"JWKS_URL": "file:///etc/passwd"}, ["JWKS_URL"]),
    ({"JWKS_URL": "nonsense"}, ["JWKS_URL"]),
    ({"JWKS_URL": URL, "BETTER_AUTH_URL": "nonsense"}, ["BETTER_AUTH_URL"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_ISSUER": " , "}, ["JWT_ISSUER", "must not be empty"]),
    ({"BETTER_AUTH_URL": URL, "JWT_AUDIENCE": ","}, ["JWT_AUDIENCE", "must not be empty"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ISSUER": "[]"}, ["JWT_ISSUER", "must not be empty"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ISSUER": '["", " "]'}, ["JWT_ISSUER", "must not be empty"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ISSUER": '["hunter22"'}, ["JWT_ISSUER", "JSON list"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ISSUER": "[hunter22,b]"}, ["JWT_ISSUER", "JSON list"]),
    ({"BETTER_AUTH_URL": URL, "JWT_AUDIENCE": '["a", 5]'}, ["JWT_AUDIENCE", "JSON list"]),
    ({"BETTER_AUTH_URL": URL, "JWT_AUDIENCE": "[" * 100_000}, ["JWT_AUDIENCE", "JSON list"]),
    ({"BETTER_AUTH_URL": URL, "JWT_AUDIENCE": '"hunter22"'}, ["JWT_AUDIENCE", "quotes"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ISSUER": "'a','b'"}, ["JWT_ISSUER", "quotes"]),
    ({"BETTER_AUTH_SECRET": SECRET, "JWT_ISSUER": "https://a.example/{tenantid}/v2.0"}, ["JWT_ISSUER", "{tenantid}"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ISSUER": "https://<tenant>.example"}, ["JWT_ISSUER", "placeholder"]),
    ({"BETTER_AUTH_URL": URL, "JWT_AUDIENCE": "a,${AUDIENCE}"}, ["JWT_AUDIENCE", "placeholder"]),
    ({"BETTER_AUTH_URL": f"{URL}/{{tenantid}}"}, ["BETTER_AUTH_URL", "placeholder", "{tenantid}"]),
    ({"BETTER_AUTH_URL": "https://<your-domain>"}, ["BETTER_AUTH_URL", "placeholder"]),
    ({"BETTER_AUTH_URL": f'"{URL}"'}, ["BETTER_AUTH_URL", "without quotes"]),
    ({"JWKS_URL": f"{URL}/{{tenantid}}/keys"}, ["JWKS_URL", "placeholder", "{tenantid}"]),
    ({"JWKS_URL": f"'{URL}/keys'"}, ["JWKS_URL", "quotes"]),
    ({"BETTER_AUTH_SECRETS": f'"2:{SECRET}"'}, ["BETTER_AUTH_SECRETS", "quotes"]),
    *[
        ({"BETTER_AUTH_URL": URL, variable: f"{value} # hunter22"}, [f"{variable} ends with a comment: remove"])
        for variable, value in [
            ("BETTER_AUTH_URL", URL),
            ("JWKS_URL", f"{URL}/keys"),
            ("OIDC_ISSUER", URL),
            ("JWKS_PROXY", "environment"),
            ("BETTER_AUTH_SESSION_STORE", "redis://localhost"),
            ("JWT_ISSUER", "a,b"),
            ("JWT_AUDIENCE", ""),
            ("JWT_AUDIENCE", '["a", "b"]'),
            ("JWT_CLIENT_ID", "api"),
            ("JWT_TRUSTED_ORIGINS", URL),
            ("JWT_ROLES_CLAIM", "roles"),
            ("ENVIRONMENT", "development"),
            ("JWT_MODE", "jwks"),
            ("JWT_LEEWAY_SECONDS", "10"),
            ("JWT_CACHE_SIZE", "10"),
            ("JWT_AUDIENCE_EXACT", "1"),
            ("BETTER_AUTH_COOKIE_CACHE_VERSION", "1"),
        ]
    ],
    *[
        ({"BETTER_AUTH_URL": URL, variable: value}, [f"{variable} must not be in quotes: remove the quotes"])
        for variable, value in [
            ("JWT_MODE", '"jwks"'),
            ("JWT_LEEWAY_SECONDS", "'10'"),
            ("JWT_CACHE_SIZE", '"10"'),
            ("JWT_AUDIENCE_EXACT", "\u201c1\u201d"),
        ]
    ],
    ({"BETTER_AUTH_URL": URL, "JWT_CLAIMS": '{"a": "b"} # c'}, ["JWT_CLAIMS", "remove the comment"]),
    ({"BETTER_AUTH_SECRET": f"{SECRET}\udcff"}, ["BETTER_AUTH_SECRET", "must be valid Unicode"]),
    ({"BETTER_AUTH_URL": URL, "JWT_ALGORITHM": "RS257"}, ["JWT_ALGORITHM", "EdDSA"]),
    ({"BETTER_AUTH_SECRET": "a"}, ["BETTER_AUTH_SECRET", "1 bytes"]),
    ({"BETTER_AUTH_SECRET": "short", "ENVIRONMENT": "prod"}, ["BETTER_AUTH_SECRET", "5 bytes"]),
    ({"BETTER_AUTH_SECRET": "short", "ENVIRONMENT": "production"}, ["BETTER_AUTH_SECRET", "5 bytes", "32"]),
    ({"BETTER_AUTH_SECRET": "short", "ENVIRONMENT": "staging"}, ["BETTER_AUTH_SECRET", "5 bytes", "32"]),
    ({"BETTER_AUTH_SECRET": "short", "ENVIRONMENT": "developmental"}, ["BETTER_AUTH_SECRET", "5 bytes", "32"]),
    ({"BETTER_AUTH_SECRET": "short", "JWT_ALLOW_SHORT_SECRET": "0"}, ["BETTER_AUTH_SECRET", "5 bytes", "32"]),
    ({"BETTER_AUTH_SECRET": "short", "JWT_ALLOW_SHORT_SECRET": "maybe"}, ["JWT_ALLOW_SHORT_SECRET", "boolean"]),
    ({"BETTER_AUTH_SECRETS": "2:short"}, ["BETTER_AUTH_SECRETS, entry 1", "5 bytes", "32"]),
    (
        {"BETTER_AUTH_SECRET": "short"},
        ["openssl rand", "ENVIRONMENT", *DEVELOPMENT_ENVIRONMENTS, "JWT_ALLOW_SHORT_SECRET=1"],
    ),
    ({"BETTER_AUTH_SECRET": SECRET[:31]}, ["BETTER_AUTH_SECRET", "31 bytes", "32"]),
    (
        {"BETTER_AUTH_SECRET": SECRET[:40], "JWT_ALGORITHM": "HS512"},
        ["BETTER_AUTH_SECRET", "40 bytes", "64"],
    ),
]


@pytest.mark.parametrize(("environment", "fragments"), INVALID_ENVIRONMENTS)
def test_invalid_environment_raises_value_error_at_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **environment)
    text = str(raised.value)
    assert [fragment for fragment in fragments if fragment not in text] == []
    shown = f"{text} {raised.value!r} {raised.value.__context__!r}"
    assert not any(value in shown for value in ("hunter22", SECRET, SECRET[:40], PUBLIC_PEM))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ('["https://a.example","b"]', ["https://a.example", "b"]),
        (' [ "a" ] ', ["a"]),
        ('["a,b", " c "]', ["a,b", "c"]),
        ("a, b", ["a", "b"]),
        ("{6f9619ff-8b86-d011-b42d-00cf4fc964ff}", ["{6f9619ff-8b86-d011-b42d-00cf4fc964ff}"]),
    ],
)
def test_issuers_and_audiences_are_separated_by_commas_or_a_json_list(value: str, names: list[str]) -> None:
    verifier = build_verifier(make_settings(better_auth_url=URL, jwt_issuer=value, jwt_audience=value))
    assert (verifier.issuers, verifier.audiences) == (names, names)


def test_url_selects_jwks_mode_unless_the_mode_is_set() -> None:
    assert make_settings(better_auth_secret=SECRET).mode == "secret"
    assert make_settings(better_auth_secret=SECRET, better_auth_url=URL).mode == "jwks"
    assert make_settings(better_auth_secret=SECRET, jwks_url=URL).mode == "jwks"
    assert make_settings(better_auth_secret=SECRET, better_auth_url=URL, jwt_mode="secret").mode == "secret"


@pytest.mark.parametrize(
    "allowance",
    [
        *({"environment": name} for name in DEVELOPMENT_ENVIRONMENTS),
        {"environment": " Development "},
        {"environment": "CI"},
        {"jwt_allow_short_secret": True},
        {"jwt_allow_short_secret": True, "environment": "production"},
    ],
    ids=str,
)
def test_short_secret_that_is_allowed_warns(allowance: dict[str, Any]) -> None:
    with pytest.warns(
        ConfigurationWarning, match="BETTER_AUTH_SECRET must have at least 32 bytes for HS256 .*, but has 5 bytes"
    ):
        verifier = build_verifier(make_settings(better_auth_secret="short", **allowance))
    token = sign_token({"exp": int(time.time()) + 60}, "short", algorithm="HS256")
    assert verifier.verify(token)


@pytest.mark.parametrize("secret", [DEVELOPMENT_SECRET, f" '{DEVELOPMENT_SECRET}'\n", "better-auth-secret-123456789"])
@pytest.mark.parametrize(
    "environment",
    [{}, {"ENVIRONMENT": "Production"}, {"ENVIRONMENT": "development"}, {"JWT_ALLOW_SHORT_SECRET": "1"}],
    ids=str,
)
@pytest.mark.parametrize("variable", ["BETTER_AUTH_SECRET={}", "BETTER_AUTH_SECRETS=1:{}"])
def test_known_default_secret_is_rejected_in_every_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str, environment: dict[str, str], variable: str
) -> None:
    name, _, value = variable.partition("=")
    with pytest.raises(ValueError, match=r"BETTER_AUTH_SECRET.* known default secret: generate") as raised:
        load_auth(monkeypatch, tmp_path, **environment, **{name: value.format(secret)})
    assert "123456789" not in str(raised.value)


def test_hs256_in_jwks_mode_is_ignored_with_a_warning() -> None:
    with pytest.warns(ConfigurationWarning, match="JWT_ALGORITHM=HS256 is ignored"):
        verifier = build_verifier(make_settings(better_auth_url=URL, jwt_algorithm="HS256"))
    assert not any(name.startswith("HS") for name in verifier.algorithms)


def test_algorithm_in_jwks_mode_restricts_the_accepted_algorithms() -> None:
    assert build_verifier(make_settings(better_auth_url=URL, jwt_algorithm="ES256")).algorithms == ["ES256"]
    assert len(build_verifier(make_settings(better_auth_url=URL)).algorithms) == 10


def test_plain_http_to_another_host_is_allowed_by_setting() -> None:
    assert build_verifier(make_settings(better_auth_url="http://auth:3000", jwks_allow_http=True))


@pytest.mark.parametrize("mode", [{"better_auth_secret": SECRET}, {"better_auth_url": URL}])
def test_cache_size_setting_is_passed_to_the_verifier(monkeypatch: pytest.MonkeyPatch, mode: dict[str, str]) -> None:
    sizes = []

    def record_cache_size(*keys: Any, cache_size: int, **options: Any) -> Verifier:
        sizes.append(cache_size)
        return Verifier(*keys, cache_size=cache_size, **options)

    for module in ("_config.verifier_from_settings", "better_auth"):
        monkeypatch.setattr(f"fastjose.{module}.Verifier", record_cache_size)
    for size in (0, 1_000_000):
        assert build_verifier(make_settings(**mode, jwt_cache_size=size))
    assert build_verifier(make_settings(**mode))
    assert sizes == [0, 1_000_000, 1_000]


def test_settings_repr_and_json_hide_the_secret() -> None:
    shown = make_settings(better_auth_secret=SECRET)
    assert SECRET not in f"{shown!r} {shown} {json.dumps(shown.model_dump(mode='json'))}"


def test_invalid_setting_raises_without_showing_its_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JWT_LEEWAY_SECONDS", "hunter22")
    with pytest.raises(ValueError, match="JWT_LEEWAY_SECONDS") as raised:
        load_settings()
    assert "hunter22" not in f"{raised.value} {raised.value.__context__!r}"


def test_environment_file_not_in_utf_8_raises_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(b"BETTER_AUTH_SECRET=hunter22\xe9")
    with pytest.raises(ValueError, match=r"\.env must be UTF-8") as raised:
        load_auth(monkeypatch, tmp_path)
    assert "hunter22" not in f"{raised.value!r} {raised.value.__context__!r}"


def test_environment_file_with_byte_order_mark_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfBETTER_AUTH_SECRET=" + SECRET.encode())
    assert load_auth(monkeypatch, tmp_path).verify_token


@pytest.mark.parametrize("module", ["fastapi", "pydantic_settings"])
def test_import_without_the_extra_raises_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "fastjose.settings")
    with pytest.raises(ModuleNotFoundError, match=r'pip install "fastjose\[fastapi\]"'):
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET)
