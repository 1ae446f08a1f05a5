"""The result of `fastjose explain`: a verdict, and the steps that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "would_pass", "would_fail", "not_checked", "not_reached"]
"""What a step did with the credential.

`failed` is the one step that rejected it. `would_pass` and `would_fail` are other steps, which were tried with the same
rules on unverified content. `not_checked` let the credential through without a check, and says why. `not_reached` was
not checked, because it needs what a step before it has not got, such as the session.
"""


@dataclass(frozen=True)
class Step:
    """One check.

    Attributes:
        name: The name of the check, stable across releases.
        title: What is checked.
        status: The outcome.
        detail: What was seen and what is accepted. Control characters are escaped. Empty if there is nothing to say.
        code: The code of the error (docs/reference/errors.md), or None.
        cures: What to change. Only the step that failed has some.
    """

    name: str
    title: str
    status: Status
    detail: str = ""
    code: str | None = None
    cures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The verdict of the application's verifier on a credential, and its steps. It contains no part of a secret.

    Attributes:
        credential: The kind of credential for which the application takes it.
        is_accepted: Whether the application accepts it.
        status: The status of the response of a route with `AuthenticatedUser`: 200, 401, 403 or 503.
        detail: The detail of that response. Empty if it is accepted.
        code: The code of the error, or None.
        claim: The claim that the error is about, or None.
        user_id: The id of the user, if it is accepted.
        steps: Every check in its order.
    """

    credential: str
    is_accepted: bool
    status: int
    detail: str
    code: str | None
    claim: str | None
    user_id: str | None
    steps: tuple[Step, ...]

    @property
    def failed_step(self) -> Step | None:
        """The step that rejected the credential, or None."""
        return next((step for step in self.steps if step.status == "failed"), None)
