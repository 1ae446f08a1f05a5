"""A misspelled variable causes a warning once the application has started without it, and never an error."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fastjose._config.names.misspelled_variables import KNOWN_VARIABLES, find_misspelled
from fastjose._config.names.other_names import OTHER_NAMES
from fastjose.exceptions import ConfigurationError, ConfigurationWarning
from fastjose.fastapi import BearerAuth, CredentialAuth
from fastjose.settings import load_settings
from fastjose.starlette import JwtAuthenticationBackend
from support.environment.fresh_import import SECRET, load_auth, set_environment

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
URL = "https://app.acme.test"
CONFIGURED = {"BETTER_AUTH_URL": URL}

MISSPELLED = [
    ("JWT_CREDENTIAL", "JWT_CREDENTIALS"),
    ("JWT_TRUSTED_ORIGIN", "JWT_TRUSTED_ORIGINS"),
    ("JWT_LEEWAY_SECOND", "JWT_LEEWAY_SECONDS"),
    ("JWT_ISSUR", "JWT_ISSUER"),
    ("JWT_CHECK_AUDIANCE", "JWT_CHECK_AUDIENCE"),
    ("JWT_CLIENT_IDS", "JWT_CLIENT_ID"),
    ("BETER_AUTH_COOKIE_PREFIX", "BETTER_AUTH_COOKIE_PREFIX"),
    ("BETTER_AUTH_SECERT", "BETTER_AUTH_SECRET"),
    ("BETTER_AUTH_API_KEY_HEADR", "BETTER_AUTH_API_KEY_HEADER"),
    ("JWKS_CA_CERTIFICATE", "JWKS_CA_CERTIFICATES"),
    ("INTROSPECTON_URL", "INTROSPECTION_URL"),
    ("AUTH_JS_COOKE_NAME", "AUTH_JS_COOKIE_NAME"),
]
OF_OTHERS = [
    *("JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_EXPIRES_IN"),
    *("JWT_TOKEN_LOCATION", "JWT_COOKIE_NAME", "JWT_HEADER_NAME", "JWT_DECODE_AUDIENCE", "JWT_LIFETIME_SECONDS"),
    *("OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URI", "AUTH_URL", "AUTH_TRUST_HOST", "NEXTAUTH_URL", "NEXTAUTH_SECRET"),
    *("BETTER_AUTH_TELEMETRY", "BETTER_AUTH_TELEMETRY_ID", "BETTER_AUTH_API_KEY", "BETTER_AUTH_TRUSTED_ORIGINS"),
    *("ENVIRONMENTS", "TOKEN_URLS", "HOME", "PATH", "DATABASE_URL", "SECRET_KEY", "ALGORITHM"),
]
BUILDERS: list[Callable[[], object]] = [
    BearerAuth.from_environment,
    CredentialAuth.from_environment,
    JwtAuthenticationBackend.from_environment,
]


def texts_of(build: Callable[[], object]) -> list[str]:
    """Return the texts of the warnings of misspelled variables."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        build()
    return [str(each.message) for each in caught if getattr(each.message, "code", "") == "misspelled_variable"]


@pytest.mark.parametrize(("name", "meant"), MISSPELLED)
def test_auth_misspelled_variable_is_named_with_the_one_that_is_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, meant: str
) -> None:
    (text,) = texts_of(lambda: load_auth(monkeypatch, tmp_path, **CONFIGURED, **{name: "kQv93mXt"}))
    assert re.findall(r"\b[A-Z_]{4,}\b", text) == [name, meant]
    assert "kQv93mXt" not in text


@pytest.mark.parametrize("name", OF_OTHERS)
def test_auth_variable_of_another_program_causes_no_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    assert texts_of(lambda: load_auth(monkeypatch, tmp_path, **CONFIGURED, **{name: "kQv93mXt"})) == []


@pytest.mark.parametrize("build", BUILDERS)
def test_from_environment_misspelled_variable_is_named_once_where_it_was_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, build: Callable[[], object]
) -> None:
    set_environment(monkeypatch, tmp_path, {**CONFIGURED, "JWT_AUDIENC": "api"})
    with pytest.warns(ConfigurationWarning, match="JWT_AUDIENC is set") as caught:
        build()
    assert [each.filename for each in caught] == [__file__]


@pytest.mark.parametrize(
    "line", ["JWT_CREDENTIAL=cookie", "export jwt_credential = 'cookie'", 'A="\n"\n\tJWT_CREDENTIAL=cookie # ours']
)
def test_auth_misspelled_variable_in_the_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    (tmp_path / ".env").write_text(f"\ufeffBETTER_AUTH_URL={URL}\n{line}\n", encoding="utf-8")
    (text,) = texts_of(lambda: load_auth(monkeypatch, tmp_path))
    assert text.startswith("JWT_CREDENTIAL is set, but is not read: rename it to JWT_CREDENTIALS")


@pytest.mark.parametrize(
    "lines", ["# JWT_CREDENTIAL=cookie", "JWT_CREDENTIAL=", 'JWT_CREDENTIAL=""', "JWT_CREDENTIAL= # none"]
)
def test_auth_variable_of_the_file_without_a_value_causes_no_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str
) -> None:
    (tmp_path / ".env").write_text(f"BETTER_AUTH_URL={URL}\n{lines}\n", encoding="utf-8")
    assert texts_of(lambda: load_auth(monkeypatch, tmp_path)) == []


@pytest.mark.parametrize(
    "environment",
    [
        {"JWT_CREDENTIAL": "", **CONFIGURED},
        {"JWT_CREDENTIAL": "cookie", "JWT_CREDENTIALS": "jwt", **CONFIGURED},
        {"BETTER_AUTH_SECERT": SECRET, "BETTER_AUTH_SECRET": SECRET},
    ],
)
def test_auth_variable_that_is_also_set_correctly_causes_no_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    assert texts_of(lambda: load_auth(monkeypatch, tmp_path, **environment)) == []


def test_auth_that_does_not_start_raises_its_error_without_the_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {"OIDC_ISSUER": "https://acme.test/", "JWT_AUDIANCE": "api"}
    with warnings.catch_warnings(record=True) as caught, pytest.raises(ValueError, match="JWT_AUDIENCE"):
        load_auth(monkeypatch, tmp_path, **environment)
    assert [str(each.message) for each in caught] == []


def test_load_settings_does_not_warn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {**CONFIGURED, "JWT_CREDENTIAL": "cookie"})
    assert texts_of(load_settings) == []


def test_auth_error_without_a_configuration_names_a_misspelled_variable_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("OIDC_ISSUR=https://acme.test/\n", encoding="utf-8")
    set_environment(monkeypatch, tmp_path, {})
    with pytest.raises(ConfigurationError, match="OIDC_ISSUR is set, but is not read: OIDC_ISSUER may be meant"):
        BearerAuth.from_environment()


def test_no_name_in_documentation_examples_and_templates_is_taken_for_a_misspelled_one() -> None:
    folders = ("docs", "examples", "python/fastjose/_cli/init/templates")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*") if is_text(file)]
    texts = [file.read_text(encoding="utf-8") for file in [ROOT / "README.md", *files]]
    names = {name for text in texts for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text)}
    assert len(names & KNOWN_VARIABLES) > 50  # the pages name most variables
    assert {name for name in names if find_misspelled(name)} <= {"JWT_CREDENTIAL"}


def is_text(file: Path) -> bool:
    return file.suffix in {".md", ".py", ".env", ".example", ".toml", ".yml", ".ts", ".js", ".tsx", ""} and (
        file.is_file() and "node_modules" not in file.parts
    )


def test_known_variables_are_not_misspelled_and_other_names_mean_known_ones() -> None:
    assert [name for name in KNOWN_VARIABLES if find_misspelled(name)] == []
    assert set(OTHER_NAMES.values()) <= KNOWN_VARIABLES
    assert KNOWN_VARIABLES.isdisjoint(OTHER_NAMES)


PROGRAM = """
import sys
sys.modules["typer"] = sys.modules["rich"] = None  # the extra `cli` is not installed
import fastjose.auth
assert not any(name.startswith("fastjose._cli") for name in sys.modules)
"""


def test_auth_without_the_extra_of_the_command_line_warns_and_starts(tmp_path: Path) -> None:
    environment = {**CONFIGURED, "JWT_CREDENTIAL": "cookie", "PYTHONPATH": ":".join(filter(None, sys.path))}
    command = [sys.executable, "-c", PROGRAM]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert "ConfigurationWarning: JWT_CREDENTIAL is set, but is not read" in result.stderr
    assert result.stderr.count("ConfigurationWarning") == 1
