"""`VerifierChoice`: the verifiers of the issuers of an application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from fastjose._core import Verifier

if TYPE_CHECKING:
    from fastjose._hints.jwt_hints import RejectionHints

TenantFunction: TypeAlias = Callable[[str], Verifier | Awaitable[Verifier | None] | None]
"""A function or coroutine function from an issuer to its verifier, or to None for an unknown issuer."""

VerifierInput: TypeAlias = Verifier | Sequence[Verifier] | TenantFunction
"""What an application passes as `verifier`."""


class ChosenVerifier:
    """A verifier among several, and what belongs to it.

    Attributes:
        verifier: The verifier.
        hints: The log hints about the tokens that it rejects, once it has rejected one.
    """

    def __init__(self, verifier: Verifier) -> None:
        """Begin without hints."""
        self.verifier = verifier
        self.hints: RejectionHints | None = None


ChosenT = TypeVar("ChosenT", bound=ChosenVerifier)
ChosenT_co = TypeVar("ChosenT_co", bound=ChosenVerifier, covariant=True)


class VerifierChoice(Protocol[ChosenT_co]):
    """The verifiers of the issuers of an application."""

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """The verifiers that are known when the application starts."""

    def find(self, issuer: str) -> ChosenT_co | None:
        """Return the verifier of `issuer`, or None if it is unknown or must be asked for."""

    async def ask(self, issuer: str) -> ChosenT_co | None:
        """Return the verifier of an issuer that `find` does not know, or None if it is unknown.

        Raises:
            StoreUnavailableError: The function of the application failed.
        """

    def ask_now(self, issuer: str) -> ChosenT_co | None:
        """Return what `ask` returns, without an event loop.

        Raises:
            StoreUnavailableError: The function of the application failed.
            TypeError: The function is a coroutine function.
        """
