"""What each step saw in a token, beside what is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastjose._cli.explain.stages import missing_claims
from fastjose._cli.explain.unverified import UnverifiedToken, show, show_time
from fastjose._hints.jwt_hints import format_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fastjose._cli.explain.application import Application

_CLIENT_CLAIMS = ("azp", "client_id", "cid", "appid")


@dataclass(frozen=True)
class Rules:
    """What is accepted of tokens of one kind."""

    issuers: Sequence[str]
    audiences: Sequence[str]
    options: Mapping[str, Any]
    algorithms: Sequence[str] = ()
    types: Sequence[str] = ()
    key_urls: Sequence[str] = ()

    @classmethod
    def of(cls, application: Application, kind: str) -> Rules:
        """Return the rules for JWTs or opaque tokens."""
        options, verifier = application.find_options(kind), application.verifier
        if kind == "opaque" or verifier is None:
            return cls(options.get("issuer") or (), options.get("audience") or (), options)
        urls = [key_set.url for key_set in verifier.remote_key_sets]
        return cls(verifier.issuers, verifier.audiences, options, verifier.algorithms, verifier.types, urls)


def describe(stage: str, rules: Rules, unverified: UnverifiedToken) -> str:
    """Return what the step `stage` saw in a token, in one line without control characters."""
    describe_stage = _DESCRIPTIONS.get(stage)
    if describe_stage is None or not (unverified.header or unverified.claims):
        return ""
    return describe_stage(rules, unverified)


def _algorithm(rules: Rules, unverified: UnverifiedToken) -> str:
    return f"alg is {show(unverified.header.get('alg'))}; accepted: {', '.join(rules.algorithms)}"


def _key(rules: Rules, unverified: UnverifiedToken) -> str:
    kid = f"kid is {show(unverified.header['kid'])}" if "kid" in unverified.header else "the token has no kid"
    places = " and ".join(url.partition("?")[0] for url in rules.key_urls)
    return f"{kid}; keys from {places}" if places else f"{kid}; keys are configured"


def _type(rules: Rules, unverified: UnverifiedToken) -> str:
    typ = show(unverified.header["typ"]) if "typ" in unverified.header else "absent, which counts as JWT"
    return f"typ is {typ}; accepted: {', '.join(rules.types)}" if rules.types else f"typ is {typ}; it is not compared"


def _required(rules: Rules, unverified: UnverifiedToken) -> str:
    missing = missing_claims(rules.options, unverified.claims)
    return f"missing: {', '.join(map(show, missing))}" if missing else ""


def _time(claim: str) -> Callable[[Rules, UnverifiedToken], str]:
    def describe_time(rules: Rules, unverified: UnverifiedToken) -> str:
        if claim not in unverified.claims:
            return f"{claim} is absent"
        seen = f"{claim} is {show_time(claim, unverified.claims)}"
        if claim == "iat" and not rules.options.get("check_issued_at"):
            return f"{seen}; it is not compared with the clock"
        return f"{seen}; tolerance: {rules.options.get('leeway_seconds', 0):g} s"

    return describe_time


def _compared(claim: str, accepted_names: Callable[[Rules], Sequence[str]]) -> Callable[..., str]:
    def describe_claim(rules: Rules, unverified: UnverifiedToken) -> str:
        seen = show(unverified.claims[claim]) if claim in unverified.claims else "absent"
        accepted = accepted_names(rules)
        if accepted:
            return f"{claim} is {seen}; accepted: {format_names(accepted)}"
        if claim == "aud" and rules.options.get("check_audience", True):
            return f"{claim} is {seen}; no audience is configured, so it must be absent"
        return f"{claim} is {seen}; it is not compared"

    return describe_claim


def _single(claim: str) -> Callable[[Rules, UnverifiedToken], str]:
    return lambda _, unverified: f"{claim} is {show(unverified.claims[claim])}" if claim in unverified.claims else ""


def _claims(rules: Rules, unverified: UnverifiedToken) -> str:
    expected: Mapping[str, Any] = rules.options.get("claims") or {}
    return "; ".join(
        f"{name} is {show(unverified.claims[name]) if name in unverified.claims else 'absent'}, accepted: {show(value)}"
        for name, value in expected.items()
    )


def _client(rules: Rules, unverified: UnverifiedToken) -> str:
    accepted = rules.options.get("client_id")
    seen = [f"{name} is {show(unverified.claims[name])}" for name in _CLIENT_CLAIMS if name in unverified.claims]
    if not accepted:
        return ""
    return f"{', '.join(seen) or 'the token names no client'}; accepted: {show(accepted)}"


_DESCRIPTIONS: Mapping[str, Callable[[Rules, UnverifiedToken], str]] = {
    "algorithm": _algorithm,
    "key": _key,
    "type": _type,
    "required": _required,
    "iat": _time("iat"),
    "nbf": _time("nbf"),
    "exp": _time("exp"),
    "aud": _compared("aud", lambda rules: rules.audiences),
    "iss": _compared("iss", lambda rules: rules.issuers),
    "sub": _single("sub"),
    "jti": _single("jti"),
    "claims": _claims,
    "client": _client,
}
