"""The verdict of every verification call for a case of the corpus, and the input that an error discloses."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fastjose import JOSEError, Verifier, verify_token
from support.tokens.attack_tokens.case import Accepted, Rejected, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.tokens.attack_tokens.case import Case

MIN_LEAK_CHARACTERS = 8
"""The length from which a substring shared by an error and its input counts as a leak."""


@dataclass(frozen=True)
class VerificationResult:
    """The result of one verification call: the verdict, and the error if it raised one."""

    way: str
    verdict: Verdict
    error: Exception | None = None


def call_and_record(way: str, attempt: Callable[[], dict[str, Any]]) -> VerificationResult:
    """Call `attempt` and return its result. Errors other than `JOSEError` and `ValueError` propagate."""
    try:
        return VerificationResult(way, Accepted(attempt()))
    except JOSEError as error:
        return VerificationResult(way, Rejected(type(error), error.code, error.claim), error)
    except ValueError as error:
        return VerificationResult(way, Rejected(type(error), "configuration"), error)


@cache
def verify_every_way(case: Case) -> list[VerificationResult]:
    """Return the results of all verification calls for the case."""
    return [call_and_record(way, attempt) for way, attempt in verification_calls(case)]


def create_verifier(case: Case, **options: Any) -> Verifier:
    """Create the case's verifier with further `options`."""
    return Verifier(case.keys, **{**case.options, **options})


def verification_calls(case: Case) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for token in token_forms(case):
        yield "verify_token", partial(verify_token, token, case.keys, **case.options)
        if not case.needs_verifier:
            yield "Verifier", partial(construct_verifier, case)
            continue
        plain, caching = create_verifier(case), create_verifier(case, cache_size=100)
        yield "verify", partial(plain.verify, token)
        yield "verify_async", partial(run_verify_async, plain, token)
        yield "verify with a cache", partial(caching.verify, token)
        yield "verify with a cache, once more", partial(caching.verify, token)


def construct_verifier(case: Case) -> dict[str, Any]:
    return {"made": create_verifier(case)}


def token_forms(case: Case) -> list[str | bytes]:
    """Return the token as bytes, and as str if it is valid UTF-8."""
    try:
        return [case.token, case.token.decode()]
    except UnicodeDecodeError:
        return [case.token]


def run_verify_async(verifier: Verifier, token: str | bytes) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        return await verifier.verify_async(token)

    return asyncio.run(main())


def find_leaks(case: Case, error: Exception) -> set[str]:
    """Return the substrings that the error shares with the token, its segments and the keys."""
    text = describe_error(error)
    substrings = {text[start : start + MIN_LEAK_CHARACTERS] for start in range(len(text) - MIN_LEAK_CHARACTERS + 1)}
    return {substring for part in sensitive_texts(case) for substring in substrings if substring in part}


def describe_error(error: Exception) -> str:
    chain = [error, error.__cause__, error.__context__]
    return "\n".join(f"{one} {one!r} {one.args!r} {vars(one)!r}" for one in chain if one is not None)


def sensitive_texts(case: Case) -> Iterator[str]:
    yield case.token.decode("latin-1")
    yield from map(decode_segment, case.token.split(b".", 10))
    for key in case.keys if isinstance(case.keys, list) else [case.keys]:
        yield format_key(key)


def decode_segment(segment: bytes) -> str:
    try:
        return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def format_key(key: Any) -> str:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    return key if isinstance(key, str) else json.dumps(key, default=repr)
