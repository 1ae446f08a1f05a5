"""Compiling the source without a C compiler stops with the message that docs/internals/release.md names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.environment.requirements import require_program

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "internals" / "release.md").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another compiler")
def test_build_without_c_compiler_names_it(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in ("cargo", "rustc"):
        (programs / program).symlink_to(require_program(program, "install Rust"))
    assert shutil.which("cc", path=str(programs)) is None
    command = ["cargo", "build", "--locked", "--features", "python", "--target-dir", str(tmp_path / "target")]
    environment = {**os.environ, "PATH": str(programs)}
    result = subprocess.run(  # noqa: S603 - our own source
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    (message,) = re.findall(r"error: linker `cc` not found", PAGE)
    assert result.returncode != 0
    assert message in result.stderr
