"""The judgement of every answer: was the token valid, and was the answer right? Pure: no I/O, no clock.

A token is valid if it has not expired and its key is in the issuer's JWKS, as the issuer itself says when asked past
the proxy. All times are seconds of one monotonic clock.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence  # noqa: TC003 - dataclasses
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FOREVER = float("inf")


class Kind(enum.Enum):
    """As what a token was drawn. Whether one of the first four was valid is judged afterwards."""

    FRESH = "fresh"  # the moment it was issued
    CURRENT = "current"  # the newest there is
    OLD = "old"  # of a key that signs no more
    WITHDRAWN = "withdrawn"  # of a key that has left the JWKS

    TAMPERED = "tampered signature"
    UNKNOWN_KEY = "unknown kid"
    UNSIGNED = "alg none"
    PUBLIC_KEY_AS_SECRET = "HS256 with the public key"
    EXPIRED = "expired"
    OTHER_AUDIENCE = "wrong aud"
    OTHER_ISSUER = "wrong iss"

    @property
    def is_hostile(self) -> bool:
        """Whether it must be refused whatever its key."""
        return self not in GENUINE


GENUINE = frozenset({Kind.FRESH, Kind.CURRENT, Kind.OLD, Kind.WITHDRAWN})


class Judgement(enum.Enum):
    """What an answer amounts to."""

    ACCEPTED = "valid, accepted"
    FALSE_REFUSAL = "valid, refused"
    UNAVAILABLE = "503 in the outage for a key never served"
    LEAVING = "its key left the JWKS meanwhile"
    WITHDRAWN_ACCEPTED = "withdrawn, accepted"
    WITHDRAWN_REFUSED = "withdrawn, refused"
    REFUSED = "hostile, refused"
    FALSE_ACCEPTANCE = "hostile, accepted"
    FAULT = "hostile, and the app failed"


@dataclass(frozen=True)
class Request:
    """A token that was sent, and what came back.

    Attributes:
        kind: As what it was drawn.
        key_id: The `kid` it names, if it names one.
        subject: The user whom it was issued to, or pretends to be of.
        sent_at: When it was sent.
        answered_at: When the answer was complete, or was no longer waited for.
        status: The answer's status; None without an answer.
        said: The user whom the app took the bearer for; else its reason, or why there is no answer.
        is_first: Whether no token of its key was sent before.
    """

    kind: Kind
    key_id: str | None
    subject: str
    sent_at: float
    answered_at: float
    status: int | None
    said: str
    is_first: bool = False

    @property
    def latency_seconds(self) -> float:
        """How long the answer took."""
        return self.answered_at - self.sent_at


@dataclass(frozen=True)
class Outage:
    """A time at which the proxy did not relay; `until` is infinite while it lasts."""

    what: str
    since: float
    until: float = FOREVER

    @property
    def is_on(self) -> bool:
        """Whether it lasts."""
        return self.until == FOREVER

    def ended(self, at: float) -> Outage:
        """Return the same outage, over."""
        return replace(self, until=at)

    def overlaps(self, request: Request) -> bool:
        """Tell whether the request was under way at any moment of it."""
        return request.sent_at < self.until and request.answered_at >= self.since


@dataclass
class Publication:
    """Which keys the issuer publishes, from asking it again and again.

    A key is in the JWKS from the moment that it signs; it leaves once, and never returns.
    """

    _listed_until: dict[str, float] = field(default_factory=dict)
    _gone_since: dict[str, float] = field(default_factory=dict)
    _listed: frozenset[str] = frozenset()

    def note_signature(self, key_id: str, at: float) -> None:
        """A token of this key was issued."""
        self._listed_until[key_id] = max(at, self._listed_until.get(key_id, at))

    def note_set(self, key_ids: Iterable[str], asked_at: float, answered_at: float) -> None:
        """The issuer was asked for its set, and these keys were in it. Ask in turn: an answer before the next question.

        The set was made some time between: so these keys stayed until it was asked at least, and one that was in the
        last set and is not in this one was gone when it had answered at the latest.
        """
        listed = frozenset(key_ids)
        for key_id in listed:
            self.note_signature(key_id, asked_at)
        for key_id in self._listed - listed:
            self._gone_since.setdefault(key_id, answered_at)
        self._listed = listed

    @property
    def listed(self) -> frozenset[str]:
        """The keys of the last set."""
        return self._listed

    @property
    def gone(self) -> frozenset[str]:
        """The keys that have left."""
        return frozenset(self._gone_since)

    @property
    def key_ids(self) -> frozenset[str]:
        """Every key that was ever known."""
        return frozenset(self._listed_until)

    def is_listed_throughout(self, request: Request) -> bool:
        """Tell whether the key was in the JWKS from the sending to the answer."""
        return request.answered_at <= self._listed_until.get(request.key_id or "", -FOREVER)

    def is_gone_before(self, request: Request) -> bool:
        """Tell whether the key had left the JWKS when the token was sent."""
        return request.sent_at >= self._gone_since.get(request.key_id or "", FOREVER)


def judge(
    request: Request, published: Publication, served_at: Mapping[str, float], outages: Sequence[Outage]
) -> Judgement:
    """Return what an answer amounts to.

    Args:
        request: The token and the answer.
        published: What the issuer published meanwhile, asked up to a moment after the last answer.
        served_at: When the proxy had first handed out each key.
        outages: When the proxy was down.
    """
    accepted = request.status == 200
    if accepted and (request.kind.is_hostile or request.said != request.subject):
        return Judgement.FALSE_ACCEPTANCE
    if request.kind.is_hostile:
        return Judgement.FAULT if _is_fault(request.status) else Judgement.REFUSED
    if published.is_gone_before(request):
        return Judgement.WITHDRAWN_ACCEPTED if accepted else Judgement.WITHDRAWN_REFUSED
    if not published.is_listed_throughout(request):
        return Judgement.LEAVING
    if accepted:
        return Judgement.ACCEPTED
    return Judgement.UNAVAILABLE if _is_excused(request, served_at, outages) else Judgement.FALSE_REFUSAL


def _is_fault(status: int | None) -> bool:
    """A hostile token is refused; it must neither break the app nor hang it. A 503 is a refusal: no key can be had."""
    return status is None or (status >= 500 and status != 503)


def _is_excused(request: Request, served_at: Mapping[str, float], outages: Sequence[Outage]) -> bool:
    """Without the issuer nobody can know a key that was never handed out; a 503 that says so is no false refusal."""
    was_served = served_at.get(request.key_id or "", FOREVER) <= request.sent_at
    return request.status == 503 and not was_served and any(outage.overlaps(request) for outage in outages)
