"""The process whose memory is searched: it creates an owner of secrets, uses it, drops it, and waits at each step."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from support.memory.process_memory import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TESTS = Path(__file__).resolve().parents[2]


class OwnerProcess:
    """A process that runs the functions of `owners.py`. Secrets reach it through a pipe, not as Python objects."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Talk to `process`."""
        self._process = process

    def begin(self, owner: str, materials: Mapping[str, bytes], settings: Mapping[str, object]) -> None:
        """Create an owner of `materials` and use it. Return when it waits, with the owner alive."""
        names = {name: len(material) for name, material in materials.items()}
        self._send(json.dumps({"owner": owner, "materials": names, "settings": settings}).encode() + b"\n")
        for material in materials.values():
            self._send(material)
        self._expect("used")

    def drop_inputs(self) -> list[str]:
        """Wipe what the process was given, and return the containers that hold a material nevertheless."""
        self._send(b"\n")
        return self._read("inputs wiped")

    def drop_owner(self) -> list[str]:
        """Drop the owner, and return the containers that hold a material nevertheless."""
        self._send(b"\n")
        return self._read("dropped")

    def end(self) -> None:
        """Let the process take the next owner."""
        self._send(b"\n")

    def find(self, secrets: Mapping[str, bytes]) -> dict[str, list[str]]:
        """Return the secrets that are in its memory, with the places."""
        return find_secrets(self._process.pid, secrets)

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def _expect(self, word: str) -> None:
        self._read(word)

    def _read(self, word: str) -> list[str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process has ended instead of {word!r}: see its errors")
        step = json.loads(line)
        assert step["step"] == word, step
        holders: list[str] = step["holders"]
        return holders


@contextlib.contextmanager
def run_owner_process() -> Iterator[OwnerProcess]:
    """Run the process while the block lasts."""
    paths = os.pathsep.join([str(_TESTS), *filter(None, sys.path)])
    mutant = {name: value for name, value in os.environ.items() if name.startswith("FASTJOSE_MUTANT")}
    process = subprocess.Popen(
        [sys.executable, "-m", "support.memory.owners"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**mutant, "PYTHONPATH": paths, "FASTJOSE_TELEMETRY": "off", "PATH": os.environ.get("PATH", os.defpath)},
    )
    with process:
        try:
            yield OwnerProcess(process)
        finally:
            process.kill()
