"""What a store returns for an API key is validated in one place."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from freezegun import freeze_time

from fastjose._api_keys.validation import validate_api_key
from fastjose.exceptions import APIKeyError, StoreUnavailableError
from support.better_auth.sessions import FUTURE, PAST

NOT_TRUE: list[Any] = [False, 0, None, ..., "false", "off", []]
NOT_POSITIVE: list[Any] = [0, -1, "0", float("nan"), []]
NOW = "2026-03-01T12:00:00Z"


def make_key(**changes: Any) -> dict[str, Any]:
    key = {
        "id": "key-1",
        "name": "Import",
        "referenceId": "user-1",
        "enabled": True,
        "permissions": {"files": ["read"]},
    }
    return {name: value for name, value in {**key, **changes}.items() if value is not ...}


USER = {"id": "user-1", "email": "ada@example.com", "name": "Ada", "role": "admin"}


def reject(record: Any, *configs: str) -> str:
    with pytest.raises(APIKeyError) as raised:
        validate_api_key(record, configs)
    return raised.value.code


def test_key_of_a_user_has_the_permissions_of_the_key_alone() -> None:
    api_key, claims = validate_api_key({"apiKey": make_key(), "user": USER}, ())
    assert (api_key.id, api_key.name, api_key.user_id, api_key.organization_id) == ("key-1", "Import", "user-1", None)
    assert claims == {
        "sub": "user-1",
        "id": "user-1",
        "email": "ada@example.com",
        "name": "Ada",
        "permissions": {"files": ["read"]},
    }


def test_store_may_know_the_id_of_the_user_alone() -> None:
    with pytest.raises(StoreUnavailableError, match="organization_config_ids must be given"):
        validate_api_key({"apiKey": make_key()}, None)
    assert validate_api_key({"apiKey": make_key(), "user": USER}, None)[1]["sub"] == "user-1"
    assert validate_api_key({"apiKey": make_key(referenceId=..., userId=7)}, None)[1]["sub"] == "7"
    assert validate_api_key({"apiKey": make_key()}, ())[1] == {"sub": "user-1", "permissions": {"files": ["read"]}}
    assert validate_api_key({"apiKey": make_key(referenceId=..., userId=7)}, ())[1]["sub"] == "7"


def test_key_of_an_organization_is_not_a_user() -> None:
    record = {"apiKey": make_key(configId="org-keys", referenceId="1"), "user": None}
    api_key, claims = validate_api_key(record, ["org-keys"])
    assert (api_key.user_id, api_key.organization_id) == (None, "1")
    assert claims == {"sub": "organization:1", "org": "1", "permissions": {"files": ["read"]}}
    assert reject(record) == "unknown_api_key"
    assert reject({"apiKey": make_key(configId="org-keys", referenceId=None)}, "org-keys") == "unknown_api_key"


@pytest.mark.parametrize("owner", [..., None, "", " "])
def test_key_without_owner_is_rejected(owner: Any) -> None:
    assert reject({"apiKey": make_key(referenceId=owner)}) == "unknown_api_key"


@pytest.mark.parametrize("user", [None, {}, [], {"id": "user-2"}, {"id": None}])
def test_key_of_a_missing_or_another_user_is_rejected(user: Any) -> None:
    assert reject({"apiKey": make_key(), "user": user}) == "unknown_api_key"


def test_key_of_a_banned_user_is_rejected() -> None:
    assert reject({"apiKey": make_key(), "user": {**USER, "banned": True}}) == "banned_user"


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({"enabled": enabled}, "api_key_disabled") for enabled in NOT_TRUE),
        *(({"expiresAt": expiry}, "api_key_expired") for expiry in (PAST, NOW, 0, "soon", True)),
        *(({"remaining": remaining}, "api_key_used_up") for remaining in NOT_POSITIVE),
        ({"remaining": 0, "refillInterval": 1_000, "refillAmount": 0, "lastRefillAt": PAST}, "api_key_used_up"),
        ({"remaining": 0, "refillInterval": 1_000, "refillAmount": 5, "lastRefillAt": NOW}, "api_key_used_up"),
        ({"remaining": 0, "refillInterval": 1_000, "refillAmount": 5}, "api_key_used_up"),
        ({"remaining": 0, "refillInterval": "1000", "refillAmount": 5, "lastRefillAt": PAST}, "api_key_used_up"),
        ({"remaining": 0, "refillAmount": 5, "lastRefillAt": PAST}, "api_key_used_up"),
        ({"remaining": 0, "refillInterval": 1_000, "lastRefillAt": PAST}, "api_key_used_up"),
        ({"remaining": 0, "refillInterval": 1_000, "refillAmount": 5, "lastRefillAt": "soon"}, "api_key_used_up"),
        *(
            ({"remaining": 0, "refillInterval": 2_000, "refillAmount": 5, "lastRefillAt": last}, "api_key_used_up")
            for last in ("2026-03-01T11:59:58Z", "2026-03-01T11:59:59Z")
        ),
    ],
)
def test_key_that_cannot_be_used_is_rejected(changes: dict[str, Any], code: str) -> None:
    assert reject({"apiKey": make_key(**changes), "user": USER}) == code


@freeze_time(NOW)
@pytest.mark.parametrize(
    "changes",
    [
        {"enabled": 1},
        {"enabled": "t"},
        {"enabled": "True"},
        {"expiresAt": None},
        {"expiresAt": "2026-03-01T12:00:00.001Z"},
        {"expiresAt": FUTURE},
        {"remaining": None},
        {"remaining": 1},
        {"remaining": 0.5},
        {"remaining": 0, "refillInterval": 2_000, "refillAmount": 1, "lastRefillAt": "2026-03-01T11:59:57.999Z"},
        {"remaining": 0, "refillInterval": 1_000, "refillAmount": 5, "lastRefillAt": PAST},
        {"remaining": 0, "refillInterval": 1_000, "refillAmount": 5, "lastRefillAt": None, "createdAt": PAST},
    ],
)
def test_key_that_can_be_used_is_accepted(changes: dict[str, Any]) -> None:
    assert validate_api_key({"apiKey": make_key(**changes), "user": USER}, ())[1]["sub"] == "user-1"


def test_key_of_another_configuration_is_rejected() -> None:
    for config_id, is_accepted in (("admin", True), ("default", False), (None, False), (..., False)):
        record = {"apiKey": make_key(configId=config_id), "user": USER}
        if is_accepted:
            validate_api_key(record, (), ["admin"])
        else:
            with pytest.raises(APIKeyError) as raised:
                validate_api_key(record, (), ["admin"])
            assert raised.value.code == "unknown_api_key"
    validate_api_key({"apiKey": make_key(), "user": USER}, (), ["default"])


def test_unknown_key_is_rejected() -> None:
    assert reject(None) == "unknown_api_key"


@pytest.mark.parametrize("record", [True, [], {}, {"apiKey": None}, {"apiKey": "key"}])
def test_nonsense_is_not_a_verdict(record: Any) -> None:
    with pytest.raises(StoreUnavailableError, match=r"^the store must return None, or a mapping with"):
        validate_api_key(record, ())


def test_key_names_itself_its_owner_and_its_end() -> None:
    record = {"apiKey": make_key(id=7, name=1, userId="user-2", expiresAt=FUTURE), "user": USER}
    api_key, claims = validate_api_key(record, ())
    assert (api_key.id, api_key.name, api_key.user_id, claims["sub"]) == ("7", None, "user-1", "user-1")
    assert api_key.expires_at == dt.datetime(2999, 1, 1, tzinfo=dt.timezone.utc)
    assert validate_api_key({"apiKey": make_key(id=..., name=...), "user": USER}, ())[0].model_dump() == {
        "id": "",
        "name": None,
        "user_id": "user-1",
        "organization_id": None,
        "expires_at": None,
    }


def test_key_of_an_organization_in_a_default_configuration_is_not_a_user() -> None:
    for config_id in ("default", None, ..., ""):
        record = {"apiKey": make_key(configId=config_id, referenceId=7), "user": USER}
        api_key, claims = validate_api_key(record, ["default"])
        assert (api_key.organization_id, claims["sub"], claims["org"]) == ("7", "organization:7", "7")
        assert "email" not in claims
    for owner in ("", " "):
        assert reject({"apiKey": make_key(referenceId=owner)}, "default") == "unknown_api_key"


def test_owner_is_the_reference_before_the_user_of_older_releases() -> None:
    for reference, owner in (("user-1", "user-2"), (..., "user-1"), (None, "user-1")):
        key = make_key(referenceId=reference, userId=owner)
        assert validate_api_key({"apiKey": key, "user": USER}, ())[1]["sub"] == "user-1"
    assert reject({"apiKey": make_key(referenceId="user-2", userId="user-1"), "user": USER}) == "unknown_api_key"


def test_id_of_the_owner_is_compared_as_text() -> None:
    record = {"apiKey": make_key(referenceId=7), "user": {"id": "7", "image": None, "isAnonymous": True, "sub": "8"}}
    assert validate_api_key(record, ())[1] == {
        "sub": "7",
        "id": "7",
        "image": None,
        "isAnonymous": True,
        "permissions": {"files": ["read"]},
    }


@freeze_time(NOW)
@pytest.mark.parametrize(("end", "is_banned"), [("2026-03-01T12:00:01Z", True), (NOW, False), (None, True)])
def test_ban_of_the_owner_ends_at_its_time(end: Any, is_banned: bool) -> None:  # noqa: FBT001 - a pytest parameter
    record = {"apiKey": make_key(), "user": {**USER, "banned": True, "banExpires": end}}
    if is_banned:
        assert reject(record) == "banned_user"
    else:
        assert validate_api_key(record, ())[1]["sub"] == "user-1"


def test_errors_do_not_say_why_a_key_is_rejected() -> None:
    for record in (None, {"apiKey": make_key(enabled=False)}, {"apiKey": make_key(expiresAt=PAST)}):
        with pytest.raises(APIKeyError) as raised:
            validate_api_key(record, ())
        assert str(raised.value) == "The API key is unknown, disabled, expired or used up."
