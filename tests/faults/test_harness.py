"""The harness counts wrong verdicts: a server that is believed and must not be, and a key that is withdrawn."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from fastjose import RemoteKeySet
from faults.harness.counters import Counters
from faults.harness.faulty_server import serve
from faults.harness.lookup_rounds import LookupRounds
from faults.harness.remote_stores import REMOTE_STORES
from faults.harness.rounds import OPTIONS, WAIT_SECONDS, KeySetRounds
from faults.harness.stalls import STALL_SECONDS
from faults.harness.tokens import Issuer


def test_forged_keys_that_are_believed_are_counted() -> None:
    issuer = Issuer()
    with serve(lambda _: json.dumps(issuer.key_set()).encode()) as server:
        rounds = KeySetRounds(issuer, server, RemoteKeySet(server.url, **{**OPTIONS, "timeout_seconds": WAIT_SECONDS}))
        server.respond = lambda _: json.dumps(issuer.forged_key_set()).encode()
        rounds.run(is_server_up=True)
        assert rounds.finish().wrongly_accepted > 0
        assert rounds.finish().wrongly_refused > 0


def test_server_that_stays_down_is_counted() -> None:
    issuer = Issuer()
    with serve(lambda _: json.dumps(issuer.key_set()).encode()) as server:
        rounds = KeySetRounds(issuer, server, RemoteKeySet(server.url, **OPTIONS))
        with server.outage():
            rounds.recover()
        assert rounds.finish().wrongly_refused > 0


@pytest.mark.parametrize("kind", REMOTE_STORES)
def test_server_that_knows_every_token_is_counted(kind: str) -> None:
    store = REMOTE_STORES[kind]
    with serve(store.forge) as server:
        rounds = LookupRounds(store.create(server, timeout_seconds=WAIT_SECONDS))
        rounds.run()
        assert rounds.finish().wrongly_accepted > 0


def test_answer_to_another_credential_is_noticed() -> None:
    store = REMOTE_STORES["API key"]
    with serve(lambda _: store.accept("good-of-another")) as server, pytest.raises(AssertionError, match="another"):
        LookupRounds(store.create(server, timeout_seconds=WAIT_SECONDS))


def test_error_of_another_type_is_raised() -> None:
    with pytest.raises(KeyError):
        Counters().count(KeyError("a"), is_good=False, must_have_verdict=False)


def test_wrong_verdict_fails() -> None:
    Counters(accepted=1, refused=1).assert_right()
    for counters in (Counters(1, 1, 1, 1, 1, 0), Counters(1, 1, 1, 1, 0, 1), Counters(1, 0, 1), Counters(1, 1, 0)):
        with pytest.raises(AssertionError):
            counters.assert_right()


WATCHED = """
import sys, time
from faults.harness.stalls import watch_stalls
stalls, began_at = watch_stalls(), time.monotonic()
for _ in sys.stdin:
    print(stalls.has_stalled_since(began_at), flush=True)
"""


def test_stall_of_the_process_is_noticed() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", WATCHED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        process.stdout.readline()  # it runs: its answer depends on the machine
        process.send_signal(signal.SIGSTOP)
        time.sleep(2 * STALL_SECONDS)
        process.send_signal(signal.SIGCONT)
        process.stdin.write("\n")
        process.stdin.close()
        assert process.stdout.readline() == "True\n"
