"""Copies the repository and writes the mutants into the copy, until all that it holds compile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutants.switched.rewrite import deleted_arms, enclosing, last_of_body, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutants.mutant import Mutant

_SWITCH = Path(__file__).with_name("switch.rs")
# The compiler refuses a constant expression that overflows, also behind a switch.
_ALLOWED = b"#![allow(arithmetic_overflow, unconditional_panic)]\n"
_MODULE = b"\n#[doc(hidden)]\npub mod mutant_switch;\n"
# The copy is below the repository, whose settings cargo reads too: it would set each flag twice.
_INHERITED = ".cargo/config.toml"
_MOST_ROUNDS = 40
# A function that is replaced by a value of another type does not compile, however it is written.
_UNVIABLE_GENRES = {"FnValue", "MatchArm", "MatchArmGuard", "StructField"}
_NOT_EXHAUSTIVE = "E0004"
# A switch is not possible there, but the mutant itself may compile: constant functions, and the last arm of a match.
_UNSWITCHABLE = {"E0015", "E0658", _NOT_EXHAUSTIVE}


@dataclass
class Tree:
    """A copy of the repository, below `target`."""

    root: Path
    target: Path
    binaries: list[Path] = field(default_factory=list)

    def copy(self, repository: Path) -> None:
        """Make the copy equal to what git knows of the repository; unchanged files keep their time."""
        names = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=repository,
            check=True,
            capture_output=True,
            text=True,
        )
        wanted = {name for name in names.stdout.splitlines() if (repository / name).is_file() and name != _INHERITED}
        for name in wanted:
            self.write(name, (repository / name).read_bytes())
        for path in (self.root / "src").rglob("*.rs"):
            if str(path.relative_to(self.root)) not in wanted:
                path.unlink()
        vectors = repository.parent / "shared"
        link = self.root.parent / "shared"
        if vectors.exists() and not link.exists():
            link.symlink_to(vectors.resolve())

    def write(self, name: str, content: bytes) -> None:
        """Write a file, if that changes it."""
        path = self.root / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def cargo(self, *arguments: str) -> Iterator[dict[str, Any]]:
        """Yield the messages of a command of cargo."""
        run = subprocess.run(
            ["cargo", *arguments, "--locked", "--message-format=json"],
            cwd=self.root,
            env={**os.environ, "CARGO_TARGET_DIR": str(self.target)},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        yield from (json.loads(line) for line in run.stdout.splitlines() if line.startswith("{"))

    def build_tests(self, *kinds: str) -> bool:
        """Build the tests of the core, or some kinds of them, such as `--lib`; return whether they compile."""
        self._touch()
        messages = list(self.cargo("test", "--no-run", *(kinds or ("--lib", "--tests")), "--quiet"))
        self.binaries = [
            Path(message["executable"])
            for message in messages
            if message["reason"] == "compiler-artifact" and message["executable"] and message["profile"]["test"]
        ]
        return any(message["reason"] == "build-finished" and message["success"] for message in messages)

    def build_module(self) -> bool:
        """Build the native module into the package of the copy; return whether it compiles."""
        self._touch()
        messages = list(self.cargo("build", "--features", "python", "--lib", "--quiet"))
        compiles = any(message["reason"] == "build-finished" and message["success"] for message in messages)
        if compiles:
            shutil.copy(self.target / "debug" / "libfastjose.so", self.root / "python/fastjose/_core.abi3.so")
        return compiles

    def _touch(self) -> None:
        """Let cargo build this copy, and not take what it built of another one later: both have the same name."""
        (self.root / "src" / "lib.rs").touch()


@dataclass
class Switched:
    """What became of the mutants when they were written into a tree."""

    held: set[int]
    unviable: set[int]
    alone: set[int]


def switch(tree: Tree, repository: Path, mutants: Sequence[Mutant]) -> Switched:
    """Write the mutants into the tree; leave out those that do not compile."""
    by_number = {mutant.number: mutant for mutant in mutants}
    unviable: set[int] = set()
    alone: set[int] = set()
    tree.write("src/mutant_switch.rs", _SWITCH.read_bytes())
    for _ in range(_MOST_ROUNDS):
        left = [mutant for mutant in mutants if mutant.number not in unviable | alone]
        held = _write_all(tree, repository, left)
        alone |= {mutant.number for mutant in left} - held
        refused = _refused(tree)
        if not refused:
            return Switched(held, unviable, alone)
        for number, codes in refused.items():
            viable = by_number[number].genre not in _UNVIABLE_GENRES or codes & _UNSWITCHABLE
            (alone if viable else unviable).add(number)
    raise SystemExit("the mutants must compile: see the errors of cargo check in the copy")


def _write_all(tree: Tree, repository: Path, mutants: Sequence[Mutant]) -> set[int]:
    by_file: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_file[mutant.file].append(mutant)
    held: set[int] = set()
    for path in sorted((repository / "src").rglob("*.rs")):
        name = str(path.relative_to(repository))
        text, switched = rewrite(path.read_bytes(), by_file.get(name, []))
        tree.write(name, _ALLOWED + text + _MODULE if name == "src/lib.rs" else text)
        held |= switched
    return held


def _refused(tree: Tree) -> dict[int, set[str]]:
    """Return the mutants that the compiler refuses, with the codes of its errors."""
    refused: dict[int, set[str]] = defaultdict(set)
    unknown = []
    for message in tree.cargo("check", "--features", "python", "--lib", "--quiet"):
        if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
            continue
        error = message["message"]
        code = (error["code"] or {}).get("code", "")
        find = deleted_arms if code == _NOT_EXHAUSTIVE else enclosing
        numbers = []
        for span in (span for span in error["spans"] if span["is_primary"]):
            place = (tree.root / span["file_name"]).read_bytes(), span["byte_start"], span["byte_end"]
            numbers += find(*place) or last_of_body(*place)
        for number in numbers:
            refused[number].add(code)
        if not numbers and error["spans"]:
            unknown.append(error["rendered"])
    if unknown and not refused:
        raise SystemExit("an error of the compiler must belong to a mutant:\n" + "\n".join(unknown))
    return refused
