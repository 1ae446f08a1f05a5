"""A pytest process of its own, for tests of the plugin `fastjose.testing.plugin`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENABLED = '[tool.pytest.ini_options]\naddopts = ["-p", "fastjose.testing.plugin"]\n'


def run_pytest(directory: Path, environment: dict[str, str], **files: str) -> tuple[int, str]:
    """Run pytest in `directory` with only `environment` and the modules `files`, and return its exit code and output.

    The plugin is enabled, unless `directory` has a `pyproject.toml`.
    """
    for name, content in files.items():
        (directory / f"{name}.py").write_text(content, encoding="utf-8")
    if not (directory / "pyproject.toml").exists():
        (directory / "pyproject.toml").write_text(ENABLED, encoding="utf-8")
    base = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "python", directory)))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    completed = subprocess.run(  # noqa: S603 - the tests of the caller
        command, cwd=directory, env={**base, **environment}, capture_output=True, text=True, check=False, timeout=120
    )
    return completed.returncode, completed.stdout + completed.stderr
