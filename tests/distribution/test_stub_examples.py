"""The examples in the stub of the native module run as they are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

STUB = Path(__file__).parents[2] / "python" / "fastjose" / "_core.pyi"


def find_examples() -> dict[str, str]:
    """Return the code of every `Example:` section, by the class or function that it documents."""
    nodes = (node for node in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(node, DOCUMENTED))
    documents = {node.name: ast.get_docstring(node) or "" for node in nodes}
    sections = {name: text.partition("Example:\n")[2] for name, text in documents.items()}
    return {name: "\n".join(line[4:] for line in text.splitlines()) for name, text in sections.items() if text}


DOCUMENTED = (ast.ClassDef, ast.FunctionDef)
EXAMPLES = find_examples()


def test_the_main_classes_and_functions_have_an_example() -> None:
    assert {"Key", "RemoteKeySet", "Verifier", "verify_token"} <= EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs(name: str) -> None:
    exec(compile(EXAMPLES[name], f"the example of {name}", "exec"), {})  # noqa: S102 - the code of this project
