"""The arguments of `BearerAuth` and `CredentialAuth` that `AuthSettings` describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._config.setting_values import split_list

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings


def grant_options(settings: AuthSettings) -> dict[str, Any]:
    """Return `roles`, `scopes` and `permissions`: where they are. Those that are not set are left out.

    Raises:
        ValueError: A variable is set, but contains no name, or a name that cannot be meant.
    """
    named = {
        "roles": split_list("JWT_ROLES_CLAIM", settings.jwt_roles_claim),
        "scopes": split_list("JWT_SCOPES_CLAIM", settings.jwt_scopes_claim),
        "permissions": split_list("JWT_PERMISSIONS_CLAIM", settings.jwt_permissions_claim),
    }
    return {argument: names for argument, names in named.items() if names}
