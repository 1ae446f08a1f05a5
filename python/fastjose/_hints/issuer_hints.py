"""Log hints of an application with one verifier, or with several: each verifier compares the tokens of its issuers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._config.names.setting_names import IN_CODE, OF_ISSUER_IN_CODE, SettingNames
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES, Verifier
from fastjose._hints.jwt_hints import HintLimits, RejectionHints
from fastjose.better_auth import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastjose._hints.hint_log import Hint
    from fastjose._verifiers.issuers import Issuers
    from fastjose.exceptions import JOSEError, JWKSetUnavailableError


class IssuerHints:
    """Logs the hints about a rejected token as its verifier does, or as all do for a token of another issuer.

    Each verifier that the application has when it starts has limits of its own. All others share theirs: a client
    chooses among them with the unverified `iss` of its token.
    """

    def __init__(self, issuers: Issuers[Any], names: SettingNames, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare the hints for tokens without a verifier. `clock` returns the time in seconds, from any start."""
        self._issuers, self._names, self._shared_limits = issuers, names, HintLimits(clock)
        verifiers = issuers.choice.verifiers
        self._general = RejectionHints(_combine(verifiers), self._shared_limits, _choose_names(verifiers, names))

    def log_hint(self, error: JOSEError, token: str) -> None:
        """Log the hints for a rejected token, as `RejectionHints` does."""
        self._choose(token).log_hint(error, token)

    def log_unavailable(self, error: JWKSetUnavailableError, verifier: Verifier) -> None:
        """Log that the keys of a verifier cannot be fetched, as for a token of its issuer."""
        chosen = next(filter(None, map(self._issuers.find, verifier.issuers)), None)
        self._hints_of(chosen).log_unavailable(error, verifier)

    def find_hints(self, error: JOSEError, token: str) -> list[Hint]:
        """Return the hints that `log_hint` logs, and log nothing."""
        return self._choose(token).find_hints(error, token)

    def _choose(self, token: str) -> RejectionHints:
        return self._hints_of(self._issuers.find_verifier(token))

    def _hints_of(self, chosen: Any) -> RejectionHints:
        if chosen is None:
            return self._general
        hints: RejectionHints | None = chosen.hints
        if hints is None:
            is_configured = chosen.verifier in self._issuers.choice.verifiers
            limits = None if is_configured else self._shared_limits
            hints = chosen.hints = _create_verifier_hints(chosen.verifier, self._names, limits)
        return hints


def create_hints(verifier: Verifier | Issuers[Any], names: SettingNames = IN_CODE) -> RejectionHints | IssuerHints:
    """Return the log hints for one verifier, or for several."""
    return _create_verifier_hints(verifier, names) if isinstance(verifier, Verifier) else IssuerHints(verifier, names)


def _create_verifier_hints(verifier: Verifier, names: SettingNames, limits: HintLimits | None = None) -> RejectionHints:
    """Return the log hints for the tokens of one verifier."""
    return RejectionHints(verifier, limits, _choose_names([verifier], names))


def _choose_names(verifiers: Sequence[Verifier], names: SettingNames) -> SettingNames:
    """Return `names`, or those without Better Auth if code configures issuers with discovery that are all others.

    Better Auth's own issuer with discovery is that of `oauthProvider()`: its path is `/api/auth`.
    """
    if names is not IN_CODE or not verifiers or not all(map(_has_other_issuer, verifiers)):
        return names
    return OF_ISSUER_IN_CODE


def _has_other_issuer(verifier: Verifier) -> bool:
    issuers = [keys.issuer for keys in verifier.remote_key_sets]
    return bool(issuers) and all(issuer and not issuer.rstrip("/").endswith(DEFAULT_PATH) for issuer in issuers)


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
