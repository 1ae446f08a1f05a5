"""Shared secrets: which ones verify and which ones only decrypt, and what is seldom intended about one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from fastjose._config.keys.shared_secret import (
    LabelledSecret,
    build_secret_key,
    describe_oddity,
    find_session_secrets,
    parse_versioned_secrets,
    select_secrets,
    warn_of_oddities,
)
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationError, ConfigurationWarning
from fastjose.settings import AuthSettings
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET, set_environment
from support.tokens.jose_builder import ec_key, spki

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = "BETTER_AUTH_SECRETS"
THREE = "3:a,2:b,1:c"
PUBLIC_PEM = spki(ec_key().public_key()).decode()


def labelled(value: str, label: str = "JWT_SECRET") -> LabelledSecret:
    return LabelledSecret(label, SecretStr(value))


def warnings_of(secret: LabelledSecret, algorithm: str = "HS256", **fields: Any) -> list[tuple[str, str]]:
    """Return the codes and the texts of the warnings when the key is built."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        build_secret_key(secret, algorithm, make_settings(**fields), is_current=True)
    return [(getattr(each.message, "code", ""), str(each.message)) for each in caught]


@pytest.mark.parametrize(
    ("fields", "accepted", "older"),
    [
        ({}, [], []),
        ({"better_auth_secret": "s"}, ["s"], []),
        ({"better_auth_secret": "s", "jwt_accept_old_secrets": True}, ["s"], []),
        ({"better_auth_secrets": THREE}, ["a"], ["b", "c"]),
        ({"better_auth_secrets": THREE, "better_auth_secret": "s"}, ["a"], ["b", "c", "s"]),
        ({"better_auth_secrets": THREE, "jwt_accept_old_secrets": True}, ["a", "b", "c"], []),
        (
            {"better_auth_secrets": THREE, "better_auth_secret": "s", "jwt_accept_old_secrets": True},
            ["a", "b", "c", "s"],
            [],
        ),
        ({"better_auth_secrets": "1:a", "better_auth_secret": DEVELOPMENT_SECRET}, ["a"], []),
        ({"jwt_secret": "s"}, [], []),
    ],
    ids=str,
)
def test_older_secrets_of_sessions_only_decrypt(fields: dict[str, Any], accepted: list[str], older: list[str]) -> None:
    found = find_session_secrets(make_settings(**fields))
    assert tuple([secret.value.get_secret_value() for secret in part] for part in found) == (accepted, older)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, None),
        ({"OTHER": "x"}, None),
        ({"JWT_LEEWAY_SECOND": "5"}, None),
        ({"OIDC_ISSUR": "x"}, ("OIDC_ISSUR", "OIDC_ISSUER")),
        ({"BETTERAUTH_SECRET": "x"}, ("BETTERAUTH_SECRET", "BETTER_AUTH_SECRET")),
        ({"BETTERAUTH_SECRET": "x", "OIDC_ISSUR": "x"}, ("OIDC_ISSUR", "OIDC_ISSUER")),
        ({"SECRET_KEY": "x", "ALGORITHM": "HS256"}, ("SECRET_KEY", "JWT_SECRET")),
        ({"SECRET_KEY": "x"}, None),
    ],
    ids=str,
)
def test_missing_secret_names_a_source_that_is_probably_misspelled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], named: tuple[str, str] | None
) -> None:
    set_environment(monkeypatch, tmp_path, environment)
    with pytest.raises(ConfigurationError) as raised:
        select_secrets(AuthSettings())
    assert (raised.value.code, raised.value.variable) == ("not_configured", "BETTER_AUTH_SECRET")
    end = "The file .env is read from the working directory."
    if named is not None:
        end += f" The variable {named[0]} is set, but is not read: {named[1]} may be meant."
    assert str(raised.value).endswith(end)


@pytest.mark.parametrize(
    ("value", "oddity"),
    [
        (SECRET, None),
        ("a#b", None),
        ("'a", None),
        *((f"{space}{SECRET}", "begins or ends with white space") for space in "\n\u00a0\ufeff\x1c\u2003"),
        (f"{SECRET}\r", "begins or ends with white space"),
        (f"'{SECRET}'", "is in quotes"),
        (f"\u201c{SECRET}\u201d", "is in quotes"),
        (f"{SECRET} # ours", "ends with a comment"),
        (f"{SECRET}\t#", "ends with a comment"),
    ],
)
def test_what_is_seldom_intended_about_a_secret_is_a_warning(value: str, oddity: str | None) -> None:
    assert describe_oddity(labelled(value)) == oddity
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_oddities([labelled(value), labelled("b")])
    assert [str(each.message).startswith(f"JWT_SECRET {oddity}: remove this") for each in caught] == [True] * len(
        caught
    )
    assert [each.message.code for each in caught if isinstance(each.message, ConfigurationWarning)] == (
        ["secret_in_quotes"] if oddity else []
    )


@pytest.mark.parametrize(
    ("text", "code", "fragment"),
    [
        ("'2:a,1:b'", "quoted_value", "must not be in quotes"),
        ("\ufeff\u00a0'2:a'\n", "quoted_value", "must not be in quotes"),
        ("2:a,2:b", "invalid_value", ", entry 2: the version must not be that of entry 1"),
        ("a", "invalid_value", ", entry 1: the entry must be <version>:<secret>"),
        ("2:a,x:b", "invalid_value", ", entry 2: the entry must be <version>:<secret>"),
        ("2:a,1", "invalid_value", ", entry 2: the entry must be <version>:<secret>"),
        ("2:", "invalid_value", ", entry 1: the version must be an integer"),
        ("-1:a", "invalid_value", ", entry 1: the version must be an integer"),
        ("9007199254740992:a", "invalid_value", ", entry 1: the version must be an integer"),
    ],
)
def test_error_of_versioned_secrets_has_its_code_and_its_variable(text: str, code: str, fragment: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_versioned_secrets(text)
    error = raised.value
    assert (error.code, error.variable, fragment in str(error)) == (code, SECRETS, True)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_key_is_for_one_algorithm(algorithm: str) -> None:
    key = build_secret_key(labelled(SECRET), algorithm, make_settings(), is_current=True)
    assert key.algorithms == [algorithm]


@pytest.mark.parametrize(
    ("value", "code", "fragment"),
    [
        (PUBLIC_PEM, "invalid_value", "asymmetric key"),
        (f"{SECRET}\udcff", "invalid_value", "must be valid Unicode"),
        ("", "invalid_value", "JWT_SECRET: "),
        ("/run/secrets/jwt-secret", "not_a_secret", "set JWT_SECRET_FILE"),
        (DEVELOPMENT_SECRET, "published_secret", "must not be a known default secret"),
        (f" '{DEVELOPMENT_SECRET}'\n", "published_secret", "must not be a known default secret"),
        ("a-string-secret-at-least-256-bits-long", "published_secret", "from public documentation"),
        ("a" * 31, "short_secret", "must have at least 32 bytes for HS256 (RFC 7518 §3.2), but has 31 bytes"),
    ],
)
def test_secret_that_cannot_be_used_has_its_code(value: str, code: str, fragment: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        build_secret_key(labelled(value), "HS256", make_settings(), is_current=True)
    error = raised.value
    assert (error.code, error.variable, fragment in str(error)) == (code, "JWT_SECRET", True)
    assert str(error).startswith("JWT_SECRET")


@pytest.mark.parametrize("label", ["BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS, entry 1"])
def test_default_secret_of_better_auth_is_an_error_of_its_variable(label: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{label} must not be Better Auth's known default secret") as raised:
        build_secret_key(labelled(DEVELOPMENT_SECRET, label), "HS256", make_settings(), is_current=False)
    assert (raised.value.code, raised.value.variable) == ("published_secret", label.partition(",")[0])


@pytest.mark.parametrize(("algorithm", "size"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_secret_must_be_as_long_as_the_hash(algorithm: str, size: int) -> None:
    assert warnings_of(labelled("a" * size), algorithm) == []
    assert warnings_of(labelled("\u00e9" * (size // 2)), algorithm) == []
    short = labelled("a" * (size - 1))
    with pytest.raises(ConfigurationError, match=f"at least {size} bytes for {algorithm}"):
        build_secret_key(short, algorithm, make_settings(), is_current=True)
    for fields in ({"environment": "development"}, {"jwt_allow_short_secret": True}):
        ((code, text),) = warnings_of(short, algorithm, **fields)
        assert (code, f"but has {size - 1} bytes" in text) == ("short_secret_allowed", True)
