"""Writes the mutants of some modules into a copy of the package, with mutmut: run in the copy of the repository."""

from __future__ import annotations

from pathlib import Path

from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants
from mutmut.mutation.trampoline import set_mutant_under_test


def main() -> None:
    """Write the modules, each with its mutants behind a switch, into the folder `mutants`."""
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir()
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(max_children=1)


if __name__ == "__main__":
    main()
