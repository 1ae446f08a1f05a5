"""`Telemetry`: the metrics of authentications, and the attributes of the span of their request.

A failure of OpenTelemetry changes no response: it is logged once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastjose._telemetry.instruments import Instruments, create_instruments
from fastjose._telemetry.names import UNAVAILABLE_CODES
from fastjose._telemetry.observed_verifiers import OBSERVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Span

    from fastjose._telemetry.observed_verifiers import ObservedVerifiers

CREDENTIAL, OUTCOME, ERROR_TYPE = "fastjose.credential", "fastjose.outcome", "error.type"
ERROR_CODE, ISSUER, USER_ID = "fastjose.error.code", "fastjose.issuer", "enduser.id"
ACCEPTED, REJECTED, UNAVAILABLE = "accepted", "rejected", "unavailable"

Attributes = dict[str, str]

_log = logging.getLogger("fastjose")


class Telemetry:
    """Records authentications. Immutable, but for what OpenTelemetry counts.

    Attributes:
        has_user_id: Whether the span has the user's id.
    """

    def __init__(self, instruments: Instruments, get_span: Callable[[], Span], *, has_user_id: bool = False) -> None:
        """Record in `instruments`, and in the span that `get_span` returns."""
        self._instruments, self._get_span, self.has_user_id = instruments, get_span, has_user_id

    @classmethod
    def create(
        cls,
        get_meter: Callable[..., Meter],
        get_span: Callable[[], Span],
        observed: ObservedVerifiers = OBSERVED,
    ) -> Telemetry | None:
        """Return telemetry with new instruments, or None if they cannot be created."""
        try:
            return cls(create_instruments(get_meter, observed), get_span)
        except Exception as error:  # noqa: BLE001 - whatever a provider does, it must not break authentication
            _log_failure(error)
            return None

    def with_user_id(self) -> Telemetry:
        """Return telemetry that also reports the user's id, with the same instruments."""
        return Telemetry(self._instruments, self._get_span, has_user_id=True)

    def record(
        self,
        credential: str,
        seconds: float,
        *,
        code: str | None = None,
        issuer: str | None = None,
        user_id: str | None = None,
    ) -> None:
        """Record an authentication. Never raises.

        Args:
            credential: The kind of credential.
            seconds: The time that it took.
            code: The code of the error. None: the credential was accepted.
            issuer: The configured issuer, if there is one alone.
            user_id: The id of the user, for the span.
        """
        try:
            self._record_metrics(credential, seconds, code)
            self._describe_span(credential, code, issuer, user_id)
        except Exception as error:  # noqa: BLE001 - as above
            _log_failure(error)

    def _record_metrics(self, credential: str, seconds: float, code: str | None) -> None:
        attributes = {CREDENTIAL: credential, OUTCOME: outcome_of(code)}
        if code is not None:
            attributes[ERROR_TYPE] = code
            self._instruments.refusals.add(1, {CREDENTIAL: credential, ERROR_TYPE: code})
        self._instruments.duration.record(seconds, attributes)

    def _describe_span(self, credential: str, code: str | None, issuer: str | None, user_id: str | None) -> None:
        span = self._get_span()
        if not span.is_recording():
            return
        optional = {ERROR_CODE: code, ISSUER: issuer, USER_ID: user_id if self.has_user_id else None}
        attributes: dict[str, Any] = {name: value for name, value in optional.items() if value is not None}
        span.set_attributes({CREDENTIAL: credential, OUTCOME: outcome_of(code), **attributes})


def outcome_of(code: str | None) -> str:
    """Return `accepted`, `rejected` or `unavailable`."""
    if code is None:
        return ACCEPTED
    return UNAVAILABLE if code in UNAVAILABLE_CODES else REJECTED


_has_logged: list[bool] = []


def _log_failure(error: Exception) -> None:
    """Log the class of an error, once. Its text is not ours, and is not logged."""
    if not _has_logged:
        _has_logged.append(True)
        _log.warning("telemetry_failed: OpenTelemetry raised %s", type(error).__qualname__)
