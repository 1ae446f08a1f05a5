"""The page on migration is correct: its code runs, and its tables match the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jose.jwt
import pytest

from fastjose import JWTError, jwt
from fastjose.migrate import main
from support.python_jose import migration_table as migration_page

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = re.findall(r"^\| `(.*jose.*)` \| `(.*fastjose.*)` \|$", migration_page.read_page(), flags=re.MULTILINE)


@pytest.mark.parametrize(("before", "after"), IMPORTS)
def test_migration_replaces_imports_as_documented(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "module.py"
    file.write_text(before)
    assert main([str(file)]) == 0
    assert file.read_text() == after


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [("Bearer ", "", "the token begins with Bearer"), ("", "\n", "the token contains white space"), (" ", "", "space")],
)
def test_page_lists_the_messages_that_name_a_cause(before: str, after: str, cause: str) -> None:
    token = before + jwt.encode({"sub": "user-1"}, "secret") + after
    with pytest.raises(JWTError, match=cause):
        jwt.decode(token, "secret", algorithms=["HS256"])
    assert cause not in decode_with_python_jose(token)
    assert cause in migration_page.read_page().partition("## What differs")[2]


def decode_with_python_jose(token: str) -> str:
    """Return the claims or the message of the error."""
    try:
        return str(jose.jwt.decode(token, "secret", algorithms=["HS256"]))
    except jose.JWTError as error:
        return str(error)


def test_page_lists_six_imports() -> None:
    assert len(IMPORTS) == 6


def test_the_differences_are_those_that_the_comparison_knows() -> None:
    assert migration_page.read_page() == migration_page.render_page(), "`make docs` writes the table"
