"""What a store returns for an API key is validated in one place."""

from __future__ import annotations

from typing import Any

import pytest
from freezegun import freeze_time

from fastjose._api_keys.validation import validate_api_key
from fastjose.exceptions import APIKeyError, StoreUnavailableError
from support.sessions import FUTURE, PAST

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
    ],
)
def test_key_that_cannot_be_used_is_rejected(changes: dict[str, Any], code: str) -> None:
    assert reject({"apiKey": make_key(**changes), "user": USER}) == code


@freeze_time(NOW)
@pytest.mark.parametrize(
    "changes",
    [
        {"enabled": 1},
        {"expiresAt": None},
        {"expiresAt": FUTURE},
        {"remaining": None},
        {"remaining": 1},
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
            with pytest.raises(APIKeyError):
                validate_api_key(record, (), ["admin"])
    validate_api_key({"apiKey": make_key(), "user": USER}, (), ["default"])


def test_unknown_key_is_rejected() -> None:
    assert reject(None) == "unknown_api_key"


@pytest.mark.parametrize("record", [True, [], {}, {"apiKey": None}, {"apiKey": "key"}])
def test_nonsense_is_not_a_verdict(record: Any) -> None:
    with pytest.raises(StoreUnavailableError):
        validate_api_key(record, ())
