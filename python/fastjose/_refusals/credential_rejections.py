"""`CredentialRejections`: from a rejected credential of any kind to a refusal, and to a log hint for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._core import bearer_token
from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose._hints.credential_hints import CredentialHints
from fastjose._refusals.refusal import Refusal, cross_origin, refuse

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from fastjose._credentials.authenticator import CredentialAuthenticator
    from fastjose._hints.hint_log import Hint
    from fastjose._refusals.rejection_handler import RejectionHandler
    from fastjose.exceptions import JOSEError


class CredentialRejections:
    """Turns rejected credentials into refusals, and logs hints."""

    def __init__(
        self,
        authenticator: CredentialAuthenticator,
        jwt_rejections: RejectionHandler | None,
        names: SettingNames = IN_CODE,
        *,
        resource_metadata: str | None = None,
    ) -> None:
        """Create the handler; `jwt_rejections` handles the rejected JWTs of an application that accepts JWTs.

        Hints name the settings `names`. Challenges name the URL `resource_metadata`.
        """
        self._authenticator, self._jwt_rejections = authenticator, jwt_rejections
        self._resource_metadata = resource_metadata
        self.hints = CredentialHints(names)

    def reject(self, error: JOSEError, connection: HTTPConnection) -> Refusal:
        """Return the refusal of a request whose credential was rejected with `error`."""
        token = bearer_token(connection.headers.getlist("authorization"))
        bearer = None if token is None else self._authenticator.find_bearer(token)
        if isinstance(bearer, OpaqueTokens):
            self.hints.log_opaque_token(error, has_seen_active=bearer.introspection.has_seen_active)
            return self.complete(refuse(error))
        self.hints.log_hint(error, token)
        if self._jwt_rejections is not None and token is not None:
            return self._jwt_rejections.reject(error, token)
        return self.complete(refuse(error))

    def find_hints(self, error: JOSEError, connection: HTTPConnection) -> list[Hint]:
        """Return the hints that `reject` logs, and log nothing."""
        token = bearer_token(connection.headers.getlist("authorization"))
        bearer = None if token is None else self._authenticator.find_bearer(token)
        if isinstance(bearer, OpaqueTokens):
            has_seen_active = bearer.introspection.has_seen_active
            return self.hints.find_opaque_token_hints(error, has_seen_active=has_seen_active)
        found = self.hints.find_hints(error, token)
        if self._jwt_rejections is not None and token is not None:
            found += self._jwt_rejections.find_hints(error, token)
        return found

    def complete(self, refusal: Refusal) -> Refusal:
        """Return `refusal`, whose challenge names the application's resource metadata."""
        return refusal.with_resource_metadata(self._resource_metadata)

    def reject_cross_origin(self) -> Refusal:
        """Return the refusal of a request that the page of another origin sends with cookies."""
        self.hints.log_code("cross_origin_request")
        return cross_origin()
