"""Further verdicts of real verifiers, on one rule at a time, for the steps that a rejection leaves open.

A rule about claims is tried with a verifier that has this rule alone, on the same payload under a signature made here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fastjose.jwk  # noqa: F401 - it configures the key classes for `sign`
from fastjose._cli.explain.stages import SIGNED_CLAIMS, STAGES, find_stage, required_claims
from fastjose._core import Key, RemoteKeySet, Verifier, sign
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose._cli.explain.application import Application
    from fastjose._cli.explain.unverified import UnverifiedToken

_UNLIMITED_SECONDS = 1e15
_PROBE_SECRET = "fastjose-explain-signs-its-own-probes"  # noqa: S105 - what it signs is verified here alone
_NO_RULES: Mapping[str, Any] = {"required": (), "check_audience": False, "leeway_seconds": _UNLIMITED_SECONDS}
_LIMITS = ("max_token_bytes", "max_header_bytes", "max_candidate_keys", "allow_padding")
_OPTIONS_OF_STAGES: Mapping[str, tuple[str, ...]] = {
    "payload": (),
    "type": ("typ", "header"),
    "required": ("audience", "check_audience"),  # an empty list is missing only if it is not compared
    "iat": ("check_issued_at", "leeway_seconds"),
    "nbf": ("leeway_seconds",),
    "exp": ("leeway_seconds",),
    "aud": ("audience", "check_audience", "audience_exact"),
    "iss": ("issuer",),
    "sub": ("subject",),
    "jti": (),
    "claims": ("claims",),
    "client": ("client_id",),
}
_TIMES = frozenset({"iat", "nbf", "exp"})
_DEFAULTS: Mapping[str, Any] = {"leeway_seconds": 0, "check_audience": True}


def probe_signature(application: Application, token: str) -> JOSEError | bool:
    """Return the error of the steps up to the signature, True if a key verifies it, or False if it cannot be tried.

    Keys that were fetched are not fetched again, unless the token needs another one.
    """
    verifier = application.verifier
    if verifier is None or application.keys is None:
        return False
    given = application.keys if isinstance(application.keys, list) else [application.keys]
    fixed = [key for key in given if not isinstance(key, RemoteKeySet)]
    options = {name: application.options[name] for name in ("algorithms", *_LIMITS) if name in application.options}
    try:
        Verifier([*fixed, *verifier.remote_key_sets], **options, **_NO_RULES).verify(token)
    except JOSEError as error:
        if find_stage("jwt", error, {}) in {"form", "header", "algorithm", "key", "signature"}:
            return error
        # A claim of a wrong type. If keys are fetched, it may have decided before the signature was verified.
        return not verifier.remote_key_sets
    return True


def is_signed_with(token: str, secret: bytes, algorithm: str) -> bool:
    """Return whether a secret verifies the signature of a token, whatever its claims are."""
    try:
        key = Key(secret, algorithm=algorithm, allow_short_secret=True)
        Verifier(key, algorithms=algorithm, **_NO_RULES).verify(token)
    except JOSEError as error:
        return find_stage("jwt", error, {}) in {"payload", *(stage.name for stage in SIGNED_CLAIMS)}
    except ValueError:
        return False
    return True


def probe_claims(stage: str, options: Mapping[str, Any], unverified: UnverifiedToken) -> JOSEError | bool:
    """Return the error of the step `stage`, True if it passes, or False if it cannot be tried."""
    names = _OPTIONS_OF_STAGES.get(stage)
    if names is None or unverified.payload is None:
        return False
    rules = {name: options.get(name, _DEFAULTS.get(name)) for name in names if name in options or name in _DEFAULTS}
    if stage == "required":
        rules["required"] = required_claims(options)
    header = {name: value for name, value in unverified.header.items() if name not in {"alg", "kid", "crit", "b64"}}
    try:
        payload = unverified.payload if stage not in _TIMES else _only(stage, unverified)
        token = sign(json.dumps({"alg": "HS256", **header}).encode(), payload, _PROBE_SECRET, "HS256")
        key = Key(_PROBE_SECRET, algorithm="HS256")
        Verifier(key, algorithms="HS256", **{**_NO_RULES, **rules}).verify(token)
    except JOSEError as error:
        raised_by = find_stage("jwt", error, options)
        return error if raised_by == stage else _is_behind(raised_by, stage)
    except (ValueError, TypeError):
        return False
    return True


def _only(claim: str, unverified: UnverifiedToken) -> bytes:
    """Return a payload with one claim: all times have one leeway, so a time before it would be checked as well."""
    return json.dumps({name: value for name, value in unverified.claims.items() if name == claim}).encode()


def _is_behind(stage: str, other: str) -> bool:
    """Return whether the step `stage` comes after `other`, which has then passed."""
    names = [each.name for each in STAGES["jwt"]]
    return names.index(stage) > names.index(other)
