"""Requirements on a session: the user acts, has an account, has a role in the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastjose._credentials.principal import Principal


def acts_as_itself(principal: Principal) -> bool:
    """Return whether it is known that no administrator acts as the user.

    A JWT says so only with the claim `sid`, which `definePayload` adds together with `act`. An OAuth access token, also
    an opaque one, has `sid` without `definePayload`: it must have `act`, which is null if the user acts. An API key has
    no session.
    """
    if principal.credential == "api_key":
        return True
    claims = principal.claims
    is_access_token = principal.credential == "opaque" or not {"client_id", "azp"}.isdisjoint(claims)
    if principal.credential in {"jwt", "opaque"} and "act" not in claims and is_access_token:
        return False
    return principal.session is not None and principal.session.impersonated_by is None


def is_user_known(principal: Principal) -> bool:
    """Return whether the credential says who the user is: some stores of API keys know no more than its id."""
    is_key_of_user = principal.api_key is not None and principal.api_key.user_id is not None
    return not is_key_of_user or "id" in principal.claims


def has_account(principal: Principal) -> bool:
    """Return whether the user is known, and no claim says that it is anonymous."""
    return is_user_known(principal) and not _is_anonymous(principal.claims)


def _is_anonymous(claims: dict[str, Any]) -> bool:
    """Return whether a claim says that the user is anonymous, or has a value that does not deny it.

    Better Auth has `isAnonymous`, Supabase `is_anonymous`, and Firebase a provider.
    """
    firebase = claims.get("firebase")
    provider = firebase.get("sign_in_provider") if isinstance(firebase, dict) else None
    states = (claims.get("isAnonymous"), claims.get("is_anonymous"))
    return provider == "anonymous" or not all(
        state is None or (isinstance(state, bool | int) and not state) for state in states
    )


def organization_roles_in_claims(claims: dict[str, Any]) -> list[str]:
    """Return the roles in the claim `org` of a JWT, if it is an object with `id` and `role`."""
    organization = claims.get("org")
    if not isinstance(organization, dict) or not isinstance(organization.get("id"), str):
        return []
    return split_roles(organization.get("role"))


def split_roles(role: object) -> list[str]:
    """Return the roles of a member: Better Auth separates several by commas."""
    parts = role.split(",") if isinstance(role, str) else role if isinstance(role, list) else []
    return [part.strip() for part in parts if isinstance(part, str) and part.strip()]
