"""The page on migration is correct: its code runs, and its tables match the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fastjose.migrate import main
from support import migration_table as migration_page

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = re.findall(r"^\| `(.*jose.*)` \| `(.*fastjose.*)` \|$", migration_page.read_page(), flags=re.MULTILINE)


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
