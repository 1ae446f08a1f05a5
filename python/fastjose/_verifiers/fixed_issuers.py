"""`FixedIssuers`: verifiers that are known when an application starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from fastjose._core import Verifier
from fastjose._telemetry.switch import observe_verifier
from fastjose._verifiers.choice import ChosenT
from fastjose._verifiers.limits import MAX_ISSUER_CHARS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class FixedIssuers(Generic[ChosenT]):
    """Verifiers with different issuers. Immutable."""

    def __init__(self, verifiers: Sequence[Any], create_chosen: Callable[[Verifier], ChosenT]) -> None:
        """Choose by the `issuers` of each verifier.

        Raises:
            TypeError: A member is not a `Verifier`.
            ValueError: The list is empty, or a verifier lacks an issuer, has too long a one, or that of another.
        """
        if not verifiers:
            raise ValueError("verifier must be at least one verifier: the list is empty")
        self.verifiers = tuple(verifiers)
        self._chosen: dict[str, ChosenT] = {}
        for position, verifier in enumerate(verifiers):
            _check_issuers(position, verifier)
            chosen = create_chosen(verifier)
            for issuer in verifier.issuers:
                if issuer in self._chosen:
                    raise ValueError(f"verifiers must have different issuers: {issuer!r} is an issuer of two")
                self._chosen[issuer] = chosen
            observe_verifier(verifier)
        self.find = self._chosen.get

    async def ask(self, _issuer: str) -> ChosenT | None:
        """Return None: `find` knows every issuer."""
        return None

    def ask_now(self, _issuer: str) -> ChosenT | None:
        """Return None: `find` knows every issuer."""
        return None


def _check_issuers(position: int, verifier: Any) -> None:
    if not isinstance(verifier, Verifier):
        raise TypeError(f"verifiers must be fastjose.Verifier objects: number {position + 1} is not")
    if not verifier.issuers:
        raise ValueError(f"verifiers must have an issuer each: number {position + 1} has none; pass issuer= to it")
    if any(len(issuer) > MAX_ISSUER_CHARS for issuer in verifier.issuers):
        raise ValueError(f"issuers must have at most {MAX_ISSUER_CHARS:,} characters: see verifier {position + 1}")
