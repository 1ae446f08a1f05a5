"""Scenarios with a wrong clock and a faulty name resolution: a program, whose argument is the name of a function."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from fastjose import JWTError, Verifier
from fastjose.revocation import RevocationList
from faults.harness.programs.libc_faults import open_faults
from faults.harness.programs.scenario_program import run_named_scenario
from faults.harness.rounds import WAIT_SECONDS, KeySetRounds
from faults.harness.tokens import AUDIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.harness.counters import Counters
    from faults.harness.programs.scenario_program import Open

HOUR, DAY = 3_600, 86_400


def resolution_fails(open_rounds: Open) -> Counters:
    """Fail each resolution for a round."""
    return resolve_nothing_for_a_round(open_rounds, fails=True)


def resolution_hangs(open_rounds: Open) -> Counters:
    """Let each resolution take longer than a fetch or a look-up may."""
    return resolve_nothing_for_a_round(open_rounds, seconds=WAIT_SECONDS)


def resolve_nothing_for_a_round(open_rounds: Open, *, fails: bool = False, seconds: float = 0) -> Counters:
    """Set the fault of the name resolution for a round, in which nothing may connect to the server."""
    faults = open_faults()
    with open_rounds(is_patient=False) as rounds:
        assert faults.resolutions > 0, "the name is not resolved by the overridden function"
        faults.set_name_resolution(fails=fails, seconds=seconds)
        connections = rounds.server.connections
        rounds.run(is_server_up=False)
        assert rounds.server.connections == connections
        faults.set_name_resolution()
        rounds.recover()
        return rounds.finish()


def resolution_is_slow(open_rounds: Open) -> Counters:
    """Let each resolution take a while, and less than a fetch or a look-up may: nothing good is refused."""
    faults = open_faults()
    with open_rounds() as rounds:
        faults.set_name_resolution(seconds=0.2)
        rounds.run(is_server_up=True)
        faults.set_name_resolution()
        rounds.recover()
        return rounds.finish()


def clock_is_an_hour_slow(open_rounds: Open) -> Counters:
    """Set the clock back an hour, and right again."""
    return set_clock(open_rounds, -HOUR)


def clock_is_a_day_fast(open_rounds: Open) -> Counters:
    """Set the clock forward a day, and right again."""
    return set_clock(open_rounds, DAY)


def set_clock(open_rounds: Open, shift_seconds: int) -> Counters:
    """Verify a round with the wrong clock. Tokens are good or expired as that clock says."""
    faults = open_faults()
    with open_key_rounds(open_rounds) as rounds:
        key = rounds.issuer.keys[0]
        before, requests = time.time(), rounds.server.connections
        text, late = key.sign(), key.sign(exp=int(before) + 3 * DAY)
        faults.set_clock(shift_seconds)
        assert abs(time.time() - before - shift_seconds) < HOUR / 2, "time.time() is not overridden"
        for _ in range(2):  # the second time from the cache of tokens
            verify(rounds, late, is_good=True)
            verify(rounds, text, is_good=shift_seconds < HOUR)
        assert rounds.server.connections == requests, "a clock that is set causes no fetch"
        rounds.run(is_server_up=True)
        faults.set_clock(0)
        verify(rounds, text, is_good=True)
        rounds.run(is_server_up=True)
        rounds.recover()
        return rounds.finish()


def revocations_survive_a_fast_clock(open_rounds: Open) -> Counters:
    """Revoke tokens, then others while the clock is a day fast, and verify the first ones with the right clock."""
    revocations, faults = RevocationList(), open_faults()
    with open_key_rounds(open_rounds) as rounds:
        rounds.verifier = Verifier(rounds.keys, audience=AUDIENCE, revocations=revocations)
        revoked = [rounds.issuer.keys[0].sign(jti=f"revoked-{i}") for i in range(50)]
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


@contextlib.contextmanager
def open_key_rounds(open_rounds: Open) -> Iterator[KeySetRounds]:
    """Open rounds of tokens: only these expire and are revoked by the clock of this process."""
    with open_rounds() as rounds:
        assert isinstance(rounds, KeySetRounds)
        yield rounds


def verify(rounds: KeySetRounds, text: str, *, is_good: bool) -> None:
    """Verify one token with a key that is cached."""
    error = None
    try:
        rounds.verifier.verify(text)
    except JWTError as rejected:
        error = rejected
    rounds.counters.count(error, is_good=is_good, must_have_verdict=True)


if __name__ == "__main__":
    run_named_scenario(globals(), host="keys.test")
