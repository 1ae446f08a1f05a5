"""Writes the mutants of some modules into a copy of the package, with mutmut: run in the copy of the repository."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.trampoline import set_mutant_under_test

HARMLESS_DECORATOR = "hide_arguments"
"""It calls the function, and changes no result. mutmut makes no mutants of a function with another decorator."""


def main() -> None:
    """Write the modules, each with its mutants behind a switch, into the folder `mutants`."""
    set_mutant_under_test("mutant_generation")
    mutate_hidden_functions()
    Path("mutants").mkdir()
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(max_children=1)


def mutate_hidden_functions() -> None:
    """Let mutmut make mutants of functions whose only decorator is the harmless one."""
    is_skipped = MutationVisitor._skip_node_and_children

    def is_skipped_without_it(visitor: MutationVisitor, node: cst.CSTNode) -> bool:
        return bool(is_skipped(visitor, without_harmless(node)))

    MutationVisitor._skip_node_and_children = is_skipped_without_it


def without_harmless(node: cst.CSTNode) -> cst.CSTNode:
    """Return a function without the decorator if it has no other one, and any other node as it is."""
    decorators = node.decorators if isinstance(node, cst.FunctionDef) else ()
    names = [each.decorator.value for each in decorators if isinstance(each.decorator, cst.Name)]
    return node.with_changes(decorators=()) if names == [HARMLESS_DECORATOR] and len(decorators) == 1 else node


if __name__ == "__main__":
    main()
