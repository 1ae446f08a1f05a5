"""What must be reached: the one table of targets. `make bench` fails where one is missed; nothing else repeats them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

HS256, RS256, ES256, EDDSA = "HS256", "RS256", "ES256", "EdDSA"
SIGN_HS256, SIGN_RS256 = "sign HS256", "sign RS256"
PAYLOAD = "to a TokenPayload"
REQUEST_USER, REQUEST_USER_ID = "request, AuthenticatedUser", "request, UserId"
THREADS = "EdDSA, by threads"
REFUSE_HS256, REFUSE_EDDSA, REFUSE_DECODE = "refuse HS256", "refuse EdDSA", "refuse HS256, `jwt.decode`"
"""The contests, and below them the contestants (`contests.py` says what each does)."""

NATIVE = "`Verifier.verify`"
SEEN = "`Verifier.verify`, seen before"
DECODE = "`jwt.decode`, key as text"
ENCODE = "`jwt.encode`, key as text"
BARE = "aws-lc-rs alone"
OXYJWT_KEY = "oxyjwt, key object"
PYTHON_JOSE_TEXT = "python-jose, key as text"
PYJWT_TEXT = "PyJWT, key as text"
FASTJOSE = "fastjose"
SPECIFIED = "python-jose, as specified"
STUBBED = "verification stubbed out"
ONE_THREAD, TWO_THREADS = "one thread", "two threads"
CONTROL = "hashlib alone"
ACCEPTED, EXPIRED, FORGED = "accepted", "expired", "bad signature"


class Measure(Enum):
    """How work is compared with what it is measured against."""

    TIMES = "times as fast"
    ABOVE_US = "µs above"
    ABOVE_PERCENT = "% above"


@dataclass(frozen=True)
class Target:
    """In a contest, `work` must be at least so many times as fast as `against`, or at most so much above it."""

    contest: str
    work: str
    against: str
    limit: float
    measure: Measure = Measure.TIMES

    def seen(self, work_us: float, against_us: float) -> float:
        """Return what the medians of the two, in µs, come to in this target's measure."""
        if self.measure is Measure.TIMES:
            return against_us / work_us
        above_us = work_us - against_us
        return above_us if self.measure is Measure.ABOVE_US else 100 * above_us / against_us

    def reached(self, seen: float) -> bool:
        """Return whether `seen` is enough."""
        return seen >= self.limit if self.measure is Measure.TIMES else seen <= self.limit


TARGETS = (
    Target(HS256, NATIVE, OXYJWT_KEY, 2.7),
    Target(HS256, NATIVE, PYTHON_JOSE_TEXT, 17),
    Target(HS256, NATIVE, PYJWT_TEXT, 26),
    Target(HS256, DECODE, OXYJWT_KEY, 2),
    Target(HS256, DECODE, PYTHON_JOSE_TEXT, 12),
    Target(RS256, NATIVE, BARE, 1.5, Measure.ABOVE_US),
    Target(ES256, NATIVE, BARE, 1.5, Measure.ABOVE_US),
    Target(EDDSA, NATIVE, BARE, 1.5, Measure.ABOVE_US),
    Target(RS256, NATIVE, OXYJWT_KEY, 1),
    Target(ES256, NATIVE, OXYJWT_KEY, 1),
    Target(EDDSA, NATIVE, OXYJWT_KEY, 1),
    Target(RS256, DECODE, PYTHON_JOSE_TEXT, 2.5),
    Target(HS256, SEEN, OXYJWT_KEY, 6),
    Target(RS256, SEEN, OXYJWT_KEY, 25),
    Target(ES256, SEEN, OXYJWT_KEY, 40),
    Target(EDDSA, SEEN, OXYJWT_KEY, 40),
    Target(SIGN_HS256, ENCODE, PYTHON_JOSE_TEXT, 4),
    Target(SIGN_RS256, ENCODE, PYTHON_JOSE_TEXT, 100),
    Target(PAYLOAD, FASTJOSE, SPECIFIED, 10),
    Target(REQUEST_USER, FASTJOSE, STUBBED, 7, Measure.ABOVE_PERCENT),
    Target(REQUEST_USER, FASTJOSE, SPECIFIED, 1.5),
    Target(REQUEST_USER_ID, FASTJOSE, SPECIFIED, 2.4),
    Target(THREADS, TWO_THREADS, ONE_THREAD, 1.8),
    Target(REFUSE_HS256, EXPIRED, ACCEPTED, 1),
    Target(REFUSE_HS256, FORGED, ACCEPTED, 1),
    Target(REFUSE_EDDSA, EXPIRED, ACCEPTED, 1),
    Target(REFUSE_EDDSA, FORGED, ACCEPTED, 1),
    Target(REFUSE_DECODE, EXPIRED, ACCEPTED, 1),
    Target(REFUSE_DECODE, FORGED, ACCEPTED, 1),
)
