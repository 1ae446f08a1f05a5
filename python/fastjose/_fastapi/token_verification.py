"""`verify_token` outside a dependency: the claims of a JWT, or the response to a rejected one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._core import Verifier
from fastjose._fastapi.responses import to_http_exception
from fastjose._fastapi.users import TokenPayload
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from fastjose._refusals.rejection_handler import RejectionHandler
    from fastjose._verifiers.bearer_policy import BearerPolicy
    from fastjose._verifiers.issuers import Issuers

VERIFICATION_AS_DEPENDENCY = "verify_token must be called with a token: in a route, write Depends(auth.current_user)"
"""Why the method must not be a dependency: the token would be read from the URL, which servers log."""


def verify_token(
    verifier: Verifier | Issuers[Any], policy: BearerPolicy, rejections: RejectionHandler, token: str
) -> TokenPayload:
    """Verify a token and return its common claims. Blocks while keys are fetched.

    Raises:
        HTTPException: 401 for a rejected token, 503 while keys are unavailable.
        TypeError: The verifier must be asked for with a coroutine function.
    """
    try:
        chosen = verifier if isinstance(verifier, Verifier) else verifier.choose_now(token).verifier
        return TokenPayload.from_claims(policy.check(chosen.verify(token), chosen.revocations))
    except JOSEError as error:
        raise to_http_exception(rejections.reject(error, token)) from None
