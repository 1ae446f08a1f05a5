"""What a store returns is validated in one place: expiry, ban, and that token, session and user belong together."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from freezegun import freeze_time

from fastjose._sessions.timestamps import parse_timestamp, to_datetime
from fastjose._sessions.validation import validate_session
from fastjose.exceptions import SessionError, StoreUnavailableError
from support.better_auth.sessions import FUTURE, PAST, TOKEN, make_record

NOW = "2026-03-01T12:00:00Z"
NOW_SECONDS = 1_772_366_400


def validate(record: Any, *named: str) -> tuple[Any, dict[str, Any]]:
    return validate_session(record, TOKEN, frozenset(named))


def test_session_and_user_are_returned() -> None:
    session, claims = validate(
        make_record(
            {"activeOrganizationId": "org-1", "activeTeamId": "team-1", "impersonatedBy": "admin-1"}, image=None
        )
    )
    assert session.model_dump() == {
        "id": "session-1",
        "user_id": "user-1",
        "expires_at": dt.datetime(2999, 1, 1, tzinfo=dt.timezone.utc),
        "created_at": dt.datetime(2001, 1, 1, tzinfo=dt.timezone.utc),
        "active_organization_id": "org-1",
        "active_team_id": "team-1",
        "impersonated_by": "admin-1",
    }
    assert claims == {"sub": "user-1", "id": "user-1", "email": "ada@example.com", "name": "Ada", "image": None}
    assert TOKEN not in repr(session)


@pytest.mark.parametrize(
    "record",
    [
        None,
        {"session": make_record()["session"], "user": None},
        {"session": make_record()["session"], "user": []},
        {"session": make_record()["session"], "user": 1},
    ],
)
def test_unknown_session_is_rejected(record: Any) -> None:
    with pytest.raises(SessionError) as raised:
        validate(record)
    assert raised.value.code == "unknown_session"


@pytest.mark.parametrize(
    "record", [True, 1, "session", [], {}, {"session": None, "user": {}}, {"user": {"id": "user-1"}}]
)
def test_nonsense_is_not_a_verdict(record: Any) -> None:
    with pytest.raises(StoreUnavailableError) as raised:
        validate(record)
    assert raised.value.retry_after_seconds == 1


@pytest.mark.parametrize(
    ("session", "user"),
    [
        ({"userId": "user-2"}, {}),
        ({"userId": ...}, {}),
        ({"userId": None}, {"id": None}),
        ({"userId": ""}, {"id": ""}),
        ({"userId": " "}, {"id": " "}),
        ({"userId": True}, {"id": True}),
        ({}, {"id": ...}),
        ({"token": "another-token"}, {}),
        ({"token": TOKEN.upper()}, {}),
        ({"token": 7}, {}),
        ({"token": "\ud800"}, {}),
    ],
)
def test_parts_of_different_sessions_are_rejected(session: dict[str, Any], user: dict[str, Any]) -> None:
    with pytest.raises(SessionError) as raised:
        validate(make_record(session, **user))
    assert raised.value.code == "unknown_session"


@pytest.mark.parametrize("user_id", [7, uuid.UUID(int=7), "7"])
def test_ids_are_texts(user_id: Any) -> None:
    session, claims = validate(make_record({"userId": user_id, "id": user_id}, id=user_id))
    assert (session.id, session.user_id, claims["sub"], claims["id"]) == (str(user_id),) * 4


NONSENSE: list[Any] = [..., None, "", "soon", True, [], {}, float("nan"), float("inf")]
LATER, EARLIER = NOW_SECONDS + 1, NOW_SECONDS - 1


@freeze_time(NOW)
@pytest.mark.parametrize(
    "expiry",
    [
        LATER,
        LATER * 1_000,
        NOW_SECONDS + 0.5,
        NOW_SECONDS * 1_000 + 1,
        str(LATER * 1_000),
        "2026-03-01T12:00:00.001Z",
        "2026-03-01T12:00:00.0001Z",
        "2026-03-01T12:00:01",
        "2026-03-01 12:00:01+00",
        "2026-03-01T17:30:01+05:30",
        dt.datetime(2026, 3, 1, 12, 0, 1),  # noqa: DTZ001 - as drivers return a column without a time zone
        dt.datetime(2026, 3, 1, 17, 30, 1, tzinfo=dt.timezone(dt.timedelta(hours=5.5))),
    ],
    ids=str,
)
def test_session_that_has_not_expired_is_accepted(expiry: Any) -> None:
    validate(make_record({"expiresAt": expiry}))


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("expiry", "code"),
    [
        *((expired, "session_expired") for expired in (NOW_SECONDS, EARLIER, NOW_SECONDS * 1_000, 0, -1, NOW, PAST)),
        ("2026-03-01T17:30:00+05:30", "session_expired"),
        (dt.datetime(2026, 3, 1, 12, 0, 0), "session_expired"),  # noqa: DTZ001 - as above
        *((nonsense, "unknown_session") for nonsense in NONSENSE),
        (10**400, "unknown_session"),
        ("9" * 400, "unknown_session"),
        ("2026-13-01T00:00:00Z", "unknown_session"),
    ],
    ids=str,
)
def test_session_that_has_expired_is_rejected(expiry: Any, code: str) -> None:
    with pytest.raises(SessionError) as raised:
        validate(make_record({"expiresAt": expiry}))
    assert raised.value.code == code


@freeze_time(NOW)
@pytest.mark.parametrize(
    "user",
    [
        {"banned": True},
        {"banned": 1},
        {"banned": "true"},
        {"banned": "t"},
        {"banned": True, "banExpires": None},
        {"banned": True, "banExpires": FUTURE},
        {"banned": True, "banExpires": LATER},
        {"banned": True, "banExpires": LATER * 1_000},
        {"banned": True, "banExpires": "never"},
        {"banned": {"by": "admin-1"}},
    ],
    ids=str,
)
def test_banned_user_is_rejected(user: dict[str, Any]) -> None:
    with pytest.raises(SessionError) as raised:
        validate(make_record(**user))
    assert raised.value.code == "banned_user"


@freeze_time(NOW)
@pytest.mark.parametrize(
    "user",
    [
        {},
        {"banned": None},
        {"banned": False},
        {"banned": 0},
        {"banned": "false"},
        {"banned": False, "banExpires": FUTURE},
        {"banned": True, "banExpires": PAST},
        {"banned": True, "banExpires": NOW_SECONDS * 1_000},
    ],
    ids=str,
)
def test_user_without_a_current_ban_is_accepted(user: dict[str, Any]) -> None:
    validate(make_record(**user))


def test_fields_that_the_server_does_not_return_stay_hidden() -> None:
    record = {**make_record(hidden="s3cret", tenant="acme", role="admin"), "plan": "gold", "roles": ["owner"]}
    assert validate(record)[1] == {**validate(make_record())[1], "role": "admin", "roles": ["owner"]}
    named = validate(record, "tenant", "plan")[1]
    assert (named["tenant"], named["plan"]) == ("acme", "gold")
    assert "hidden" not in named


def test_fields_of_the_user_cannot_name_another_user() -> None:
    claims = validate({**make_record(sub="admin-1"), "id": "admin-1", "sub": "admin-1"}, "sub", "id")[1]
    assert (claims["sub"], claims["id"]) == ("user-1", "user-1")


@pytest.mark.parametrize("value", [None, True, "", "x", [], float("inf"), 10**400, "1" * 30])
def test_other_values_are_not_times(value: Any) -> None:
    assert parse_timestamp(value) is None


def test_time_that_no_datetime_can_have_is_none() -> None:
    assert to_datetime(1e30) is None
    assert to_datetime(None) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (99_999_999_999, 99_999_999_999),
        (100_000_000_000, 100_000_000),
        (-100_000_000_000, -100_000_000),
        (-99_999_999_999, -99_999_999_999),
        (1.5, 1.5),
        ("1772366400", NOW_SECONDS),
        (" 1772366400000 ", NOW_SECONDS),
        ("1000000000000000", 1_000_000_000_000),
        (NOW, NOW_SECONDS),
        (f" {NOW} ", NOW_SECONDS),
        ("2026-03-01T12:00:00.25Z", NOW_SECONDS + 0.25),
        ("2026-03-01T12:00:00.2500001+00:00", NOW_SECONDS + 0.25),
        ("2026-03-01T14:00:00+02:00", NOW_SECONDS),
        ("2026-03-01T12:00:00", NOW_SECONDS),
        (dt.datetime(2026, 3, 1, 12), NOW_SECONDS),  # noqa: DTZ001 - as drivers return a column without a time zone
        (dt.datetime(2026, 3, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))), NOW_SECONDS),
    ],
    ids=str,
)
def test_time_is_in_seconds_whatever_its_form(value: Any, seconds: float) -> None:
    assert parse_timestamp(value) == seconds


@pytest.mark.parametrize("value", ["10000000000000000", "20260301T120000Z", "2026W097", "2026-03-01T12:00:00ZZ"])
def test_text_in_another_format_is_not_a_time(value: str) -> None:
    assert parse_timestamp(value) is None


def test_time_is_a_datetime_in_utc() -> None:
    assert to_datetime(NOW_SECONDS + 0.5) == dt.datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=dt.timezone.utc)
    assert to_datetime(0) == dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


def test_missing_fields_of_a_session_are_none() -> None:
    session, _ = validate(make_record({"id": ..., "createdAt": ..., "token": ...}))
    assert session.model_dump(exclude={"expires_at"}) == {
        "id": "",
        "user_id": "user-1",
        "created_at": None,
        "active_organization_id": None,
        "active_team_id": None,
        "impersonated_by": None,
    }


@pytest.mark.parametrize(
    ("value", "administrator"),
    [
        (None, None),
        (False, None),
        ("", None),
        ("admin-1", "admin-1"),
        (7, "7"),
        (0, "0"),
        (True, "unknown"),
        (" ", "unknown"),
    ],
)
def test_value_that_is_not_an_id_is_an_unknown_administrator(value: Any, administrator: str | None) -> None:
    assert validate(make_record({"impersonatedBy": value}))[0].impersonated_by == administrator


@pytest.mark.parametrize("value", ["none", "False", "f", "0", "no", " NO ", ""])
def test_false_text_is_not_a_ban(value: str) -> None:
    validate(make_record(banned=value))


@pytest.mark.parametrize("value", ["yes", "1", "on", "y", 2])
def test_other_value_is_a_ban(value: Any) -> None:
    with pytest.raises(SessionError) as raised:
        validate(make_record(banned=value))
    assert raised.value.code == "banned_user"


def test_field_of_the_user_counts_before_one_beside_it() -> None:
    record = {**make_record(role="user"), "role": "admin", "permissions": ["files:read"], "scope": "files"}
    claims = validate(record)[1]
    assert (claims["role"], claims["permissions"], claims["scope"]) == ("user", ["files:read"], "files")


def test_errors_do_not_say_why_a_session_is_rejected() -> None:
    for record in (None, make_record({"expiresAt": PAST}), make_record(banned=True)):
        with pytest.raises(SessionError) as raised:
            validate(record)
        assert str(raised.value) == "The session is unknown or has ended."
    with pytest.raises(StoreUnavailableError, match=r"^the store must return None, or a mapping with"):
        validate(1)


def test_user_model_cannot_name_the_whole_session_or_user() -> None:
    claims = validate(make_record(hidden="s3cret"), "session", "user")[1]
    assert not {"session", "user", "hidden"} & claims.keys()
