"""The comparison of each name in `benches/targets.py`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import benches.targets as t
from benches.comparisons.instruction_comparisons import (
    COUNT_REJECTIONS,
    COUNT_REQUESTS,
    COUNT_REQUESTS_OLDEST_FASTAPI,
    PrimitiveInstructionComparison,
)
from benches.comparisons.rejection import compare_costly_rejection, compare_rejection
from benches.comparisons.requests import (
    compare_requests,
    compare_requests_in_role_app,
    compare_requests_of_two_issuers,
)
from benches.comparisons.timed_comparison import DifferenceComparison, TimedComparison
from benches.comparisons.verification import (
    compare_hs256_verification,
    compare_key_set_url,
    compare_signing,
    compare_threads,
    compare_token_payload,
    compare_verification,
    compare_verification_into,
    compare_with_primitive,
)
from benches.http_load.http_comparison import HttpComparison
from benches.revocation.comparison import compare_revocation
from benches.support.claims_types import CLAIMS_MODEL, CLAIMS_STRUCT
from benches.support.libraries import FASTJOSE_JWT, FASTJOSE_VERIFIER
from benches.support.ryjwt_library import IS_INSTALLED, MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.comparisons.comparison import Comparison


def _verification(algorithm: str) -> TimedComparison:
    return TimedComparison(partial(compare_verification, algorithm), _without_ryjwt(t.RYJWT_KEY))


def _size(size: str) -> TimedComparison:
    return TimedComparison(partial(compare_hs256_verification, size), _without_ryjwt(t.RYJWT_KEY))


def _primitive(algorithm: str) -> DifferenceComparison:
    return DifferenceComparison(partial(compare_with_primitive, algorithm))


def _without_ryjwt(candidate: str) -> Mapping[str, str]:
    return {} if IS_INSTALLED else {candidate: MISSING}


COMPARISONS: Mapping[str, Comparison] = {
    t.HS256: _verification("HS256"),
    t.RS256: _verification("RS256"),
    t.ES256: _verification("ES256"),
    t.EDDSA: _verification("EdDSA"),
    t.HS256_4_CLAIMS: _size("4 claims"),
    t.HS256_60_CLAIMS: _size("60 claims"),
    t.INTO_PYDANTIC: TimedComparison(partial(compare_verification_into, CLAIMS_MODEL), _without_ryjwt(t.RYJWT_KEY)),
    t.INTO_MSGSPEC: TimedComparison(partial(compare_verification_into, CLAIMS_STRUCT), _without_ryjwt(t.RYJWT_KEY)),
    t.RS256_AND_PRIMITIVE: _primitive("RS256"),
    t.ES256_AND_PRIMITIVE: _primitive("ES256"),
    t.EDDSA_AND_PRIMITIVE: _primitive("EdDSA"),
    t.RS256_AND_PRIMITIVE_INSTRUCTIONS: PrimitiveInstructionComparison("RS256"),
    t.ES256_AND_PRIMITIVE_INSTRUCTIONS: PrimitiveInstructionComparison("ES256"),
    t.KEY_SET_URL: TimedComparison(compare_key_set_url, _without_ryjwt(t.RYJWT_JWKS_CLIENT)),
    t.SIGN_HS256: TimedComparison(partial(compare_signing, "HS256")),
    t.SIGN_RS256: TimedComparison(partial(compare_signing, "RS256")),
    t.PAYLOAD: TimedComparison(compare_token_payload),
    t.REQUEST_USER: TimedComparison(partial(compare_requests, "/me")),
    t.REQUEST_USER_ID: TimedComparison(partial(compare_requests, "/user-id")),
    t.REQUEST_USER_IN_ROLE_APP: TimedComparison(compare_requests_in_role_app),
    t.REQUEST_TWO_ISSUERS: TimedComparison(compare_requests_of_two_issuers),
    t.REQUEST_INSTRUCTIONS: COUNT_REQUESTS,
    t.REQUEST_INSTRUCTIONS_OLDEST_FASTAPI: COUNT_REQUESTS_OLDEST_FASTAPI,
    t.HTTP_EDDSA: HttpComparison(),
    t.THREADS: TimedComparison(compare_threads),
    t.REVOCATION: TimedComparison(compare_revocation),
    t.REJECT_HS256: TimedComparison(partial(compare_rejection, FASTJOSE_VERIFIER, "HS256")),
    t.REJECT_EDDSA: TimedComparison(partial(compare_rejection, FASTJOSE_VERIFIER, "EdDSA")),
    t.REJECT_EDDSA_INSTRUCTIONS: COUNT_REJECTIONS,
    t.REJECT_COSTLY: TimedComparison(compare_costly_rejection),
    t.REJECT_DECODE: TimedComparison(partial(compare_rejection, FASTJOSE_JWT, "HS256")),
}
