"""Planted faults: patches of the sources, which the tests must find."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def copy_sources(root: Path, names: Iterable[str], folder: Path, *ignored: str) -> None:
    """Copy files and folders of `root` into `folder`, without files whose names match a pattern of `ignored`."""
    for name in names:
        source, copy = root / name, folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*ignored))
        else:
            shutil.copy2(source, copy)


def apply_patch(patch: Path, folder: Path) -> None:
    """Apply a patch to the sources in `folder`."""
    subprocess.run(["patch", "--strip=1", "--silent", f"--input={patch}"], cwd=folder, check=True)  # noqa: S603, S607 - the patches of this tree


def changes_its_file(patch: Path, root: Path, folder: Path) -> bool:
    """Apply a patch to a copy, in `folder`, of its one file in `root`. Return whether the copy differs."""
    names: list[str] = re.findall(r"^\+\+\+ b/(.+)$", patch.read_text(encoding="utf-8"), re.MULTILINE)
    (name,) = names
    source, copy = root / name, folder / name
    copy.parent.mkdir(parents=True)
    shutil.copy2(source, copy)
    apply_patch(patch, folder)
    return copy.read_bytes() != source.read_bytes()
