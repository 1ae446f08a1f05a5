"""Compiles and tests the crate with the oldest versions of its direct dependencies that `Cargo.toml` allows.

An application that uses the crate may have these versions. Cargo's `-Z direct-minimal-versions` chooses them, in a copy
of the tree below `target/`, so that `Cargo.lock` stays as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "target" / "minimal-versions"
RESOLVE = ["cargo", "-Z", "direct-minimal-versions", "generate-lockfile"]
COMMANDS = [
    ["cargo", "check", "--locked", "--quiet", "--all-targets", "--features", "python"],
    ["cargo", "test", "--locked", "--quiet"],
]


def copy_tree(target: Path) -> None:
    """Copy what git tracks, or would, to `target`, which is emptied before."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    shutil.rmtree(target, ignore_errors=True)
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file() and name != "Cargo.lock":
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def main() -> int:
    """Run each command in the copy; return the exit status of the first that fails."""
    tree = FOLDER / "tree"
    copy_tree(tree)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(FOLDER / "target")}
    steps = [(RESOLVE, {**environment, "RUSTC_BOOTSTRAP": "1"}), *((command, environment) for command in COMMANDS)]
    for command, variables in steps:
        print("$", *command, flush=True)
        status = subprocess.run(command, cwd=tree, env=variables, check=False).returncode  # noqa: S603 - our own
        if status != 0:
            print("the oldest allowed versions must work: raise the lower bound of the crate in Cargo.toml")
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
