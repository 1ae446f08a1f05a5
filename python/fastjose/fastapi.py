"""`BearerAuth`: FastAPI's dependencies around a verifier, for an app that is configured in code.

Written once::

    auth = BearerAuth(verifier=Verifier(RemoteKeySet("https://auth.example.com/api/auth/jwks"), issuer=…, audience=…))

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user

The user may be a model of the application's own, filled from the claims: `BearerAuth(verifier, user_model=MyUser)`.
"""

from collections.abc import Callable
from typing import Generic

try:
    from fastapi import HTTPException, WebSocketException, status
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this needs FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from pydantic import BaseModel
from typing_extensions import TypeVar

from fastjose._core import Verifier, reject_sender_constrained, require_subject
from fastjose._fastapi.authorization import (
    Requirement,
    build_permission_requirement,
    build_role_requirement,
    build_scope_requirement,
)
from fastjose._fastapi.bearer import BearerScheme, BearerToken, as_told, refusal
from fastjose._fastapi.dependencies import (
    AuthorizedUser,
    Claims,
    OffThePool,
    authorized_user,
    current_claims,
    current_user,
    current_user_optional,
    get_user_id,
)
from fastjose._fastapi.hints import RejectionHints
from fastjose._fastapi.user_models import UserT, id_attribute, is_identity, user_reader, user_who_is
from fastjose._fastapi.users import CurrentUser, TokenPayload
from fastjose.exceptions import JOSEError
from fastjose.ownership import OwnershipChecker, require_ownership

__all__ = ["BearerAuth", "CurrentUser", "OwnershipChecker", "TokenPayload", "require_ownership"]

_ModelT = TypeVar("_ModelT", bound=BaseModel, default=CurrentUser)
"""`UserT` for a class method: on the class itself that one is `CurrentUser` already."""


class BearerAuth(Generic[UserT]):
    """The dependencies of routes that want a user, all around one verifier.

    In a WebSocket route they do the same before `accept()`: a refusal is the answer to the handshake, or closes it
    where the server cannot send one.

    Attributes:
        oauth2_scheme: The bearer token of a request, or a 401 `Not authenticated`.
        oauth2_scheme_optional: The bearer token of a request, or None.
        current_user: Dependency: the user, or a 401; a 503 while no key can be had.
        current_user_optional: Dependency: the user, or None where `current_user` has a 401; a 503 stays one.
        current_claims: Dependency: the verified claims, or a 401; a 503 while no key can be had. What `require_role`,
            `require_scope` and `require_permission` judge, so that overriding it in `app.dependency_overrides` reaches
            all of them.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        user_model: type[UserT] = CurrentUser,  # type: ignore[assignment]  # the default of the TypeVar, too
        token_url: str = "/api/auth/token",  # noqa: S107 - a path
        scheme_name: str = "OAuth2PasswordBearer",
        websocket_subprotocol: str | None = None,
    ) -> None:
        """Build the dependencies.

        Args:
            verifier: What accepts tokens. A token without a `sub` is refused in any case, and so is one with `cnf`,
                which is bound to a key (RFC 9449 §7.1).
            user_model: The Pydantic model of users, filled from the verified claims: each field from the claim of its
                name, or of its alias; `user_id`, where it has no alias, from `sub`. A claim that it does not take is a
                401 that names the claim.
            token_url: Where the Authorize button of the OpenAPI page signs in.
            scheme_name: The scheme's name in the OpenAPI document; two with one name would be taken for one.
            websocket_subprotocol: The subprotocol behind which a browser offers its token to a WebSocket route, such as
                `bearer` for `new WebSocket(url, ["bearer", token])`; the route then accepts with it. By default tokens
                come in the Authorization header alone.

        Raises:
            TypeError: `verifier` is no `Verifier`, or `user_model` no Pydantic model.
            ValueError: `websocket_subprotocol` cannot be the name of a subprotocol.
        """
        if not isinstance(verifier, Verifier):
            raise TypeError("verifier must be a fastjose.Verifier")
        self._verifier = verifier
        self._verify_at_hand = verifier.try_verify
        self._user_of = user_reader(user_model)
        self._identify_at_hand = verifier.identify_at_hand if is_identity(user_model) else _by_its_claims
        self._id_attribute = id_attribute(user_model)
        self._hints = RejectionHints(verifier)
        # To keep claims is not free of cost, so it is done where somebody wants them.
        self._shares_claims = False
        self.oauth2_scheme, self.oauth2_scheme_optional = (
            BearerScheme(
                token_url=token_url,
                scheme_name=scheme_name,
                auto_error=auto_error,
                websocket_subprotocol=websocket_subprotocol,
            )
            for auto_error in (True, False)
        )
        self.current_user = current_user(self._identify, self.oauth2_scheme)
        self.current_user_optional = current_user_optional(self._identify_or_none, self.oauth2_scheme_optional)
        self.current_claims = current_claims(self._claims_of_user, self.oauth2_scheme)
        self._get_user_id = get_user_id(self.current_user, self._id_attribute or "user_id")
        self._user_id = OffThePool(self._get_user_id)

    @classmethod
    def from_environment(
        cls,
        *,
        user_model: type[_ModelT] = CurrentUser,  # type: ignore[assignment]  # as above
        scheme_name: str = "OAuth2PasswordBearer",
    ) -> "BearerAuth[_ModelT]":
        """Build the dependencies that the environment and `.env` describe, as `fastjose.auth` does.

        Args:
            user_model: As for `BearerAuth`.
            scheme_name: As for `BearerAuth`.

        Raises:
            ValueError: A variable is missing or cannot be right.
            TypeError: `user_model` is no Pydantic model.
        """
        from fastjose._config.verifier_from_settings import build_verifier  # noqa: PLC0415 - needs pydantic-settings, which the rest here does not
        from fastjose.settings import load_settings  # noqa: PLC0415 - the same

        settings = load_settings()
        return BearerAuth(
            build_verifier(settings),
            user_model=user_model,
            token_url=settings.token_url,
            scheme_name=scheme_name,
            websocket_subprotocol=settings.jwt_websocket_subprotocol,
        )

    @property
    def get_user_id(self) -> Callable[[UserT], str]:
        """The id of a user, as a plain function: `user_id`; or the field that is filled from `sub`, or `id`.

        Raises:
            TypeError: The model has none of these.
        """
        self._require_an_id()
        return self._get_user_id

    @property
    def user_id(self) -> OffThePool[UserT]:
        """Dependency: the same for routes, off the thread pool.

        It is equal to `get_user_id`, so that overriding one in `app.dependency_overrides` overrides both.

        Raises:
            TypeError: As `get_user_id`.
        """
        self._require_an_id()
        return self._user_id

    def require_role(self, *roles: str) -> AuthorizedUser[UserT]:
        """Return a dependency: the user, if the claim `role` or `roles` has any of `roles`; else a 403.

        Raises:
            ValueError: No role is named, or an empty one.
            TypeError: A role is no str.
        """
        return self._authorize(build_role_requirement(*roles))

    def require_scope(self, *scopes: str) -> AuthorizedUser[UserT]:
        """Return a dependency: the user, if the claim `scope` has all of `scopes`; else a 403 that names them.

        Raises:
            ValueError: No scope is named, or one that cannot be a scope (RFC 6749 §3.3).
            TypeError: A scope is no str.
        """
        return self._authorize(build_scope_requirement(*scopes))

    def require_permission(self, *permissions: str) -> AuthorizedUser[UserT]:
        """Return a dependency: the user, if the claim `permissions` has all of `permissions`; else a 403.

        Raises:
            ValueError: No permission is named, or an empty one.
            TypeError: A permission is no str.
        """
        return self._authorize(build_permission_requirement(*permissions))

    def verify_token(self, token: str) -> TokenPayload:
        """Verify a token; blocks while keys must be fetched, so in a coroutine use a dependency.

        Args:
            token: The token, without `Bearer `.

        Raises:
            HTTPException: 401 for a token that is refused, with `WWW-Authenticate: Bearer`; 503 while no key can be
                had, with `Retry-After`.
        """
        try:
            claims = self._verifier.verify(token)
            reject_sender_constrained(claims)
            return TokenPayload.from_claims(claims)
        except JOSEError as error:
            raise self._refused(error, token) from None

    # Two coroutines that begin alike, since one more call would be a tenth of the first. Where a key must be fetched,
    # or the claims are wanted, there is no identity at hand.
    async def _identify(self, token: str) -> UserT:
        try:
            identity = self._identify_at_hand(token)
            return self._user_of(await self._claims(token)) if identity is None else user_who_is(identity)
        except JOSEError as error:
            raise _told(self._refused(error, token), token) from None

    async def _identify_or_none(self, token: str) -> UserT | None:
        try:
            identity = self._identify_at_hand(token)
            return self._user_of(await self._claims(token)) if identity is None else user_who_is(identity)
        except JOSEError as error:
            refused = self._refused(error, token)
            if refused.status_code == status.HTTP_401_UNAUTHORIZED:
                return None
            raise _told(refused, token) from None

    async def _claims_of_user(self, token: str) -> Claims:
        self._share_claims()
        try:
            claims = await self._claims(token)
            require_subject(claims)
        except JOSEError as error:
            raise _told(self._refused(error, token), token) from None
        return claims

    async def _claims(self, token: str) -> Claims:
        claims = self._verified(token)
        if claims is None:
            claims = await self._verifier.verify_async(token)
        self._judge(token, claims)
        return claims

    def _verified(self, token: str) -> Claims | None:
        """Return the claims, if no key must be fetched; what was verified here in this request stays with its token."""
        verified = token.verified if isinstance(token, BearerToken) else None
        if verified is not None and verified[0] is self:
            return verified[1]
        return self._verify_at_hand(token)

    def _judge(self, token: str, claims: Claims) -> None:
        """Refuse verified claims that must not come with a bearer token; let others in this request have the rest."""
        reject_sender_constrained(claims)
        if self._shares_claims and isinstance(token, BearerToken):
            token.verified = self, claims

    def _share_claims(self) -> None:
        """From now on keep the claims of a token until its request ends, for somebody wants them besides the user."""
        self._shares_claims, self._identify_at_hand = True, _by_its_claims

    def _refused(self, error: JOSEError, token: str) -> HTTPException:
        self._hints.log_hint(error, token)
        return refusal(error)

    def _authorize(self, requirement: Requirement) -> AuthorizedUser[UserT]:
        self._share_claims()

        def judge(claims: Claims) -> UserT:
            try:
                user = self._user_of(claims)
            except JOSEError as error:
                raise refusal(error) from None
            if not requirement.is_satisfied_by(claims):
                raise requirement.forbidden_response()
            return user

        return authorized_user(judge, self.current_claims)

    def _require_an_id(self) -> None:
        if self._id_attribute is None:
            raise TypeError("user_model has no user_id, and no field that is filled from sub: which of its is the id?")


def _by_its_claims(token: str) -> None:
    """Stand in for `Verifier.identify_at_hand` where the claims are wanted, so that they are verified and kept."""


def _told(refused: HTTPException, token: str) -> HTTPException | WebSocketException:
    return as_told(refused, closing=isinstance(token, BearerToken) and token.must_close)
