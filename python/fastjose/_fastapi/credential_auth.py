"""`CredentialAuth` and `CookieAuth`: dependencies for applications that accept other credentials than JWTs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from fastjose._authorization.grants import GrantSource, build_grants
from fastjose._authorization.requirements import (
    Requirement,
    build_permission_requirement,
    build_role_requirement,
    build_scope_requirement,
    check_names,
)
from fastjose._claims_types import ClaimsModel
from fastjose._config.names.setting_names import IN_CODE, OF_ENVIRONMENT, SettingNames
from fastjose._connections.credential_connections import CredentialConnections, find_id_claim
from fastjose._connections.reports_health import ReportsHealth
from fastjose._credentials.requirements import (
    acts_as_itself,
    has_account,
    is_user_known,
    organization_roles_in_claims,
)
from fastjose._fastapi.credential_dependencies import (
    api_key_dependency,
    authorized_user_dependency,
    claims_dependency,
    outcome_dependency,
    permitted_user_dependency,
    principal_dependency,
    scope_check,
    session_dependency,
    user_dependencies,
)
from fastjose._fastapi.dependencies import user_id_function
from fastjose._fastapi.places.bearer_schemes import token_schemes
from fastjose._fastapi.requires_depends import DependencyFactory
from fastjose._fastapi.token_verification import VERIFICATION_AS_DEPENDENCY, verify_token
from fastjose._fastapi.user_models import UserT, id_attribute, missing_id_error, named_claims, user_builder
from fastjose._fastapi.users import CurrentUser, TokenPayload
from fastjose._program_only import program_only
from fastjose._refusals.refusal import check_resource_metadata
from fastjose._sessions.lookup import ask_for_roles
from fastjose._tracebacks import clear_frames, hide_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from collections.abc import Set as AbstractSet

    from fastjose._api_keys.api_key import ApiKey
    from fastjose._credentials.auth_js_cookies import AuthJsCookies
    from fastjose._credentials.credential import Credential
    from fastjose._credentials.principal import Principal
    from fastjose._credentials.session_cookies import SessionCookies
    from fastjose._sessions.session import Session
    from fastjose.better_auth import Revocations
    from fastjose.settings import AuthSettings


_OUTSIDE_ERROR = (
    "CredentialAuth must be built outside the routes: write auth = CredentialAuth(…), then Depends(auth.current_user)"
)
_ModelT = TypeVar("_ModelT", bound=ClaimsModel, default=CurrentUser)
"""`UserT` for a class method: on the class itself, `UserT` is already `CurrentUser`."""


class CredentialAuth(ReportsHealth, Generic[UserT]):
    """Dependencies for routes that need a user, for one or several kinds of credential. Immutable once it is built.

    Each kind has its own rules; none is accepted in place of another. One credential of a request counts: a bearer
    token, else an API key, else cookies. The form of a bearer token says whether it is a JWT or a session token. A
    request is authenticated once, however many of these dependencies it uses.

    `BearerAuth` is for applications that accept JWTs alone, and takes less time.

    Attributes:
        current_user: Dependency on the user; raises a 401, a 403 for a page of another origin (cookies), or a 503 while
            keys or a store are unavailable.
        current_user_optional: Dependency on the user, or on None instead of a 401.
        current_claims: Dependency on the verified claims of a JWT, or on the fields of the user with the user's id as
            `sub`. `require_role`, `require_scope` and `require_permission` depend on it.
        current_session: Dependency on the session; raises a 403 if the credential has none.
        current_api_key: Dependency on the API key; raises a 403 for another credential.
        forbid_impersonation: Dependency on the user; raises a 403 if an administrator acts as the user, or if a JWT
            does not say who acts (`sid` is missing).
        require_not_anonymous: Dependency on the user; raises a 403 for an anonymous user, as that of `BearerAuth`
            does, and for an API key whose store does not know the user.
        user_id: Dependency on the user's id.
        oauth2_scheme: Dependency on the bearer token of a request; raises a 401 `Not authenticated`.
        oauth2_scheme_optional: Dependency on the bearer token of a request, or on None.

    Example:
        sessions = RemoteSessions("https://app.example.com")
        auth = CredentialAuth(
            JwtCredentials(api_verifier("https://app.example.com")),
            SessionTokens(sessions, secrets=[SECRET]),
            SessionCookies(sessions, secrets=[SECRET], trusted_origins=["https://app.example.com"]),
        )

        @app.get("/me")
        async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
            return user
    """

    @program_only(_OUTSIDE_ERROR)
    def __init__(  # noqa: PLR0913 - keyword arguments, all with a default
        self,
        *credentials: Credential,
        user_model: type[UserT] = CurrentUser,  # type: ignore[assignment]  # the default of the TypeVar, too
        roles: GrantSource | None = None,
        scopes: GrantSource | None = None,
        permissions: GrantSource | None = None,
        token_url: str | None = None,
        resource_metadata: str | None = None,
        _names: SettingNames = IN_CODE,
    ) -> None:
        """Build the dependencies.

        Args:
            *credentials: `JwtCredentials`, `OpaqueTokens`, `SessionTokens`, `SessionCookies`, `ApiKeys`: at most one of
                each kind.
            user_model: The Pydantic model or msgspec Struct of users. Each field is filled from the claim of a JWT, or
                from the field of Better Auth's user, of its name or alias; `user_id`, if it has no alias, from the id.
                Fields of a user that Better Auth does not return (`returned: false`) reach the application only if the
                model names them.
            roles: Where `require_role` finds roles, as in `BearerAuth`: claims of a JWT, or fields of the user.
            scopes: Where `require_scope` finds scopes. By default the claims `scope` and `scp`.
            permissions: Where `require_permission` finds permissions. By default the claim `permissions`, which an API
                key has, too: name it beside others if keys must grant theirs.
            token_url: The URL of `oauth2_scheme` in the OpenAPI document, as in `BearerAuth`.
            resource_metadata: The URL that a 401 names in its WWW-Authenticate header, as in `BearerAuth`.

        Raises:
            TypeError: An argument is not a credential. `user_model` is neither a Pydantic model nor a msgspec Struct.
                `roles`, `scopes` or `permissions` is neither a name, a list of names nor a plain function.
            ValueError: No credential is given, two of one kind, or two whose tokens have the same shape; a claim has an
                empty name, or `resource_metadata` is not a URL.
        """
        metadata = check_resource_metadata(resource_metadata)
        self._id_claim = id_claim = find_id_claim(credentials)
        self._build_user = build_user = user_builder(user_model, id_claim)
        self._grants = build_grants(roles, scopes, permissions)
        connections = CredentialConnections(
            credentials,
            build_user,
            self._grants,
            named_fields=named_claims(user_model),
            resource_metadata=metadata,
            names=_names,
        )
        self._connections: CredentialConnections = connections
        self._authenticator, self._rejections = connections.authenticator, connections.rejections
        self._verifier = None if connections.jwt is None else connections.jwt.verifier
        self._id_attribute = id_attribute(user_model, id_claim)
        rejections, check_scopes = self._rejections, scope_check(connections)
        get_outcome = outcome_dependency(connections, check_scopes)
        self._get_principal = get_principal = principal_dependency(get_outcome, rejections)
        self.current_user, self.current_user_optional = user_dependencies(
            get_outcome, get_principal, build_user, rejections
        )
        self.current_claims = claims_dependency(get_principal)
        self.current_session: Callable[..., Coroutine[Any, Any, Session]] = session_dependency(
            get_principal, rejections.hints
        )
        self.current_api_key: Callable[..., Coroutine[Any, Any, ApiKey]] = api_key_dependency(get_principal)
        self.forbid_impersonation = self._permit(_is_itself)
        self.require_not_anonymous = self._permit(self._has_account, needs_session=False)
        self._get_user_id = user_id_function(self.current_user, self._id_attribute or "user_id")
        self.oauth2_scheme, self.oauth2_scheme_optional = token_schemes(
            None, check_scopes, token_url=token_url, resource_metadata=metadata
        )

    @classmethod
    @hide_arguments
    @program_only(_OUTSIDE_ERROR)
    def from_environment(
        cls,
        *,
        user_model: type[_ModelT] = CurrentUser,  # type: ignore[assignment]  # as above
        revocations: Revocations | None = None,
        _settings: AuthSettings | None = None,
    ) -> CredentialAuth[_ModelT]:
        """Build the dependencies from the environment and `.env`, as `fastjose.auth` does: see `JWT_CREDENTIALS`.

        Args:
            user_model: The model of users, as in `CredentialAuth`.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: revoked tokens, sessions and
                cookies are rejected. API keys do not ask it.

        Raises:
            ValueError: A variable is missing or has an invalid value; the message names it.
            TypeError: `user_model` is neither a Pydantic model nor a msgspec Struct.
        """
        # Imported here: they need pydantic-settings, which the rest of this module does not.
        from fastjose._config.auth_options import credential_options  # noqa: PLC0415 - needs pydantic-settings
        from fastjose._config.credentials_from_settings import build_credentials  # noqa: PLC0415 - needs pydantic-settings
        from fastjose._config.names.environment_names import names_of_environment  # noqa: PLC0415 - needs pydantic-settings
        from fastjose._config.names.misspelled_variables import warn_of_misspelled  # noqa: PLC0415 - needs pydantic-settings
        from fastjose.settings import load_settings  # noqa: PLC0415 - needs pydantic-settings

        settings = _settings or load_settings()
        names = names_of_environment(settings) if "jwt" in settings.credentials else OF_ENVIRONMENT
        auth = CredentialAuth(
            *build_credentials(settings, revocations),
            user_model=user_model,
            **credential_options(settings),
            _names=names,
        )
        if _settings is None:
            warn_of_misspelled(settings, stack_levels=3)
        return auth

    @property
    def get_user_id(self) -> Callable[[UserT], str]:
        """A plain function that returns a user's id: `user_id`, or the field that is filled from `sub`, or `id`.

        Raises:
            TypeError: The model has none of these fields.
        """
        if self._id_attribute is None:
            raise missing_id_error(self._id_claim)
        return self._get_user_id

    @property
    def user_id(self) -> Callable[[UserT], str]:
        """Dependency on the user's id: `get_user_id`."""
        return self.get_user_id

    @DependencyFactory
    @program_only('require_role must be called: write Depends(require_role("admin"))')
    def require_role(self, *roles: str) -> Callable[..., Coroutine[Any, Any, UserT]]:
        """Return a dependency that returns the user. It raises a 403 unless the user has at least one of `roles`.

        Raises:
            ValueError: No role is given, or an empty one.
            TypeError: A role is not a str.
        """
        return self._require(build_role_requirement(*roles, read=self._grants.read_roles))

    @DependencyFactory
    @program_only('require_scope must be called: write Depends(require_scope("tasks:read"))')
    def require_scope(self, *scopes: str) -> Callable[..., Coroutine[Any, Any, UserT]]:
        """Return a dependency that returns the user. It raises a 403 unless the token grants all of `scopes`.

        Raises:
            ValueError: No scope is given, or an invalid one (RFC 6749 §3.3).
            TypeError: A scope is not a str.
        """
        return self._require(build_scope_requirement(*scopes, read=self._grants.read_scopes))

    @DependencyFactory
    @program_only('require_permission must be called: write Depends(require_permission("task:delete"))')
    def require_permission(self, *permissions: str) -> Callable[..., Coroutine[Any, Any, UserT]]:
        """Return a dependency that returns the user. It raises a 403 unless the credential grants all of `permissions`.

        The permissions of an API key are written `resource:action`: `{"files": ["read"]}` grants `files:read`.

        Raises:
            ValueError: No permission is given, or an empty one.
            TypeError: A permission is not a str.
        """
        return self._require(build_permission_requirement(*permissions, read=self._grants.read_permissions))

    @DependencyFactory
    @program_only('require_organization_role must be called: write Depends(require_organization_role("owner"))')
    def require_organization_role(self, *roles: str) -> Callable[..., Coroutine[Any, Any, UserT]]:
        """Return a dependency that returns the user. It raises a 403 unless the user has a role in the organization.

        The organization is the active one of the session. The store is asked for the roles of its member at each
        request. A JWT has them in the claim `org`, an object with `id` and `role`, if `definePayload` adds it.

        Raises:
            ValueError: No role is given, or an empty one.
            TypeError: A role is not a str, or a store does not know the members of organizations.
        """
        required = check_names(roles, "role")
        lookups = {each.name: getattr(each, "lookup", None) for each in self._authenticator.credentials}
        finders: dict[str, Any] = {
            name: _roles_finder(lookup) for name, lookup in lookups.items() if name in {"session", "cookie"}
        }
        return self._permit(lambda principal: _has_role(principal, required, finders.get(principal.credential)))

    @program_only(VERIFICATION_AS_DEPENDENCY)
    def verify_token(self, token: str) -> TokenPayload:
        """Verify a JWT and return its common claims. Blocks while keys are fetched: in a coroutine use a dependency.

        Raises:
            HTTPException: 401 for a rejected token, with `WWW-Authenticate: Bearer`; 503 while keys are unavailable,
                with `Retry-After`.
            TypeError: The application does not accept JWTs.
        """
        jwt, rejections = self._connections.jwt, self._connections.jwt_rejections
        if jwt is None or rejections is None:
            del token  # an error report has the local variables of each frame
            raise TypeError("verify_token requires JWTs: add jwt to JWT_CREDENTIALS, or JwtCredentials")
        try:
            return verify_token(jwt.verifier, jwt.policy, rejections, token)
        except BaseException as error:
            del token
            clear_frames(error)
            raise

    @property
    def connections(self) -> CredentialConnections:
        """Authenticates connections without FastAPI, for `fastjose.starlette.JwtAuthenticationBackend`."""
        return self._connections

    def _require(self, requirement: Requirement) -> Callable[..., Coroutine[Any, Any, UserT]]:
        return authorized_user_dependency(self.current_claims, self._build_user, requirement, self._rejections)

    async def _has_account(self, principal: Principal) -> bool:
        if not is_user_known(principal):
            self._rejections.hints.log_code("api_key_without_user")
        return has_account(principal)

    def _permit(
        self, is_permitted: Callable[[Principal], Coroutine[Any, Any, bool]], *, needs_session: bool = True
    ) -> Callable[..., Coroutine[Any, Any, UserT]]:
        return permitted_user_dependency(
            self._get_principal, self.current_user, is_permitted, self._rejections, needs_session=needs_session
        )


class CookieAuth(CredentialAuth[UserT]):
    """Dependencies for an application whose users come with the cookies of Better Auth or Auth.js alone.

    Example:
        auth = CookieAuth(SessionCookies(RemoteSessions("https://app.example.com")))
    """

    @program_only(_OUTSIDE_ERROR)
    def __init__(
        self,
        cookies: SessionCookies | AuthJsCookies,
        *,
        user_model: type[UserT] = CurrentUser,  # type: ignore[assignment]  # as in `CredentialAuth`
    ) -> None:
        """Build the dependencies.

        Args:
            cookies: The cookies that are accepted.
            user_model: The model of users, as in `CredentialAuth`.

        Raises:
            TypeError: `cookies` are not cookies, or `user_model` is neither a Pydantic model nor a msgspec Struct.
        """
        if not getattr(getattr(cookies, "source", None), "is_cookie", False):
            raise TypeError("cookies must be SessionCookies or AuthJsCookies: CredentialAuth takes other credentials")
        super().__init__(cookies, user_model=user_model)


async def _is_itself(principal: Principal) -> bool:
    return acts_as_itself(principal)


async def _has_role(
    principal: Principal, required: AbstractSet[str], find_roles: Callable[..., Coroutine[Any, Any, list[str]]] | None
) -> bool:
    """Return whether the sender has one of the `required` roles in the active organization.

    `find_roles` asks the store of the session. Without it, the claims of a token say so.
    """
    session = principal.session
    if find_roles is None:
        has_claims = principal.credential in {"jwt", "opaque"}
        found = organization_roles_in_claims(principal.claims) if has_claims else []
    elif session is None or session.active_organization_id is None:
        return False
    else:
        found = await ask_for_roles(find_roles, principal.token, session.user_id, session.active_organization_id)
    return not required.isdisjoint(found)


def _roles_finder(lookup: Any) -> Callable[..., Coroutine[Any, Any, list[str]]]:
    """Return the method of a store that returns the roles of a member.

    Raises:
        TypeError: The store has none.
    """
    finder = getattr(lookup, "find_organization_roles", None)
    if finder is None:
        raise TypeError(
            "require_organization_role requires a store that knows the members of organizations: RemoteSessions, "
            "DatabaseSessions, or one with the method find_organization_roles"
        )
    return finder  # type: ignore[no-any-return]
