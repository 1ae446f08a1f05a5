"""The verdict on every response: was the token valid, and was the response correct? Pure: no I/O, no clock.

A token is valid if it has not expired and its key is in the issuer's JWKS. The JWKS is requested directly from the
issuer, not through the proxy. All times are seconds of one monotonic clock.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence  # noqa: TC003 - dataclasses
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FOREVER = float("inf")


class TokenKind(enum.Enum):
    """The kind of token that a request was meant to carry. `classify` decides whether a genuine token was valid."""

    FRESH = "fresh"  # sent the moment it was issued
    CURRENT = "current"  # the newest token
    OLD = "old"  # signed by a key that no longer signs
    WITHDRAWN = "withdrawn"  # signed by a key that has left the JWKS

    TAMPERED = "tampered signature"
    UNKNOWN_KEY = "unknown kid"
    UNSIGNED = "alg none"
    PUBLIC_KEY_AS_SECRET = "HS256 with the public key"
    EXPIRED = "expired"
    OTHER_AUDIENCE = "wrong aud"
    OTHER_ISSUER = "wrong iss"

    @property
    def is_attack(self) -> bool:
        """Whether the token must be rejected whatever its key."""
        return self not in GENUINE


GENUINE = frozenset({TokenKind.FRESH, TokenKind.CURRENT, TokenKind.OLD, TokenKind.WITHDRAWN})


class Verdict(enum.Enum):
    """The classification of a response."""

    ACCEPTED = "valid, accepted"
    FALSE_REJECTION = "valid, rejected"
    UNAVAILABLE = "503 in the outage for a key never served"
    KEY_LEAVING = "key left the JWKS during the request"
    WITHDRAWN_ACCEPTED = "withdrawn, accepted"
    WITHDRAWN_REJECTED = "withdrawn, rejected"
    REJECTED = "attack token, rejected"
    FALSE_ACCEPTANCE = "attack token, accepted"
    APP_FAILURE = "attack token, and the app failed"


@dataclass(frozen=True)
class Request:
    """A token that was sent, and the response.

    Attributes:
        kind: The kind of the token.
        key_id: The token's `kid`, if it has one.
        subject: The token's `sub`.
        sent_at: The time at which the request was sent.
        responded_at: The time at which the response was complete, or the client gave up.
        status: The status of the response; None without a response.
        user_or_reason: The user whom the application named; else its reason, or the reason for a missing response.
        is_first: Whether no token of this key was sent before.
    """

    kind: TokenKind
    key_id: str | None
    subject: str
    sent_at: float
    responded_at: float
    status: int | None
    user_or_reason: str
    is_first: bool = False

    @property
    def latency_seconds(self) -> float:
        """The time between the request and the response."""
        return self.responded_at - self.sent_at


@dataclass(frozen=True)
class Outage:
    """A period in which the proxy did not forward requests; `until` is infinite while it lasts."""

    state: str
    since: float
    until: float = FOREVER

    @property
    def is_ongoing(self) -> bool:
        """Whether the outage has not ended."""
        return self.until == FOREVER

    def with_end(self, at: float) -> Outage:
        """Return a copy that ended at `at`."""
        return replace(self, until=at)

    def overlaps(self, request: Request) -> bool:
        """Return whether the request was in flight at any moment of the outage."""
        return request.sent_at < self.until and request.responded_at >= self.since


@dataclass
class PublishedKeys:
    """The keys that the issuer publishes, known from repeated requests of its JWKS.

    A key is in the JWKS from the moment that it signs; it leaves once, and never returns.
    """

    _listed_until: dict[str, float] = field(default_factory=dict)
    _withdrawn_since: dict[str, float] = field(default_factory=dict)
    _listed: frozenset[str] = frozenset()

    def record_signature(self, key_id: str, at: float) -> None:
        """Record that a token of this key was issued at `at`."""
        self._listed_until[key_id] = max(at, self._listed_until.get(key_id, at))

    def record_key_set(self, key_ids: Iterable[str], requested_at: float, responded_at: float) -> None:
        """Record the keys of one response of the issuer. Responses must be recorded in order and must not overlap.

        The issuer built the set at some moment between request and response. So each key was listed at least until
        `requested_at`. A key that was in the previous set and is missing in this one was withdrawn at the latest at
        `responded_at`.
        """
        listed = frozenset(key_ids)
        for key_id in listed:
            self.record_signature(key_id, requested_at)
        for key_id in self._listed - listed:
            self._withdrawn_since.setdefault(key_id, responded_at)
        self._listed = listed

    @property
    def listed(self) -> frozenset[str]:
        """The keys of the last set."""
        return self._listed

    @property
    def withdrawn(self) -> frozenset[str]:
        """The keys that have left the JWKS."""
        return frozenset(self._withdrawn_since)

    @property
    def key_ids(self) -> frozenset[str]:
        """Every key that was ever listed."""
        return frozenset(self._listed_until)

    def is_listed_throughout(self, request: Request) -> bool:
        """Return whether the key was in the JWKS from the request to the response."""
        return request.responded_at <= self._listed_until.get(request.key_id or "", -FOREVER)

    def is_withdrawn_before(self, request: Request) -> bool:
        """Return whether the key had left the JWKS when the token was sent."""
        return request.sent_at >= self._withdrawn_since.get(request.key_id or "", FOREVER)


def classify(
    request: Request, published: PublishedKeys, served_at: Mapping[str, float], outages: Sequence[Outage]
) -> Verdict:
    """Return the verdict on a response.

    Args:
        request: The token and the response.
        published: The keys that the issuer published, up to a moment after the last response.
        served_at: The time at which the proxy first delivered each key.
        outages: The periods in which the proxy was down.
    """
    accepted = request.status == 200
    if accepted and (request.kind.is_attack or request.user_or_reason != request.subject):
        return Verdict.FALSE_ACCEPTANCE
    if request.kind.is_attack:
        return Verdict.APP_FAILURE if _is_app_failure(request.status) else Verdict.REJECTED
    if published.is_withdrawn_before(request):
        return Verdict.WITHDRAWN_ACCEPTED if accepted else Verdict.WITHDRAWN_REJECTED
    if not published.is_listed_throughout(request):
        return Verdict.KEY_LEAVING
    if accepted:
        return Verdict.ACCEPTED
    return Verdict.UNAVAILABLE if _is_excused(request, served_at, outages) else Verdict.FALSE_REJECTION


def _is_app_failure(status: int | None) -> bool:
    """Return whether an attack token broke the application or made it hang. A 503 rejects: no key is available."""
    return status is None or (status >= 500 and status != 503)


def _is_excused(request: Request, served_at: Mapping[str, float], outages: Sequence[Outage]) -> bool:
    """Return whether a 503 is correct: in an outage, no application can know a key that was never delivered."""
    was_served = served_at.get(request.key_id or "", FOREVER) <= request.sent_at
    return request.status == 503 and not was_served and any(outage.overlaps(request) for outage in outages)
