"""`BearerPolicy`: what an application requires of the claims of a verified bearer token."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from fastjose._core import Acceptance, check_claims_not_revoked, reject_sender_constrained, require_subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose.better_auth import Revocations

SUBJECT = "sub"
"""The claim with a user's id, unless an application names another one."""


class BearerPolicy:
    """Which claim has the user's id, and which function accepts the claims. Immutable.

    Attributes:
        user_id_claim: The claim with the user's id. None: a token need not have one.
        accept: The function of the application that accepts the claims, if there is one.
    """

    def __init__(
        self, user_id_claim: str | None = SUBJECT, accept: Callable[[dict[str, Any]], bool] | None = None
    ) -> None:
        """Check the arguments.

        Raises:
            TypeError: `user_id_claim` is neither a str nor None, or `accept` is not a plain function.
            ValueError: `user_id_claim` is empty.
        """
        if user_id_claim is not None and not isinstance(user_id_claim, str):
            raise TypeError("user_id_claim must be the name of a claim, or None")
        if user_id_claim == "":
            raise ValueError("user_id_claim must be the name of a claim, or None")
        self.user_id_claim, self.accept = user_id_claim, accept
        self._acceptance = None if accept is None else Acceptance(accept)

    def check(self, claims: dict[str, Any], revocations: Revocations | None = None) -> dict[str, Any]:
        """Return the claims of a verified token, with the user's id as `sub`.

        Args:
            claims: The claims.
            revocations: The list that is asked for the token, its session, its `sub` and the user's id.

        Raises:
            JOSEError: The token is sender-constrained or a logout token, has no user id, is revoked, or is not
                accepted.
            StoreUnavailableError: The list is not synchronised.
        """
        reject_sender_constrained(claims)
        checked, user_id = claims, None
        if self.user_id_claim is not None:
            user_id = require_subject(claims, self.user_id_claim)
            checked = claims if self.user_id_claim == SUBJECT else {**claims, SUBJECT: user_id}
        check_claims_not_revoked(revocations, claims, user_id)
        if self._acceptance is not None:
            self._acceptance.require(deepcopy(claims))
        return checked
