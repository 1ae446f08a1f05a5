"""`BearerAuth`: dependencies for FastAPI, for an application that is configured in code.

The user can be a Pydantic model or a msgspec Struct of the application, filled from the claims:
`BearerAuth(verifier, user_model=MyUser)`.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Generic

try:
    import fastapi  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from starlette.requests import HTTPConnection
from typing_extensions import TypeVar

from fastjose._authorization.grants import GrantSource, build_grants
from fastjose._authorization.requirements import (
    Requirement,
    build_permission_requirement,
    build_role_requirement,
    build_scope_requirement,
)
from fastjose._authorization.session_requirements import (
    FORBID_IMPERSONATION,
    REQUIRE_ACCOUNT,
    SessionRequirement,
    build_organization_role_requirement,
)
from fastjose._claims_types import ClaimsModel
from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._connections.reports_health import ReportsHealth
from fastjose._connections.token_connections import TokenConnections
from fastjose._credentials.api_keys import ApiKeys
from fastjose._credentials.jwt_credentials import JwtCredentials
from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose._fastapi.credential_auth import CookieAuth, CredentialAuth
from fastjose._fastapi.dependencies import (
    authorized_user_dependency,
    claims_dependency,
    current_user_dependency,
    optional_user_dependency,
    session_dependency,
    session_of_claims,
    user_authorization,
    user_id_function,
)
from fastjose._fastapi.flat_dependencies import FlatDependency, OptionalFlatDependency, RequestVerification
from fastjose._fastapi.places.authorization_code import discovered_key_sets
from fastjose._fastapi.places.bearer_schemes import Scheme, token_schemes
from fastjose._fastapi.places.schemes import schemes_of_names
from fastjose._fastapi.requires_depends import DependencyFactory
from fastjose._fastapi.token_verification import VERIFICATION_AS_DEPENDENCY, verify_token
from fastjose._fastapi.user_models import UserT, create_authentication, id_attribute, missing_id_error
from fastjose._fastapi.users import CurrentUser, TokenPayload
from fastjose._program_only import program_only
from fastjose._refusals.refusal import check_resource_metadata
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose._tracebacks import clear_frames, hide_arguments
from fastjose._verifiers.bearer_policy import BearerPolicy
from fastjose._verifiers.choice import VerifierInput
from fastjose._verifiers.issuers import known_verifiers
from fastjose._verifiers.request_authentication import RequestAuthentication
from fastjose.exceptions import ConfigurationError
from fastjose.ownership import OwnershipChecker, require_ownership

if TYPE_CHECKING:
    from fastjose._sessions.session import Session
    from fastjose.better_auth import Revocations
    from fastjose.settings import AuthSettings

__all__ = [
    "ApiKeys",
    "BearerAuth",
    "CookieAuth",
    "CredentialAuth",
    "CurrentUser",
    "JwtCredentials",
    "OpaqueTokens",
    "OwnershipChecker",
    "SessionCookies",
    "SessionTokens",
    "TokenPayload",
    "require_ownership",
]

_OUTSIDE_ERROR = (
    "BearerAuth must be built outside the routes: write auth = BearerAuth(…), then Depends(auth.current_user)"
)
_ModelT = TypeVar("_ModelT", bound=ClaimsModel, default=CurrentUser)
"""`UserT` for a class method: on the class itself, `UserT` is already `CurrentUser`."""


class BearerAuth(ReportsHealth, Generic[UserT]):
    """Dependencies for routes that need a user, all with one verifier. Immutable once it is built.

    A request verifies its token once, however many of these dependencies it uses. A WebSocket keeps the result as long
    as it is open: `await auth.current_user(websocket)` is not a second check. `await auth.current_user(str(token))` is
    one.

    In a WebSocket route, the dependencies run before `accept()`. The response to a rejected token answers the
    handshake, or closes the WebSocket if the server cannot send a response.

    Attributes:
        oauth2_scheme: Dependency on the unverified token of a request; raises a 401 `Not authenticated`.
        oauth2_scheme_optional: Dependency on the unverified token of a request, or on None.
        current_user: Dependency on the user; raises a 401, or a 503 while keys are unavailable.
        current_user_optional: Dependency on the user, or on None instead of a 401; raises a 503 while keys are
            unavailable.
        current_claims: Dependency on the verified claims; raises a 401, or a 503 while keys are unavailable.
            `require_role`, `require_scope` and `require_permission` depend on it: an override in
            `app.dependency_overrides` reaches all of them.
        current_session: Dependency on the session that the token describes with `sid`, `act` and `org`; raises a 403
            if it has no `sid`. Better Auth's `definePayload` must add them.
        forbid_impersonation: Dependency on the user; raises a 403 if an administrator acts as the user (`act`), or if
            the token does not say who acts (`sid` is missing).
        require_not_anonymous: Dependency on the user; raises a 403 for an anonymous user: `isAnonymous` of Better
            Auth, `is_anonymous` of Supabase, or the provider `anonymous` of Firebase.

    Example:
        keys = RemoteKeySet("https://auth.example.com/jwks")
        auth = BearerAuth(Verifier(keys, issuer="https://auth.example.com", audience="https://api.example.com"))

        @app.get("/me")
        async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
            return user
    """

    @program_only(_OUTSIDE_ERROR)
    def __init__(  # noqa: PLR0913 - keyword arguments, all but one with a default
        self,
        verifier: VerifierInput,
        *,
        user_model: type[UserT] = CurrentUser,  # type: ignore[assignment]  # the default of the TypeVar, too
        user_id_claim: str | None = "sub",
        accept: Callable[[dict[str, Any]], bool] | None = None,
        roles: GrantSource | None = None,
        scopes: GrantSource | None = None,
        permissions: GrantSource | None = None,
        scheme: Scheme | Sequence[Scheme] | None = None,
        trusted_origins: Iterable[str] = (),
        resource_metadata: str | None = None,
        token_url: str | None = None,
        scheme_name: str | None = None,
        websocket_subprotocol: str | None = None,
        _names: SettingNames = IN_CODE,
    ) -> None:
        """Build the dependencies.

        Args:
            verifier: A `Verifier`, which verifies the tokens. Or a list of them with different issuers: the one with
                the token's `iss` alone verifies it. Or a function or coroutine function from an issuer to its verifier,
                or to None. A sender-constrained token (`cnf`; RFC 9449 §7.1) is rejected in any case.
            user_model: The Pydantic model or msgspec Struct of users, filled from the verified claims: each field from
                the claim of its name, or of its alias; `user_id`, if it has no alias, from `user_id_claim`. A claim
                that the model rejects causes a 401 response that names the claim.
            user_id_claim: The claim with the user's id, from which `user_id` is filled: a string, or an integer, which
                counts as its decimal text. A token without it is rejected. None: a token need not identify a user; the
                model then must have no field for the id.
            accept: A plain function of the verified claims that accepts a token by returning `True`. Any other result,
                and an exception, is a 401. It is called at each request, before the user is built.
            roles: Where `require_role` finds roles: a claim, a path such as `realm_access.roles`, a list of these, or a
                plain function of the claims. By default the claims `role` and `roles`.
            scopes: Where `require_scope` finds scopes. By default the claims `scope` and `scp`.
            permissions: Where `require_permission` finds permissions. By default the claim `permissions`.
            scheme: The place of the token, as a security scheme of FastAPI: `HTTPBearer()`, the default,
                `APIKeyHeader(name=…)`, `APIKeyCookie(name=…)`, `APIKeyQuery(name=…)`, one of OAuth2, or any function of
                the connection that returns a str, HTTPAuthorizationCredentials or None. If several are given, the first
                one that finds a credential decides, even if the credential is rejected. Two values in one place are
                a missing token.
            trusted_origins: The origins of pages, beside the application's own, that may send requests with a cookie
                that change something, such as `https://app.example.com`. The page of any other origin gets a 403.
            resource_metadata: The URL of the API's protected resource metadata, which each 401 then names
                (RFC 9728 §5.1), as MCP clients require.
            token_url: The URL where the Authorize button of the OpenAPI page signs in with a password. None: the user
                pastes a token.
            scheme_name: The name of the scheme in the OpenAPI document. By default that of FastAPI's class. Two
                `BearerAuth` of an application that sign in at different places need different names.
            websocket_subprotocol: The subprotocol after which a browser sends its token to a WebSocket route, such as
                `bearer` for `new WebSocket(url, ["bearer", token])`. The route then accepts with this subprotocol. By
                default a token of a WebSocket route is in a place of `scheme`, like any other.

        Raises:
            TypeError: `verifier` is neither a `Verifier`, a list of them nor a function.
                `user_model` is neither a Pydantic model nor a msgspec Struct.
                `user_id_claim` is neither a str nor None; or it is None, and the model has a field for the user's id.
                `accept` is not a plain function. `roles`, `scopes` or `permissions` is neither a name, a list of names
                nor a plain function. `scheme` is not a security scheme.
            ValueError: A verifier in a list has no issuer, or an issuer of another one.
                `websocket_subprotocol` is not the name of a subprotocol, a claim has an empty name, or
                `resource_metadata` is not a URL. `trusted_origins` has an entry that is not an origin, or is given
                without a cookie. `token_url` is given without `HTTPBearer()` in `scheme`.
        """
        self._grants = build_grants(roles, scopes, permissions)
        self._policy = policy = BearerPolicy(user_id_claim, accept)
        self._verifier, self._authentication = create_authentication(verifier, user_model, policy)
        metadata = check_resource_metadata(resource_metadata)
        self._rejections = rejections = RejectionHandler(self._verifier, _names, resource_metadata=metadata)
        self._id_attribute = id_attribute(user_model, user_id_claim)
        self._require_scopes = cache(self.require_scope)
        self.oauth2_scheme, self.oauth2_scheme_optional = token_schemes(
            scheme,
            self._check_scopes,
            trusted_origins=trusted_origins,
            subprotocol=websocket_subprotocol,
            token_url=token_url,
            scheme_name=scheme_name,
            resource_metadata=metadata,
            issuers=discovered_key_sets(self._verifier),
        )
        self._connections: TokenConnections = TokenConnections(
            self.oauth2_scheme.places,
            self._authentication,
            rejections,
            self._grants,
            user_id_claim=user_id_claim,
            verifiers=known_verifiers(self._verifier),
        )
        self._build_dependencies(self._authentication, rejections)

    def _build_dependencies(self, authentication: RequestAuthentication[UserT], rejections: RejectionHandler) -> None:
        get_user = current_user_dependency(authentication, rejections, self.oauth2_scheme)
        get_optional_user = optional_user_dependency(authentication, rejections, self.oauth2_scheme_optional)
        get_claims = claims_dependency(authentication, rejections, self.oauth2_scheme)
        verify_user, verify_claims = (
            authentication.authenticate_user_of_request,
            authentication.authenticate_claims_of_request,
        )
        view_user, view_claims = authentication.get_user, authentication.get_claims
        user = RequestVerification(verify_user, view_user, get_user, self.oauth2_scheme, rejections)
        optional_user = RequestVerification(
            verify_user, view_user, get_optional_user, self.oauth2_scheme_optional, rejections
        )
        claims = RequestVerification(verify_claims, view_claims, get_claims, self.oauth2_scheme, rejections)
        self.current_user: FlatDependency[UserT] = FlatDependency(get_user, user)
        self.current_user_optional: FlatDependency[UserT | None] = OptionalFlatDependency(
            get_optional_user, optional_user
        )
        self.current_claims: FlatDependency[dict[str, Any]] = FlatDependency(get_claims, claims)
        self.current_session: FlatDependency[Session] = FlatDependency(
            session_dependency(get_claims), claims, view=session_of_claims
        )
        self.forbid_impersonation: FlatDependency[UserT] = self._require(FORBID_IMPERSONATION)
        self.require_not_anonymous: FlatDependency[UserT] = self._require(REQUIRE_ACCOUNT)
        get_id = user_id_function(get_user, self._id_attribute or "user_id")
        self._get_user_id = get_id
        self._user_id: FlatDependency[str] = FlatDependency(get_id, user, view=lambda user, _: get_id(user))

    @classmethod
    @hide_arguments
    @program_only(_OUTSIDE_ERROR)
    def from_environment(
        cls,
        *,
        user_model: type[_ModelT] = CurrentUser,  # type: ignore[assignment]  # as above
        scheme_name: str | None = None,
        revocations: "Revocations | None" = None,
        _settings: "AuthSettings | None" = None,
    ) -> "BearerAuth[_ModelT]":
        """Build the dependencies from the environment and `.env`, as `fastjose.auth` does.

        Args:
            user_model: The model of users, as in `BearerAuth`.
            scheme_name: The name of the scheme in the OpenAPI document.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: revoked tokens are rejected.

        Raises:
            ValueError: A variable is missing or has an invalid value; the message names it.
            TypeError: `user_model` is neither a Pydantic model nor a msgspec Struct.
        """
        # Imported here: they need pydantic-settings, which the rest of this module does not.
        from fastjose._config.auth_options import bearer_options  # noqa: PLC0415 - needs pydantic-settings
        from fastjose._config.names.environment_names import names_of_environment  # noqa: PLC0415 - needs pydantic-settings
        from fastjose._config.names.misspelled_variables import warn_of_misspelled  # noqa: PLC0415 - needs pydantic-settings
        from fastjose._config.verifier_from_settings import build_verifier  # noqa: PLC0415 - needs pydantic-settings
        from fastjose.settings import load_settings  # noqa: PLC0415 - needs pydantic-settings

        settings = _settings or load_settings()
        if settings.credentials != ["jwt"]:
            raise ConfigurationError(
                "JWT_CREDENTIALS must be jwt for BearerAuth: use CredentialAuth.from_environment",
                variable="JWT_CREDENTIALS",
            )
        options = bearer_options(settings)
        auth = BearerAuth(
            build_verifier(settings, revocations),
            user_model=user_model,
            scheme_name=scheme_name,
            scheme=schemes_of_names(options.pop("token_header", None), options.pop("token_cookie", None)),
            **options,
            _names=names_of_environment(settings),
        )
        if _settings is None:
            warn_of_misspelled(settings, stack_levels=3)
        return auth

    @property
    def get_user_id(self) -> Callable[[UserT], str]:
        """A plain function that returns a user's id: `user_id`, or the field filled from `user_id_claim`, or `id`.

        Raises:
            TypeError: The model has none of these fields.
        """
        self._check_has_user_id()
        return self._get_user_id

    @property
    def user_id(self) -> FlatDependency[str]:
        """Dependency on the user's id. It runs on the event loop, not in the thread pool.

        It is equal to `get_user_id`: overriding one in `app.dependency_overrides` overrides both.

        Raises:
            TypeError: The model has no id.
        """
        self._check_has_user_id()
        return self._user_id

    @DependencyFactory
    @program_only('require_role must be called: write Depends(require_role("admin"))')
    def require_role(self, *roles: str) -> FlatDependency[UserT]:
        """Return a dependency that returns the user. It raises a 403 unless the token grants at least one of `roles`.

        Raises:
            ValueError: No role is given, or an empty one.
            TypeError: A role is not a str.
        """
        return self._require(build_role_requirement(*roles, read=self._grants.read_roles))

    @DependencyFactory
    @program_only('require_scope must be called: write Depends(require_scope("tasks:read"))')
    def require_scope(self, *scopes: str) -> FlatDependency[UserT]:
        """Return a dependency that returns the user. It raises a 403 unless the token grants all of `scopes`.

        The 403 names the scopes.

        Raises:
            ValueError: No scope is given, or an invalid one (RFC 6749 §3.3).
            TypeError: A scope is not a str.
        """
        return self._require(build_scope_requirement(*scopes, read=self._grants.read_scopes))

    @DependencyFactory
    @program_only('require_permission must be called: write Depends(require_permission("task:delete"))')
    def require_permission(self, *permissions: str) -> FlatDependency[UserT]:
        """Return a dependency that returns the user. It raises a 403 unless the token grants all of `permissions`.

        Raises:
            ValueError: No permission is given, or an empty one.
            TypeError: A permission is not a str.
        """
        return self._require(build_permission_requirement(*permissions, read=self._grants.read_permissions))

    @DependencyFactory
    @program_only('require_organization_role must be called: write Depends(require_organization_role("owner"))')
    def require_organization_role(self, *roles: str) -> FlatDependency[UserT]:
        """Return a dependency that returns the user. It raises a 403 unless the user has one of `roles`.

        The roles are those in the active organization: the claim `org`, an object with `id` and `role`, which Better
        Auth's `definePayload` must add. `CredentialAuth` asks a store for the roles of a session instead.

        Raises:
            ValueError: No role is given, or an empty one.
            TypeError: A role is not a str.
        """
        return self._require(build_organization_role_requirement(*roles))

    @program_only(VERIFICATION_AS_DEPENDENCY)
    def verify_token(self, token: str) -> TokenPayload:
        """Verify a token and return its common claims. Blocks while keys are fetched: in a coroutine use a dependency.

        Args:
            token: The token, without `Bearer `.

        Raises:
            HTTPException: 401 for a rejected token, with `WWW-Authenticate: Bearer`; 503 while keys are unavailable,
                with `Retry-After`.
            TypeError: The verifier is from a coroutine function, which cannot be awaited here.
        """
        try:
            return verify_token(self._verifier, self._policy, self._rejections, token)
        except BaseException as error:
            del token
            clear_frames(error)
            raise

    @property
    def connections(self) -> TokenConnections:
        """Authenticates connections without FastAPI, for `fastjose.starlette.JwtAuthenticationBackend`."""
        return self._connections

    def _require(self, requirement: Requirement | SessionRequirement) -> FlatDependency[UserT]:
        authorize_user = user_authorization(self._authentication, requirement, self._rejections)
        function = authorized_user_dependency(authorize_user, self.current_claims.function, self._rejections)
        return FlatDependency(function, self.current_claims.verification, view=authorize_user)

    async def _check_scopes(self, connection: HTTPConnection, scopes: Sequence[str]) -> UserT:
        """Raise what `require_scope` raises, for the scopes of FastAPI's `Security`."""
        return await self._require_scopes(*scopes)(connection)

    def _check_has_user_id(self) -> None:
        if self._id_attribute is None:
            raise missing_id_error(self._policy.user_id_claim)
