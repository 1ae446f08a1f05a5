"""Log hints of an application with several verifiers: each verifier compares the tokens of its issuers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._config.setting_names import IN_CODE, SettingNames
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES, Verifier
from fastjose._fastapi.hints.jwt_hints import RejectionHints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastjose._verifiers.issuers import Issuers
    from fastjose.exceptions import JOSEError


class IssuerHints:
    """Logs the hints about a rejected token as its verifier does, or as all do for a token of another issuer."""

    def __init__(self, issuers: Issuers[Any], names: SettingNames) -> None:
        """Prepare the hints for tokens without a verifier."""
        self._issuers, self._names = issuers, names
        self._general = RejectionHints(_combine(issuers.choice.verifiers), names=names)

    def log_hint(self, error: JOSEError, token: str) -> None:
        """Log the hints for a rejected token, as `RejectionHints` does."""
        chosen = self._issuers.find_verifier(token)
        if chosen is None:
            self._general.log_hint(error, token)
            return
        if chosen.hints is None:
            chosen.hints = RejectionHints(chosen.verifier, names=self._names)
        chosen.hints.log_hint(error, token)


def create_hints(verifier: Verifier | Issuers[Any], names: SettingNames = IN_CODE) -> RejectionHints | IssuerHints:
    """Return the log hints for one verifier, or for several."""
    return RejectionHints(verifier, names=names) if isinstance(verifier, Verifier) else IssuerHints(verifier, names)


@dataclass(frozen=True)
class _Expected:
    """The tokens that one of several verifiers accepts, in the attributes of a `Verifier`."""

    algorithms: Sequence[str]
    issuers: Sequence[str]
    audiences: Sequence[str] = ()
    types: Sequence[str] = ()
    skipped_keys: Sequence[str] = ()


def _combine(verifiers: Sequence[Verifier]) -> _Expected:
    algorithms = {name for verifier in verifiers for name in verifier.algorithms}
    known = algorithms or {*ASYMMETRIC_ALGORITHMS, *MIN_SECRET_BYTES}
    return _Expected(sorted(known), [issuer for verifier in verifiers for issuer in verifier.issuers])
