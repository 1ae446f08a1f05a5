"""The hooks of `make hooks` are verbs of the Makefile, run for what a commit changes, and refuse it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
CONFIGURATION = ROOT / ".pre-commit-config.yaml"
VERBS = re.findall(r"^ +entry: make (\S+)$", CONFIGURATION.read_text(encoding="utf-8"), flags=re.MULTILINE)
STUB_MAKEFILE = "lint-%:\n\t@echo $@ >> ran\n"


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs git in a new repository with the hooks, whose verbs write their names into `ran`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{role}_{name}": "test" for role in ("AUTHOR", "COMMITTER") for name in ("NAME", "EMAIL")},
    }

    def run(*arguments: str, program: tuple[str, ...] = ("git",)) -> subprocess.CompletedProcess[str]:
        command = [*program, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    (tmp_path / ".pre-commit-config.yaml").write_bytes(CONFIGURATION.read_bytes())
    (tmp_path / "Makefile").write_text(STUB_MAKEFILE, encoding="utf-8")
    run("init", "--quiet")
    installed = run("-m", "pre_commit", "install", program=(sys.executable,))
    assert installed.returncode == 0, installed.stdout
    return run


def test_each_hook_is_a_check_of_lint() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (checks,) = re.findall(r"^lint: (.+?)  ## ", makefile, flags=re.MULTILINE)
    hooks = re.findall(r"^ +- id: (\S+)$", CONFIGURATION.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(VERBS) == sorted(hooks) == sorted(checks.split())


@pytest.mark.parametrize(
    ("file", "verbs"),
    [
        ("src/jws/compact.rs", ["lint-structure", "lint-rust"]),
        ("Cargo.lock", ["lint-structure", "lint-rust"]),
        (".cargo/config.toml", ["lint-structure", "lint-rust"]),
        ("python/fastjose/auth.py", ["lint-structure", "lint-python"]),
        ("python/fastjose/_core.pyi", ["lint-structure", "lint-python"]),
        ("pyproject.toml", ["lint-structure", "lint-python"]),
        (".github/workflows/ci.yml", ["lint-structure", "lint-github"]),
        ("docs/index.md", ["lint-structure"]),
    ],
)
def test_a_commit_runs_the_checks_that_it_concerns(
    git: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, file: str, verbs: list[str]
) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).touch()
    git("add", file)
    committed = git("commit", "--message", "test")
    assert committed.returncode == 0, committed.stderr
    assert (tmp_path / "ran").read_text(encoding="utf-8").split() == verbs


def test_a_failed_check_refuses_the_commit(
    git: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "Makefile").write_text(f"lint-rust:\n\t@echo a fault; false\n{STUB_MAKEFILE}", encoding="utf-8")
    (tmp_path / "lib.rs").touch()
    git("add", "lib.rs")
    committed = git("commit", "--message", "test")
    assert committed.returncode == 1
    assert "a fault" in committed.stderr
    assert git("rev-parse", "--verify", "HEAD").returncode != 0
