"""The verdict on every response: pure, without I/O and without a clock.

A session is alive from the response to the sign-in until the request that ends it. It has ended once Better Auth has
confirmed its end. Between these two moments both verdicts are correct. All times are seconds since the epoch of the
one machine on which everything runs, because Better Auth's `expiresAt` is such a time.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence  # noqa: TC003 - dataclasses
from dataclasses import dataclass, replace

FOREVER = float("inf")
RECOVERY_SECONDS = 1.5
"""Time after an outage in which a 503 is excused: the store and its clients reconnect."""
STORAGE_PRECISION_SECONDS = 1.1
CLOCK_PRECISION_SECONDS = 0.05


class Verdict(enum.Enum):
    """The classification of a response."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNAVAILABLE = "503 in the outage"
    FALSE_ACCEPTANCE = "false acceptance"
    FALSE_REJECTION = "false rejection"
    FAILURE = "failure"  # a 503 outside an outage, another status, or no response

    @property
    def is_false(self) -> bool:
        """Whether the application answered a question that it had to answer differently."""
        return self in (Verdict.FALSE_ACCEPTANCE, Verdict.FALSE_REJECTION)


@dataclass
class Life:
    """The life of one session or API key, as Better Auth confirmed it.

    Attributes:
        user_id: The id of its user.
        since: The time at which the response that contained it arrived.
        end_requested_at: The time at which a request that may end it was sent.
        ended_at: The time at which Better Auth confirmed that it has ended.
    """

    user_id: str
    since: float
    end_requested_at: float = FOREVER
    ended_at: float = FOREVER

    @property
    def is_in_doubt(self) -> bool:
        """Whether its end was requested and not confirmed."""
        return self.end_requested_at < self.ended_at == FOREVER

    def expire_at(self, expires_at: float) -> None:
        """Record the time at which it expires by itself. Redis drops it up to a second earlier."""
        self.end_requested_at = min(self.end_requested_at, expires_at - STORAGE_PRECISION_SECONDS)
        self.ended_at = min(self.ended_at, expires_at + CLOCK_PRECISION_SECONDS)


@dataclass(frozen=True)
class CookieCache:
    """A `session_data` cookie, which is accepted without a look-up.

    Attributes:
        fresh_until: The earliest time at which it can expire.
        expired_since: The latest time at which it has expired.
    """

    fresh_until: float
    expired_since: float


@dataclass(frozen=True)
class Rules:
    """The stated behaviour of one application.

    Attributes:
        has_look_up: Whether it asks a store about a session that no cookie cache covers.
        max_age_seconds: The stated time for which it may use an answer of its store.
    """

    has_look_up: bool = True
    max_age_seconds: float = 0


@dataclass(frozen=True)
class Request:
    """A credential that was sent, and the response.

    Attributes:
        kind: The form of the credential, for the report.
        life: The life of the session that the credential names.
        cache: The cookie cache in the credential, or None.
        is_hostile: Whether the credential must be rejected in every case.
        sent_at: The time at which the request was sent.
        responded_at: The time at which the response was complete, or the client gave up.
        status: The status of the response; None without a response.
        answer: The user whom the application named; else its reason.
        was_alive: What Better Auth answered just before the request and just after it; None if it was not asked.
    """

    kind: str
    life: Life
    cache: CookieCache | None
    is_hostile: bool
    sent_at: float
    responded_at: float
    status: int | None
    answer: str
    was_alive: tuple[bool, bool] | None = None

    @property
    def latency_seconds(self) -> float:
        """The time between the request and the response."""
        return self.responded_at - self.sent_at


@dataclass(frozen=True)
class Outage:
    """A period in which the store of the application was not available; `until` is infinite while it lasts."""

    name: str
    since: float
    until: float = FOREVER

    def with_end(self, at: float) -> Outage:
        """Return a copy that ended at `at`."""
        return replace(self, until=at)

    def excuses(self, request: Request) -> bool:
        """Return whether the request was in flight during the outage or the recovery after it."""
        return request.sent_at < self.until + RECOVERY_SECONDS and request.responded_at >= self.since


def classify(request: Request, rules: Rules, outages: Sequence[Outage]) -> Verdict:
    """Return the verdict on a response."""
    if request.status == 200:
        is_wrong = request.answer != request.life.user_id or must_reject(request, rules)
        return Verdict.FALSE_ACCEPTANCE if is_wrong else Verdict.ACCEPTED
    if request.status == 401:
        return Verdict.FALSE_REJECTION if must_accept(request, rules) else Verdict.REJECTED
    if request.status == 503 and may_be_unavailable(request, outages):
        return Verdict.UNAVAILABLE
    return Verdict.FAILURE


def must_reject(request: Request, rules: Rules) -> bool:
    """Return whether the only correct response is a rejection."""
    if request.is_hostile:
        return True
    cached_until = request.cache.expired_since if request.cache else -FOREVER
    if not rules.has_look_up:
        return request.sent_at >= cached_until
    looked_up_until = request.life.ended_at + rules.max_age_seconds
    if request.was_alive and not request.was_alive[0] and not rules.max_age_seconds:
        looked_up_until = min(looked_up_until, request.sent_at)
    return request.sent_at >= max(cached_until, looked_up_until)


def must_accept(request: Request, rules: Rules) -> bool:
    """Return whether a rejection is incorrect."""
    if request.is_hostile or request.sent_at < request.life.since:
        return False
    if not rules.has_look_up and (request.cache is None or request.responded_at > request.cache.fresh_until):
        return False
    return request.responded_at <= request.life.end_requested_at or request.was_alive == (True, True)


def may_be_unavailable(request: Request, outages: Sequence[Outage]) -> bool:
    """Return whether a 503 is correct: in an outage, for a credential that needs a look-up."""
    needs_no_look_up = request.cache is not None and request.responded_at <= request.cache.fresh_until
    return (request.is_hostile or not needs_no_look_up) and any(outage.excuses(request) for outage in outages)
