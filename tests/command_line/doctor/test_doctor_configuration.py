"""`fastjose doctor` names the mistakes that need no network: one application for each."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
from fastjose._cli.doctor.catalog import CATALOG
from fastjose._cli.doctor.network.failures import classify
from fastjose._cli.doctor.secrets import estimate_bits
from support.environment.doctor import GOOD_SECRET, diagnose
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path

RANDOM_SECRETS = [secrets.token_urlsafe(48), secrets.token_hex(32), secrets.token_urlsafe(32)]
BETTER_AUTH = "https://app.acme.test"
ALB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/a/b"
OIDC = {"OIDC_ISSUER": "https://acme.eu.auth0.com/", "JWT_AUDIENCE": "https://api.acme.test"}
JWKS = {"JWKS_URL": "https://login.acme.test/keys", "JWT_AUDIENCE": "api", "JWT_PROFILE": "oidc"}

MISCONFIGURED: list[tuple[str, dict[str, str]]] = [
    ("not_configured", {}),
    ("misspelled_variable", {"BETTER_AUTH_SECERT": GOOD_SECRET}),
    ("misspelled_variable", {"BETER_AUTH_URL": BETTER_AUTH}),
    ("misspelled_variable", {"JWKS_URI": f"{BETTER_AUTH}/jwks"}),
    ("misspelled_variable", {"JWT_AUD": "mine", "JWT_SECRET": GOOD_SECRET}),
    ("misspelled_variable", {"JWT_ISSUR": "https://x.test", "JWT_SECRET": GOOD_SECRET}),
    ("misspelled_variable", {"AUTH0_DOMAIN": "acme.eu.auth0.com"}),
    ("misspelled_variable", {"BETTER_AUTH_BASE_URL": BETTER_AUTH}),
    ("misspelled_variable", {"NEXT_PUBLIC_BETTER_AUTH_URL": BETTER_AUTH}),
    ("export_in_name", {"export BETTER_AUTH_URL": BETTER_AUTH}),
    ("export_in_name", {"JWT_AUDIENCE ": "mine", "JWT_SECRET": GOOD_SECRET}),
    ("quoted_value", {"BETTER_AUTH_URL": f'"{BETTER_AUTH}"'}),
    ("quoted_value", {**OIDC, "JWT_AUDIENCE": "'https://api.acme.test'"}),
    ("quoted_value", {"OIDC_ISSUER": '"https://acme.eu.auth0.com/"', "JWT_AUDIENCE": "x"}),
    ("placeholder", {"OIDC_ISSUER": "https://login.microsoftonline.com/{tenantid}/v2.0", "JWT_AUDIENCE": "x"}),
    ("placeholder_value", {"BETTER_AUTH_URL": "https://app.example.com"}),
    ("placeholder_value", {**OIDC, "JWT_AUDIENCE": "your-api-identifier"}),
    ("missing_audience", {"OIDC_ISSUER": "https://acme.eu.auth0.com/"}),
    ("missing_audience", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_PROFILE": "oauth"}),
    ("conflicting_variables", {**OIDC, "BETTER_AUTH_URL": BETTER_AUTH}),
    ("conflicting_variables", {"JWT_SECRET": GOOD_SECRET, "BETTER_AUTH_SECRET": GOOD_SECRET}),
    ("missing_variable", {"JWT_MODE": "oidc", "BETTER_AUTH_URL": BETTER_AUTH}),
    ("missing_variable", {"JWT_CREDENTIALS": "opaque", "OIDC_ISSUER": "https://x.test"}),
    ("missing_variable", {"JWT_CREDENTIALS": "auth_js"}),
    ("invalid_value", {"JWT_SECRET": GOOD_SECRET, "JWT_LEEWAY_SECONDS": "ten"}),
    ("invalid_value", {"JWT_SECRET": GOOD_SECRET, "JWT_CACHE_SIZE": "-1"}),
    ("invalid_value", {"JWT_SECRET": GOOD_SECRET, "JWT_CREDENTIALS": "jwt,cookies"}),
    ("invalid_value", {"JWT_SECRET": GOOD_SECRET, "JWT_ALGORITHM": "RS256"}),
    ("file_unreadable", {"JWT_PUBLIC_KEY": "/nowhere/key.pem"}),
    ("private_key", {"JWT_PUBLIC_KEY": "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----"}),
    ("plain_http", {"BETTER_AUTH_URL": "http://app.acme.test"}),
    ("plain_http", {"BETTER_AUTH_URL": "http://app.acme.test", "JWKS_ALLOW_HTTP": "1"}),
    ("internal_base_url", {"BETTER_AUTH_URL": "http://auth:3000", "JWKS_ALLOW_HTTP": "1"}),
    ("internal_base_url", {"BETTER_AUTH_URL": "http://10.0.0.7:3000", "JWKS_ALLOW_HTTP": "1"}),
    ("short_secret", {"BETTER_AUTH_SECRET": "kQv93mXt"}),
    ("short_secret", {"JWT_SECRET": GOOD_SECRET, "JWT_ALGORITHM": "HS512"}),
    ("short_secret_allowed", {"BETTER_AUTH_SECRET": "kQv93mXt", "ENVIRONMENT": "development"}),
    ("published_secret", {"BETTER_AUTH_SECRET": "better-auth-secret-12345678901234567890"}),
    ("published_secret", {"JWT_SECRET": "a-string-secret-at-least-256-bits-long"}),
    ("published_secret", {"BETTER_AUTH_SECRET": "super-secret-jwt-token-with-at-least-32-characters-long"}),
    ("placeholder_secret", {"JWT_SECRET": "please-change-me-please-change-me-now"}),
    ("placeholder_secret", {"BETTER_AUTH_SECRET": "your-super-secret-key-goes-here-12345"}),
    ("guessable_secret", {"JWT_SECRET": "a" * 40}),
    ("guessable_secret", {"JWT_SECRET": "0123456789" * 4}),
    ("guessable_secret", {"JWT_SECRET": "hunter2!" * 5}),
    ("secret_in_quotes", {"JWT_SECRET": f'"{GOOD_SECRET}"'}),
    ("secret_in_quotes", {"BETTER_AUTH_SECRET": f"{GOOD_SECRET}\n"}),
    ("secret_in_place_of_keys", {"BETTER_AUTH_SECRET": GOOD_SECRET, "NEXT_PUBLIC_BETTER_AUTH_URL": BETTER_AUTH}),
    ("algorithm_ignored", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_ALGORITHM": "HS256"}),
    ("issuer_mismatch", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_ISSUER": f"{BETTER_AUTH}/api/auth"}),
    ("issuer_mismatch", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_ISSUER": f"{BETTER_AUTH}/"}),
    ("issuer_mismatch", {**OIDC, "JWT_ISSUER": "https://acme.eu.auth0.com"}),
    ("names_of_better_auth", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_AUDIENCE": "my-api"}),
    ("names_of_better_auth", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_ISSUER": "https://id.acme.test"}),
    ("audience_mismatch", {"BETTER_AUTH_URL": "http://localhost:1", "JWT_AUDIENCE": "http://127.0.0.1:1"}),
    ("audience_is_issuer", {**OIDC, "JWT_AUDIENCE": "https://acme.eu.auth0.com/"}),
    ("space_in_name", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_AUDIENCE": "web ios"}),
    ("not_a_secret", {"JWT_SECRET": f"{BETTER_AUTH}/.well-known/jwks.json"}),
    ("not_a_secret", {"JWT_SECRET": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.kQv93mXt"}),
    ("issuer_mismatch", {**OIDC, "OIDC_ISSUER": "https://acme.eu.auth0.com"}),
    ("issuer_mismatch", {**OIDC, "OIDC_ISSUER": "https://login.microsoftonline.com/common/v2.0"}),
    ("issuer_mismatch", {**OIDC, "OIDC_ISSUER": "https://login.microsoftonline.com/organizations/v2.0"}),
    ("issuer_mismatch", {**JWKS, "JWT_ISSUER": "https://login.microsoftonline.com/common/v2.0"}),
    ("issuer_mismatch", {**JWKS, "JWT_ISSUER": "https://acme.eu.auth0.com"}),
    ("shared_audience", {"OIDC_ISSUER": "https://kc.acme.test/realms/a", "JWT_AUDIENCE": "api,account"}),
    ("invalid_value", {"JWT_SECRET": GOOD_SECRET, "FASTJOSE_TELEMETRY": "yes please"}),
    ("invalid_value", {"JWT_SECRET": GOOD_SECRET, "FASTJOSE_TELEMETRY_USER_ID": "ja"}),
    ("comment_in_value", {**OIDC, "JWT_AUDIENCE": "api # ours"}),
    ("comment_in_value", {"JWT_SECRET": GOOD_SECRET, "JWT_CACHE_SIZE": "10 # few"}),
    ("quoted_value", {"JWT_SECRET": GOOD_SECRET, "JWT_CACHE_SIZE": "'10'"}),
    ("secret_in_quotes", {"JWT_SECRET": f"{GOOD_SECRET} # ours"}),
    ("not_a_secret", {"JWT_SECRET": "/run/secrets/jwt-secret"}),
    ("file_unreadable", {"JWT_SECRET_FILE": "/run/secrets/nowhere/jwt-secret"}),
    ("conflicting_variables", {"JWT_SECRET": GOOD_SECRET, "JWT_SECRET_FILE": "/run/secrets/jwt-secret"}),
    (
        "cookie_prefix",
        {
            "BETTER_AUTH_URL": BETTER_AUTH,
            "JWT_CREDENTIALS": "cookie",
            "BETTER_AUTH_COOKIE_PREFIX": "__Secure-better-auth",
        },
    ),
    ("url_of_document", {**OIDC, "OIDC_ISSUER": f"{BETTER_AUTH}/.well-known/openid-configuration"}),
    ("url_of_document", {**OIDC, "OIDC_ISSUER": "http://localhost:1/.well-known/openid-configuration"}),
    ("plain_http", {**OIDC, "OIDC_ISSUER": "http://kc.acme.test/realms/a"}),
    ("environment_name", {"JWT_SECRET": GOOD_SECRET, "ENVIRONMENT": "developement"}),
    ("long_leeway", {"JWT_SECRET": GOOD_SECRET, "JWT_LEEWAY_SECONDS": "3600"}),
    ("large_cache", {"JWT_SECRET": GOOD_SECRET, "JWT_CACHE_SIZE": "1000000", "WEB_CONCURRENCY": "8"}),
    ("no_trusted_origins", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_CREDENTIALS": "cookie"}),
    ("no_trusted_origins", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_TOKEN_COOKIE": "token"}),
    (
        "trusted_origin_mismatch",
        {
            "BETTER_AUTH_URL": "http://localhost:1",
            "JWT_CREDENTIALS": "cookie",
            "JWT_TRUSTED_ORIGINS": "http://127.0.0.1:1",
        },
    ),
    ("origins_without_cookies", {"BETTER_AUTH_URL": BETTER_AUTH, "JWT_TRUSTED_ORIGINS": BETTER_AUTH}),
]


@pytest.mark.parametrize(("code", "environment"), MISCONFIGURED)
def test_doctor_misconfigured_application_is_named_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, environment: dict[str, str]
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert code in diagnosis.codes, diagnosis.document["findings"]
    for variable, value in environment.items():
        if "SECRET" in variable or "SECERT" in variable or "PRIVATE" in value:
            assert value.strip('"\n') not in diagnosis.result.output
    text = run_command("doctor", "--offline")
    assert text.exit_code == 1
    assert code in text.output
    assert GOOD_SECRET not in text.output


SEVERAL: list[tuple[set[str], dict[str, str]]] = [
    ({"JWT_LEEWAY_SECONDS", "JWT_CACHE_SIZE"}, {"JWT_LEEWAY_SECONDS": "ten", "JWT_CACHE_SIZE": "-1"}),
    ({"JWT_AUDIENCE", "JWT_ISSUER"}, {**OIDC, "JWT_AUDIENCE": "'api'", "JWT_ISSUER": '"x"'}),
    ({"OIDC_ISSUER", "JWT_CLAIMS"}, {**OIDC, "OIDC_ISSUER": "http://kc.acme.test", "JWT_CLAIMS": "{}"}),
    ({"JWT_SECRET", "JWT_ROLES_CLAIM"}, {"JWT_SECRET": "kQv93mXt", "JWT_ROLES_CLAIM": ","}),
    ({"JWT_CREDENTIALS", "JWT_AUDIENCE"}, {**OIDC, "JWT_CREDENTIALS": "jwt,cookies", "JWT_AUDIENCE": "'api'"}),
]


@pytest.mark.parametrize(("variables", "environment"), SEVERAL)
def test_doctor_names_each_invalid_variable_in_one_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: set[str], environment: dict[str, str]
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    problems = [each["problem"] for each in diagnosis.document["findings"] if each["severity"] == "error"]
    assert len(problems) == len(variables)
    assert all(any(problem.startswith(variable) for problem in problems) for variable in variables)
    assert diagnosis.notes == {"not_all_checked"}


FILES = [
    ("not_configured", "BETTER_AUTH_URL: https://app.acme.test\n", ()),
    ("unreadable_line", "BETTER_AUTH_URL: https://app.acme.test\n", ()),
    ("unreadable_line", "BETTER_AUTH_URL https://app.acme.test\n", ()),
    ("unreadable_line", "export BETTER_AUTH_URL\n", ()),
    ("docker_env_file", 'BETTER_AUTH_URL="https://app.acme.test"\n', ("--env-file", ".env")),
    ("docker_env_file", "export BETTER_AUTH_URL=https://app.acme.test\n", ("--env-file", ".env")),
    ("docker_env_file", "BETTER_AUTH_URL = https://app.acme.test\n", ("--env-file", ".env")),
    ("docker_env_file", f"JWT_SECRET={GOOD_SECRET} # the secret\n", ("--env-file", ".env")),
    ("misspelled_variable", f"BETTER_AUTH_SECERT={GOOD_SECRET}\n", ()),
    ("telemetry_in_file", "BETTER_AUTH_URL=https://app.acme.test\nFASTJOSE_TELEMETRY_USER_ID=on\n", ()),
    ("duplicate_variable", "BETTER_AUTH_URL=https://a.acme.test\nBETTER_AUTH_URL=https://b.acme.test\n", ()),
]


@pytest.mark.parametrize(("code", "content", "arguments"), FILES)
def test_doctor_mistake_in_a_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, content: str, arguments: tuple[str, ...]
) -> None:
    (tmp_path / ".env").write_text(content, encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline", *arguments)
    assert code in diagnosis.codes
    assert GOOD_SECRET not in diagnosis.result.output


@pytest.mark.parametrize(
    "content",
    [
        'BETTER_AUTH_URL="https://app.acme.test"\n',
        "export BETTER_AUTH_URL=https://app.acme.test\n",
        "# a comment\n\nBETTER_AUTH_URL = https://app.acme.test # another\nOTHER=1\n",
        "\ufeffBETTER_AUTH_URL=https://app.acme.test\r\n",
    ],
)
def test_doctor_env_file_that_fastjose_reads_is_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    (tmp_path / ".env").write_text(content, encoding="utf-8")
    assert diagnose(monkeypatch, tmp_path, {}, "--offline").document["findings"] == []


def test_doctor_file_of_other_encoding_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("BETTER_AUTH_URL=https://app.acme.test/ä".encode("utf-16"))
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline")
    assert "UTF-8" in diagnosis.finding("invalid_value")["problem"]


@pytest.mark.parametrize("place", ["backend/.env", ".env.local"])
def test_doctor_file_elsewhere_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("BETTER_AUTH_URL=https://app.acme.test\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline")
    assert place in diagnosis.finding("env_file_elsewhere")["problem"]


NOTES = [
    ("unknown_variable", {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": "api", "JWT_COLOUR": "red"}),
    ("empty_variable", {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": "api", "JWT_ISSUER": ""}),
    ("shared_secret_of_better_auth", {"BETTER_AUTH_SECRET": GOOD_SECRET}),
    ("audience_not_checked", {"OIDC_ISSUER": "https://acme.eu.auth0.com/", "JWT_CHECK_AUDIENCE": "0"}),
]


@pytest.mark.parametrize(("code", "environment"), NOTES)
def test_doctor_note_is_no_mistake(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, environment: dict[str, str]
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert (diagnosis.codes, diagnosis.notes) == (set(), {code})


def test_doctor_overridden_variable_is_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BETTER_AUTH_URL=https://app.acme.test\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "https://old.acme.test"}, "--offline")
    assert diagnosis.notes == {"overridden_variable"}


def test_doctor_fail_on_error_ignores_warnings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "https://app.example.com"})
    assert run_command("doctor", "--offline").exit_code == 1
    assert run_command("doctor", "--offline", "--fail-on", "warning").exit_code == 1
    assert run_command("doctor", "--offline", "--fail-on", "error").exit_code == 0
    assert run_command("doctor", "--offline", "--fail-on", "note").exit_code == 2
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": '"https://app.acme.test"'})
    assert run_command("doctor", "--offline", "--fail-on", "error").exit_code == 1


def test_doctor_note_is_not_marked_as_a_mistake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": GOOD_SECRET})
    output = run_command("doctor", "--offline").output
    assert "· note shared_secret_of_better_auth" in output
    assert "✗" not in output


HEALTHY = [
    {"OIDC_ISSUER": "https://kc.acme.test/realms/a", "JWT_AUDIENCE": "account", "JWT_CLIENT_ID": "web"},
    {**OIDC, "OIDC_ISSUER": "https://login.microsoftonline.com/8f1c7b7e-0000-4000-8000-000000000000/v2.0"},
    {"BETTER_AUTH_URL": BETTER_AUTH},
    {"BETTER_AUTH_URL": BETTER_AUTH, "BETTER_AUTH_SECRET": GOOD_SECRET, "BETTER_AUTH_TELEMETRY": "0"},
    {"BETTER_AUTH_URL": BETTER_AUTH, "JWKS_URL": "http://auth:3000/api/auth/jwks", "JWKS_ALLOW_HTTP": "1"},
    OIDC,
    {
        "OIDC_ISSUER": "https://kc.acme.test/realms/a",
        "JWT_CLIENT_ID": "web",
        "NEXT_PUBLIC_BETTER_AUTH_URL": "https://a",
    },
    {
        "JWKS_URL": "https://x.acme.test/jwks",
        "JWT_ISSUER": "https://x.acme.test",
        "JWT_AUDIENCE": "api",
        "JWT_PROFILE": "oidc",
    },
    *[{"JWT_SECRET": secret, "JWT_AUDIENCE": "api"} for secret in RANDOM_SECRETS],
    {
        "JWT_SECRET": GOOD_SECRET,
        "JWT_AUDIENCE": "api",
        "ENVIRONMENT": "production",
        "JWT_LEEWAY_SECONDS": "60",
        "WEB_CONCURRENCY": "16",
    },
    {"ALB_SIGNER": ALB, "JWT_TOKEN_HEADER": "x-amzn-oidc-data"},
    {"AUTH_SECRET": GOOD_SECRET, "JWT_CREDENTIALS": "auth_js", "JWT_TRUSTED_ORIGINS": "https://web.acme.test"},
]


@pytest.mark.parametrize("environment", HEALTHY)
def test_doctor_healthy_application_has_no_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert diagnosis.document["findings"] == []
    output = run_command("doctor", "--offline").output
    assert output.endswith("No mistake was found.\nNo credential was tried: pass --sign-in or --token-file.\n")


def test_doctor_words_are_not_hidden_with_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = {"JWKS_PROXY": "environment", "SOME_TOKEN": "error", "OTHER_API_KEY": "variable"[:7]}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert "BETTER_AUTH_SECRET environment variable is required" in diagnosis.finding("not_configured")["problem"]


@pytest.mark.parametrize("length", [24, 32, 48])
def test_estimate_bits_random_secret_is_enough(length: int) -> None:
    assert all(estimate_bits(secrets.token_urlsafe(length)) > 96 for _ in range(200))


def test_classify_other_reason_is_a_failed_fetch() -> None:
    assert classify("something else") == "fetch_failed"
    assert {classify(reason) for reason in ("the server responded with status 418",)} <= CATALOG.keys()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--env-file", "missing.env"), "must be a readable file"),
        (("--env-file", "."), "must be a readable file"),
        (("--token-file", "missing"), "must be a readable file"),
        (("--token-file", "empty"), "empty must contain the token: it is empty"),
        (("--env-file", "long.env"), "long.env must have at most 1,048,576 bytes"),
        (("--sign-in", "ada@acme.test"), "--sign-in requires BETTER_AUTH_URL"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_doctor_wrong_usage_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], text: str
) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": GOOD_SECRET})
    (tmp_path / "empty").touch()
    (tmp_path / "long.env").write_text("#" * 1_048_577)
    result = run_command("doctor", *arguments)
    assert (result.exit_code, result.output) == (2, "")
    assert text in result.errors
    assert result.errors.count("\n") == 1


def test_doctor_takes_the_null_device_for_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": "api"})
    (tmp_path / ".env").write_text("JWT_AUDIENCE=other\nJWT_LEEWAY_SECONDS=x\n")
    assert run_command("doctor", "--offline").exit_code == 1
    assert run_command("doctor", "--offline", "--env-file", os.devnull).exit_code == 0
