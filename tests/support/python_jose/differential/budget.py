"""The number of examples of each scenario: fixed and deterministic by default, more and random on request.

`FASTJOSE_DIFFERENTIAL_EXAMPLES` sets the total number, with a random seed or `FASTJOSE_DIFFERENTIAL_SEED`.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import Phase, settings

from support.python_jose.differential import calls, jwe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from support.python_jose.differential.library import Call

DEFAULT_EXAMPLES = 40_000
EXAMPLES = int(os.environ.get("FASTJOSE_DIFFERENTIAL_EXAMPLES", DEFAULT_EXAMPLES))
IS_RANDOM = "FASTJOSE_DIFFERENTIAL_EXAMPLES" in os.environ
IS_LONG = EXAMPLES > DEFAULT_EXAMPLES  # may exhaust the examples of a small scenario, and repeat them
MIN_DISTINCT_SHARE = 0.55  # the minimum share of distinct examples
DEFAULT_SEED = 4  # without a fixed seed, renaming a variable of the test would change the examples
SEED = int(os.environ.get("FASTJOSE_DIFFERENTIAL_SEED", secrets.randbits(64) if IS_RANDOM else DEFAULT_SEED))

PROFILE = settings(
    database=None,
    deadline=None,  # python-jose takes 29 ms to parse a private RSA key
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
)


class Scenario(NamedTuple):
    """A kind of use: its calls, its share of a thousand examples, and the group that they are counted in."""

    calls: SearchStrategy[Call]
    per_mille: int
    group: str = ""

    @property
    def examples(self) -> int:
        """The number of examples to try."""
        return EXAMPLES * self.per_mille // 1000


HOSTILE, KEY_FORMS = "attack tokens", "key formats"
SCENARIOS: dict[str, Scenario] = {
    "decode": Scenario(calls.decode_calls(), 200),
    "decode attack tokens": Scenario(calls.hostile_decode_calls(), 200, HOSTILE),
    "parse without verification": Scenario(calls.unverified_calls(), 70, HOSTILE),
    "decode with keys in any format": Scenario(calls.key_calls(), 100, KEY_FORMS),
    "verify with sets of keys": Scenario(calls.key_set_calls(), 60, KEY_FORMS),
    "construct a key and use it": Scenario(calls.construct_calls(), 110, KEY_FORMS),
    "sign with keys in any format": Scenario(calls.signing_key_calls(), 40, KEY_FORMS),
    "encode": Scenario(calls.encode_calls(), 100),
    "sign": Scenario(calls.sign_calls(), 30),
    "verify": Scenario(calls.verify_calls(), 30),
    "encrypt": Scenario(jwe.encrypt_calls(), 20),
    "decrypt attack tokens": Scenario(jwe.decrypt_calls(), 30, HOSTILE),
    "use an AES key": Scenario(jwe.aes_calls(), 10),
}


class Tally:
    """The number of tried and of distinct examples, and of recognised differences."""

    def __init__(self) -> None:
        self.tried = 0
        self.distinct: set[int] = set()
        self.differences: dict[str, int] = {}

    def add(self, call: Call) -> None:
        """Count an example."""
        self.tried += 1
        self.distinct.add(hash(repr(call)))

    def add_difference(self, identifier: str) -> None:
        """Count an intended difference."""
        self.differences[identifier] = self.differences.get(identifier, 0) + 1


TALLIES: dict[str, Tally] = {name: Tally() for name in SCENARIOS}


def report_lines() -> Iterator[str]:
    """Yield a summary for the end of the test run, if examples were tried."""
    if not (tried := sum(tally.tried for tally in TALLIES.values())):
        return
    yield f"compared with python-jose: {tried} calls, {_count_distinct()} of them distinct"
    yield f"attack tokens: {_count_distinct(HOSTILE)}; key formats: {_count_distinct(KEY_FORMS)}"
    yield "intended differences: " + ", ".join(
        f"{name} {count}" for name, count in sorted(_count_differences().items())
    )
    if IS_RANDOM:
        yield f"seed: FASTJOSE_DIFFERENTIAL_SEED={SEED}"


def _count_distinct(group: str = "") -> int:
    chosen = [name for name, scenario in SCENARIOS.items() if not group or scenario.group == group]
    return sum(len(TALLIES[name].distinct) for name in chosen)


def _count_differences() -> dict[str, int]:
    counts: dict[str, int] = {}
    for tally in TALLIES.values():
        for identifier, count in tally.differences.items():
            counts[identifier] = counts.get(identifier, 0) + count
    return counts
