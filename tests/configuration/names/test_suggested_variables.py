"""Which variable a name probably means: a misspelled one, one of another library, or one of another program."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastjose._config.names.misspelled_variables import (
    find_misspelled,
    list_variables,
    suggest_variable,
    warn_of_misspelled,
)
from fastjose.exceptions import ConfigurationWarning
from fastjose.settings import AuthSettings
from support.environment.fresh_import import set_environment

SUGGESTED = [
    ("JWKS_URI", "JWKS_URL"),
    ("AUTH0_DOMAIN", "OIDC_ISSUER"),
    ("BETTER_AUTH_TRUSTED_ORIGINS", "JWT_TRUSTED_ORIGINS"),
    ("OIDC_ISSUR", "OIDC_ISSUER"),
    ("JWT_AUDIANCES", "JWT_AUDIENCE"),
    ("JWTSECRET", "JWT_SECRET"),
    ("BETTERAUTH_SECRETS", "BETTER_AUTH_SECRETS"),
    ("X_BETTER_AUTH_SECRET", "BETTER_AUTH_SECRET"),
    ("INTROSPECTON_URL", "INTROSPECTION_URL"),
    ("JWSK_PRXOY", "JWKS_PROXY"),
]
OF_OTHERS = [
    *("BETTER_AUTH_TELEMETRY", "BETTER_AUTH_TELEMETRY_ID", "BETTER_AUTH_AGENT_ID", "BETTER_AUTH_CLI", "HOME"),
    *("BETTER_AUTH_API_KEY", "BETTER_AUTH_API_URL", "BETTER_AUTH_KV_URL", "ENVIRONMENTS", "TOKEN_URLS", "SECRET_KEY"),
    *("JWT_EXPIRES_IN", "JWT_LIFETIME_SECONDS", "DATABASE_URL", "ALGORITHM", "OIDC_REDIRECT_URI"),
]
MISSPELLED = [
    ("JWSK_PROXY", "JWKS_PROXY"),
    ("JWSK_PRXOY", "JWKS_PROXY"),
    ("JWT_AUDIENCS_FILE", None),
    ("JWT_SECRT_FILE", "JWT_SECRET_FILE"),
    ("AUTH_SECRTE_FILE", None),
    ("JWT_CLIENT_IDS", "JWT_CLIENT_ID"),
    ("JWT_CLAIM", "JWT_CLAIMS"),
    ("JWT_SECRETS", "JWT_SECRET"),
    ("BETTER_AUTH_SECRETT", "BETTER_AUTH_SECRET"),
    ("BETTER_AUTH_SECRETSS", "BETTER_AUTH_SECRETS"),
    ("BETTER_AUTH_SECRE_FILE", "BETTER_AUTH_SECRET_FILE"),
    ("BETTER_AUTH_SECRETSS_FILE", "BETTER_AUTH_SECRETS_FILE"),
    ("JWT_SECRET_KEY", None),
    ("JWT_SECRET", None),
    ("SECRET", None),
    ("JWT", None),
]


@pytest.mark.parametrize(("name", "meant"), SUGGESTED)
def test_suggested_variable_is_the_one_that_is_probably_meant(name: str, meant: str) -> None:
    assert suggest_variable(name) == meant


@pytest.mark.parametrize("name", OF_OTHERS)
def test_name_of_another_program_suggests_no_variable(name: str) -> None:
    assert suggest_variable(name) is None


def test_secret_key_suggests_jwt_secret_beside_the_algorithm_of_the_tutorial() -> None:
    assert suggest_variable("SECRET_KEY", {"SECRET_KEY", "ALGORITHM"}) == "JWT_SECRET"
    assert suggest_variable("SECRET_KEY", {"SECRET_KEY", "DATABASE_URL"}) is None


@pytest.mark.parametrize(("name", "meant"), MISSPELLED)
def test_misspelled_name_has_the_words_of_the_variable(name: str, meant: str | None) -> None:
    assert find_misspelled(name) == meant


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"\xef\xbb\xbfjwt_audienc=api\nB=", {"JWT_AUDIENC"}),
        ("# \u00e9\nJWT_AUDIENC=\u00e9".encode(), {"JWT_AUDIENC"}),
        (b"JWT_AUDIENC=\xff", set()),
        (b"A=1\n" + b"#" * 1_048_576 + b"\nJWT_AUDIENC=api", {"A"}),
        (None, set()),
    ],
    ids=["byte order mark", "UTF-8", "not UTF-8", "too large", "missing"],
)
def test_variables_are_those_of_the_process_and_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, names: set[str]
) -> None:
    set_environment(monkeypatch, tmp_path, {"jwt_issur": "x", "JWT_CLIENT_IDS": ""})
    before = list_variables()
    if content is not None:
        Path(".env").write_bytes(content)
    assert list_variables() - before == names
    assert "JWT_ISSUR" in before
    assert "JWT_CLIENT_IDS" not in before


class OwnSettings(AuthSettings):
    """Settings of an application that reads a variable of its own."""

    jwt_client_ids: str | None = None


def test_variable_that_the_application_reads_itself_is_not_misspelled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_CLIENT_IDS": "web"})
    warn_of_misspelled(OwnSettings())
    with pytest.warns(ConfigurationWarning, match="JWT_CLIENT_IDS is set, but is not read: rename it to JWT_CLIENT_ID"):
        warn_of_misspelled(AuthSettings())
