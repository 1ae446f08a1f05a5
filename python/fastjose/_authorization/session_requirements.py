"""Requirements on the session that a JWT describes, for `BearerAuth`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._authorization.requirements import check_names
from fastjose._credentials.principal import Principal
from fastjose._credentials.requirements import acts_as_itself, has_account, organization_roles_in_claims
from fastjose._hints.credential_hints import CredentialHints
from fastjose._refusals.refusal import forbidden
from fastjose._sessions.session import session_from_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastjose._refusals.refusal import Refusal


@dataclass(frozen=True)
class SessionRequirement:
    """A condition on the session and the user of a JWT, in the form of a `Requirement`.

    Attributes:
        is_satisfied: Returns whether the sender of a request satisfies the condition.
        needs_session: Whether a token without `sid` cannot satisfy it: a hint then says so.
    """

    is_satisfied: Callable[[Principal], bool]
    needs_session: bool = True

    def is_satisfied_by(self, claims: Mapping[str, Any]) -> bool:
        """Return whether verified claims satisfy the condition. Logs a hint if they lack a session that it needs."""
        principal = Principal("jwt", dict(claims), session=session_from_claims(claims))
        satisfied = self.is_satisfied(principal)
        if self.needs_session and not satisfied and principal.session is None:
            _HINTS.log_code("session_claims_missing")
        return satisfied

    def refuse(self) -> Refusal:
        """Return the 403 response for claims that do not satisfy the condition."""
        return forbidden()


_HINTS = CredentialHints()

HAS_SESSION = SessionRequirement(lambda principal: principal.session is not None)
FORBID_IMPERSONATION = SessionRequirement(acts_as_itself)
REQUIRE_ACCOUNT = SessionRequirement(has_account, needs_session=False)


def build_organization_role_requirement(*roles: str) -> SessionRequirement:
    """Return a requirement that any one of `roles` in the active organization satisfies.

    Raises:
        ValueError: No role is given, or a role is empty.
        TypeError: A role is not a str.
    """
    required = check_names(roles, "role")
    return SessionRequirement(lambda principal: not required.isdisjoint(organization_roles_in_claims(principal.claims)))
