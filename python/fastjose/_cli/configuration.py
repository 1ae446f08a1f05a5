"""The configuration of an application, as a command reads it: the environment, and `.env` or another file."""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastjose._cli.errors import CommandError
from fastjose._cli.inputs import MAX_INPUT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.settings import AuthSettings

EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file", metavar="PATH", readable=False, help="Read this file in place of .env in the working directory."
    ),
]
"""The option `--env-file` of a command that examines a configuration."""

DEFAULT_ENV_FILE = Path(".env")
_MISSING_HTTPX = 'this command requires httpx: pip install "fastjose[cli]"'
_MISSING_EXTRA = 'this command requires FastAPI and pydantic-settings: pip install "fastjose[fastapi]"'


def check_env_file(env_file: Path | None) -> Path:
    """Return the path of the file with variables, which may be missing if it is `.env`. `/dev/null` has none.

    Raises:
        CommandError: The given file is missing, is a folder, or cannot be read. Or the file is longer than
            `MAX_INPUT_BYTES`.
    """
    path = DEFAULT_ENV_FILE if env_file is None else env_file
    if env_file is not None and str(env_file) != os.devnull and not _is_readable(env_file):
        raise CommandError(f"{env_file} must be a readable file with environment variables")
    if path.is_file() and path.stat().st_size > MAX_INPUT_BYTES:
        raise CommandError(f"{path} must have at most {MAX_INPUT_BYTES:,} bytes: keep other data in a file of its own")
    return path


def _is_readable(file: Path) -> bool:
    return file.is_file() and os.access(file, os.R_OK)


def read_settings(env_file: Path | None) -> AuthSettings:
    """Return the settings of the application, as `fastjose.auth` reads them.

    Raises:
        CommandError: The file cannot be read, a variable has an invalid value, or FastAPI is not installed.
    """
    path = check_env_file(env_file)
    with report_configuration_errors():
        from fastjose.settings import load_settings  # noqa: PLC0415 - it requires pydantic-settings

        return load_settings(path)


@contextlib.contextmanager
def report_configuration_errors() -> Iterator[None]:
    """Turn an error of the configuration into one of the command, and suppress its warnings: `doctor` has them all.

    Raises:
        CommandError: The block raises an error of the configuration.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ModuleNotFoundError as missing:
        text = _MISSING_HTTPX if missing.name == "httpx" else _MISSING_EXTRA
        text = str(missing) if "pip install" in str(missing) else text
        raise CommandError(text) from None
    except (ValueError, OSError, ImportError) as error:
        reason = str(error) if isinstance(error, ValueError | ImportError) else "the configuration cannot be read"
        raise CommandError(f"the configuration must be valid, see fastjose doctor: {reason}") from None
