"""Files and folders that may not be read: one line with the reason, and exit status 2."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.processes.command_line import CommandResult, finish_command, start_command
from support.processes.file_permissions import obey_file_modes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")

UNREADABLE = {
    "inspect --file file": "fastjose: file must be a readable file with the token: Permission denied",
    "explain --file file": "fastjose: file must be a readable file with the token: Permission denied",
    "doctor --offline --token-file file": "fastjose: file must be a readable file with the token: Permission denied",
    "doctor --env-file file": "fastjose: file must be a readable file with environment variables",
    "jwks file": "fastjose: file must be a readable file with the key: Permission denied",
    "mint --key file": "fastjose: file must be a readable file with the key: Permission denied",
    "init folder": "fastjose: folder must be a folder that you may enter: Permission denied",
    "init folder/below": "fastjose: folder/below must be the folder of the application",
    "keygen --output folder/key": "fastjose: folder/key must be a file that can be created: Permission denied",
}
"""What each command says about the file `file` and the folder `folder`, both of mode 0."""


@pytest.fixture(autouse=True)
def paths_of_mode_0(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "file").touch(mode=0)
    (tmp_path / "folder").mkdir(mode=0)
    yield
    (tmp_path / "folder").chmod(0o700)  # pytest removes it


def run_restricted(folder: Path, arguments: str) -> CommandResult:
    """Run a command in `folder` that may read only what modes allow, also for root."""
    process = start_command(
        *arguments.split(), prefix=obey_file_modes(), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return finish_command(process)


@pytest.mark.parametrize("arguments", UNREADABLE)
def test_unreadable_path_is_one_line_with_the_reason(tmp_path: Path, arguments: str) -> None:
    assert run_restricted(tmp_path, arguments) == CommandResult(2, "", f"{UNREADABLE[arguments]}\n")


@pytest.mark.parametrize("path", ["file", "folder", "folder/below"])
def test_migrate_reports_an_unreadable_path(tmp_path: Path, path: str) -> None:
    result = run_restricted(tmp_path, f"migrate {path}")
    reason = f"PermissionError: [Errno 13] Permission denied: '{path}'"
    assert result == CommandResult(2, f"{path}: skipped: {reason}\n", "")


def test_migrate_changes_what_is_beside_an_unreadable_folder(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from jose import jwt\n", encoding="utf-8")
    result = run_restricted(tmp_path, "migrate .")
    assert (result.exit_code, result.errors) == (2, "")
    assert (tmp_path / "app.py").read_text(encoding="utf-8") == "from fastjose import jwt\n"
    assert "folder: skipped: PermissionError" in result.output
