"""`CredentialConnections`: authenticates connections by the one credential that counts, as `CredentialAuth` does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._connections.sender import RefusedError, Sender
from fastjose._credentials.credential import CrossOriginError
from fastjose._credentials.jwt_credentials import JwtCredentials
from fastjose._credentials.measured_authenticator import create_authenticator
from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose._refusals.credential_rejections import CredentialRejections
from fastjose._refusals.refusal import Refusal, unauthorized
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose._verifiers.bearer_policy import SUBJECT
from fastjose._verifiers.issuers import known_verifiers
from fastjose._verifiers.key_fetches import fetch_missing_keys
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

    from fastjose._authorization.grants import Grants
    from fastjose._credentials.credential import Credential
    from fastjose._credentials.principal import Principal


@dataclass(frozen=True)
class Outcome:
    """The result of the one authentication of a request: its sender, or a refusal; neither without a credential."""

    principal: Principal | None = None
    refusal: Refusal | None = None


class _KeptOutcome(NamedTuple):
    """An outcome, and what it depends on in the ASGI scope of its request."""

    basis: tuple[Any, ...]
    outcome: Outcome

    @classmethod
    def of(cls, connection: HTTPConnection, outcome: Outcome) -> _KeptOutcome:
        """Return the outcome of a request."""
        return cls(_basis(connection), outcome)

    def is_of(self, connection: HTTPConnection) -> bool:
        """Return whether the outcome is that of a request: the scope may be a copy, with other credentials."""
        return self.basis == _basis(connection)

    def __repr__(self) -> str:
        return "<outcome of a request>"  # an error report may have the scope, and its headers have the credential


def _basis(connection: HTTPConnection) -> tuple[Any, ...]:
    """Return what credentials are read from, and what decides whether the page of another origin may send them."""
    scope = connection.scope
    names = ("type", "method", "scheme", "query_string")
    return (*map(scope.get, names), *connection.headers.raw)


_BEARER_CREDENTIALS = frozenset({"jwt", "opaque", "session"})
_NUMBERS = count()
"""Tell the instances of a process apart."""


class CredentialConnections:
    """Authenticates connections by the kinds of credential that an application accepts. Immutable.

    Attributes:
        grants: The readers of roles, scopes and permissions.
        authenticator: Chooses the one credential of a request.
        rejections: Creates the refusals of rejected credentials.
        jwt: The JWTs among the credentials, if they are accepted.
        jwt_rejections: Creates the refusals of rejected JWTs, if they are accepted.
        verifiers: The verifiers of JWTs that are known when the application starts.
        names: The settings from which the configuration is.
    """

    def __init__(  # noqa: PLR0913 - the configuration of an application
        self,
        credentials: Sequence[Credential],
        build_user: Callable[[dict[str, Any]], Any],
        grants: Grants,
        *,
        named_fields: AbstractSet[str],
        resource_metadata: str | None = None,
        names: SettingNames = IN_CODE,
    ) -> None:
        """Accept `credentials`.

        Args:
            credentials: The kinds of credential.
            build_user: Builds the user from claims. Raises a JOSEError for claims that it rejects.
            grants: The readers of roles, scopes and permissions.
            named_fields: The fields of a user that the model of the application names.
            resource_metadata: The URL that challenges name.
            names: The settings from which the verifier of JWTs has its configuration.

        Raises:
            ValueError: No credential is given, two of one kind, or two whose tokens have the same shape.
        """
        self.grants, self._build_user, self.names = grants, build_user, names
        self._scope_key = f"fastjose.credential.{next(_NUMBERS)}"
        self.authenticator = create_authenticator(credentials, named_fields | grants.claim_names)
        self.jwt = jwt = next((each for each in credentials if isinstance(each, JwtCredentials)), None)
        self.verifiers = () if jwt is None else known_verifiers(jwt.verifier)
        self.jwt_rejections = (
            None if jwt is None else RejectionHandler(jwt.verifier, names, resource_metadata=resource_metadata)
        )
        self.rejections = CredentialRejections(
            self.authenticator, self.jwt_rejections, names, resource_metadata=resource_metadata
        )
        self._accepted = {credential.name for credential in credentials}
        self._has_bearer = not _BEARER_CREDENTIALS.isdisjoint(self._accepted)
        self._has_ids = find_id_claim(credentials) is not None

    async def find_outcome(self, connection: HTTPConnection) -> Outcome:
        """Authenticate a request once. Logs a hint if the credential is rejected, or of a kind that is not accepted."""
        try:
            principal = await self.authenticator.authenticate(connection)
        except JOSEError as error:
            return Outcome(refusal=self.rejections.reject(error, connection))
        except CrossOriginError:
            return Outcome(refusal=self.rejections.reject_cross_origin())
        if principal is None:
            self.rejections.hints.log_missing(connection, self._accepted, is_bearer_expected=self._has_bearer)
        return Outcome(principal)

    async def find_kept_outcome(self, connection: HTTPConnection) -> Outcome:
        """Return what `find_outcome` returns, which the ASGI scope of the request then keeps.

        FastAPI resolves a dependency once for each list of scopes that `Security` requires. A scope with other headers,
        another query or another method is another request: the program has copied or changed it, as for the parts of a
        batch.
        """
        kept: _KeptOutcome | None = connection.scope.get(self._scope_key)
        if kept is None or not kept.is_of(connection):
            kept = _KeptOutcome.of(connection, await self.find_outcome(connection))
            connection.scope[self._scope_key] = kept
        return kept.outcome

    async def authenticate(self, connection: HTTPConnection) -> Sender | None:
        """Return the sender of a request, or None if the request has no credential.

        Raises:
            RefusedError: The credential is rejected, is not the only one in its place, or cannot be verified now.
        """
        outcome = await self.find_outcome(connection)
        if outcome.refusal is not None:
            raise RefusedError(outcome.refusal)
        if outcome.principal is not None:
            return self._identify(outcome.principal, connection)
        if self.authenticator.has_bearer(connection):
            raise RefusedError(self.rejections.complete(unauthorized()))
        return None

    async def fetch_missing_keys(self) -> None:
        """Fetch the key sets that have no usable keys. A failure is logged, and raises nothing."""
        if self.jwt_rejections is not None:
            await fetch_missing_keys(self.verifiers, self.jwt_rejections.log_unavailable)

    def _identify(self, principal: Principal, connection: HTTPConnection) -> Sender:
        claims = dict(principal.claims)
        try:
            user = self._build_user(claims)
        except JOSEError as error:
            raise RefusedError(self.rejections.reject(error, connection)) from None
        return Sender(claims, claims[SUBJECT] if self._has_ids else None, user)


def find_id_claim(credentials: Sequence[Credential]) -> str | None:
    """Return `sub`, which each credential has, or None if tokens of one kind need no id."""
    policies = [each.policy for each in credentials if isinstance(each, JwtCredentials | OpaqueTokens)]
    return None if any(policy.user_id_claim is None for policy in policies) else SUBJECT
