"""Comparisons of instruction counts, each by one run of a program under callgrind."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import benches.targets as t
from benches.comparisons.measurements import INSTRUCTIONS, Measurement, all_unavailable
from benches.comparisons.primitive_baseline import count_instructions_of_primitive
from benches.instructions import callgrind, verification_workloads
from benches.instructions.forks import count_per_call
from benches.support.fixtures import create_token, get_key_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
OLDEST_FASTAPI_PYTHON = ROOT / ".venv-min-versions" / "bin" / "python"
REQUESTS, REJECTIONS = "benches.instructions.request_workloads", "benches.instructions.rejection_workloads"


@dataclass(frozen=True)
class InstructionComparison:
    """Workloads of a program of `benches.instructions`, which an interpreter runs under callgrind."""

    module: str
    candidates: Sequence[str]
    python: Path = Path(sys.executable)

    def measure(self, rounds: int) -> dict[str, Measurement]:  # noqa: ARG002 - a count is not repeated
        """Count the instructions of one call of each candidate."""
        if reason := self._find_reason_to_skip():
            return all_unavailable(self.candidates, reason)
        counts = count_per_call(str(self.python), self.module)
        return {name: Measurement((counts[name],), unit=INSTRUCTIONS) for name in self.candidates}

    def check(self) -> Sequence[str]:
        """Run the workloads of the module once without callgrind, in this process."""
        importlib.import_module(self.module).check_workloads()
        return self.candidates

    def _find_reason_to_skip(self) -> str | None:
        if not callgrind.is_valgrind_installed():
            return callgrind.MISSING
        if not self.python.exists():
            return f"{self.python.relative_to(ROOT)} does not exist: make .venv-min-versions/ready"
        return None


@dataclass(frozen=True)
class PrimitiveInstructionComparison:
    """A verification in Python, and the same signature by aws-lc-rs alone."""

    algorithm: str

    def measure(self, rounds: int) -> dict[str, Measurement]:  # noqa: ARG002 - a count is not repeated
        """Count the instructions of one verification of each."""
        if not callgrind.is_valgrind_installed():
            return all_unavailable((t.VERIFIER, t.PRIMITIVE), callgrind.MISSING)
        algorithm, _, token = arguments = self._list_arguments()
        counts = count_per_call(sys.executable, verification_workloads.__name__, arguments)
        counts[t.PRIMITIVE] = count_instructions_of_primitive(algorithm, token)
        return {name: Measurement((count,), unit=INSTRUCTIONS) for name, count in counts.items()}

    def check(self) -> Sequence[str]:
        """Run the verification once. cargo would have to build the primitive first."""
        verification_workloads.create_workload(*self._list_arguments())(1)
        return (t.VERIFIER, t.PRIMITIVE)

    def _list_arguments(self) -> tuple[str, str, str]:
        return self.algorithm, get_key_pair(self.algorithm).verification_key, create_token(self.algorithm)


_REQUEST_CANDIDATES = (
    t.BARE_ROUTE,
    t.EMPTY_DEPENDENCY,
    t.USER_HS256,
    t.USER_EDDSA,
    t.USER_EDDSA_SEEN,
    t.BARE_ROUTE_ID,
    t.USER_ID_HS256,
    t.BARE_ROUTE_UNTYPED,
    t.USER_HS256_UNTYPED,
    t.VERIFY_HS256,
)
COUNT_REQUESTS = InstructionComparison(REQUESTS, _REQUEST_CANDIDATES)
COUNT_REQUESTS_OLDEST_FASTAPI = InstructionComparison(REQUESTS, _REQUEST_CANDIDATES, OLDEST_FASTAPI_PYTHON)
COUNT_REJECTIONS = InstructionComparison(REJECTIONS, (t.ACCEPTED, t.EXPIRED, t.FORGED))
