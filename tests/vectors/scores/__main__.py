"""The command line: `python -m vectors.scores`, a table of scores in Markdown, and the reason of each difference."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import TYPE_CHECKING

from vectors.scores.differences import DIFFERENCES, expected_mismatches
from vectors.scores.encryption_faces import decrypt_with_jwe
from vectors.scores.score import run_vectors
from vectors.scores.signature_faces import FACE_NAMES, open_face
from vectors.scores.vector_sets import ENCRYPTED_SETS, SIGNED_SETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vectors.scores.score import Score


def main() -> int:
    """Print the scores; return 1 if a function differs from the vectors on a case that is not explained."""
    logging.getLogger("fastjose").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print("| vectors | function | score |", "|---|---|---|", sep="\n")
    unexplained = False
    for vector_set, face, score in measure_scores():
        print(f"| {vector_set} | `{face}` | {score} |")
        unexplained |= score.mismatches != expected_mismatches(vector_set, face)
    print()
    for each in DIFFERENCES:
        print(f"- {each.vector_set}, {', '.join(each.faces)}, {_list_ids(each.ids)}: {each.reason}")
    return int(unexplained)


def measure_scores() -> Iterator[tuple[str, str, Score]]:
    """Yield the score of each function on each vector set."""
    for vector_set, read_cases in SIGNED_SETS.items():
        cases = read_cases()
        for face in FACE_NAMES:
            with open_face(face) as accepts:
                yield vector_set, face, run_vectors(cases, accepts)
    for vector_set, read_cases in ENCRYPTED_SETS.items():
        yield vector_set, "jwe.decrypt", run_vectors(read_cases(), decrypt_with_jwe)


def _list_ids(ids: frozenset[int | str]) -> str:
    return ", ".join(map(str, sorted(ids, key=lambda each: (isinstance(each, str), each))))


if __name__ == "__main__":
    sys.exit(main())
