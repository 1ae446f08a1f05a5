"""Which variables a log hint names, in each mode: those that the operator has set, or those that would help."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fastjose._config.names.environment_names import names_of_environment
from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose.exceptions import ConfigurationError
from fastjose.settings import AuthSettings

URL, KEYS, SECRET = "https://app.example.com", "https://id.example/keys", "s" * 40
OLD_AND_NEW = f"2:{SECRET},1:{SECRET}"
VARIABLES = re.compile(r"[A-Z]{2,}_[A-Z_]+(?:=\w+)?")
BETTER_AUTH = {"better_auth_url": URL}
OIDC = {"oidc_issuer": "https://id.example"}
ISSUER_OF_BETTER_AUTH = ["BETTER_AUTH_URL", "JWKS_URL", "JWT_ISSUER"]
AUDIENCE_OF_BETTER_AUTH = ["BETTER_AUTH_URL", "JWKS_URL", "JWT_AUDIENCE"]
SOURCES = ["OIDC_ISSUER", "JWKS_URL", "JWT_PUBLIC_KEY"]

# The settings, and the variables in the texts about the issuer, the audience and the keys.
NAMED: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    (
        BETTER_AUTH,
        {
            "issuer": ["BETTER_AUTH_URL"],
            "fix_issuer": ISSUER_OF_BETTER_AUTH,
            "audience": ["BETTER_AUTH_URL"],
            "fix_audience": AUDIENCE_OF_BETTER_AUTH,
            "key_set": ["BETTER_AUTH_URL"],
            "use_secret": ["JWT_MODE=secret", "BETTER_AUTH_SECRET"],
            "use_key_set": ["BETTER_AUTH_URL"],
            "use_oauth": ["JWT_PROFILE=oauth", "JWT_AUDIENCE"],
            "use_api": ["JWT_PROFILE=api"],
            "required": [],
            "secret": [],
        },
    ),
    (
        {**BETTER_AUTH, "jwt_issuer": "a", "jwt_audience": "b"},
        {
            "issuer": ["JWT_ISSUER"],
            "fix_issuer": ["JWT_ISSUER"],
            "audience": ["JWT_AUDIENCE"],
            "fix_audience": ["JWT_AUDIENCE"],
            "use_oauth": ["JWT_PROFILE=oauth"],
        },
    ),
    (
        {**BETTER_AUTH, "jwt_profile": "oauth"},
        {"issuer": ["BETTER_AUTH_URL"], "audience": ["JWT_AUDIENCE"], "fix_audience": ["JWT_AUDIENCE"]},
    ),
    (
        {**BETTER_AUTH, "jwks_url": KEYS},
        {"issuer": ["BETTER_AUTH_URL"], "fix_issuer": ISSUER_OF_BETTER_AUTH, "key_set": ["JWKS_URL"], "required": []},
    ),
    (
        {**BETTER_AUTH, "better_auth_secret": SECRET, "jwt_mode": "secret"},
        {
            "issuer": ["JWT_ISSUER"],
            "fix_issuer": ["JWT_ISSUER"],
            "audience": ["JWT_AUDIENCE"],
            "fix_audience": ["JWT_AUDIENCE"],
            "secret": ["BETTER_AUTH_SECRET"],
            "use_key_set": ["BETTER_AUTH_URL", "JWT_MODE=jwks"],
        },
    ),
    (
        {**BETTER_AUTH, "better_auth_secret": SECRET, "jwt_mode": "jwks"},
        {"secret": [], "use_key_set": ["BETTER_AUTH_URL"]},
    ),
    (
        {"jwks_url": KEYS},
        {
            "issuer": ["JWKS_URL"],
            "fix_issuer": ["JWT_ISSUER"],
            "audience": ["JWKS_URL"],
            "fix_audience": ["JWT_AUDIENCE"],
            "key_set": ["JWKS_URL"],
            "use_oauth": ["JWT_PROFILE=oidc", "JWT_PROFILE=oauth", "JWT_AUDIENCE"],
            "use_api": ["JWT_PROFILE=oidc", "JWT_PROFILE=api"],
            "required": ["JWT_PROFILE=oidc"],
        },
    ),
    (
        {"jwks_url": f"{URL}/api/auth/jwks"},
        {"use_oauth": ["JWT_PROFILE=oauth", "JWT_AUDIENCE"], "use_api": ["JWT_PROFILE=api"], "required": []},
    ),
    (
        {"jwks_url": KEYS, "jwt_profile": "oidc", "jwt_audience": "a"},
        {
            "issuer": ["JWKS_URL"],
            "key_set": ["JWKS_URL"],
            "use_secret": ["JWT_MODE=secret", "JWT_SECRET"],
            "use_key_set": SOURCES,
            "use_oauth": ["JWT_PROFILE=oidc"],
            "use_api": ["JWT_PROFILE=oidc"],
            "required": [],
        },
    ),
    (
        OIDC,
        {
            "issuer": ["OIDC_ISSUER"],
            "fix_issuer": ["OIDC_ISSUER"],
            "audience": ["JWT_AUDIENCE"],
            "fix_audience": ["JWT_AUDIENCE"],
            "key_set": ["OIDC_ISSUER"],
            "use_secret": ["JWT_MODE=secret", "JWT_SECRET"],
            "use_key_set": SOURCES,
            "use_oauth": ["JWT_PROFILE=oidc"],
            "use_api": ["JWT_PROFILE=oidc"],
            "required": [],
            "secret": [],
        },
    ),
    (
        {**OIDC, "jwt_issuer": "b", "jwt_mode": "oidc"},
        {"issuer": ["JWT_ISSUER"], "fix_issuer": ["JWT_ISSUER"], "use_key_set": [*SOURCES, "JWT_MODE"]},
    ),
    ({"jwt_public_key": "x"}, {"issuer": ["JWT_ISSUER"], "audience": ["JWT_AUDIENCE"], "key_set": ["JWT_PUBLIC_KEY"]}),
    ({"alb_signer": "x"}, {"key_set": ["ALB_SIGNER"], "header": ["ALB_SIGNER", "JWT_CLIENT_ID"]}),
    ({"jwt_secret": SECRET}, {"secret": ["JWT_SECRET"], "issuer": ["JWT_ISSUER"], "use_key_set": SOURCES}),
    ({**OIDC, "jwt_secret": SECRET, "jwt_accept_secret": True}, {"secret": ["JWT_SECRET"], "issuer": ["OIDC_ISSUER"]}),
    (
        {"better_auth_secret": SECRET},
        {"secret": ["BETTER_AUTH_SECRET"], "key_set": ["BETTER_AUTH_URL"], "use_key_set": ["BETTER_AUTH_URL"]},
    ),
    ({"better_auth_secrets": OLD_AND_NEW}, {"secret": ["BETTER_AUTH_SECRETS"]}),
    (
        {"better_auth_secrets": OLD_AND_NEW, "better_auth_secret": SECRET, "jwt_accept_old_secrets": True},
        {"secret": ["BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET"], "check_secret": []},
    ),
]


def names_of(fields: dict[str, Any]) -> SettingNames:
    settings: Any = AuthSettings
    return names_of_environment(settings(_env_file=None, **fields))


@pytest.mark.parametrize(("fields", "named"), NAMED, ids=str)
def test_each_text_names_the_variables_of_the_mode(fields: dict[str, Any], named: dict[str, list[str]]) -> None:
    names = names_of(fields)
    assert {attribute: VARIABLES.findall(getattr(names, attribute)) for attribute in named} == named
    assert names.algorithms == "JWT_ALGORITHM"
    assert names.claims == "JWT_CLAIMS and JWT_CLIENT_ID"
    assert names.header == "ALB_SIGNER and JWT_CLIENT_ID"
    assert names.is_environment is True
    assert bool(names.required) is bool(VARIABLES.findall(names.required))


@pytest.mark.parametrize(
    ("fields", "is_better_auth"),
    [
        (BETTER_AUTH, True),
        ({"jwks_url": KEYS}, True),
        ({"better_auth_secret": SECRET}, True),
        ({"better_auth_secrets": OLD_AND_NEW}, True),
        ({"jwks_url": KEYS, "jwt_profile": "oidc"}, False),
        (OIDC, False),
        ({"jwt_public_key": "x"}, False),
        ({"alb_signer": "x"}, False),
        ({"jwt_secret": SECRET}, False),
    ],
    ids=str,
)
def test_only_an_issuer_that_may_be_better_auth_is_named_so(
    fields: dict[str, Any],
    is_better_auth: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    names = names_of(fields)
    assert names.is_better_auth is is_better_auth
    assert ("Better Auth" in names.audience_of_issuer, "front end" in names.send_token) == (is_better_auth,) * 2
    assert bool(names.audience_of_issuer) is is_better_auth
    assert is_better_auth or "Better Auth" not in repr(names)


def test_several_secrets_are_named_with_or_between_them() -> None:
    fields = {"better_auth_secrets": OLD_AND_NEW, "better_auth_secret": SECRET, "jwt_accept_old_secrets": True}
    secret = "BETTER_AUTH_SECRETS, entry 1 or BETTER_AUTH_SECRETS, entry 2 or BETTER_AUTH_SECRET"
    assert names_of(fields).secret == secret


@pytest.mark.parametrize(
    ("fields", "begins", "ends"),
    [
        ({"jwt_secret": SECRET}, IN_CODE.check_secret, IN_CODE.check_secret),
        ({"jwt_secret": f"'{SECRET}'"}, "JWT_SECRET is in quotes; it must", IN_CODE.check_secret),
        (
            {"better_auth_secrets": f"2:'{SECRET}',1:\"{SECRET}\"", "jwt_accept_old_secrets": True},
            "BETTER_AUTH_SECRETS, entry 1 is in quotes; BETTER_AUTH_SECRETS, entry 2 is in quotes; it must",
            IN_CODE.check_secret,
        ),
        ({"better_auth_secrets": OLD_AND_NEW}, IN_CODE.check_secret, "set JWT_ACCEPT_OLD_SECRETS=1"),
    ],
    ids=str,
)
def test_what_to_check_about_the_secret_begins_with_what_is_odd(fields: dict[str, Any], begins: str, ends: str) -> None:
    text = names_of(fields).check_secret
    assert text.startswith(begins)
    assert text.endswith(ends)
    assert SECRET not in text


@pytest.mark.parametrize("fields", [{"jwt_mode": "secret"}, {**OIDC, "jwt_accept_secret": True}], ids=str)
def test_secret_that_is_missing_is_an_error(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="BETTER_AUTH_SECRET"):
        names_of(fields)


def test_secret_that_is_not_accepted_is_not_read() -> None:
    assert names_of({**BETTER_AUTH, "better_auth_secrets": "malformed"}).secret == ""
