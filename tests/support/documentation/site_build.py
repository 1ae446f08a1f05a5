"""Builds the docs site for its tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.environment.requirements import skip_or_fail

ROOT = Path(__file__).parents[3]
DOCS_PYTHON = ROOT / ".venv-docs" / "bin" / "python"
BUILD_SECONDS = 300
"""How long a build may take. Generous: it takes 10 s."""


def build_site(folder: Path) -> Path:
    """Build the site into `folder`, and return it. A warning fails the build; without mkdocs, the test is skipped."""
    if not DOCS_PYTHON.exists():
        skip_or_fail("the docs site needs .venv-docs: make .venv-docs/ready")
    command = [str(DOCS_PYTHON), "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(  # noqa: S603 - mkdocs, on the pages of the project
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return folder
