"""The main function of a program of scenarios, which the tests start in a process of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from faults.harness.faulty_server import FaultyServer, serve
from faults.harness.tokens import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faults.harness.counters import Counters


def run_named_scenario(functions: Mapping[str, Callable[[Issuer, FaultyServer], Counters]]) -> None:
    """Run the function that the argument of the program names, and print its counters."""
    issuer = Issuer()
    with serve(lambda _: json.dumps(issuer.key_set()).encode()) as server:
        counters = functions[sys.argv[1]](issuer, server)
    print(json.dumps(asdict(counters)), flush=True)  # noqa: T201 - the result of the program
