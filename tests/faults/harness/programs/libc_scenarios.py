"""Scenarios with a wrong clock and a faulty name resolution: a program, whose argument is the name of a function."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastjose import JWTError, RemoteKeySet, Verifier
from fastjose.revocation import RevocationList
from faults.harness.programs.libc_faults import open_faults
from faults.harness.programs.scenario_program import run_named_scenario
from faults.harness.rounds import OPTIONS, WAIT_SECONDS, KeySetRounds
from faults.harness.tokens import AUDIENCE, Issuer

if TYPE_CHECKING:
    from faults.harness.counters import Counters
    from faults.harness.faulty_server import FaultyServer

HOUR, DAY = 3_600, 86_400


def create_rounds(issuer: Issuer, server: FaultyServer, **options: float) -> KeySetRounds:
    """Return a verifier whose key server is at the host `keys.test`."""
    url = server.url.replace("127.0.0.1", "keys.test")
    return KeySetRounds(issuer, server, RemoteKeySet(url, allow_http=True, **{**OPTIONS, **options}))


def resolution_fails(issuer: Issuer, server: FaultyServer) -> Counters:
    """Fail each resolution for a round."""
    return resolve_nothing_for_a_round(issuer, server, fails=True)


def resolution_hangs(issuer: Issuer, server: FaultyServer) -> Counters:
    """Let each resolution take longer than a fetch may."""
    return resolve_nothing_for_a_round(issuer, server, seconds=WAIT_SECONDS)


def resolve_nothing_for_a_round(
    issuer: Issuer, server: FaultyServer, *, fails: bool = False, seconds: float = 0
) -> Counters:
    """Set the fault of the name resolution for a round, in which no request may reach the server."""
    rounds, faults = create_rounds(issuer, server), open_faults()
    assert faults.resolutions > 0, "the name is not resolved by the overridden function"
    faults.set_name_resolution(fails=fails, seconds=seconds)
    requests = len(server.requests)
    rounds.run(is_server_up=False)
    assert len(server.requests) == requests
    faults.set_name_resolution()
    rounds.recover()
    return rounds.finish()


def resolution_is_slow(issuer: Issuer, server: FaultyServer) -> Counters:
    """Let each resolution take a while, and less than a fetch may: no good token is refused."""
    rounds, faults = create_rounds(issuer, server, timeout_seconds=WAIT_SECONDS), open_faults()
    faults.set_name_resolution(seconds=0.2)
    rounds.run(is_server_up=True)
    faults.set_name_resolution()
    rounds.recover()
    return rounds.finish()


def clock_is_an_hour_slow(issuer: Issuer, server: FaultyServer) -> Counters:
    """Set the clock back an hour, and right again."""
    return set_clock(issuer, server, -HOUR)


def clock_is_a_day_fast(issuer: Issuer, server: FaultyServer) -> Counters:
    """Set the clock forward a day, and right again."""
    return set_clock(issuer, server, DAY)


def set_clock(issuer: Issuer, server: FaultyServer, shift_seconds: int) -> Counters:
    """Verify a round with the wrong clock. Tokens are good or expired as that clock says."""
    rounds, faults = create_rounds(issuer, server, timeout_seconds=WAIT_SECONDS), open_faults()
    before, requests = time.time(), len(server.requests)
    text, late = issuer.keys[0].sign(), issuer.keys[0].sign(exp=int(before) + 3 * DAY)
    faults.set_clock(shift_seconds)
    assert abs(time.time() - before - shift_seconds) < HOUR / 2, "time.time() is not overridden"
    for _ in range(2):  # the second time from the cache of tokens
        verify(rounds, late, is_good=True)
        verify(rounds, text, is_good=shift_seconds < HOUR)
    assert len(server.requests) == requests, "a clock that is set causes no fetch"
    rounds.run(is_server_up=True)
    faults.set_clock(0)
    verify(rounds, text, is_good=True)
    rounds.run(is_server_up=True)
    rounds.recover()
    return rounds.finish()


def revocations_survive_a_fast_clock(issuer: Issuer, server: FaultyServer) -> Counters:
    """Revoke tokens, then others while the clock is a day fast, and verify the first ones with the right clock."""
    revocations, faults = RevocationList(), open_faults()
    rounds = create_rounds(issuer, server, timeout_seconds=WAIT_SECONDS)
    rounds.verifier = Verifier(rounds.keys, audience=AUDIENCE, revocations=revocations)
    revoked = [issuer.keys[0].sign(jti=f"revoked-{i}") for i in range(50)]
    for i in range(len(revoked)):
        revocations.revoke_token(f"revoked-{i}", time.time() + HOUR)
    faults.set_clock(DAY)
    for i in range(20_000):
        revocations.revoke_token(f"other-{i}", time.time() + HOUR)
    faults.set_clock(0)
    for text in revoked:
        verify(rounds, text, is_good=False)
    rounds.recover()
    return rounds.finish()


def verify(rounds: KeySetRounds, text: str, *, is_good: bool) -> None:
    """Verify one token with a key that is cached."""
    error = None
    try:
        rounds.verifier.verify(text)
    except JWTError as rejected:
        error = rejected
    rounds.counters.count(error, is_good=is_good, must_have_verdict=True)


if __name__ == "__main__":
    run_named_scenario(globals())
