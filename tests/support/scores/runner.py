"""Runs each library in a process of its own, with its clock stopped at the time of the corpus."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.processes.node_packages import require_node_with_packages
from support.scores.questions import to_json
from support.tokens.jose_builder import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.scores.questions import Question

ROOT = Path(__file__).parents[3]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
NODE_FOLDER = Path(__file__).parent / "node"
PYTHON_PEERS = {
    "fastjose": "fastjose",
    "python-jose": "python_jose",
    "PyJWT": "pyjwt",
    "joserfc": "joserfc",
    "ryjwt": "ryjwt",
    "oxyjwt": "oxyjwt",
}
"""The libraries of Python, and the names of their modules below `peers/`."""

JOSE = "jose (Node)"
SECONDS = 600


@dataclass(frozen=True)
class Answers:
    """The version of a library, and its verdict and reason for each question."""

    version: str
    verdicts: dict[str, list[str]]


def compile_clock(folder: Path) -> Path:
    """Compile the library that stops the clock."""
    library = folder / "fixed_clock.so"
    source = Path(__file__).parent / "fixed_clock.c"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)]
    subprocess.run(command, check=True)  # noqa: S603 - our own source
    return library


def ask_every_library(questions: Sequence[Question], folder: Path) -> dict[str, Answers]:
    """Return the answers of every library."""
    clock = compile_clock(folder)
    commands = {
        name: [str(PEERS_PYTHON), "-m", "support.scores.peers.answer", module] for name, module in PYTHON_PEERS.items()
    }
    node = require_node_with_packages(NODE_FOLDER, "the scores of jose")
    commands[JOSE] = [node, str(NODE_FOLDER / "answer.mjs")]
    return {name: ask(command, questions, clock) for name, command in commands.items()}


def ask(command: list[str], questions: Sequence[Question], clock: Path) -> Answers:
    """Return the answers of a command to the questions."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "tests"),
        "LD_PRELOAD": str(clock),
        "FASTJOSE_FIXED_TIME": str(NOW),
    }
    completed = subprocess.run(  # noqa: S603 - our own command
        command,
        input=json.dumps([to_json(question) for question in questions]),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    result: dict[str, Any] = json.loads(completed.stdout)
    if set(result["answers"]) != {question.id for question in questions}:
        raise ValueError(f"{command[-1]} must answer every question")
    return Answers(result["version"], result["answers"])
