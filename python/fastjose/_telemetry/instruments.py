"""The instruments: what is recorded at a request, and what is read from verifiers when metrics are collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry.metrics import Observation

from fastjose._core import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter

    from fastjose._telemetry.observed_verifiers import ObservedVerifiers

DURATION_BUCKETS = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""The bounds of the buckets of the histogram, in seconds: a cached key takes microseconds, a look-up milliseconds."""


@dataclass(frozen=True)
class Instruments:
    """The instruments that a request records in."""

    duration: Histogram
    refusals: Counter


def create_instruments(get_meter: Callable[..., Meter], observed: ObservedVerifiers) -> Instruments:
    """Create all instruments. Those that observe verifiers live as long as the meter."""
    meter = get_meter("fastjose", __version__)
    _create_observable_instruments(meter, observed)
    return Instruments(
        _create_histogram(
            meter, "fastjose.authentication.duration", "s", "Time from the credential of a request to its sender."
        ),
        meter.create_counter(
            "fastjose.authentication.refusals", "{refusal}", "Credentials that were refused, by the code of the error."
        ),
    )


def _create_histogram(meter: Meter, name: str, unit: str, description: str) -> Histogram:
    try:
        return meter.create_histogram(
            name, unit, description, explicit_bucket_boundaries_advisory=list(DURATION_BUCKETS)
        )
    except TypeError:  # OpenTelemetry before 1.29
        return meter.create_histogram(name, unit, description)


def _create_observable_instruments(meter: Meter, observed: ObservedVerifiers) -> None:
    for create, name, unit, description, observe in (
        (
            meter.create_observable_counter,
            "fastjose.verifications",
            "{verification}",
            "Tokens that a verifier accepted, from its cache or not.",
            _verifications,
        ),
        (
            meter.create_observable_counter,
            "fastjose.token_cache.lookups",
            "{lookup}",
            "Look-ups in the cache of verified tokens.",
            _cache_lookups,
        ),
        (
            meter.create_observable_up_down_counter,
            "fastjose.token_cache.entries",
            "{token}",
            "Tokens in the cache of verified tokens.",
            _cache_entries,
        ),
        (
            meter.create_observable_counter,
            "fastjose.jwks.fetches",
            "{fetch}",
            "Fetches of a remote key set that have ended.",
            _fetches,
        ),
        (
            meter.create_observable_gauge,
            "fastjose.jwks.age",
            "s",
            "Time since a remote key set was fetched or reported as unchanged.",
            _ages,
        ),
        (
            meter.create_observable_up_down_counter,
            "fastjose.jwks.keys",
            "{key}",
            "Keys of a remote key set that can verify tokens.",
            _keys,
        ),
    ):
        create(name, [_callback(observe, observed)], unit, description)


def _callback(
    observe: Callable[[ObservedVerifiers], Iterator[tuple[float, dict[str, str]]]], observed: ObservedVerifiers
) -> Any:
    def report(_: CallbackOptions) -> list[Observation]:
        return [Observation(value, attributes) for value, attributes in observe(observed)]

    return report


def _verifications(observed: ObservedVerifiers) -> Iterator[tuple[float, dict[str, str]]]:
    for name, totals in observed.verifier_totals().items():
        yield totals.verifications, _issuer(name)


def _cache_lookups(observed: ObservedVerifiers) -> Iterator[tuple[float, dict[str, str]]]:
    for name, totals in observed.verifier_totals().items():
        yield totals.cache_hits, {**_issuer(name), "fastjose.token_cache.result": "hit"}
        yield totals.cache_misses, {**_issuer(name), "fastjose.token_cache.result": "miss"}


def _cache_entries(observed: ObservedVerifiers) -> Iterator[tuple[float, dict[str, str]]]:
    for name, size in observed.cached_tokens().items():
        yield size, _issuer(name)


def _fetches(observed: ObservedVerifiers) -> Iterator[tuple[float, dict[str, str]]]:
    for name, totals in observed.fetch_totals().items():
        yield totals.succeeded, {"fastjose.jwks.source": name, "fastjose.jwks.result": "success"}
        yield totals.failed, {"fastjose.jwks.source": name, "fastjose.jwks.result": "failure"}


def _ages(observed: ObservedVerifiers) -> Iterator[tuple[float, dict[str, str]]]:
    for name, state in observed.key_set_states().items():
        if state.age_seconds is not None:
            yield state.age_seconds, {"fastjose.jwks.source": name}


def _keys(observed: ObservedVerifiers) -> Iterator[tuple[float, dict[str, str]]]:
    for name, state in observed.key_set_states().items():
        yield state.key_count, {"fastjose.jwks.source": name}


def _issuer(name: str) -> dict[str, str]:
    return {"fastjose.issuer": name} if name else {}
