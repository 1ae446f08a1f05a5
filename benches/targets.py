"""Performance targets: the only table of limits. `make bench` fails if a target is missed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from benches.machine.processor import ProcessorClass, get_processor_class
from benches.support.costly_tokens import COSTLY_TOKENS

# Comparisons. `comparisons/comparisons.py` defines the candidates of each.
HS256, RS256, ES256, EDDSA = "HS256", "RS256", "ES256", "EdDSA"
HS256_4_CLAIMS, HS256_60_CLAIMS = "HS256, 4 claims", "HS256, 60 claims"
RS256_AND_PRIMITIVE, ES256_AND_PRIMITIVE, EDDSA_AND_PRIMITIVE = (
    f"{algorithm} and its primitive" for algorithm in (RS256, ES256, EDDSA)
)
RS256_AND_PRIMITIVE_INSTRUCTIONS, ES256_AND_PRIMITIVE_INSTRUCTIONS = (
    f"{algorithm} and its primitive, instructions" for algorithm in (RS256, ES256)
)
INTO_PYDANTIC, INTO_MSGSPEC = "HS256, into a Pydantic model", "HS256, into a msgspec Struct"
KEY_SET_URL = "EdDSA, key set behind a URL, cached key"
SIGN_HS256, SIGN_RS256 = "sign HS256", "sign RS256"
PAYLOAD = "verify to TokenPayload"
REQUEST_USER, REQUEST_USER_ID = "request, AuthenticatedUser", "request, UserId"
REQUEST_USER_IN_ROLE_APP = "request, AuthenticatedUser in an app with roles"
REQUEST_TWO_ISSUERS = "request, route for one of two issuers with remote keys"
THREADS = "EdDSA in threads"
REVOCATION = "HS256, with a list of 100,000 revocations"
REJECT_HS256, REJECT_EDDSA, REJECT_DECODE = "reject HS256", "reject EdDSA", "reject HS256, `jwt.decode`"
REJECT_COSTLY = "reject costly tokens, HS256"
REJECT_EDDSA_INSTRUCTIONS = "reject EdDSA, instructions"
REQUEST_INSTRUCTIONS = "request, instructions"
REQUEST_INSTRUCTIONS_OLDEST_FASTAPI = "request, instructions, oldest supported FastAPI"
HTTP_EDDSA = "answer over HTTP, EdDSA by JWKS, server's processor time"

# Candidates.
VERIFIER = "`Verifier.verify`"
VERIFIER_CACHED = "`Verifier.verify`, cached token"
DECODE = "`jwt.decode`, key as text"
ENCODE = "`jwt.encode`, key as text"
PRIMITIVE = "aws-lc-rs primitive"
RYJWT_KEY, OXYJWT_KEY = "ryjwt, key object", "oxyjwt, key object"
RYJWT_JWKS_CLIENT = "ryjwt, `JWKSClient.decode`"
PYTHON_JOSE_TEXT, PYTHON_JOSE_KEY = "python-jose, key as text", "python-jose, key object"
PYJWT_TEXT, PYJWT_KEY = "PyJWT, key as text", "PyJWT, key object"
JOSERFC_KEY = "joserfc, key object"
FASTJOSE = "fastjose"
PYTHON_JOSE_REFERENCE = "python-jose reference"
STUB = "stub without verification"
WITH_ROLES = "app that uses require_role and current_claims"
WITHOUT_ROLES = "app that uses neither"
TWO_ISSUERS, ONE_ISSUER = "`a or b`", "one issuer alone"
TWO_VERIFIERS = "`BearerAuth` of two verifiers"
ONE_THREAD, TWO_THREADS = "one thread", "two threads"
WITH_REVOCATIONS, WITHOUT_REVOCATIONS = "`Verifier.verify`, with the list", "`Verifier.verify`, without a list"
HASHLIB = "hashlib only"
ACCEPTED, EXPIRED, FORGED = "accepted", "expired", "bad signature"
BARE_ROUTE, BARE_ROUTE_ID = "route without authentication", "route without authentication, `-> str`"
EMPTY_DEPENDENCY = "route with one empty dependency"
USER_HS256, USER_EDDSA = "`AuthenticatedUser`, HS256", "`AuthenticatedUser`, EdDSA"
USER_EDDSA_SEEN = "`AuthenticatedUser`, EdDSA, token seen before"
USER_ID_HS256 = "`UserId`, HS256, `-> str`"
BARE_ROUTE_UNTYPED = "route without authentication, without return type"
USER_HS256_UNTYPED = "`AuthenticatedUser`, HS256, without return type"
VERIFY_HS256 = "`Verifier.verify`, HS256, without a request"
NO_AUTHENTICATION = "no authentication"


class Measure(Enum):
    """Unit in which a candidate is compared with its baseline."""

    TIMES_AS_FAST = "times as fast"
    ABOVE_US = "µs above"
    ABOVE_INSTRUCTIONS = "instructions above"
    ABOVE_PERCENT = "% above"
    APART_PERCENT = "% apart"
    TIMES_AS_LONG = "times as long"

    @property
    def is_difference(self) -> bool:
        """Whether the result is a difference in the unit of the measurement."""
        return self in {Measure.ABOVE_US, Measure.ABOVE_INSTRUCTIONS}


@dataclass(frozen=True)
class Target:
    """Limit for a candidate of a comparison, relative to a baseline of the same comparison.

    `TIMES_AS_FAST` has a lower limit. `APART_PERCENT` limits the difference in both directions. The others have an
    upper limit.
    """

    comparison: str
    candidate: str
    baseline: str
    limit: float
    measure: Measure = Measure.TIMES_AS_FAST

    def compute_value(self, candidate: float, baseline: float) -> float:
        """Return the result in the unit of `measure`, from the cost of both: times in µs, or instructions."""
        if self.measure is Measure.TIMES_AS_FAST:
            return baseline / candidate
        if self.measure is Measure.TIMES_AS_LONG:
            return candidate / baseline
        above = candidate - baseline
        return above if self.measure.is_difference else 100 * above / baseline

    def is_reached_by(self, value: float) -> bool:
        """Return whether `value` is within the limit."""
        if self.measure is Measure.TIMES_AS_FAST:
            return value >= self.limit
        return (abs(value) if self.measure is Measure.APART_PERCENT else value) <= self.limit


def accepted_for(name: str) -> str:
    """Return the candidate that accepts a token as long as the costly token `name`."""
    return f"accepted, as long as: {name}"


PIPELINE_INSTRUCTIONS = 15_000
"""Limit for a verification without its primitive: 1.5 µs at 10 instructions per ns, on a core that nothing disturbs."""


def list_eddsa_targets(processor: ProcessorClass) -> tuple[Target, ...]:
    """Return the targets of EdDSA, which depend on the vector instructions of the processor."""
    if processor is ProcessorClass.OTHER:
        return (
            Target(EDDSA_AND_PRIMITIVE, VERIFIER, PRIMITIVE, 1, Measure.ABOVE_US),
            Target(EDDSA, VERIFIER, OXYJWT_KEY, 1),
        )
    is_ifma = processor is ProcessorClass.IFMA
    below_primitive, ryjwt, oxyjwt, pyjwt = (1.6, 1.7, 1.8, 7) if is_ifma else (1.1, 1.1, 1.15, 4.5)
    return (
        Target(EDDSA_AND_PRIMITIVE, VERIFIER, PRIMITIVE, below_primitive),
        Target(EDDSA, VERIFIER, RYJWT_KEY, ryjwt),
        Target(EDDSA, VERIFIER, OXYJWT_KEY, oxyjwt),
        Target(EDDSA, VERIFIER, PYJWT_TEXT, pyjwt),
    )


TARGETS = (
    *(Target(size, VERIFIER, RYJWT_KEY, 1.15) for size in (HS256_4_CLAIMS, HS256, HS256_60_CLAIMS)),
    Target(HS256, VERIFIER, OXYJWT_KEY, 2.7),
    Target(HS256, VERIFIER, PYTHON_JOSE_TEXT, 17),
    Target(HS256, VERIFIER, PYJWT_TEXT, 26),
    Target(HS256, DECODE, OXYJWT_KEY, 2),
    Target(HS256, DECODE, PYTHON_JOSE_TEXT, 12),
    *(
        Target(comparison, VERIFIER, PRIMITIVE, PIPELINE_INSTRUCTIONS, Measure.ABOVE_INSTRUCTIONS)
        for comparison in (RS256_AND_PRIMITIVE_INSTRUCTIONS, ES256_AND_PRIMITIVE_INSTRUCTIONS)
    ),
    *list_eddsa_targets(get_processor_class()),
    *(Target(algorithm, VERIFIER, peer, 1) for peer in (RYJWT_KEY, OXYJWT_KEY) for algorithm in (RS256, ES256)),
    Target(INTO_PYDANTIC, VERIFIER, RYJWT_KEY, 1.15),
    Target(INTO_MSGSPEC, VERIFIER, RYJWT_KEY, 1.1),
    Target(KEY_SET_URL, VERIFIER, RYJWT_JWKS_CLIENT, 1),
    Target(KEY_SET_URL, VERIFIER_CACHED, RYJWT_JWKS_CLIENT, 10),
    Target(RS256, DECODE, PYTHON_JOSE_TEXT, 2.5),
    Target(HS256, VERIFIER_CACHED, OXYJWT_KEY, 6),
    Target(RS256, VERIFIER_CACHED, OXYJWT_KEY, 25),
    Target(ES256, VERIFIER_CACHED, OXYJWT_KEY, 40),
    Target(EDDSA, VERIFIER_CACHED, OXYJWT_KEY, 40),
    Target(SIGN_HS256, ENCODE, PYTHON_JOSE_TEXT, 4),
    Target(SIGN_RS256, ENCODE, PYTHON_JOSE_TEXT, 100),
    Target(PAYLOAD, FASTJOSE, PYTHON_JOSE_REFERENCE, 10),
    Target(REQUEST_INSTRUCTIONS, USER_HS256, BARE_ROUTE, 35, Measure.ABOVE_PERCENT),
    Target(REQUEST_INSTRUCTIONS, USER_EDDSA_SEEN, BARE_ROUTE, 26, Measure.ABOVE_PERCENT),
    Target(REQUEST_INSTRUCTIONS, USER_ID_HS256, BARE_ROUTE_ID, 36, Measure.ABOVE_PERCENT),
    Target(HTTP_EDDSA, FASTJOSE, NO_AUTHENTICATION, 1.14, Measure.TIMES_AS_LONG),
    Target(REQUEST_USER, FASTJOSE, PYTHON_JOSE_REFERENCE, 1.5),
    Target(REQUEST_USER_ID, FASTJOSE, PYTHON_JOSE_REFERENCE, 2.4),
    Target(REQUEST_USER_IN_ROLE_APP, WITH_ROLES, WITHOUT_ROLES, 3, Measure.APART_PERCENT),
    Target(REQUEST_TWO_ISSUERS, TWO_ISSUERS, ONE_ISSUER, 0.8),
    Target(REQUEST_TWO_ISSUERS, TWO_VERIFIERS, ONE_ISSUER, 0.8),
    Target(THREADS, TWO_THREADS, ONE_THREAD, 1.7),
    Target(REVOCATION, WITH_REVOCATIONS, WITHOUT_REVOCATIONS, 0.3, Measure.ABOVE_US),
    Target(REJECT_HS256, EXPIRED, ACCEPTED, 1),
    Target(REJECT_HS256, FORGED, ACCEPTED, 1),
    Target(REJECT_EDDSA_INSTRUCTIONS, EXPIRED, ACCEPTED, 0, Measure.ABOVE_PERCENT),
    Target(REJECT_EDDSA_INSTRUCTIONS, FORGED, ACCEPTED, 0, Measure.ABOVE_PERCENT),
    Target(REJECT_DECODE, EXPIRED, ACCEPTED, 1),
    Target(REJECT_DECODE, FORGED, ACCEPTED, 1),
    *(Target(REJECT_COSTLY, name, accepted_for(name), 3, Measure.TIMES_AS_LONG) for name in COSTLY_TOKENS),
)
