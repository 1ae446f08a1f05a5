"""`fastjose init`: the files of the authentication, written into an application."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastjose._cli.errors import CommandError
from fastjose._cli.exit_codes import NEGATIVE
from fastjose._cli.init.packages import find_other_packages
from fastjose._cli.init.plan import plan_files, write_files
from fastjose._cli.init.templates import render_files
from fastjose._cli.output import JsonOutput, escape, print_json, print_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastjose._cli.init.plan import Action, PlannedFile

_WORDS: dict[Action, str] = {
    "write": "wrote",
    "unchanged": "unchanged",
    "keep": "kept, because it exists with another content",
    "beside": "kept, because it exists with another content; wrote beside it",
}


def initialize_application(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="[FOLDER]",
            show_default=False,
            readable=False,
            help="The folder with the package. Default: here.",
        ),
    ] = Path(),
    *,
    package: Annotated[
        str, typer.Option("--package", "-p", metavar="NAME", help="The package of the application.")
    ] = "backend",
    has_repository: Annotated[
        bool, typer.Option("--repository/--no-repository", help="Also write a model, its repository and the database.")
    ] = True,
    writes_beside: Annotated[
        bool, typer.Option("--beside", help="Write beside a file that exists, as NAME.new, to compare the two.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    as_json: JsonOutput = False,
) -> None:
    """Write the files of the authentication into an application. No file is overwritten.

    They are dependencies/auth.py, core/config.py, and with --repository core/database.py, models/task.py and
    repositories/task_repository.py in the package, and .env.example beside it.

    If the application has a package of another name, the output names it.

    The exit status is 1 if a file was kept, because it exists with another content.
    """
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in package.split(".")):
        raise CommandError("--package must be the name of a package, such as backend or my_app.api")
    found = find_other_packages(folder, package)
    plan = plan_files(folder, render_files(package, has_repository=has_repository), writes_beside=writes_beside)
    if not dry_run:
        write_files(folder, plan)
    if as_json:
        files = [_describe(file) for file in plan]
        print_json({"folder": str(folder), "dry_run": dry_run, "files": files, "other_packages": found})
    else:
        print_text(*_format_plan(plan, dry_run=dry_run))
        print_text(*(escape(f"found package {name}: pass -p {name}") for name in found))
        if not dry_run:
            print_text(*_list_next_steps(package, has_repository=has_repository))
    if any(file.action in {"keep", "beside"} for file in plan):
        raise typer.Exit(NEGATIVE)


def _describe(file: PlannedFile) -> dict[str, str | None]:
    written = None if file.target is None else file.target.as_posix()
    return {"path": file.path.as_posix(), "action": file.action, "written": written}


def _format_plan(plan: Sequence[PlannedFile], *, dry_run: bool) -> Iterator[str]:
    for file in plan:
        words = _WORDS[file.action].replace("wrote", "would write") if dry_run else _WORDS[file.action]
        beside = f": {file.target}" if file.action == "beside" else ""
        yield escape(f"{file.path}: {words}{beside}")


def _list_next_steps(package: str, *, has_repository: bool) -> Iterator[str]:
    yield ""
    yield "Next:"
    yield f'  pip install "fastjose[fastapi{",sqlmodel" if has_repository else ""}]"'
    yield "  copy .env.example to .env, and set BETTER_AUTH_URL"
    yield f"  in a route: from {package}.dependencies.auth import AuthenticatedUser"
    if has_repository:
        yield f"  at the start: from {package}.core.database import create_tables, and call it; later use migrations"
