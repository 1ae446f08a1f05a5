"""Mutants as cargo-mutants lists them, with keys that a change of their lines makes stale."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_POSITION = re.compile(r"^(?P<file>[^:]+):\d+:\d+: ")
_KEY_LENGTH = 10
# cargo-mutants takes PyO3's names of types for collections, and tries their constructors. Of these, one is right.
_RESULT = "PyResult::from("
_NO_CONSTRUCTORS = re.compile(r"\bPyResult::(?:new|from_iter)\(|\b(?:Bound|Py)::(?:new|from|from_iter)\(")


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    number: int
    key: str
    file: str
    line: int
    change: str
    genre: str
    span: tuple[int, int]
    replacement: str

    def apply(self, source: bytes) -> bytes:
        """Return the file with the change."""
        start, end = self.span
        return source[:start] + self.replacement.encode() + source[end:]


def list_mutants(cargo_mutants: Path, root: Path, *options: str) -> list[Mutant]:
    """List the mutants of the crate in `root`, numbered from 0."""
    listed = subprocess.run(
        [cargo_mutants, "mutants", "--list", "--json", "--dir", root, *options],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return read_list(json.loads(listed or "[]"), root)


def read_list(entries: Sequence[dict[str, Any]], root: Path) -> list[Mutant]:
    """Read what `cargo mutants --list --json` prints."""
    sources: dict[str, bytes] = {}
    seen: Counter[str] = Counter()
    mutants = []
    for number, entry in enumerate(_correct(entry) for entry in entries if _is_possible(entry)):
        file = entry["file"]
        source = sources.setdefault(file, (root / file).read_bytes())
        start, end = (_offset(source, entry["span"][edge]) for edge in ("start", "end"))
        change = _POSITION.sub("", entry["name"])
        text = "\n".join((file, change, _whole_lines(source, start, end)))
        seen[text] += 1
        mutants.append(
            Mutant(
                number=number,
                key=hashlib.sha256(f"{text}\n{seen[text]}".encode()).hexdigest()[:_KEY_LENGTH],
                file=file,
                line=entry["span"]["start"]["line"],
                change=" ".join(change.split()),
                genre=entry["genre"],
                span=(start, end),
                replacement=entry["replacement"],
            )
        )
    return mutants


def _is_possible(entry: dict[str, Any]) -> bool:
    return not _NO_CONSTRUCTORS.search(entry["replacement"])


def _correct(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry with `Ok` where cargo-mutants has a constructor of PyO3's alias of `Result`."""
    corrected = {key: entry[key].replace(_RESULT, "Ok(") for key in ("name", "replacement")}
    return {**entry, **corrected}


def _offset(source: bytes, position: dict[str, int]) -> int:
    lines = source.split(b"\n")
    before = sum(len(line) + 1 for line in lines[: position["line"] - 1])
    column = position["column"] - 1
    return before + len(lines[position["line"] - 1].decode()[:column].encode())


def _whole_lines(source: bytes, start: int, end: int) -> str:
    first = source.rfind(b"\n", 0, start) + 1
    last = source.find(b"\n", end)
    return "\n".join(line.strip() for line in source[first : last if last >= 0 else None].decode().split("\n"))
