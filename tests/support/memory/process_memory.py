"""Search the memory of a process for parts of a secret (Linux)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FRAGMENT_BYTES = 12
"""The length of the parts that are searched. A freed block keeps its end: an allocator overwrites its first bytes."""

_MAIN_STACK = "[stack]"
"""The stack of the main thread is not searched: its dead part keeps what functions had there until the next calls."""


class Region(NamedTuple):
    """A readable and writable region of memory."""

    start: int
    end: int
    name: str


def list_regions(pid: int) -> list[Region]:
    """Return the regions of a process that it can have written to."""
    pattern = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+ *(.*)")
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    found = (pattern.fullmatch(line) for line in lines)
    return [Region(int(each[1], 16), int(each[2], 16), each[3] or "anonymous") for each in found if each]


def find_secrets(pid: int, secrets: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return the names of the secrets of which a part is in the memory of a process, each with the places.

    Raises:
        OSError: The memory of the process may not be read.
    """
    fragments = {name: list(_fragments(secret)) for name, secret in secrets.items()}
    found: dict[str, list[str]] = {}
    for region, content in _read_regions(pid):
        for name, parts in fragments.items():
            places = [content.find(part) for part in parts]
            found.setdefault(name, []).extend(f"{region.name}+{place:#x}" for place in places if place >= 0)
    return {name: places for name, places in found.items() if places}


def _fragments(secret: bytes) -> Iterator[bytes]:
    """Yield four parts of a secret, from its beginning to its end."""
    last = len(secret) - FRAGMENT_BYTES
    for start in sorted({0, last // 3, 2 * last // 3, last}):
        yield secret[start : start + FRAGMENT_BYTES]


def _read_regions(pid: int) -> Iterator[tuple[Region, bytes]]:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for region in list_regions(pid):
            if region.name == _MAIN_STACK:
                continue
            memory.seek(region.start)
            yield region, _read(memory, region.end - region.start)


def _read(memory: object, size: int) -> bytes:
    """Return up to `size` bytes: the system may return less at a time, and nothing of a page that cannot be read."""
    parts = []
    while size > 0:
        try:
            part: bytes = memory.read(size)  # type: ignore[attr-defined]  # a raw file
        except OSError:
            break
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
