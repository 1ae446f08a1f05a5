"""How many examples of which kind the comparison takes: the same each time in CI, more and at random on request.

`FASTJOSE_DIFFERENTIAL_EXAMPLES` asks for so many in all, drawn from a random seed or from `FASTJOSE_DIFFERENTIAL_SEED`.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import Phase, settings

from support.differential import calls, jwe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from support.differential.library import Call

USUAL = 40_000
EXAMPLES = int(os.environ.get("FASTJOSE_DIFFERENTIAL_EXAMPLES", USUAL))
AT_RANDOM = "FASTJOSE_DIFFERENTIAL_EXAMPLES" in os.environ
DISTINCT = 0.55  # no fewer of the examples are different from all others
SEED = int(os.environ.get("FASTJOSE_DIFFERENTIAL_SEED", secrets.randbits(64)))

PROFILE = settings(
    derandomize=not AT_RANDOM,
    database=None,
    deadline=None,  # python-jose takes 29 ms to read a private RSA key
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
)


class Scenario(NamedTuple):
    """One kind of use: its calls, and how many of a thousand examples are its. `counts` is what they are counted as."""

    calls: SearchStrategy[Call]
    per_mille: int
    counts: str = ""

    @property
    def examples(self) -> int:
        """How many examples are to be tried."""
        return EXAMPLES * self.per_mille // 1000


HOSTILE, KEY_FORMS = "hostile tokens", "forms of keys"
SCENARIOS: dict[str, Scenario] = {
    "decode": Scenario(calls.decode_calls(), 200),
    "decode hostile tokens": Scenario(calls.hostile_decode_calls(), 200, HOSTILE),
    "read without verifying": Scenario(calls.unverified_calls(), 70, HOSTILE),
    "decode with keys of any form": Scenario(calls.key_calls(), 100, KEY_FORMS),
    "verify with sets of keys": Scenario(calls.key_set_calls(), 60, KEY_FORMS),
    "construct a key and use it": Scenario(calls.construct_calls(), 110, KEY_FORMS),
    "sign with keys of any form": Scenario(calls.signing_key_calls(), 40, KEY_FORMS),
    "encode": Scenario(calls.encode_calls(), 100),
    "sign": Scenario(calls.sign_calls(), 30),
    "verify": Scenario(calls.verify_calls(), 30),
    "encrypt": Scenario(jwe.encrypt_calls(), 20),
    "decrypt hostile tokens": Scenario(jwe.decrypt_calls(), 30, HOSTILE),
    "use an AES key": Scenario(jwe.aes_calls(), 10),
}


class Tally:
    """How many examples were tried, and how many of them were distinct."""

    def __init__(self) -> None:
        self.tried = 0
        self.distinct: set[int] = set()
        self.recognised: dict[str, int] = {}

    def add(self, made: Call) -> None:
        """Count one."""
        self.tried += 1
        self.distinct.add(hash(repr(made)))

    def recognise(self, identifier: str) -> None:
        """Count an intended difference."""
        self.recognised[identifier] = self.recognised.get(identifier, 0) + 1


TALLIES: dict[str, Tally] = {name: Tally() for name in SCENARIOS}


def lines() -> Iterator[str]:
    """Say what was tried, for the end of the test run; nothing where nothing was."""
    if not (tried := sum(tally.tried for tally in TALLIES.values())):
        return
    yield f"compared with python-jose: {tried} calls, {_distinct()} of them distinct"
    yield f"of hostile tokens: {_distinct(HOSTILE)}; of forms of keys: {_distinct(KEY_FORMS)}"
    yield "intended differences: " + ", ".join(f"{name} {count}" for name, count in sorted(_seen().items()))
    if AT_RANDOM:
        yield f"drawn from FASTJOSE_DIFFERENTIAL_SEED={SEED}"


def _distinct(counts: str = "") -> int:
    chosen = [name for name, scenario in SCENARIOS.items() if not counts or scenario.counts == counts]
    return sum(len(TALLIES[name].distinct) for name in chosen)


def _seen() -> dict[str, int]:
    seen: dict[str, int] = {}
    for tally in TALLIES.values():
        for identifier, count in tally.recognised.items():
            seen[identifier] = seen.get(identifier, 0) + count
    return seen
