"""Log hints for the operator: the known misconfigurations that cause valid users to be rejected.

Each known misconfiguration has a stable code and a hint. A line is built from constants, and from the configuration:
the name of a setting, and the accepted issuers and audiences. If the JWK Set cannot be fetched, the line also has the
error of the fetch. If members of the JWK Set cannot be used, the line also has their positions and reasons. No line
contains any part of a token, so an attacker cannot write into the log. No line contains a secret. The HTTP response
does not contain the hint.

Clients control how many tokens are rejected. Ordinary rejections are therefore not logged: the access log has the 401,
and the client has the reason. A hint is a WARNING, at most once a minute for each code.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._core import MIN_SECRET_BYTES
from fastjose._hints.detectors import DETECTORS, Expectations, detect_issuer_mismatch
from fastjose._hints.hint_log import Hint, HintLog
from fastjose._hints.hint_texts import HINTS
from fastjose._process_locks import ProcessLock
from fastjose.better_auth import OAUTH
from fastjose.exceptions import JWKSetUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastjose._core import Verifier
    from fastjose.exceptions import JOSEError

_MAX_TOKEN_CHARS = 16_384
"""Maximum length of a token that is inspected. Better Auth's longest tokens have half of it."""
MAX_INSPECTIONS_PER_SECOND = 20
"""Maximum number of rejected tokens that are inspected in a second.

Without it, rejecting a flood of tokens could cost more than accepting it."""
_MAX_LOGGED_NAMES = 5
"""Maximum number of accepted issuers or audiences in a line."""
_NOT_FOR_LOGS = re.compile(r"(?<=://)[^/?#]*@|[?#].*", re.DOTALL)
"""The parts of a configured URL that may contain a secret: the user information, the query, the fragment."""

_MAX_SKIPPED_KEYS = 5
"""Maximum number of members of a JWK Set in a line."""

_lock = ProcessLock()
"""For the counts of all inspections: an object with a lock could not be copied."""


class ExpectedTokens(Protocol):
    """The configuration with which rejected tokens are compared: that of a `Verifier`."""

    @property
    def algorithms(self) -> Sequence[str]:
        """The accepted algorithms."""

    @property
    def issuers(self) -> Sequence[str]:
        """The accepted issuers."""

    @property
    def audiences(self) -> Sequence[str]:
        """The accepted audiences."""

    @property
    def types(self) -> Sequence[str]:
        """The accepted `typ`."""

    @property
    def skipped_keys(self) -> Sequence[str]:
        """The members of JWK Sets that cannot be used."""


class HintLimits:
    """A log of hints and the count of inspections, which several verifiers may share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without lines. `clock` returns the time in seconds, from any start."""
        self.log = HintLog(HINTS, clock)
        self._clock = clock
        self._current_second = self._inspection_count = 0

    def reserve_inspection(self) -> bool:
        """Count one inspection, and return whether the limit of the current second allows it."""
        second = int(self._clock())
        with _lock:
            if second != self._current_second:
                self._current_second, self._inspection_count = second, 0
            self._inspection_count += 1
            return self._inspection_count <= MAX_INSPECTIONS_PER_SECOND


class RejectionHints:
    """A rate-limited logger of hints about the tokens that one verifier rejects."""

    def __init__(
        self,
        verifier: ExpectedTokens,
        limits: HintLimits | None = None,
        names: SettingNames = IN_CODE,
    ) -> None:
        """Create the logger.

        Args:
            verifier: The verifier that rejects the tokens. Its configuration is compared with them.
            limits: The log and its limits. None: those of this verifier alone.
            names: The settings from which the verifier has its configuration.
        """
        algorithms = verifier.algorithms
        self._expectations = Expectations(
            has_secrets=any(name in MIN_SECRET_BYTES for name in algorithms),
            has_public_keys=any(name not in MIN_SECRET_BYTES for name in algorithms),
            has_access_tokens=OAUTH.typ in verifier.types,
            issuers=tuple(verifier.issuers),
            audiences=tuple(verifier.audiences),
            is_better_auth=names.is_better_auth,
        )
        self._fields = {
            **asdict(names),
            "accepted_algorithms": ", ".join(algorithms),
            "accepted_issuers": format_names(verifier.issuers),
            "accepted_audiences": format_names(verifier.audiences),
        }
        self._verifier, self._names = verifier, names
        self._limits = limits or HintLimits()
        self._log = self._limits.log

    def log_hint(self, error: JOSEError, token: str) -> None:
        """Log the hints for a rejected token, if known misconfigurations are the cause.

        Args:
            error: The error with which the verifier rejected the token.
            token: The token, which is not trusted. No value of it makes this method raise.
        """
        for code in self._find_codes(error, token):
            self._log.warn(code, lambda: self._fields_of(error))

    def log_unavailable(self, error: JWKSetUnavailableError, _verifier: Verifier) -> None:
        """Log that the keys of a verifier cannot be fetched, as for a token."""
        self.log_hint(error, "")

    def find_hints(self, error: JOSEError, token: str) -> list[Hint]:
        """Return the hints that `log_hint` logs, each with its code, and log nothing."""
        return [Hint(code, self._log.format(code, self._fields_of(error))) for code in self._find_codes(error, token)]

    def _find_codes(self, error: JOSEError, token: str) -> list[str]:
        return ["keys_unavailable"] if isinstance(error, JWKSetUnavailableError) else self._detect(error, token)

    def _detect(self, error: JOSEError, token: str) -> list[str]:
        """Return the codes of the misconfigurations: none if they are unknown or the token must not be inspected."""
        detect = DETECTORS.get(error.code)
        if detect is None or not isinstance(token, str) or len(token) > _MAX_TOKEN_CHARS:
            return []
        if not self._limits.reserve_inspection():
            return []
        code = detect(token, self._expectations)
        if code == "no_matching_key" and self._verifier.skipped_keys:
            code = "skipped_keys"
        if code == "missing_claim" and error.claim == "sub":
            code = "no_subject"
        # A wrong base URL is the cause of a wrong audience and of a wrong issuer. The verifier reports the first one.
        is_audience = error.code == "wrong_audience" and code not in {"id_token", "microsoft_graph_token"}
        codes = (code, detect_issuer_mismatch(token, self._expectations) if is_audience else None)
        return [code for code in codes if code is not None]

    def _fields_of(self, error: JOSEError) -> dict[str, object]:
        return {
            **self._fields,
            "error": self._names.describe_fetch(error),
            "claim": json.dumps(error.claim),
            "outcome": getattr(error, "outcome", "rejected them"),
            "skipped_keys": _format_skipped_keys(self._verifier.skipped_keys),
        }


def format_names(names: Sequence[str]) -> str:
    """Return accepted issuers or audiences for a log line: at most five, quoted, without what a URL can hide."""
    shown = [json.dumps(_NOT_FOR_LOGS.sub("...", name), ensure_ascii=True) for name in names[:_MAX_LOGGED_NAMES]]
    return " or ".join([*shown, "others"] if len(names) > _MAX_LOGGED_NAMES else shown)


def _format_skipped_keys(skipped: Sequence[str]) -> str:
    """Return members of JWK Sets that cannot be used, with the reasons, for a log line: at most five."""
    more = [f"and {len(skipped) - _MAX_SKIPPED_KEYS} more"] if len(skipped) > _MAX_SKIPPED_KEYS else []
    return " ".join([*skipped[:_MAX_SKIPPED_KEYS], *more])
