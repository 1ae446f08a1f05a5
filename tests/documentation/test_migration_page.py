"""The page on migration says what is true: its code runs, its tables are those of the code."""

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
BLOCKS = re.findall(r"```python\n(.*?)```", migration_page.read(), flags=re.DOTALL)
IMPORTS = re.findall(r"^\| `(.*jose.*)` \| `(.*fastjose.*)` \|$", migration_page.read(), flags=re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=[f"block {number}" for number, _ in enumerate(BLOCKS, start=1)])
def test_the_code_runs(block: str) -> None:
    command = [sys.executable, "-W", "error", "-c", block]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")


def test_there_is_code_in_every_part_that_needs_it() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize(("before", "after"), IMPORTS)
def test_the_imports_are_changed_as_it_says(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "module.py"
    file.write_text(before)
    assert main([str(file)]) == 0
    assert file.read_text() == after


def test_the_imports_are_in_the_page() -> None:
    assert len(IMPORTS) == 6


def test_the_differences_are_those_that_the_comparison_knows() -> None:
    assert migration_page.read() == migration_page.with_table(), "`make docs` writes the table"
