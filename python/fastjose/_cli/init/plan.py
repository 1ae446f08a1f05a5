"""The plan of `init`: which files are new, which are there already, and which cannot be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fastjose._cli.errors import CommandError
from fastjose._cli.signing.key_files import write_new_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Action = Literal["write", "keep", "unchanged", "beside"]
"""`write`: the file is new. `unchanged`: it exists with this content. `keep`: it exists with another content, and
stays. `beside`: it stays, and the new content goes into a file beside it."""

_BESIDE_SUFFIX = ".new"
_FILE_MODE = 0o666
"""The mode of a file with code, from which the umask of the process takes away."""


@dataclass(frozen=True)
class PlannedFile:
    """A file of the plan.

    Attributes:
        path: Its path in the folder of the application.
        target: The path to write, or None.
        content: Its content.
        action: What happens to it.
    """

    path: Path
    target: Path | None
    content: str
    action: Action


def plan_files(folder: Path, files: Mapping[Path, str], *, writes_beside: bool) -> list[PlannedFile]:
    """Return what is to be done with each file. Nothing is written.

    Raises:
        CommandError: `folder` is not a folder, or may not be entered, or a file is where a folder must be, or a link
            to a folder elsewhere.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir() raises below a folder that may not be entered
        raise CommandError(f"{folder} must be the folder of the application")
    try:
        return [_plan_file(folder, path, content, writes_beside=writes_beside) for path, content in files.items()]
    except OSError as error:
        raise CommandError(f"{folder} must be a folder that you may enter: {error.strerror}") from None


def _plan_file(folder: Path, path: Path, content: str, *, writes_beside: bool) -> PlannedFile:
    _check_parents(folder, path)
    existing = folder / path
    if not os.path.lexists(existing):
        return PlannedFile(path, path, content, "write")
    if _has_content(existing, content) or path.name == "__init__.py":
        return PlannedFile(path, None, content, "unchanged")
    beside = path.with_name(path.name + _BESIDE_SUFFIX)
    if writes_beside and not os.path.lexists(folder / beside):
        return PlannedFile(path, beside, content, "beside")
    return PlannedFile(path, None, content, "keep")


def _check_parents(folder: Path, path: Path) -> None:
    for parent in reversed(path.parents):
        if (folder / parent).exists() and not (folder / parent).is_dir():
            raise CommandError(f"{folder / parent} must be a folder, because {path.name} is written into it")
        if not _is_within(folder / parent, folder):
            raise CommandError(
                f"{folder / parent} must be a folder within {folder}: it is a link to another place; pass the folder "
                "that contains the package itself"
            )


def _is_within(path: Path, folder: Path) -> bool:
    """Return whether `path` is in `folder`, wherever symbolic links lead."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _has_content(file: Path, content: str) -> bool:
    try:
        return file.is_file() and file.read_text(encoding="utf-8") == content
    except (OSError, ValueError):
        return False


def write_files(folder: Path, plan: Sequence[PlannedFile]) -> None:
    """Write the files of the plan that are new.

    Raises:
        CommandError: A file cannot be written, or has been created in the meantime.
    """
    for file in plan:
        if file.target is not None:
            _create_folder((folder / file.target).parent)
            write_new_file(folder / file.target, file.content, _FILE_MODE)


def _create_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{folder} must be a folder that can be created: {error.strerror}") from None
