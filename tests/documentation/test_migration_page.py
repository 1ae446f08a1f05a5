"""The page on migration is correct: its code runs, and its tables match the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fastjose.migrate import main
from support import migration_table as migration_page

SOURCE = Path(__file__).parents[2] / "python"
BLOCKS = re.findall(r"```python\n(.*?)```", migration_page.read_page(), flags=re.DOTALL)
IMPORTS = re.findall(r"^\| `(.*jose.*)` \| `(.*fastjose.*)` \|$", migration_page.read_page(), flags=re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=[f"block {number}" for number, _ in enumerate(BLOCKS, start=1)])
def test_python_block_runs(block: str) -> None:
    command = [sys.executable, "-W", "error", "-c", block]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    completed = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    assert (completed.returncode, completed.stderr) == (0, "")


def test_page_has_four_python_blocks() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize(("before", "after"), IMPORTS)
def test_migration_replaces_imports_as_documented(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "module.py"
    file.write_text(before)
    assert main([str(file)]) == 0
    assert file.read_text() == after


def test_page_lists_six_imports() -> None:
    assert len(IMPORTS) == 6


def test_the_differences_are_those_that_the_comparison_knows() -> None:
    assert migration_page.read_page() == migration_page.render_page(), "`make docs` writes the table"
