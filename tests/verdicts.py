"""What a way of verifying makes of a case of the corpus, and how much of the case a refusal gives away."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from corpus_case import Accepted, Refused, Verdict
from fastjose import JOSEError, Verifier, verify_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from corpus_case import Case

LEAK = 8
"""So many characters in a row, shared by an error and by what it was made of, are a leak."""


def outcome(attempt: Callable[[], dict[str, Any]]) -> tuple[Verdict, BaseException | None]:
    """Call `attempt`; return the verdict and the error, if it came to one."""
    try:
        return Accepted(attempt()), None
    except JOSEError as error:
        return Refused(type(error), error.code, error.claim), error
    except ValueError as error:
        return Refused(type(error), "configuration"), error


def waited_for(awaitable: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Await on an event loop of its own."""

    async def main() -> dict[str, Any]:
        return await awaitable

    return asyncio.run(main())


def verifier(case: Case, **options: Any) -> Verifier:
    """Make the case's verifier."""
    return Verifier(case.keys, **{**case.options, **options})


def texts(case: Case) -> list[str | bytes]:
    """Return the token as bytes, and as str where it is one."""
    try:
        return [case.token, case.token.decode()]
    except UnicodeDecodeError:
        return [case.token]


def attempts(case: Case) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Yield every way to have the case judged, each with its name."""
    for token in texts(case):
        kind = type(token).__name__
        yield f"verify_token({kind})", lambda token=token: verify_token(token, case.keys, **case.options)  # type: ignore[misc]
        if not case.needs_verifier:
            continue
        plain, remembering = verifier(case), verifier(case, cache_size=100)
        yield f"verify({kind})", lambda token=token, plain=plain: plain.verify(token)  # type: ignore[misc]
        yield (
            f"verify_async({kind})",
            lambda token=token, plain=plain: waited_for(plain.verify_async(token)),  # type: ignore[misc]
        )
        for turn in ("first", "second"):
            name = f"verify({kind}) with a cache, {turn}"
            yield name, lambda token=token, remembering=remembering: remembering.verify(token)  # type: ignore[misc]


def said(error: BaseException) -> str:
    """Return every text of `error`."""
    chain = [error, error.__cause__, error.__context__]
    return "\n".join(f"{one} {one!r} {one.args!r} {vars(one)!r}" for one in chain if one is not None)


def given(case: Case) -> Iterator[str]:
    """Yield what must not be told: the token, what its segments hold, the keys."""
    yield case.token.decode("latin-1")
    for segment in case.token.split(b"."):
        yield _decoded(segment)
    for key in case.keys if isinstance(case.keys, list) else [case.keys]:
        yield (
            key.decode("latin-1")
            if isinstance(key, bytes)
            else key
            if isinstance(key, str)
            else json.dumps(key, default=str)
        )


def _decoded(segment: bytes) -> str:
    try:
        return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def leaks(case: Case, error: BaseException) -> set[str]:
    """Return the runs of `LEAK` characters that the error shares with what was given."""
    text = said(error)
    runs = {text[start : start + LEAK] for start in range(len(text) - LEAK + 1)}
    return {run for part in given(case) for run in runs if run in part}
