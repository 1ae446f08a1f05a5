"""What each step saw in a token, beside what is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._cli.explain.stages import required_claims
from fastjose._cli.explain.unverified import UnverifiedToken, show, show_time
from fastjose._hints.jwt_hints import format_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fastjose._cli.explain.application import Application

_CLIENT_CLAIMS = ("azp", "client_id", "cid", "appid")


def describe(stage: str, application: Application, unverified: UnverifiedToken) -> str:
    """Return what the step `stage` of a JWT saw, in one line without control characters."""
    describe_stage = _DESCRIPTIONS.get(stage)
    verifier = application.verifier
    if describe_stage is None or verifier is None or not unverified.header:
        return ""
    return describe_stage(application, unverified)


def _algorithm(application: Application, unverified: UnverifiedToken) -> str:
    accepted = [] if application.verifier is None else application.verifier.algorithms
    return f"alg is {show(unverified.header.get('alg'))}; accepted: {', '.join(accepted)}"


def _key(application: Application, unverified: UnverifiedToken) -> str:
    key_sets = [] if application.verifier is None else application.verifier.remote_key_sets
    kid = f"kid is {show(unverified.header['kid'])}" if "kid" in unverified.header else "the token has no kid"
    places = " and ".join(key_set.url.partition("?")[0] for key_set in key_sets)
    return f"{kid}; keys from {places}" if places else f"{kid}; keys are configured"


def _type(application: Application, unverified: UnverifiedToken) -> str:
    accepted = [] if application.verifier is None else application.verifier.types
    typ = show(unverified.header["typ"]) if "typ" in unverified.header else "absent, which counts as JWT"
    return f"typ is {typ}; accepted: {', '.join(accepted)}" if accepted else f"typ is {typ}; it is not compared"


def _required(application: Application, unverified: UnverifiedToken) -> str:
    missing = [name for name in required_claims(application.options) if name not in unverified.claims]
    return f"missing: {', '.join(map(show, missing))}" if missing else ""


def _time(claim: str) -> Callable[[Application, UnverifiedToken], str]:
    def describe_time(application: Application, unverified: UnverifiedToken) -> str:
        if claim not in unverified.claims:
            return f"{claim} is absent"
        seen = f"{claim} is {show_time(claim, unverified.claims)}"
        if claim == "iat" and not application.options.get("check_issued_at"):
            return f"{seen}; it is not compared with the clock"
        return f"{seen}; tolerance: {application.options.get('leeway_seconds', 0):g} s"

    return describe_time


def _compared(claim: str, accepted_names: Callable[[Any], Sequence[str]]) -> Callable[..., str]:
    def describe_claim(application: Application, unverified: UnverifiedToken) -> str:
        seen = show(unverified.claims[claim]) if claim in unverified.claims else "absent"
        accepted = accepted_names(application.verifier)
        if accepted:
            return f"{claim} is {seen}; accepted: {format_names(accepted)}"
        if claim == "aud" and application.options.get("check_audience", True):
            return f"{claim} is {seen}; no audience is configured, so it must be absent"
        return f"{claim} is {seen}; it is not compared"

    return describe_claim


def _single(claim: str) -> Callable[[Application, UnverifiedToken], str]:
    return lambda _, unverified: f"{claim} is {show(unverified.claims[claim])}" if claim in unverified.claims else ""


def _claims(application: Application, unverified: UnverifiedToken) -> str:
    expected: Mapping[str, Any] = application.options.get("claims") or {}
    return "; ".join(
        f"{name} is {show(unverified.claims[name]) if name in unverified.claims else 'absent'}, accepted: {show(value)}"
        for name, value in expected.items()
    )


def _client(application: Application, unverified: UnverifiedToken) -> str:
    accepted = application.options.get("client_id")
    seen = [f"{name} is {show(unverified.claims[name])}" for name in _CLIENT_CLAIMS if name in unverified.claims]
    if not accepted:
        return ""
    return f"{', '.join(seen) or 'the token names no client'}; accepted: {show(accepted)}"


_DESCRIPTIONS: Mapping[str, Callable[[Application, UnverifiedToken], str]] = {
    "algorithm": _algorithm,
    "key": _key,
    "type": _type,
    "required": _required,
    "iat": _time("iat"),
    "nbf": _time("nbf"),
    "exp": _time("exp"),
    "aud": _compared("aud", lambda verifier: verifier.audiences),
    "iss": _compared("iss", lambda verifier: verifier.issuers),
    "sub": _single("sub"),
    "jti": _single("jti"),
    "claims": _claims,
    "client": _client,
}
