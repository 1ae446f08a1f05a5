"""Validation of what a store returns for an API key. Every key passes here, whichever store it is from.

Better Auth counts the uses of a key (`remaining`, `rateLimitMax`) where it verifies the key itself. A table or Redis is
only read: the uses of a key by this application are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastjose._api_keys.api_key import ApiKey
from fastjose._sessions.timestamps import parse_timestamp, to_datetime
from fastjose._sessions.validation import is_banned
from fastjose.exceptions import APIKeyError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

_USER_FIELDS = ("name", "email", "emailVerified", "image", "isAnonymous")
"""The fields of the user that a key's claims have. A key does not have the roles of its user."""


def validate_api_key(
    record: object, organization_config_ids: Collection[str] | None, config_ids: Collection[str] | None = None
) -> tuple[ApiKey, dict[str, Any]]:
    """Return the key and the claims of its owner: `sub`, `permissions` and, if the store knows them, the user's fields.

    Args:
        record: What a store returned: `{"apiKey": {…}, "user": {…}}` in the names of `@better-auth/api-key`, or None.
            Without `user`, the store does not know the users of keys.
        config_ids: The `configId` of the configurations whose keys are accepted. None: all of them.
        organization_config_ids: The `configId` of the configurations whose keys organizations own. None: it is not
            known which they are.

    Raises:
        APIKeyError: The key is unknown, disabled, expired or used up, or its user is unknown or banned.
        StoreUnavailableError: The store returned something else, or it does not say whose key it is.
    """
    if record is None:
        raise api_key_error("unknown_api_key")
    if not isinstance(record, Mapping) or not isinstance(key := record.get("apiKey"), Mapping):
        raise StoreUnavailableError('the store must return None, or a mapping with "apiKey"')
    if config_ids is not None and _config_id(key) not in config_ids:
        raise api_key_error("unknown_api_key")
    now = time.time()
    expires_at = _check_usable(key, now)
    organization_id = _find_organization(key, organization_config_ids)
    if organization_id is not None:
        owner = {"sub": f"organization:{organization_id}", "org": organization_id}
    else:
        if "user" not in record and organization_config_ids is None and key.get("referenceId") is not None:
            # An organization may have the id of a user: both can be from a sequence.
            raise StoreUnavailableError("organization_config_ids must be given, because the store knows no users")
        owner = _find_user(key, record, now)
    validated = ApiKey(
        id=str(key.get("id", "")),
        name=key["name"] if isinstance(key.get("name"), str) else None,
        user_id=None if organization_id is not None else owner["sub"],
        organization_id=organization_id,
        expires_at=to_datetime(expires_at),
    )
    return validated, {**owner, "permissions": key.get("permissions")}


def _check_usable(key: Mapping[str, Any], now: float) -> float | None:
    if str(key.get("enabled")).lower() not in {"true", "1", "t"}:
        raise api_key_error("api_key_disabled")
    expires_at = None
    if key.get("expiresAt") is not None:
        expires_at = parse_timestamp(key["expiresAt"])
        if expires_at is None or expires_at <= now:
            raise api_key_error("api_key_expired")
    remaining = key.get("remaining")
    if remaining is not None and not _has_uses(remaining) and not _is_refill_due(key, now):
        raise api_key_error("api_key_used_up")
    return expires_at


def _has_uses(remaining: object) -> bool:
    return isinstance(remaining, int | float) and remaining > 0


def _is_refill_due(key: Mapping[str, Any], now: float) -> bool:
    """Return whether Better Auth would refill `remaining` at its next verification of the key."""
    interval, amount = key.get("refillInterval"), key.get("refillAmount")
    last = parse_timestamp(key.get("lastRefillAt") or key.get("createdAt"))
    if not isinstance(interval, int | float) or not _has_uses(amount) or last is None:
        return False
    return last + interval / 1_000 < now


def _config_id(key: Mapping[str, Any]) -> str:
    """Return the configuration of a key. Before 1.5, keys have none."""
    return str(key.get("configId") or "default")


def _find_organization(key: Mapping[str, Any], organization_config_ids: Collection[str] | None) -> str | None:
    if organization_config_ids is None or _config_id(key) not in organization_config_ids:
        return None
    organization_id = key.get("referenceId")
    if organization_id is None or not str(organization_id).strip():
        raise api_key_error("unknown_api_key")
    return str(organization_id)


def _find_user(key: Mapping[str, Any], record: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return the claims of the user who owns the key; `userId` is its column before 1.5."""
    owner = key.get("referenceId") if key.get("referenceId") is not None else key.get("userId")
    if owner is None or not str(owner).strip():
        raise api_key_error("unknown_api_key")
    if "user" not in record:
        return {"sub": str(owner)}
    user = record["user"]
    if not isinstance(user, Mapping) or str(user.get("id")) != str(owner):
        raise api_key_error("unknown_api_key")
    if is_banned(user, now):
        raise api_key_error("banned_user")
    return {**{name: user[name] for name in _USER_FIELDS if name in user}, "id": str(owner), "sub": str(owner)}


def api_key_error(code: str) -> APIKeyError:
    """Return the error with `code` for an API key that is rejected."""
    error = APIKeyError("The API key is unknown, disabled, expired or used up.")
    error.code = code
    return error
