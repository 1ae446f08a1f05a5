"""The authentication of requests with one verifier, or with that of the issuer of their token."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from fastjose._core import PendingVerification, RequestAuthenticator, Verifier, unverified_issuer_of_request
from fastjose._telemetry.measured_authentication import measure_authentication
from fastjose._telemetry.switch import observe_verifier
from fastjose._verifiers.choice import ChosenVerifier
from fastjose._verifiers.issuers import Issuers, create_issuers

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from fastjose._core import VerifiedToken
    from fastjose._verifiers.bearer_policy import BearerPolicy
    from fastjose._verifiers.choice import VerifierInput

    Scope = MutableMapping[str, Any]

UserT = TypeVar("UserT")
UserT_co = TypeVar("UserT_co", covariant=True)


class RequestAuthentication(Protocol[UserT_co]):
    """Verifies the token of a request once, and keeps the result in its ASGI scope."""

    def authenticate_user_of_request(self, scope: Scope) -> UserT_co | PendingVerification | None:
        """Return the user of the bearer token in the scope of an HTTP request, if that is possible at once."""

    def authenticate_claims_of_request(self, scope: Scope) -> dict[str, Any] | PendingVerification | None:
        """Return the claims of the bearer token in the scope of an HTTP request, if that is possible at once."""

    def get_user(self, verified: VerifiedToken, token: str) -> UserT_co:
        """Return the user of a token that a pending verification has verified."""

    def get_claims(self, verified: VerifiedToken, token: str) -> dict[str, Any]:
        """Return the claims of a token that a pending verification has verified."""

    def get_user_of_claims(self, claims: dict[str, Any], scope: Scope) -> UserT_co:
        """Return the user of the claims of a request."""

    async def verify_user(self, token: str) -> UserT_co:
        """Verify a token, and return its user."""

    async def verify_claims(self, token: str) -> dict[str, Any]:
        """Verify a token, and return its claims."""


class OneVerifierAuthentication(Generic[UserT]):
    """Authenticates requests with one verifier. Immutable."""

    def __init__(self, authenticator: RequestAuthenticator[UserT]) -> None:
        """Use the methods of `authenticator` itself: each request calls one of them."""
        self._authenticator = authenticator
        self.authenticate_user_of_request = authenticator.authenticate_user_of_request
        self.authenticate_claims_of_request = authenticator.authenticate_claims_of_request
        self.get_user, self.get_claims = authenticator.get_user, authenticator.get_claims
        self.get_user_of_claims = authenticator.get_user_of_claims

    async def verify_user(self, token: str) -> UserT:
        """Verify a token, fetch its key if needed, and return its user."""
        return await verify_user(self._authenticator, token)

    async def verify_claims(self, token: str) -> dict[str, Any]:
        """Verify a token, fetch its key if needed, and return its claims."""
        return await verify_claims(self._authenticator, token)


class ChosenAuthenticator(ChosenVerifier, Generic[UserT]):
    """The verifier of an issuer, and its authenticator."""

    def __init__(self, verifier: Verifier, authenticator: RequestAuthenticator[UserT]) -> None:
        """Begin without hints."""
        super().__init__(verifier)
        self.authenticator = authenticator


class IssuerAuthentication(Generic[UserT]):
    """Authenticates requests with the verifier of the issuer of their token.

    A request keeps the authenticator of its token, too: users are built from claims that the authenticator returned.
    """

    _count = count()

    def __init__(
        self, issuers: Issuers[ChosenAuthenticator[UserT]], build_user: Callable[[dict[str, Any]], UserT]
    ) -> None:
        """Choose among `issuers`. `build_user` builds users from claims that are not those of a token."""
        self._issuers, self._build_user = issuers, build_user
        self._find = issuers.find
        self._scope_key = f"fastjose.issuers.{next(self._count)}"

    def authenticate_user_of_request(self, scope: Scope) -> UserT | None:
        """Return the user of the bearer token in `scope`, or None if something must be awaited first."""
        issuer = unverified_issuer_of_request(scope)
        chosen = None if issuer is None else self._find(issuer)
        if chosen is None:
            return None
        scope[self._scope_key] = authenticator = chosen.authenticator
        user = authenticator.authenticate_user_of_request(scope)
        return None if isinstance(user, PendingVerification) else user

    def authenticate_claims_of_request(self, scope: Scope) -> dict[str, Any] | None:
        """Return the claims of the bearer token in `scope`, or None if something must be awaited first."""
        issuer = unverified_issuer_of_request(scope)
        chosen = None if issuer is None else self._find(issuer)
        if chosen is None:
            return None
        scope[self._scope_key] = authenticator = chosen.authenticator
        claims = authenticator.authenticate_claims_of_request(scope)
        return None if isinstance(claims, PendingVerification) else claims

    def get_user(self, _verified: VerifiedToken, _token: str) -> UserT:
        """Raise an error: `verify_user` awaits every pending verification."""
        raise NotImplementedError

    def get_claims(self, _verified: VerifiedToken, _token: str) -> dict[str, Any]:
        """Raise an error: `verify_claims` awaits every pending verification."""
        raise NotImplementedError

    def get_user_of_claims(self, claims: dict[str, Any], scope: Scope) -> UserT:
        """Return the user of the claims of a request: those of its token, or of an override of the dependency."""
        authenticator: RequestAuthenticator[UserT] | None = scope.get(self._scope_key)
        return self._build_user(claims) if authenticator is None else authenticator.get_user_of_claims(claims, scope)

    async def verify_user(self, token: str) -> UserT:
        """Verify a token with the verifier of its issuer, and return its user."""
        return await verify_user(await self._choose(token), token)

    async def verify_claims(self, token: str) -> dict[str, Any]:
        """Verify a token with the verifier of its issuer, and return its claims."""
        return await verify_claims(await self._choose(token), token)

    async def _choose(self, token: str) -> RequestAuthenticator[UserT]:
        chosen = await self._issuers.choose(token)
        scope = getattr(token, "scope", None)
        if scope is not None:
            scope[self._scope_key] = chosen.authenticator
        return chosen.authenticator


def create_authentication(
    verifier: VerifierInput,
    policy: BearerPolicy,
    build_user: Callable[[dict[str, Any]], UserT],
    build_from_fields: Callable[[dict[str, str | None]], UserT] | None = None,
) -> tuple[Verifier | Issuers[ChosenAuthenticator[UserT]], RequestAuthentication[UserT]]:
    """Return the verifier of an application or the choice among several, and the authentication of requests with it.

    Args:
        verifier: What the application passes.
        policy: What it requires of the claims.
        build_user: Builds users from claims.
        build_from_fields: Builds users from the fields of a `CurrentUser`, if they suffice.

    Raises:
        TypeError: `verifier` is neither a `Verifier`, a list of them nor a function.
        ValueError: Verifiers in a list do not have different issuers.
    """

    def create(one: Verifier) -> RequestAuthenticator[UserT]:
        return RequestAuthenticator(
            one,
            build_user,
            build_from_fields=build_from_fields,
            user_id_claim=policy.user_id_claim,
            accept=policy.accept,
        )

    if isinstance(verifier, Verifier):
        observe_verifier(verifier)
        authentication: RequestAuthentication[UserT] = OneVerifierAuthentication(create(verifier))
        return verifier, measure_authentication(authentication, verifier, policy.user_id_claim)
    issuers = create_issuers(verifier, lambda one: ChosenAuthenticator(one, create(one)))
    authentication = IssuerAuthentication(issuers, build_user)
    return issuers, measure_authentication(authentication, issuers, policy.user_id_claim)


async def verify_user(authenticator: RequestAuthenticator[UserT], token: str) -> UserT:
    """Verify `token`, fetch its key if needed, and return its user."""
    verified = authenticator.authenticate_user(token)
    if isinstance(verified, PendingVerification):
        return authenticator.get_user(await verified.authenticate_bearer(), token)
    return verified


async def verify_claims(authenticator: RequestAuthenticator[UserT], token: str) -> dict[str, Any]:
    """Verify `token`, fetch its key if needed, and return its claims."""
    verified = authenticator.authenticate_claims(token)
    if isinstance(verified, PendingVerification):
        return authenticator.get_claims(await verified.authenticate_bearer(), token)
    return verified
