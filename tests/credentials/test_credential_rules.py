"""The rules of credentials without a request: shapes of tokens, secrets, names of headers, who acts for whom."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._api_keys.api_key import ApiKey
from fastjose._credentials.api_keys import check_key_header
from fastjose._credentials.auth_js_cookies import AuthJsCookies
from fastjose._credentials.bearer_shapes import is_jwt, order_shapes
from fastjose._credentials.principal import Principal
from fastjose._credentials.requirements import (
    acts_as_itself,
    has_account,
    organization_roles_in_claims,
    split_roles,
)
from fastjose._credentials.secrets import check_secrets
from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose._sessions.session import Session, session_from_claims
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationWarning
from support.better_auth.sessions import SECRET, TOKEN, RecordedLookup, sign_session_token

if TYPE_CHECKING:
    from collections.abc import Callable

SESSION = Session(id="session-1", user_id="user-1")
IMPERSONATED = Session(id="session-1", user_id="user-1", impersonated_by="admin-1")


@pytest.mark.parametrize(
    ("credential", "claims", "session", "is_itself"),
    [
        ("api_key", {}, None, True),
        ("jwt", {}, None, False),
        ("jwt", {}, SESSION, True),
        ("jwt", {}, IMPERSONATED, False),
        ("jwt", {"client_id": "app"}, SESSION, False),
        ("jwt", {"azp": "app"}, SESSION, False),
        ("jwt", {"client_id": "app", "act": None}, SESSION, True),
        ("jwt", {"client_id": "app", "act": {}}, IMPERSONATED, False),
        ("opaque", {}, SESSION, False),
        ("opaque", {"act": None}, SESSION, True),
        ("opaque", {"act": None}, None, False),
        ("session", {"client_id": "app", "azp": "app"}, SESSION, True),
        ("cookie", {"client_id": "app"}, SESSION, True),
        ("cookie", {}, IMPERSONATED, False),
        ("auth_js", {}, None, False),
    ],
)
def test_sender_acts_as_itself_only_if_that_is_known(
    credential: Any,
    claims: dict[str, Any],
    session: Session | None,
    is_itself: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    assert acts_as_itself(Principal(credential, claims, session=session)) is is_itself


@pytest.mark.parametrize("name", ["isAnonymous", "is_anonymous"])
@pytest.mark.parametrize("value", [None, False, 0, ...])
def test_user_who_is_not_anonymous_has_an_account(name: str, value: Any) -> None:
    assert has_account(Principal("jwt", {} if value is ... else {name: value})) is True


@pytest.mark.parametrize("name", ["isAnonymous", "is_anonymous"])
@pytest.mark.parametrize("value", [True, 1, "", "false", [], {}, 0.0])
def test_user_whose_field_is_not_false_has_no_account(name: str, value: Any) -> None:
    assert has_account(Principal("jwt", {name: value})) is False
    assert has_account(Principal("jwt", {"isAnonymous": False, "is_anonymous": False, name: value})) is False


@pytest.mark.parametrize(
    ("firebase", "has_one"),
    [
        ({"identities": {}, "sign_in_provider": "anonymous"}, False),
        ({"identities": {}, "sign_in_provider": "password"}, True),
        ({"sign_in_provider": ["anonymous"]}, True),
        ({}, True),
        ("anonymous", True),
        (None, True),
    ],
)
def test_user_of_the_anonymous_provider_of_firebase_has_no_account(firebase: Any, *, has_one: bool) -> None:
    assert has_account(Principal("jwt", {"firebase": firebase})) is has_one


@pytest.mark.parametrize(
    ("api_key", "claims", "has_one"),
    [
        (ApiKey(id="key-1", user_id="user-1"), {"sub": "user-1"}, False),
        (ApiKey(id="key-1", user_id="user-1"), {"sub": "user-1", "id": "user-1"}, True),
        (ApiKey(id="key-1", user_id="user-1"), {"sub": "user-1", "id": "user-1", "isAnonymous": True}, False),
        (ApiKey(id="key-1", organization_id="org-1"), {"sub": "organization:org-1", "org": "org-1"}, True),
    ],
)
def test_user_of_an_api_key_has_an_account_only_if_that_is_known(
    api_key: ApiKey,
    claims: dict[str, Any],
    has_one: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    """A store such as `SecondaryStorageApiKeys` knows the id of the user alone, who may be anonymous."""
    assert has_account(Principal("api_key", claims, api_key=api_key)) is has_one


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({}, []),
        ({"org": "org-1"}, []),
        ({"org": {"role": "owner"}}, []),
        ({"org": {"id": 1, "role": "owner"}}, []),
        ({"org": {"id": "org-1"}}, []),
        ({"org": {"id": "org-1", "role": "owner, admin ,,"}}, ["owner", "admin"]),
        ({"org": {"id": "org-1", "role": ["owner", 1, " ", " XadminX "]}}, ["owner", "XadminX"]),
        ({"org": {"id": "org-1", "role": {"owner": True}}}, []),
    ],
)
def test_roles_of_an_organization_need_its_id(claims: dict[str, Any], roles: list[str]) -> None:
    assert organization_roles_in_claims(claims) == roles


def test_roles_of_a_member_are_separated_by_commas() -> None:
    assert split_roles("owner,admin") == ["owner", "admin"]
    assert split_roles("owner admin") == ["owner admin"]
    for value in (None, 1, {"owner": True}, ("owner",)):
        assert split_roles(value) == []


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, None),
        ({"sid": "s"}, None),
        ({"sub": "u"}, None),
        ({"sid": " ", "sub": "u"}, None),
        ({"sid": 1, "sub": "u"}, None),
        ({"sid": "s", "sub": 1}, None),
        ({"sid": "s", "sub": "u"}, (None, None, None)),
        ({"sid": "s", "sub": "u", "org": "o", "team": "t", "act": {"sub": "a"}}, ("o", "t", "a")),
        ({"sid": "s", "sub": "u", "org": {"id": "o"}, "team": " ", "act": {}}, ("o", None, "unknown")),
        ({"sid": "s", "sub": "u", "org": {}, "team": 1, "act": "a"}, (None, None, "unknown")),
        ({"sid": "s", "sub": "u", "org": 1, "act": {"sub": 1}}, (None, None, "unknown")),
        ({"sid": "s", "sub": "u", "act": False}, (None, None, "unknown")),
    ],
)
def test_claims_describe_a_session_with_sid_and_sub(claims: dict[str, Any], expected: Any) -> None:
    session = session_from_claims({**claims, "exp": 2, "iat": 1})
    if expected is None:
        assert session is None
        return
    assert session is not None
    assert (session.id, session.user_id) == ("s", "u")
    assert (session.active_organization_id, session.active_team_id, session.impersonated_by) == expected
    assert session.expires_at is not None
    assert session.created_at is not None
    assert (session.expires_at.timestamp(), session.created_at.timestamp()) == (2, 1)


def test_jwt_has_three_segments() -> None:
    assert [is_jwt(token) for token in ("a.b.c", "..", "a.b", "a", "", "a.b.c.d")] == [True, True, *[False] * 4]


def bearer(name: str, **attributes: Any) -> Any:
    return SimpleNamespace(name=name, matches=f"{name} matches", **attributes)


def find_order(*credentials: Any) -> Any:
    return order_shapes(credentials)


def test_opaque_tokens_are_asked_last() -> None:
    jwt, opaque = bearer("jwt"), bearer("opaque", introspect_jwts=False)
    session = bearer("session", allow_unsigned=False, matches_signed="signed")
    assert find_order(session, jwt) == [("session matches", session), ("jwt matches", jwt)]
    expected = [("jwt matches", jwt), ("signed", session), ("opaque matches", opaque)]
    assert find_order(opaque, session, jwt) == expected
    assert find_order(opaque, jwt) == [expected[0], expected[2]]
    assert find_order(opaque) == [expected[2]]


def test_credentials_with_tokens_of_one_shape_raise_value_error() -> None:
    introspecting = bearer("opaque", introspect_jwts=True)
    assert find_order(introspecting) == [("opaque matches", introspecting)]
    with pytest.raises(ValueError, match=r"^introspect_jwts must be False beside JwtCredentials"):
        find_order(introspecting, bearer("jwt"))
    unsigned = bearer("session", allow_unsigned=True)
    assert find_order(unsigned) == [("session matches", unsigned)]
    with pytest.raises(ValueError, match=r"^allow_unsigned must be False beside OpaqueTokens"):
        find_order(unsigned, bearer("opaque", introspect_jwts=False))


def test_session_token_has_its_shape_with_and_without_signature() -> None:
    sessions, signed = SessionTokens(RecordedLookup()), sign_session_token()
    for token, matches, is_signed in (
        (signed, True, True),
        (TOKEN, True, False),
        (signed[:-1], True, False),
        ("a.b.c", False, False),
        ("a b", False, False),
        ("x" * 128, True, False),
        ("x" * 129, False, False),
        ("", False, False),
        (f"{signed}=", True, False),
    ):
        assert (sessions.matches(token), sessions.matches_signed(token)) == (matches, is_signed), token


@pytest.mark.parametrize("name", ["x-api-key", "X-Key-2", "key"])
def test_name_of_a_key_header_is_returned(name: str) -> None:
    assert check_key_header(name) == name


@pytest.mark.parametrize("name", ["", "-", "x key", "x_key", "schlüssel", "x-ключ", "Authorization", "COOKIE", "host"])
def test_name_of_another_header_raises_value_error(name: str) -> None:
    with pytest.raises(ValueError, match=r"^header must be the name of a header of its own, such as x-api-key"):
        check_key_header(name)


def test_secrets_that_are_not_in_a_list_raise_type_error() -> None:
    arguments: list[tuple[Any, Any]] = [(SECRET, ()), (SECRET.encode(), ()), ([SECRET], SECRET), ([SECRET], b"x")]
    for secrets, old in arguments:
        with pytest.raises(TypeError, match=r"^secrets must be a list of secrets"):
            check_secrets(secrets, old)


def test_published_secret_raises_value_error() -> None:
    for secrets, old in (([SECRET, DEVELOPMENT_SECRET], []), ([SECRET], [DEVELOPMENT_SECRET])):
        with pytest.raises(ValueError, match=r"^secrets must not have Better Auth's known default secret"):
            check_secrets(secrets, old)


@pytest.mark.parametrize(
    ("secrets", "old", "is_warned"),
    [
        (["x" * 32], [], False),
        (["x" * 31], [], True),
        (["x" * 32, "x" * 31], [], True),
        (["ä" * 16], [], False),
        (["\ud800" * 31], [], True),
        (["x" * 32], ["short"], False),
        ([], [], False),
    ],
)
def test_short_secret_that_signs_is_warned_of(
    secrets: list[str],
    old: list[str],
    is_warned: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_secrets(secrets, old)
    assert [warning.category for warning in caught] == [ConfigurationWarning] * is_warned
    assert all(str(warning.message).endswith("and sign sessions with it") for warning in caught)


@pytest.mark.parametrize(
    "build",
    [
        lambda: SessionTokens(RecordedLookup(None), secrets=["short"]),
        lambda: SessionCookies(RecordedLookup(None), secrets=["short"]),
        lambda: AuthJsCookies(["short"]),
    ],
)
def test_warning_of_a_short_secret_points_at_the_line_with_it(build: Callable[[], object]) -> None:
    with pytest.warns(ConfigurationWarning, match="secrets must have at least 32 bytes each") as caught:
        build()
    assert [warning.filename for warning in caught] == [__file__]
