"""`fastjose migrate`: `python -m fastjose.migrate`, which needs no dependency."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fastjose import migrate


def migrate_code(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", readable=False, help="Files, or folders with Python files.")
    ],
    *,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", metavar="PATH", readable=False, help="Leave out this file or folder; repeatable."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the changes without making them.")] = False,
) -> None:
    """Change code written for python-jose or PyJWT to fastjose, and print each change as path:line: old → new.

    Lines that must be changed by hand are printed too, with what to write. A second run makes no further changes.

    The exit status is 0 if everything was changed, 1 if a line must be changed by hand or --dry-run found a change, and
    2 if a file cannot be read or written. `python -m fastjose.migrate` does the same without typer and rich.
    """
    arguments = [
        *(["--dry-run"] if dry_run else []),
        *(f"--exclude={path}" for path in exclude or ()),
        "--",
        *map(str, paths),
    ]
    raise typer.Exit(migrate.main(arguments))
