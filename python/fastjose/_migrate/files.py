"""The files that the command reads: which they are, and how they are read and written."""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SKIPPED_DIRECTORIES = frozenset(
    {".git", ".hg", ".nox", ".tox", ".venv", "__pycache__", "node_modules", "site-packages", "venv"}
)
_PYTHON_SUFFIXES = frozenset({".py", ".pyi"})
_PYTHON_LINE = re.compile(rb"(?:\xef\xbb\xbf)?#![^\r\n]*\bpython")
_TEXT_FILE_NAME = re.compile(
    r"((.+[.])?(containerfile|dockerfile)([._-].+)?|jenkinsfile|justfile|makefile|pipfile)", re.IGNORECASE
)
_TEXT_FILE_SUFFIXES = frozenset(
    {".bash", ".bat", ".cfg", ".cmd", ".in", ".ini", ".ipynb", ".lock", ".md", ".ps1", ".rst", ".sh", ".toml", ".txt"}
    | {".yaml", ".yml", ".zsh"}
)


def walk_files(path: Path) -> Iterator[Path]:
    """Yield the files to read: `path` itself if it is a file, else those below it, sorted by name.

    Folders that cannot be listed come last: the attempt to read them says why.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir() raises below a folder that may not be entered
        yield path
        return
    unlisted: list[Path] = []
    for folder, subfolders, names in os.walk(path, onerror=lambda error: unlisted.append(Path(error.filename))):
        subfolders[:] = sorted(name for name in subfolders if not _is_skipped(Path(folder, name)))
        files = (Path(folder, name) for name in sorted(names))
        yield from (file for file in files if file.suffix in _PYTHON_SUFFIXES or is_text_file(file) or _is_script(file))
    yield from unlisted


def _is_script(path: Path) -> bool:
    """Return whether a file without a suffix is a Python script, by its first line."""
    if path.suffix or not os.path.isfile(path):  # noqa: PTH113 - as above
        return False
    try:
        with path.open("rb") as file:
            return bool(_PYTHON_LINE.match(file.read(256)))
    except OSError:
        return False


def _is_skipped(folder: Path) -> bool:
    """Return whether a folder contains third-party code, such as a virtual environment."""
    return folder.name in _SKIPPED_DIRECTORIES or os.path.lexists(folder / "pyvenv.cfg")


def is_text_file(path: Path) -> bool:
    """Return whether a file is not Python, but may mention a library."""
    if path.suffix in _PYTHON_SUFFIXES:
        return False
    return bool(_TEXT_FILE_NAME.fullmatch(path.name)) or path.suffix.lower() in _TEXT_FILE_SUFFIXES


def describe_link_outside(path: Path, given: Iterable[Path], excluded: Iterable[Path]) -> str | None:
    """Return why the file that a symbolic link names must not be changed, or None: it may.

    Args:
        path: The path.
        given: The paths that the command was given. The file must be below one of them.
        excluded: The paths to leave out, below which the file must not be. Nor may it be in a folder that is skipped.
    """
    target = _real(path)
    roots = [root for root in map(_real, given) if target.is_relative_to(root)]
    if not roots:
        return f"it is a link to {target}, which is outside of the given paths: pass that, too"
    if any(target.is_relative_to(_real(folder)) for folder in excluded):
        return f"it is a link to {target}, which is left out: leave out the link, too"
    if all(_is_in_skipped_folder(target, root) for root in roots):
        return f"it is a link to {target}, which is third-party code: leave out the link with --exclude"
    return None


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve() raises for a circle of links


def _is_in_skipped_folder(file: Path, root: Path) -> bool:
    return any(_is_skipped(folder) for folder in file.parents if folder != root and folder.is_relative_to(root))


def find_module_of_project(name: str, file: Path, root: Path) -> Path | None:
    """Return the file of the project that `import name` may mean in `file`, or None.

    Args:
        name: The name of a module without dots.
        file: The file with the import.
        root: The path that the command was started with. The folders between it and `file` are searched, without
            packages: the modules of a package have the name of the package before theirs.
    """
    root = root if root.is_dir() else root.parent
    for folder in (file.parent, *file.parent.parents):
        if not (folder / "__init__.py").exists():
            for found in (folder / f"{name}.py", folder / name / "__init__.py"):
                if found != file and found.exists():
                    return found
        if folder in {root, folder.parent}:
            break
    return None


def decode_python(content: bytes) -> tuple[str, str]:
    """Return the text of a Python file, and its encoding: that of its cookie or its byte order mark (PEP 263).

    Raises:
        SyntaxError: The encoding is unknown.
        UnicodeDecodeError: The content does not match the encoding.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding), encoding


def replace_content(path: Path, content: bytes) -> None:
    """Replace the content of a file at once: an interruption leaves the old content or the new one.

    A symbolic link stays, and the file behind it is replaced: see `describe_link_outside`. The mode of the file stays.

    Raises:
        OSError: The file or its folder cannot be written.
    """
    target = path.resolve()
    with target.open("r+b"):
        pass  # a file that is read-only is not replaced
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        shutil.copymode(target, temporary)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
