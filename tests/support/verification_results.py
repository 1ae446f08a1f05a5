"""What each way of verifying makes of a case of the corpus, and how much of the case a refusal gives away."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fastjose import JOSEError, Verifier, verify_token
from support.attack_tokens.case import Accepted, Refused, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.attack_tokens.case import Case

LEAK = 8
"""So many characters in a row, shared by an error and by what it was made of, are a leak."""


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: the verdict, and the error if it came to one."""

    way: str
    verdict: Verdict
    error: Exception | None = None


def outcome(way: str, attempt: Callable[[], dict[str, Any]]) -> Outcome:
    """Call `attempt`; any error but a refusal or a wrong argument passes through."""
    try:
        return Outcome(way, Accepted(attempt()))
    except JOSEError as error:
        return Outcome(way, Refused(type(error), error.code, error.claim), error)
    except ValueError as error:
        return Outcome(way, Refused(type(error), "configuration"), error)


@cache
def outcomes(case: Case) -> list[Outcome]:
    """Have the case judged in every way there is."""
    return [outcome(way, attempt) for way, attempt in _attempts(case)]


def verifier(case: Case, **options: Any) -> Verifier:
    """Make the case's verifier, with further `options`."""
    return Verifier(case.keys, **{**case.options, **options})


def _attempts(case: Case) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for token in _texts(case):
        yield "verify_token", partial(verify_token, token, case.keys, **case.options)
        if not case.needs_verifier:
            yield "Verifier", partial(_constructed, case)
            continue
        plain, remembering = verifier(case), verifier(case, cache_size=100)
        yield "verify", partial(plain.verify, token)
        yield "verify_async", partial(_awaited, plain, token)
        yield "verify with a cache", partial(remembering.verify, token)
        yield "verify with a cache, once more", partial(remembering.verify, token)


def _constructed(case: Case) -> dict[str, Any]:
    return {"made": verifier(case)}


def _texts(case: Case) -> list[str | bytes]:
    """Return the token as bytes, and as str where it is one."""
    try:
        return [case.token, case.token.decode()]
    except UnicodeDecodeError:
        return [case.token]


def _awaited(verifier: Verifier, token: str | bytes) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        return await verifier.verify_async(token)

    return asyncio.run(main())


def leaks(case: Case, error: Exception) -> set[str]:
    """Return the runs of `LEAK` characters that the error shares with the token, its segments and the keys."""
    text = _said(error)
    runs = {text[start : start + LEAK] for start in range(len(text) - LEAK + 1)}
    return {run for part in _given(case) for run in runs if run in part}


def _said(error: Exception) -> str:
    chain = [error, error.__cause__, error.__context__]
    return "\n".join(f"{one} {one!r} {one.args!r} {vars(one)!r}" for one in chain if one is not None)


def _given(case: Case) -> Iterator[str]:
    yield case.token.decode("latin-1")
    yield from map(_decoded, case.token.split(b".", 10))
    for key in case.keys if isinstance(case.keys, list) else [case.keys]:
        yield _key_text(key)


def _decoded(segment: bytes) -> str:
    try:
        return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def _key_text(key: Any) -> str:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    return key if isinstance(key, str) else json.dumps(key, default=repr)
