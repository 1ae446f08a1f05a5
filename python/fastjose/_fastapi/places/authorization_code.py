"""The form of the OpenAPI page that signs in at the issuer: the authorization code flow (RFC 6749 §4.1)."""

from __future__ import annotations

import contextlib
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from fastapi.openapi.models import OAuth2, OAuthFlowAuthorizationCode, OAuthFlows

from fastjose._core import Verifier
from fastjose._fastapi.places.sign_in_forms import SignInForm
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastjose._verifiers.issuers import Issuers


class Endpoints(Protocol):
    """The part of a discovery document that signs in."""

    @property
    def authorization_endpoint(self) -> str | None:
        """The URL that a browser opens."""

    @property
    def token_endpoint(self) -> str | None:
        """The URL that issues the token."""

    @property
    def scopes_supported(self) -> Sequence[str]:
        """The scopes that the issuer names."""


class DiscoveredKeys(Protocol):
    """A key set that the discovery document of an issuer names: `RemoteKeySet.of_issuer`."""

    @property
    def discovery(self) -> Endpoints | None:
        """The document, once it was fetched, unless it is too old."""

    def fetch(self) -> None:
        """Fetch the document and the keys. Raises a JOSEError."""


_MAX_WAIT_SECONDS = 2.0
"""How long the generation of the OpenAPI document waits for the discovery document of an issuer, once."""


def discovered_key_sets(verifier: Verifier | Issuers[Any]) -> list[DiscoveredKeys]:
    """Return the key sets of `RemoteKeySet.of_issuer` among the keys of an application: one for each issuer."""
    verifiers = [verifier] if isinstance(verifier, Verifier) else verifier.choice.verifiers
    key_sets = [keys for each in verifiers for keys in each.remote_key_sets]
    return list({keys.issuer: keys for keys in key_sets if keys.issuer is not None}.values())


class AuthorizationCodeForm(SignInForm):
    """The authorization code flow with the endpoints that the discovery document of an issuer names.

    The document is fetched when the OpenAPI document is generated, unless it is known. Without it, or if it names no
    endpoints, the form is another one.
    """

    def __init__(self, keys: DiscoveredKeys, instead: SignInForm) -> None:
        """Create the form for the issuer of `keys`; `instead` is the form without its document."""
        super().__init__("OAuth2AuthorizationCodeBearer", self._get_model)
        self._keys, self._instead, self._has_waited = keys, instead, False

    @property
    def shown_name(self) -> str:
        """The name of the form, or of the one in its place."""
        return self._instead.shown_name if self._find_model() is None else self.name

    def _get_model(self) -> Any:
        if self._keys.discovery is None and not self._has_waited:
            self._has_waited = True
            _fetch(self._keys)
        return self._find_model() or self._instead.get_model()

    def _find_model(self) -> OAuth2 | None:
        document = self._keys.discovery
        if document is None or document.authorization_endpoint is None or document.token_endpoint is None:
            return None
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=document.authorization_endpoint,
            tokenUrl=document.token_endpoint,
            scopes=dict.fromkeys(document.scopes_supported, ""),
        )
        return OAuth2(flows=OAuthFlows(authorizationCode=flow))


def _fetch(keys: DiscoveredKeys) -> None:
    """Fetch the key set and the discovery document, and wait a short time. FastAPI generates its document on the loop.

    The thread does not keep the process alive.
    """

    def fetch() -> None:
        with contextlib.suppress(JOSEError):  # `last_failure` has the reason
            keys.fetch()

    thread = Thread(target=fetch, name="fastjose-openapi", daemon=True)
    thread.start()
    thread.join(_MAX_WAIT_SECONDS)
