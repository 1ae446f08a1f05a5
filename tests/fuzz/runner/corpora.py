"""Seeds and corpora: one file of text for each target, one input on each line, percent-encoded.

A folder of thousands of small files would be neither read nor reviewed. libFuzzer works on folders below target/fuzz/,
which are written from these files and packed again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes

from fuzz.runner.targets import FUZZ, WORK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_CORPUS_BYTES = 200_000
"""The length of the longest file of a corpus: with thirteen targets, less than 2.6 MB."""

SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%") + " "


def corpus_folder(name: str) -> Path:
    """Return the folder in which libFuzzer keeps the inputs of a target."""
    return WORK / "corpus" / name


def read_inputs(path: Path) -> list[bytes]:
    """Return the inputs of a file; none if it does not exist."""
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return [unquote_to_bytes(line) for line in lines]


def write_inputs(path: Path, inputs: Iterable[bytes]) -> None:
    """Write inputs, sorted by length, as many as `MAX_CORPUS_BYTES` permits."""
    lines, length = [], 0
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        line = quote_from_bytes(data, safe=SAFE) + "\n"
        # A line that begins or ends with a space would be changed by editors.
        line = line.replace(" \n", "%20\n")
        length += len(line)
        if length > MAX_CORPUS_BYTES:
            break
        lines.append(line)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="ascii")


def unpack(name: str, folder: Path | None = None) -> Path:
    """Write the seeds and the corpus of a target into `folder`, beside what is there; by default its own folder."""
    folder = folder or corpus_folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("seeds", "corpora"):
        for data in read_inputs(FUZZ / kind / f"{name}.txt"):
            (folder / hashlib.sha256(data).hexdigest()[:32]).write_bytes(data)
    return folder


def pack(name: str, folder: Path) -> int:
    """Make the inputs in a folder the corpus of a target, without its seeds; return how many they are."""
    seeds = set(read_inputs(FUZZ / "seeds" / f"{name}.txt"))
    path = FUZZ / "corpora" / f"{name}.txt"
    write_inputs(path, {input_.read_bytes() for input_ in folder.iterdir()} - seeds)
    return len(read_inputs(path))
