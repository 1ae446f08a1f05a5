"""Performance targets: the only table of limits. `make bench` fails if a target is missed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from benches.support.costly_tokens import COSTLY_TOKENS

# Comparisons. `comparisons/comparisons.py` defines the candidates of each.
HS256, RS256, ES256, EDDSA = "HS256", "RS256", "ES256", "EdDSA"
SIGN_HS256, SIGN_RS256 = "sign HS256", "sign RS256"
PAYLOAD = "verify to TokenPayload"
REQUEST_USER, REQUEST_USER_ID = "request, AuthenticatedUser", "request, UserId"
REQUEST_USER_IN_ROLE_APP = "request, AuthenticatedUser in an app with roles"
REQUEST_TWO_ISSUERS = "request, route for one of two issuers with remote keys"
THREADS = "EdDSA in threads"
REJECT_HS256, REJECT_EDDSA, REJECT_DECODE = "reject HS256", "reject EdDSA", "reject HS256, `jwt.decode`"
REJECT_COSTLY = "reject costly tokens, HS256"

# Candidates.
VERIFIER = "`Verifier.verify`"
VERIFIER_CACHED = "`Verifier.verify`, cached token"
DECODE = "`jwt.decode`, key as text"
ENCODE = "`jwt.encode`, key as text"
PRIMITIVE = "aws-lc-rs primitive"
OXYJWT_KEY = "oxyjwt, key object"
PYTHON_JOSE_TEXT = "python-jose, key as text"
PYJWT_TEXT = "PyJWT, key as text"
FASTJOSE = "fastjose"
PYTHON_JOSE_REFERENCE = "python-jose reference"
STUB = "stub without verification"
WITH_ROLES = "app that uses require_role and current_claims"
WITHOUT_ROLES = "app that uses neither"
TWO_ISSUERS, ONE_ISSUER = "`a or b`", "one issuer alone"
ONE_THREAD, TWO_THREADS = "one thread", "two threads"
HASHLIB = "hashlib only"
ACCEPTED, EXPIRED, FORGED = "accepted", "expired", "bad signature"


class Measure(Enum):
    """Unit in which a candidate is compared with its baseline."""

    TIMES_AS_FAST = "times as fast"
    ABOVE_US = "µs above"
    ABOVE_PERCENT = "% above"
    APART_PERCENT = "% apart"
    TIMES_AS_LONG = "times as long"


@dataclass(frozen=True)
class Target:
    """Limit for a candidate of a comparison, relative to a baseline of the same comparison.

    `TIMES_AS_FAST` has a lower limit; `ABOVE_US`, `ABOVE_PERCENT` and `TIMES_AS_LONG` have an upper limit.
    `APART_PERCENT` limits the difference in both directions.
    """

    comparison: str
    candidate: str
    baseline: str
    limit: float
    measure: Measure = Measure.TIMES_AS_FAST

    def compute_value(self, candidate_us: float, baseline_us: float) -> float:
        """Return the result in the unit of `measure`, from the medians of both in µs."""
        if self.measure is Measure.TIMES_AS_FAST:
            return baseline_us / candidate_us
        if self.measure is Measure.TIMES_AS_LONG:
            return candidate_us / baseline_us
        above_us = candidate_us - baseline_us
        return above_us if self.measure is Measure.ABOVE_US else 100 * above_us / baseline_us

    def is_reached_by(self, value: float) -> bool:
        """Return whether `value` is within the limit."""
        if self.measure is Measure.TIMES_AS_FAST:
            return value >= self.limit
        return (abs(value) if self.measure is Measure.APART_PERCENT else value) <= self.limit


def accepted_for(name: str) -> str:
    """Return the candidate that accepts a token as long as the costly token `name`."""
    return f"accepted, as long as: {name}"


TARGETS = (
    Target(HS256, VERIFIER, OXYJWT_KEY, 2.7),
    Target(HS256, VERIFIER, PYTHON_JOSE_TEXT, 17),
    Target(HS256, VERIFIER, PYJWT_TEXT, 26),
    Target(HS256, DECODE, OXYJWT_KEY, 2),
    Target(HS256, DECODE, PYTHON_JOSE_TEXT, 12),
    Target(RS256, VERIFIER, PRIMITIVE, 1.5, Measure.ABOVE_US),
    Target(ES256, VERIFIER, PRIMITIVE, 1.5, Measure.ABOVE_US),
    Target(EDDSA, VERIFIER, PRIMITIVE, 1.5, Measure.ABOVE_US),
    Target(RS256, VERIFIER, OXYJWT_KEY, 1),
    Target(ES256, VERIFIER, OXYJWT_KEY, 1),
    Target(EDDSA, VERIFIER, OXYJWT_KEY, 1),
    Target(RS256, DECODE, PYTHON_JOSE_TEXT, 2.5),
    Target(HS256, VERIFIER_CACHED, OXYJWT_KEY, 6),
    Target(RS256, VERIFIER_CACHED, OXYJWT_KEY, 25),
    Target(ES256, VERIFIER_CACHED, OXYJWT_KEY, 40),
    Target(EDDSA, VERIFIER_CACHED, OXYJWT_KEY, 40),
    Target(SIGN_HS256, ENCODE, PYTHON_JOSE_TEXT, 4),
    Target(SIGN_RS256, ENCODE, PYTHON_JOSE_TEXT, 100),
    Target(PAYLOAD, FASTJOSE, PYTHON_JOSE_REFERENCE, 10),
    Target(REQUEST_USER, FASTJOSE, STUB, 7, Measure.ABOVE_PERCENT),
    Target(REQUEST_USER, FASTJOSE, PYTHON_JOSE_REFERENCE, 1.5),
    Target(REQUEST_USER_ID, FASTJOSE, PYTHON_JOSE_REFERENCE, 2.4),
    Target(REQUEST_USER_IN_ROLE_APP, WITH_ROLES, WITHOUT_ROLES, 3, Measure.APART_PERCENT),
    Target(REQUEST_TWO_ISSUERS, TWO_ISSUERS, ONE_ISSUER, 0.8),
    Target(THREADS, TWO_THREADS, ONE_THREAD, 1.8),
    Target(REJECT_HS256, EXPIRED, ACCEPTED, 1),
    Target(REJECT_HS256, FORGED, ACCEPTED, 1),
    Target(REJECT_EDDSA, EXPIRED, ACCEPTED, 1),
    Target(REJECT_EDDSA, FORGED, ACCEPTED, 1),
    Target(REJECT_DECODE, EXPIRED, ACCEPTED, 1),
    Target(REJECT_DECODE, FORGED, ACCEPTED, 1),
    *(Target(REJECT_COSTLY, name, accepted_for(name), 3, Measure.TIMES_AS_LONG) for name in COSTLY_TOKENS),
)
