"""Health for readiness probes: which keys are available, how old they are, and why the last fetch failed.

`BearerAuth.health()`, `CredentialAuth.health()` and `fastjose.auth.health()` return it for their verifiers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from fastjose._config.names.setting_names import IN_CODE
from fastjose._hints.hint_log import HintLog
from fastjose._hints.hint_texts import HINTS
from fastjose._verifiers.display_names import name_key_set, name_verifier
from fastjose._verifiers.key_fetches import fetch_missing_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastjose._config.names.setting_names import SettingNames
    from fastjose._core import RemoteKeySet, Verifier
    from fastjose.exceptions import JWKSetUnavailableError

__all__ = ["Health", "KeySource", "SourceKind", "check_health", "warm_up"]

SourceKind = Literal["configured", "remote", "per_kid"]
"""`configured`: a shared secret or public keys. `remote`: a JWK Set. `per_kid`: keys that are fetched one by one."""

_OK, _UNAVAILABLE = 200, 503

_HINTS = HintLog(HINTS)


@dataclass(frozen=True)
class KeySource:
    """The keys of one source: a remote key set, or what the application configured for a verifier.

    Attributes:
        kind: The kind of source.
        name: The configured issuer, or else the origin of the URL. Empty for keys of a verifier without an issuer.
        is_ready: Whether its keys can verify a token now. Always True for `per_kid`: only a token names its keys.
        key_count: The number of available keys.
        age_seconds: Seconds since the set was fetched or reported as unchanged. None: it was not fetched.
        last_failure: The reason for which the last fetch of this process failed, with a remedy; it names the URL
            without its query. None: it succeeded. It is for operators: do not return it to the public.
    """

    kind: SourceKind
    name: str
    is_ready: bool
    key_count: int
    age_seconds: float | None = None
    last_failure: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Health:
    """The keys that the verifiers of an application have now.

    Attributes:
        sources: The sources of keys. Empty if a function of the application chooses verifiers, or none uses keys.

    Example:
        from fastjose import Verifier
        from fastjose.health import check_health

        health = check_health(Verifier("0123456789abcdef0123456789abcdef", algorithms="HS256"))
        assert health.is_ready
    """

    sources: tuple[KeySource, ...]

    @property
    def is_ready(self) -> bool:
        """Whether a token can be verified without a fetch: at least one source is ready, or there is none.

        An outage of one of several issuers so takes no process out of service that can serve the others.
        """
        return not self.sources or any(source.is_ready for source in self.sources)

    @property
    def has_all_keys(self) -> bool:
        """Whether each source is ready."""
        return all(source.is_ready for source in self.sources)

    @property
    def status_code(self) -> int:
        """The status of a response to a readiness probe: 200, or 503 unless `is_ready`."""
        return _OK if self.is_ready else _UNAVAILABLE

    @property
    def key_count(self) -> int:
        """The number of available keys."""
        return sum(source.key_count for source in self.sources)

    @property
    def age_seconds(self) -> float | None:
        """The age of the oldest key set, in seconds. None: no set was fetched."""
        return max((source.age_seconds for source in self.sources if source.age_seconds is not None), default=None)

    @property
    def last_failure(self) -> str | None:
        """The reason for which the last fetch of a set failed: of the first set with one. None: every one succeeded."""
        return next((source.last_failure for source in self.sources if source.last_failure is not None), None)


def check_health(*verifiers: Verifier) -> Health:
    """Return which keys are available. Fetches nothing, and takes microseconds.

    Args:
        *verifiers: The verifiers. A key set of several verifiers is one source.
    """
    configured = [
        KeySource("configured", name_verifier(each), is_ready=True, key_count=each.local_key_count)
        for each in verifiers
        if each.local_key_count
    ]
    return Health((*configured, *(_describe_key_set(each) for each in _key_sets_of(verifiers))))


def name_settings(health: Health, names: SettingNames) -> Health:
    """Return `health`, whose failures name the settings `names`."""
    return Health(tuple(_name_settings(source, names) for source in health.sources))


def _name_settings(source: KeySource, names: SettingNames) -> KeySource:
    reason = source.last_failure
    return source if reason is None else replace(source, last_failure=names.describe(reason))


async def warm_up(*verifiers: Verifier) -> Health:
    """Fetch the key sets that have no usable keys, all at once, and return the health.

    A failure raises nothing. It is logged as `keys_unavailable`, at most once a minute. However often it is called,
    fetches keep to the limits of those for unknown keys: a readiness probe may call it, and a client that calls its
    route causes no more fetches. Runs in asyncio, uvloop and trio.

    It takes at most `max_wait_seconds`, until a fetch is permitted, and `timeout_seconds` of a key set: 7 seconds by
    default.

    Args:
        *verifiers: The verifiers.

    Raises:
        ModuleNotFoundError: anyio is not installed, which Starlette requires.
    """
    await fetch_missing_keys(verifiers, _log_failure)
    return check_health(*verifiers)


def _log_failure(error: JWKSetUnavailableError, _verifier: Verifier) -> None:
    _HINTS.warn("keys_unavailable", lambda: {"error": IN_CODE.describe_fetch(error)})


def _key_sets_of(verifiers: Iterable[Verifier]) -> Iterator[RemoteKeySet]:
    """Yield each key set once."""
    return iter(dict.fromkeys(key_set for verifier in verifiers for key_set in verifier.remote_key_sets))


def _describe_key_set(key_set: RemoteKeySet) -> KeySource:
    return KeySource(
        "per_kid" if key_set.is_per_kid else "remote",
        name_key_set(key_set),
        is_ready=key_set.is_per_kid or key_set.has_usable_keys,
        key_count=key_set.key_count,
        age_seconds=key_set.age_seconds,
        last_failure=key_set.last_failure,
    )
