"""The comparison of a verification with a list of revocations, and without."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import benches.targets as t
from benches.comparisons.timed_comparison import create_candidates
from benches.machine.cpu_pin import pin_to_one_core
from benches.support.fixtures import CLAIMS, ORIGIN, create_token, get_key_pair
from fastjose import Verifier
from fastjose.revocation import RevocationList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.comparisons.timed_comparison import Candidates
    from benches.support.library import Call

REVOKED = 100_000


@contextlib.contextmanager
def compare_revocation() -> Iterator[Candidates]:
    """Verify a token with fourteen claims, among them `jti` and `sid`, with a list of 100,000 entries and without."""
    claims = {**CLAIMS, "jti": "j" * 32, "sid": "s" * 32}
    token, revocations = create_token("HS256", claims), create_list(REVOKED)
    options: dict[str, Any] = {"algorithms": ["HS256"], "issuer": ORIGIN, "audience": ORIGIN}
    key = get_key_pair("HS256").verification_key
    calls: dict[str, Call] = {
        t.WITH_REVOCATIONS: partial(Verifier(key, revocations=revocations, **options).verify, token),
        t.WITHOUT_REVOCATIONS: partial(Verifier(key, **options).verify, token),
    }
    with pin_to_one_core():
        yield create_candidates(calls, claims.__eq__)


def create_list(entries: int) -> RevocationList:
    """Return a list of tokens, sessions and users, none of them the user of the token."""
    revocations = RevocationList()
    kinds = (revocations.revoke_token, revocations.revoke_session, revocations.revoke_user)
    for number in range(entries):
        kinds[number % len(kinds)](f"{number:032}")
    return revocations
