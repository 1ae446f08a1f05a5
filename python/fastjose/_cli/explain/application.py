"""The application whose verdict is explained: the dependencies of `fastjose.auth`, and how they were configured."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from fastjose._config.auth_from_settings import build_auth
from fastjose._config.keys.alb import alb_options
from fastjose._config.opaque_tokens import build_introspection
from fastjose._config.token_policy import policy_options
from fastjose._config.verifier_from_settings import verifier_arguments
from fastjose._core import Verifier
from fastjose._credentials.credential import CrossOriginError
from fastjose._refusals.refusal import Refusal, cross_origin, refuse, unauthorized
from fastjose.exceptions import JOSEError
from fastjose.fastapi import BearerAuth, CredentialAuth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from fastjose._core import RemoteIntrospection
    from fastjose._credentials.authenticator import CredentialAuthenticator
    from fastjose._credentials.credential import Credential
    from fastjose._hints.hint_log import Hint
    from fastjose.settings import AuthSettings

_NO_REQUIREMENTS = {"check_audience": False, "leeway_seconds": 1e15}


@dataclass(frozen=True)
class Application:
    """The dependencies of an application.

    Attributes:
        auth: The dependencies.
        keys: The keys of the verifier of JWTs, without those that it fetches. None if they are unknown.
        options: Its other arguments. Empty if they are unknown.
        options_of_opaque: The requirements on opaque tokens. Empty if none are accepted.
        introspection: The endpoint that is asked about opaque tokens, without requirements. None if none are accepted.
    """

    auth: BearerAuth[Any] | CredentialAuth[Any]
    keys: Any = field(default=None, repr=False)
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    options_of_opaque: dict[str, Any] = field(default_factory=dict, repr=False)
    introspection: RemoteIntrospection | None = None

    @classmethod
    def from_settings(cls, settings: AuthSettings) -> Application:
        """Build the application that `settings` describe, as `fastjose.auth` does.

        Raises:
            ValueError: A variable is missing or has an invalid value; the message names it.
            ModuleNotFoundError: The library of a store is not installed.
        """
        auth = build_auth(settings)
        has_opaque = "opaque" in settings.credentials
        opaque = {**policy_options(settings), "required": ()} if has_opaque else {}
        introspection = build_introspection(settings, _NO_REQUIREMENTS) if has_opaque else None
        if "jwt" not in settings.credentials:
            return cls(auth, options_of_opaque=opaque, introspection=introspection)
        if settings.mode == "alb":
            return cls(auth, [], alb_options(settings), opaque, introspection)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were issued for `auth`
            return cls(auth, *verifier_arguments(settings), opaque, introspection)

    def find_options(self, kind: str) -> Mapping[str, Any]:
        """Return the requirements on a credential of `kind`."""
        return self.options_of_opaque if kind == "opaque" else self.options

    @property
    def verifier(self) -> Verifier | None:
        """The verifier of JWTs, if they are accepted."""
        verifier = self.auth._verifier  # noqa: SLF001 - this class is the one that looks inside
        return verifier if isinstance(verifier, Verifier) else None

    @property
    def credential_names(self) -> tuple[str, ...]:
        """The kinds of credential that are accepted."""
        authenticator = self._authenticator
        return ("jwt",) if authenticator is None else tuple(each.name for each in authenticator.credentials)

    def find_credential(self, kind: str) -> Credential | None:
        """Return the credential of `kind`, or None if it is not accepted, or the only one is a JWT."""
        authenticator = self._authenticator
        accepted = () if authenticator is None else authenticator.credentials
        return next((each for each in accepted if each.name == kind), None)

    def name_credential(self, token: str | None) -> str:
        """Return the kind of credential for which a bearer token is taken, or `unknown`."""
        if self._authenticator is None:
            return "jwt"
        found = None if token is None else self._authenticator.find_bearer(token)
        return "unknown" if found is None else found.name

    async def authenticate(self, request: Request, credential: str) -> Verdict:
        """Return the verdict on a request with `credential`: that of a route with `AuthenticatedUser`."""
        try:
            user = await self._authenticate(request)
        except HTTPException as response:
            return Verdict(refusal=Refusal(response.status_code, str(response.detail)))
        except CrossOriginError:
            return Verdict(refusal=cross_origin())
        except JOSEError as error:
            return Verdict(error, refuse(error), tuple(self._find_hints(error, request, credential)))
        return Verdict(refusal=unauthorized()) if user is None else Verdict(user=user)

    async def _authenticate(self, request: Request) -> Any:
        """Return the user, or None without a credential."""
        auth = self.auth
        if isinstance(auth, BearerAuth):
            token = await auth.oauth2_scheme(request)
            return await auth._authentication.verify_user(token or "")  # noqa: SLF001 - as above
        principal = await auth._authenticator.authenticate(request)  # noqa: SLF001 - as above
        if principal is None:
            return None
        return auth._build_user(principal.claims)  # noqa: SLF001 - as above

    def _find_hints(self, error: JOSEError, request: Request, credential: str) -> list[Hint]:
        if isinstance(self.auth, BearerAuth):
            return self.auth._rejections.find_hints(error, credential)  # noqa: SLF001 - as above
        return self.auth._rejections.find_hints(error, request)  # noqa: SLF001 - as above

    @property
    def _authenticator(self) -> CredentialAuthenticator | None:
        return self.auth._authenticator if isinstance(self.auth, CredentialAuth) else None  # noqa: SLF001 - as above


@dataclass(frozen=True)
class Verdict:
    """What an application says to a request.

    Attributes:
        error: The error with which the credential was rejected, if there was one.
        refusal: The response, or None if the request is authenticated.
        hints: What is known about the cause.
        user: The user.
    """

    error: JOSEError | None = None
    refusal: Refusal | None = None
    hints: tuple[Hint, ...] = ()
    user: Any = field(default=None, repr=False)
