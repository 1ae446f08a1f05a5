"""Lines of a file that docker --env-file reads in another way, variables that no file can have, and missing files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
from fastjose.exceptions import ConfigurationError
from fastjose.settings import load_settings
from support.environment.doctor import GOOD_SECRET, diagnose
from support.environment.fresh_import import set_environment

if TYPE_CHECKING:
    from pathlib import Path

BETTER_AUTH = "BETTER_AUTH_URL=https://app.acme.test\n"
CA = "JWKS_CA_CERTIFICATES"

DOCKER_LINES = [
    ("JWT_AUDIENCE='api' # ours", "in quotes"),
    ('JWT_AUDIENCE="api" # ours', "in quotes"),
    ("JWT_AUDIENCE='api'# ours", "in quotes"),
    ("JWT_AUDIENCE=api's' # ours", "comment"),
    ("JWT_AUDIENCE=api ", "white space behind"),
    (CA + "=${HOME}/ca.pem", "reference"),
    ("JWT_AUDIENCE=${NAME:-api}", "reference"),
]


@pytest.mark.parametrize(("line", "problem"), DOCKER_LINES)
def test_doctor_line_that_docker_reads_otherwise_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, problem: str
) -> None:
    (tmp_path / ".env").write_text(f"{BETTER_AUTH}{line}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline", "--env-file", ".env")
    finding = diagnosis.finding("docker_env_file")
    assert finding["problem"].startswith("line 2 of .env has")
    assert problem in finding["problem"]


@pytest.mark.parametrize(
    "line", ['JWT_CLAIMS={"tier": "gold"}', "JWT_AUDIENCE=a#b", "JWT_AUDIENCE=$a", "OTHER=${NAME}"]
)
def test_doctor_line_that_docker_reads_alike_is_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    (tmp_path / ".env").write_text(f"{BETTER_AUTH}{line}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline", "--env-file", ".env")
    assert "docker_env_file" not in diagnosis.codes


def test_doctor_reference_that_nothing_replaced_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": "${NAME}"}
    finding = diagnose(monkeypatch, tmp_path, environment, "--offline").finding("placeholder_value")
    assert "JWT_AUDIENCE" in finding["problem"]
    assert "docker --env-file" in finding["cure"]


OTHER_VARIABLES = [
    ("SSL_CERT_FILE=/etc/ca.pem", {}, CA),
    ("SSL_CERT_DIR=/etc/certs", {}, CA),
    ("JWKS_PROXY=environment\nHTTPS_PROXY=http://proxy:3128", {}, "JWKS_PROXY"),
    ("https_proxy=http://proxy:3128", {"JWKS_PROXY": "environment"}, "JWKS_PROXY"),
    ("NO_PROXY=web", {"JWKS_PROXY": "environment"}, "JWKS_PROXY"),
]


@pytest.mark.parametrize(("lines", "environment", "cure"), OTHER_VARIABLES)
def test_doctor_variable_that_no_file_can_have_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, environment: dict[str, str], cure: str
) -> None:
    (tmp_path / ".env").write_text(f"{BETTER_AUTH}{lines}\n", encoding="utf-8")
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    finding = diagnose(monkeypatch, tmp_path, environment, "--offline").finding("variable_in_file")
    assert finding["problem"].startswith(lines.splitlines()[-1].partition("=")[0])
    assert cure in finding["cure"]


@pytest.mark.parametrize(
    ("line", "environment", "arguments"),
    [
        ("HTTPS_PROXY=http://proxy:3128", {}, ()),
        ("SSL_CERT_FILE=/etc/ca.pem", {"SSL_CERT_FILE": "/etc/ca.pem"}, ()),
        ("SSL_CERT_FILE=/etc/ca.pem", {}, ("--env-file", ".env")),
    ],
)
def test_doctor_variable_of_another_program_in_a_file_is_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    (tmp_path / ".env").write_text(f"{BETTER_AUTH}{line}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline", *arguments)
    assert "variable_in_file" not in diagnosis.codes


@pytest.mark.parametrize(
    ("variable", "others"),
    [
        ("JWT_SECRET_FILE", {}),
        ("AUTH_SECRET_FILE", {"JWT_SECRET": GOOD_SECRET}),
        ("BETTER_AUTH_SECRET_FILE", {}),
        ("BETTER_AUTH_SECRETS_FILE", {}),
        ("JWT_PUBLIC_KEY", {}),
        ("JWKS_BEARER_TOKEN_FILE", {"BETTER_AUTH_URL": "https://app.acme.test"}),
        (CA, {"BETTER_AUTH_URL": "https://app.acme.test"}),
    ],
)
def test_doctor_missing_file_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, others: dict[str, str]
) -> None:
    environment = {variable: "/run/secrets/missing", **others}
    finding = diagnose(monkeypatch, tmp_path, environment, "--offline").finding("file_unreadable")
    assert finding["problem"].startswith(variable)


def test_doctor_empty_file_of_a_secret_is_unreadable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("", encoding="utf-8")
    environment = {"JWT_SECRET_FILE": str(tmp_path / "secret")}
    finding = diagnose(monkeypatch, tmp_path, environment, "--offline").finding("file_unreadable")
    assert "create or mount the file" in finding["cure"]


def test_load_settings_file_of_another_user_is_an_error_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / ".env").write_text(BETTER_AUTH, encoding="utf-8")
    monkeypatch.setattr("dotenv.main.open", _refuse, raising=False)
    with pytest.raises(ConfigurationError, match=r"^\.env must be .*\(Permission denied\): change its owner") as caught:
        load_settings()
    assert (caught.value.code, caught.value.variable) == ("file_unreadable", None)
    assert caught.value.__context__ is None


def _refuse(path: object, *_arguments: object, **_options: object) -> None:
    """Raise what `open` raises for a file that another user alone may read; root may read every file."""
    raise PermissionError(13, os.strerror(13), str(path))
