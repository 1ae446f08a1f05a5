"""`RejectionHandler`: from a rejected token to a refusal, and to a log hint for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._hints.issuer_hints import create_hints
from fastjose._refusals.refusal import UNAVAILABLE_ERRORS, Refusal, refuse

if TYPE_CHECKING:
    from fastjose._core import Verifier
    from fastjose._hints.hint_log import Hint
    from fastjose._verifiers.issuers import Issuers
    from fastjose.exceptions import JOSEError, JWKSetUnavailableError


class RejectionHandler:
    """Turns the rejections of one verifier, or of several, into refusals, and logs hints. Immutable.

    Attributes:
        names: The settings that hints name.
    """

    def __init__(
        self, verifier: Verifier | Issuers[Any], names: SettingNames = IN_CODE, *, resource_metadata: str | None = None
    ) -> None:
        """Prepare hints for the configuration of `verifier`, which has its values from the settings `names`.

        Challenges name the URL `resource_metadata`.
        """
        self.names, self._hints = names, create_hints(verifier, names)
        self._resource_metadata = resource_metadata

    def reject(self, error: JOSEError, token: str) -> Refusal:
        """Return the refusal of a token that was rejected with `error`; log a hint at a known misconfiguration."""
        self._hints.log_hint(error, token)
        return self.complete(refuse(error))

    def log_unavailable(self, error: JWKSetUnavailableError, verifier: Verifier) -> None:
        """Log that the keys of `verifier` cannot be fetched, with the limits of rejected tokens."""
        self._hints.log_unavailable(error, verifier)

    def find_hints(self, error: JOSEError, token: str) -> list[Hint]:
        """Return the hints that `reject` logs, and log nothing."""
        return self._hints.find_hints(error, token)

    def complete(self, refusal: Refusal) -> Refusal:
        """Return `refusal`, whose challenge names the application's resource metadata."""
        return refusal.with_resource_metadata(self._resource_metadata)

    def reject_optional(self, error: JOSEError, token: str) -> Refusal | None:
        """Return None for a token that counts as missing: log a hint at a known misconfiguration.

        Creates no refusal, because a route for several issuers rejects the tokens of the others at every request. It
        does if the token is not rejected for good: keys are unavailable.
        """
        if isinstance(error, UNAVAILABLE_ERRORS):
            return self.reject(error, token)
        self._hints.log_hint(error, token)
        return None
