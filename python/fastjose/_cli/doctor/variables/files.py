"""Files with variables that the application does not read."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from fastjose._cli.doctor.findings import find
from fastjose._config.names.misspelled_variables import KNOWN_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

_MAX_FOLDERS = 100
_MAX_FILE_BYTES = 1_048_576
_MAX_SHOWN_FILES = 3
_OTHER_NAMES = (".env.local", ".env.development", ".env.production")
_EXAMPLE = ".env.example"


def check_place(environment: Environment) -> Iterator[Finding]:
    """Yield that the file is missing where it is read, but is elsewhere."""
    if not _is_unset(environment):
        return
    others, has_example = _find_files(), Path(_EXAMPLE).is_file()
    if not others and not has_example:
        return
    seen = ", ".join(map(str, others)) or _EXAMPLE
    text = f"the working directory has no .env, and no variable is set, but there is {seen}"
    if others:
        yield find("env_file_elsewhere", text)
        return
    cure = f"copy {_EXAMPLE} to .env, and set the values of your issuer in it: cp {_EXAMPLE} .env"
    yield find("env_file_elsewhere", text, cure)


def compare_files(environment: Environment) -> Iterator[Finding]:
    """Yield the files with variables that the application lacks, or has with another value. No value is shown."""
    if _is_unset(environment):
        return  # `check_place` says more
    for file in _find_files():
        values = _read_values(file)
        names = sorted(name for name, value in values.items() if environment.find(name) != value)
        if names:
            text = f"{file} is not read, and has other values of these variables, or has them alone: {', '.join(names)}"
            yield find("other_env_file", text)


def _is_unset(environment: Environment) -> bool:
    return not (environment.lines or environment.file.exists() or any(map(environment.is_set, KNOWN_VARIABLES)))


def _find_files() -> list[Path]:
    """Return `.env` of folders above and below, and the files in this folder that other tools read beside it."""
    folders = [Path("..", *[".."] * depth) for depth in range(3)]
    with contextlib.suppress(OSError):
        folders += [each for each in sorted(Path().iterdir()) if each.is_dir()][:_MAX_FOLDERS]
    elsewhere = [file for folder in folders if _is_file(file := folder / ".env")]
    return [*elsewhere[:_MAX_SHOWN_FILES], *(file for file in map(Path, _OTHER_NAMES) if _is_file(file))]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # below a folder that may not be entered
        return False


def _read_values(file: Path) -> dict[str, str]:
    """Return the variables of fastjose in a file that are not empty."""
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            return {}
        values = dotenv_values(file, encoding="utf-8-sig")
    except (OSError, ValueError):
        return {}
    return {name.upper(): value for name, value in values.items() if value and name.upper() in KNOWN_VARIABLES}
