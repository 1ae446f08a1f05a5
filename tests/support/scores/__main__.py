"""Runs every library and writes docs/security/scores.md: `make scores`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from support.scores.page import RESULTS_HEADER, find_wrong, read_rows, write_page
from support.scores.questions import create_questions
from support.scores.runner import ask_every_library
from support.scores.wycheproof_questions import JWK, VECTORS, create_wycheproof_questions

KNOWN = {f"{JWK} 7"}
"""A key with the ROCA flaw, which the page describes."""


def main() -> int:
    """Return the exit status: 1 if fastjose gives a wrong verdict."""
    if not VECTORS.is_dir():
        print("Wycheproof's vectors must be in shared/vectors beside the project")
        return 2
    questions = [*create_questions(), *create_wycheproof_questions()]
    with tempfile.TemporaryDirectory() as folder:
        answers = ask_every_library(questions, Path(folder))
    write_page(questions, answers)
    for library, *cells in read_rows("results"):
        print(library, *(f"{name} {cell}" for name, cell in zip(RESULTS_HEADER[1:], cells, strict=True)), sep=" · ")
    wrong = find_wrong(questions, answers["fastjose"].verdicts) - KNOWN
    print("fastjose is wrong on", *(sorted(wrong) or ["none"]), f"(known: {', '.join(KNOWN)})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
