"""The authentication of connections from what an application passes to `JwtAuthenticationBackend`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from fastjose._authorization.grants import build_grants
from fastjose._config.names.setting_names import IN_CODE, OF_ENVIRONMENT, SettingNames
from fastjose._connections.sender import ConnectionAuthenticator, HasConnections
from fastjose._connections.token_connections import TokenConnections
from fastjose._core import user_fields
from fastjose._places.named_places import name_places
from fastjose._places.token_places import TokenPlaces
from fastjose._refusals.refusal import check_resource_metadata
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose._verifiers.bearer_policy import SUBJECT, BearerPolicy
from fastjose._verifiers.issuers import known_verifiers
from fastjose._verifiers.request_authentication import create_authentication

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose._authorization.grants import GrantSource
    from fastjose._verifiers.choice import VerifierInput
    from fastjose.better_auth import Revocations
    from fastjose.settings import AuthSettings

_NAMED_FIELDS = frozenset({"email", "name"})
"""The fields of Better Auth's user that a `JwtUser` names."""


@dataclass(frozen=True)
class TokenOptions:
    """The arguments of `JwtAuthenticationBackend` that a `BearerAuth` has itself."""

    user_id_claim: str | None = SUBJECT
    accept: Callable[[dict[str, Any]], bool] | None = None
    roles: GrantSource | None = None
    scopes: GrantSource | None = None
    permissions: GrantSource | None = None
    token_header: str | None = None
    token_cookie: str | None = None
    trusted_origins: tuple[str, ...] = ()
    resource_metadata: str | None = None
    websocket_subprotocol: str | None = None

    @classmethod
    def of_settings(cls, options: dict[str, Any]) -> TokenOptions:
        """Return the options among the arguments of `BearerAuth` that settings describe."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in options.items() if name in known})


@dataclass(frozen=True)
class OwnConnections:
    """Connections that `from_environment` has built, in the form of a `BearerAuth`."""

    connections: ConnectionAuthenticator


def create_connections(auth: VerifierInput | HasConnections, options: TokenOptions) -> ConnectionAuthenticator:
    """Return the authentication that `auth` describes.

    Raises:
        TypeError, ValueError: As `JwtAuthenticationBackend`.
    """
    if not isinstance(auth, HasConnections) or not isinstance(auth.connections, ConnectionAuthenticator):
        return create_token_connections(auth, options)
    given = [field.name for field in fields(options) if getattr(options, field.name) != field.default]
    if given:
        raise TypeError(f"{given[0]} must be given to {type(auth).__name__} itself, not to the backend")
    return auth.connections


def create_token_connections(
    verifier: VerifierInput, options: TokenOptions, names: SettingNames = IN_CODE
) -> TokenConnections:
    """Return the authentication by the tokens that `verifier` verifies.

    Raises:
        TypeError, ValueError: As `JwtAuthenticationBackend`.
    """
    policy = BearerPolicy(options.user_id_claim, options.accept)
    grants = build_grants(options.roles, options.scopes, options.permissions)
    places = TokenPlaces(
        name_places(options.token_header, options.token_cookie),
        trusted_origins=options.trusted_origins,
        subprotocol=options.websocket_subprotocol,
    )
    metadata = check_resource_metadata(options.resource_metadata)
    chosen, authentication = create_authentication(verifier, policy, _user_builder(policy.user_id_claim))
    rejections = RejectionHandler(chosen, names, resource_metadata=metadata)
    return TokenConnections(
        places,
        authentication,
        rejections,
        grants,
        user_id_claim=policy.user_id_claim,
        verifiers=known_verifiers(chosen),
    )


def connections_from_environment(revocations: Revocations | None) -> OwnConnections:
    """Return the authentication that the environment and `.env` describe.

    Raises:
        ValueError: A variable is missing or has an invalid value.
        ModuleNotFoundError: pydantic-settings is not installed.
    """
    # Imported here: they need pydantic-settings, which the rest does not.
    try:
        from fastjose._config.names.misspelled_variables import warn_of_misspelled  # noqa: PLC0415 - needs pydantic-settings
        from fastjose.settings import load_settings  # noqa: PLC0415 - needs pydantic-settings
    except ModuleNotFoundError as missing:
        text = 'from_environment requires pydantic-settings: pip install "fastjose[starlette]" pydantic-settings'
        raise ModuleNotFoundError(text, name=missing.name) from None
    settings = load_settings()
    build = _token_connections if settings.credentials == ["jwt"] else _credential_connections
    connections = OwnConnections(build(settings, revocations))
    warn_of_misspelled(settings, stack_levels=4)
    return connections


def _token_connections(settings: AuthSettings, revocations: Revocations | None) -> ConnectionAuthenticator:
    from fastjose._config.auth_options import bearer_options  # noqa: PLC0415 - needs pydantic-settings
    from fastjose._config.names.environment_names import names_of_environment  # noqa: PLC0415 - needs pydantic-settings
    from fastjose._config.verifier_from_settings import build_verifier  # noqa: PLC0415 - needs pydantic-settings

    options = TokenOptions.of_settings(bearer_options(settings))
    return create_token_connections(build_verifier(settings, revocations), options, names_of_environment(settings))


def _credential_connections(settings: AuthSettings, revocations: Revocations | None) -> ConnectionAuthenticator:
    from fastjose._config.auth_options import credential_options  # noqa: PLC0415 - needs pydantic-settings
    from fastjose._config.credentials_from_settings import build_credentials  # noqa: PLC0415 - needs pydantic-settings
    from fastjose._config.names.environment_names import names_of_environment  # noqa: PLC0415 - needs pydantic-settings
    from fastjose._connections.credential_connections import (  # noqa: PLC0415 - only other credentials need it
        CredentialConnections,
        find_id_claim,
    )

    options = TokenOptions.of_settings(credential_options(settings))
    credentials = build_credentials(settings, revocations)
    return CredentialConnections(
        credentials,
        _user_builder(find_id_claim(credentials)),
        build_grants(options.roles, options.scopes, options.permissions),
        named_fields=_NAMED_FIELDS,
        resource_metadata=options.resource_metadata,
        names=names_of_environment(settings) if "jwt" in settings.credentials else OF_ENVIRONMENT,
    )


def _user_builder(user_id_claim: str | None) -> Callable[[dict[str, Any]], None]:
    """Return the function that rejects claims from which a `CurrentUser` could not be built. It builds no model."""

    def check(claims: dict[str, Any]) -> None:
        if user_id_claim is not None:
            user_fields(claims, user_id_claim=user_id_claim)

    return check
