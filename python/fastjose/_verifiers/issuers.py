"""`Issuers`: which of several verifiers verifies a token.

The unverified `iss` of a token chooses its verifier. That verifier alone verifies the token, and checks `iss` again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from fastjose._core import unverified_issuer
from fastjose._verifiers.choice import ChosenT
from fastjose._verifiers.fixed_issuers import FixedIssuers
from fastjose._verifiers.tenants import Tenants
from fastjose._verifiers.unknown_issuer import unknown_issuer_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose._core import Verifier
    from fastjose._verifiers.choice import VerifierChoice


class Issuers(Generic[ChosenT]):
    """Chooses the verifier of a token. Immutable, but for what a function of the application returned before."""

    def __init__(self, choice: VerifierChoice[ChosenT]) -> None:
        """Choose among the verifiers of `choice`."""
        self.choice = choice
        self.find = choice.find

    def find_verifier(self, token: str | bytes) -> ChosenT | None:
        """Return the verifier of `token`, or None if it is unknown or must be asked for."""
        issuer = unverified_issuer(token)
        return None if issuer is None else self.find(issuer)

    async def choose(self, token: str) -> ChosenT:
        """Return the verifier of `token`.

        Raises:
            JOSEError: The issuer is unknown, or the token has none.
            StoreUnavailableError: The function of the application failed.
        """
        issuer = unverified_issuer(token)
        chosen = None if issuer is None else self.find(issuer) or await self.choice.ask(issuer)
        if chosen is None:
            raise unknown_issuer_error(token)
        return chosen

    def choose_now(self, token: str) -> ChosenT:
        """Return the verifier of `token`, without an event loop.

        Raises:
            JOSEError, StoreUnavailableError: As `choose`.
            TypeError: The issuer must be asked for with a coroutine function.
        """
        issuer = unverified_issuer(token)
        chosen = None if issuer is None else self.find(issuer) or self.choice.ask_now(issuer)
        if chosen is None:
            raise unknown_issuer_error(token)
        return chosen


def known_verifiers(verifier: Verifier | Issuers[Any]) -> tuple[Verifier, ...]:
    """Return the verifiers that are known when an application starts."""
    return tuple(verifier.choice.verifiers) if isinstance(verifier, Issuers) else (verifier,)


def create_issuers(verifier: Any, create_chosen: Callable[[Verifier], ChosenT]) -> Issuers[ChosenT]:
    """Return the choice among several verifiers that an application passes.

    Raises:
        TypeError: `verifier` is neither a `Verifier`, nor a list of them, nor a function.
        ValueError: A verifier in the list has no issuer, or an issuer of another one; or the list is empty.
    """
    if isinstance(verifier, list | tuple):
        return Issuers(FixedIssuers(verifier, create_chosen))
    if callable(verifier) and not isinstance(verifier, type):
        return Issuers(Tenants(verifier, create_chosen))
    raise TypeError(
        "verifier must be a fastjose.Verifier, a list of them, or a function from an issuer to its verifier"
    )
