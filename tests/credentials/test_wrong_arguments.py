"""Arguments of a wrong type: an error at start that names the argument, and not one of Python at each request."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import Verifier
from fastjose.api_keys import DatabaseApiKeys
from fastjose.auth_js import AuthJsCookies
from fastjose.aws import alb_verifier
from fastjose.better_auth import host_verifiers
from fastjose.fastapi import (
    ApiKeys,
    BearerAuth,
    CookieAuth,
    CredentialAuth,
    JwtCredentials,
    OpaqueTokens,
    OwnershipChecker,
    SessionCookies,
    SessionTokens,
)
from fastjose.introspection import RemoteIntrospection
from fastjose.revocation import RedisRevocations, RevocationList, logout_route, logout_verifier
from fastjose.sessions import DatabaseSessions, RemoteSessions, SecondaryStorageSessions
from fastjose.starlette import JwtAuthenticationBackend
from support.better_auth.sessions import SECRET, RecordedLookup
from support.tokens.bearer_tokens import KEY_SET

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.http

URL = "https://app.example.com"
REDIS = "redis://:hunter22@127.0.0.1:1"
DATABASE = "sqlite+aiosqlite:///unused.db"
VERIFIER = Verifier(SECRET, algorithms="HS256")
LOOKUP: Any = RecordedLookup()
INTROSPECTION = RemoteIntrospection(f"{URL}/introspect", client_id="api", client_secret="x", audience="api")
LOGOUT = logout_verifier(KEY_SET, issuer=URL, client_id="api")
CREDENTIALS = "^credentials must be JwtCredentials, .* each an argument of its own"
FLAG = "must be True or False$"
SECONDS = "must be a number of seconds"
ORIGINS = "^trusted_origins must be a list of origins"


def describe_text(argument: str, example: str) -> str:
    return f"^{argument} must be a str, such as {example}$"


def describe_names(argument: str, example: str) -> str:
    return rf'^{argument} must be a list of names, such as \["{example}"\]$'


REVOCATIONS = "^revocations must be the RevocationList or RedisRevocations that the verifiers ask$"
PATH = "^path must begin with a slash, such as /backchannel-logout$"
CASES: list[tuple[Callable[..., Any], str]] = [
    (lambda: CredentialAuth(VERIFIER), CREDENTIALS),  # type: ignore[arg-type]
    (lambda: CredentialAuth([JwtCredentials(VERIFIER)]), CREDENTIALS),  # type: ignore[arg-type]
    (lambda: CredentialAuth(RemoteSessions(URL)), CREDENTIALS),  # type: ignore[arg-type]
    (lambda: CredentialAuth(None), CREDENTIALS),  # type: ignore[arg-type]
    (lambda: CookieAuth(None), "^cookies must be SessionCookies or AuthJsCookies"),  # type: ignore[arg-type]
    (lambda: CookieAuth(JwtCredentials(VERIFIER)), "^cookies must be"),  # type: ignore[arg-type]
    (lambda: BearerAuth(VERIFIER, token_url=5), describe_text("token_url", "/api/auth/token")),  # type: ignore[arg-type]
    (lambda: BearerAuth(VERIFIER, scheme_name=5), describe_text("scheme_name", "Staff")),  # type: ignore[arg-type]
    (lambda: BearerAuth(VERIFIER, websocket_subprotocol=5), "^websocket_subprotocol"),  # type: ignore[arg-type]
    (lambda: BearerAuth(VERIFIER, trusted_origins=None), ORIGINS),  # type: ignore[arg-type]
    (lambda: JwtAuthenticationBackend(VERIFIER, optional="false"), f"^optional {FLAG}"),  # type: ignore[arg-type]
    (lambda: JwtAuthenticationBackend(VERIFIER, token_header=5), "^token_header must be"),  # type: ignore[arg-type]
    (lambda: JwtAuthenticationBackend(VERIFIER, trusted_origins=5), ORIGINS),  # type: ignore[arg-type]
    (lambda: OpaqueTokens(INTROSPECTION, introspect_jwts="0"), f"^introspect_jwts {FLAG}"),  # type: ignore[arg-type]
    (lambda: SessionTokens(LOOKUP, allow_unsigned="0"), f"^allow_unsigned {FLAG}"),  # type: ignore[arg-type]
    (lambda: SessionTokens(LOOKUP, secrets=None), "^secrets must be a list of secrets"),  # type: ignore[arg-type]
    (lambda: SessionTokens(LOOKUP, secrets={SECRET}), "^secrets must be a list of secrets"),  # type: ignore[arg-type]
    (lambda: SessionCookies(LOOKUP, trusted_origins=None), ORIGINS),  # type: ignore[arg-type]
    (lambda: SessionCookies(LOOKUP, trusted_origins=b"x"), ORIGINS),  # type: ignore[arg-type]
    (lambda: AuthJsCookies([SECRET], trusted_origins=5), ORIGINS),  # type: ignore[arg-type]
    (lambda: AuthJsCookies([SECRET], leeway_seconds="5"), f"^leeway_seconds {SECONDS}"),  # type: ignore[arg-type]
    (lambda: AuthJsCookies([SECRET], leeway_seconds=float("nan")), f"^leeway_seconds {SECONDS}, 0 or more$"),
    (lambda: AuthJsCookies([SECRET], leeway_seconds=float("inf")), f"^leeway_seconds {SECONDS}, 0 or more$"),
    (lambda: AuthJsCookies([SECRET], leeway_seconds=-1), f"^leeway_seconds {SECONDS}, 0 or more$"),
    (lambda: ApiKeys(LOOKUP, header=5), describe_text("header", "x-api-key")),  # type: ignore[arg-type]
    (lambda: ApiKeys(LOOKUP, config_ids=[None]), describe_names("config_ids", "default")),  # type: ignore[list-item]
    (lambda: ApiKeys(LOOKUP, organization_config_ids=5), describe_names("organization_config_ids", "organization")),  # type: ignore[arg-type]
    (lambda: DatabaseApiKeys(DATABASE, hash_keys="no"), f"^hash_keys {FLAG}"),  # type: ignore[arg-type]
    (lambda: DatabaseApiKeys(DATABASE, plural_tables=1), f"^plural_tables {FLAG}"),  # type: ignore[arg-type]
    (
        lambda: DatabaseApiKeys(DATABASE, organization_config_ids=b"x"),  # type: ignore[arg-type]
        describe_names("organization_config_ids", "organization"),
    ),
    (lambda: DatabaseSessions(DATABASE, timeout_seconds=None), f"^timeout_seconds {SECONDS}$"),  # type: ignore[arg-type]
    (lambda: DatabaseSessions(DATABASE, user_columns=5), describe_names("user_columns", "email")),  # type: ignore[arg-type]
    (lambda: SecondaryStorageSessions(REDIS, timeout_seconds="2"), f"^timeout_seconds {SECONDS}$"),  # type: ignore[arg-type]
    (lambda: RedisRevocations(REDIS, policy=[]), '^policy must be "closed" or "open"'),  # type: ignore[arg-type]
    (lambda: RedisRevocations(REDIS, max_staleness_seconds=None), f"^max_staleness_seconds {SECONDS}$"),  # type: ignore[arg-type]
    (lambda: logout_route(LOGOUT, None), REVOCATIONS),  # type: ignore[arg-type]
    (lambda: logout_route(LOGOUT, RevocationList), REVOCATIONS),  # type: ignore[arg-type]
    (lambda: logout_route(LOGOUT, RevocationList(), path="logout"), PATH),
    (lambda: logout_route(LOGOUT, RevocationList(), path=None), PATH),  # type: ignore[arg-type]
    (lambda: logout_route(LOGOUT, RevocationList(), revoke=[]), '^revoke must be "session" or'),  # type: ignore[arg-type]
    (lambda: OwnershipChecker("task", hide_existence="no"), f"^hide_existence {FLAG}"),  # type: ignore[arg-type]
    (lambda: OwnershipChecker(None), "^resource_name must be a str"),  # type: ignore[arg-type]
    (lambda: alb_verifier(signer=[None]), r"^signer must be a list of names, such as \[\"arn:aws:"),  # type: ignore[list-item]
    (lambda: alb_verifier(signer="x", region=5), describe_text("region", "eu-west-1")),  # type: ignore[arg-type]
    (lambda: host_verifiers(URL, allowed_hosts=None), describe_names("allowed_hosts", "app.example.com")),  # type: ignore[arg-type]
    (lambda: host_verifiers(URL, allowed_hosts=["a"], algorithms=5), describe_names("algorithms", "EdDSA")),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("build", "text"), CASES)
def test_wrong_argument_is_an_error_that_names_it(build: Callable[[], Any], text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text) as wrong:
        build()
    assert "hunter22" not in str(wrong.value)


@pytest.mark.parametrize("leeway_seconds", [0, 0.5, 1e9])
def test_leeway_may_be_any_finite_number_of_seconds(leeway_seconds: float) -> None:
    assert AuthJsCookies([SECRET], leeway_seconds=leeway_seconds)


def test_one_origin_may_be_a_str() -> None:
    assert SessionCookies(LOOKUP, trusted_origins=URL)
    assert AuthJsCookies([SECRET], trusted_origins=URL)


def test_copy_of_redis_revocations_is_the_same_list() -> None:
    revocations = RedisRevocations(REDIS)
    assert copy.copy(revocations) is copy.deepcopy(revocations) is revocations
    text = "RedisRevocations cannot be pickled: create it in the other process, where it reads the same stream"
    with pytest.raises(TypeError, match=f"^{text}$"):
        pickle.dumps(revocations)
