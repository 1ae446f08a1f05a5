"""The command: its arguments, its report and its exit code."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastjose._migrate import python_jose
from fastjose._migrate.edits import NEWLINE, apply_edits, parse
from fastjose._migrate.files import (
    decode_python,
    describe_link_outside,
    find_module_of_project,
    is_text_file,
    replace_content,
    walk_files,
)
from fastjose._migrate.missing_names import VERSION, describe_missing_name, find_missing_names
from fastjose._migrate.pyjwt import Changes, find_changes
from fastjose._migrate.together import drop_uncertain, hold_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fastjose._migrate.edits import Edit

_PYJWT_DISTRIBUTION = re.compile(r"(?<![\w-])pyjwt\b(?:\[[^\]]*\])?", re.IGNORECASE)
_ERRORS = (OSError, SyntaxError, ValueError, RecursionError)
_IMPORT = re.compile(rb"^[ \t]*(?:import|from)[ \t]+jwt\b", re.MULTILINE)
_JOSE_IMPORT = re.compile(r"\b(?:from|import)\s+(?:fast)?jose\b")
_MENTION = re.compile(rf"{python_jose.MENTION.pattern}|{_PYJWT_DISTRIBUTION.pattern}", re.IGNORECASE)


@dataclass(frozen=True)
class _Plan:
    """One file before its change. `text` and `pyjwt` are empty if it is not Python, or is skipped."""

    path: Path
    content: bytes
    text: str = ""
    encoding: str = ""
    pyjwt: Changes = field(default_factory=Changes)
    is_skipped: bool = False


@dataclass(frozen=True)
class _Outcome:
    """The numbers of changes, and of places that must be changed by hand, in a file."""

    edits: int = 0
    open_places: int = 0


def run(arguments: Sequence[str] | None = None) -> int:
    """Change all files under the given paths, print a report, and return the exit code."""
    options = _parse_arguments(arguments)
    roots = {file: path for path in options.paths for file in walk_files(path) if not _is_below(file, options.exclude)}
    plans = [_plan_file_or_report(file, path, options) for file, path in roots.items()]
    found = {plan.path: plan.pyjwt for plan in plans}
    skipped = [plan.path for plan in plans if plan.is_skipped and _IMPORT.search(plan.content)]
    uses_jose = any(_JOSE_IMPORT.search(plan.text) for plan in plans)
    held = hold_files(drop_uncertain(found, uses_jose=uses_jose), skipped)
    for line in held.describe_causes():
        _print(line)
    outcomes = [_migrate_file_or_report(plan, held.changes[plan.path], dry_run=options.dry_run) for plan in plans]
    if None in outcomes:
        return 2
    is_open = any(outcome.open_places or (options.dry_run and outcome.edits) for outcome in outcomes if outcome)
    return 1 if is_open else 0


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments: `paths`, `dry_run` and `exclude`."""
    parser = argparse.ArgumentParser(
        prog="python -m fastjose.migrate", description="Change code written for python-jose or PyJWT to fastjose."
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    parser.add_argument("--dry-run", action="store_true", help="print the changes without making them")
    parser.add_argument(
        "--exclude", action="append", default=[], type=Path, metavar="PATH", help="a file or a folder to leave out"
    )
    options = parser.parse_args(arguments)
    for path in options.exclude:
        if not os.path.lexists(path):
            parser.error(f"--exclude must be a file or folder that exists: {path}")
    return options


def _is_below(file: Path, folders: Sequence[Path]) -> bool:
    """Return whether a file is one of `folders`, or in one of them."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() follows symbolic links
    return any(absolute.is_relative_to(os.path.abspath(folder)) for folder in folders)  # noqa: PTH100


def _plan_file_or_report(path: Path, root: Path, options: argparse.Namespace) -> _Plan:
    """Read one file. If it cannot be changed, print why: a link may name a file that is not to be changed."""
    content = b""
    try:
        content = path.read_bytes()
        if is_text_file(path):
            return _Plan(path, content)
        text, encoding = decode_python(content)
        changes = find_changes(text, find_module_of_project("jwt", path, root))
        outside = describe_link_outside(path, options.paths, options.exclude)
        if outside is None or not (changes.uses_pyjwt or python_jose.find_edits(text)):
            return _Plan(path, content, text, encoding, changes)
        reason = outside
    except _ERRORS as error:
        reason = f"{type(error).__name__}: {error}"
    _print(f"{path}: skipped: {reason}")
    return _Plan(path, content, is_skipped=True)


def _migrate_file_or_report(plan: _Plan, pyjwt: Changes, *, dry_run: bool) -> _Outcome | None:
    """Change one file. If the file cannot be changed, print why and return None."""
    if plan.is_skipped:
        return None
    if is_text_file(plan.path):
        _print_notes(plan.path, _find_mentions(plan.content.decode(errors="replace"), _MENTION))
        return _Outcome()
    try:
        return _migrate_file(plan, pyjwt, dry_run=dry_run)
    except _ERRORS as error:
        _print(f"{plan.path}: skipped: {type(error).__name__}: {error}")
        return None


def _migrate_file(plan: _Plan, pyjwt: Changes, *, dry_run: bool) -> _Outcome:
    """Change one Python file, and print its changes and notes.

    Raises:
        OSError: The file cannot be written.
        SyntaxError: The changed file is not Python.
    """
    path, text = plan.path, plan.text
    missing_names = list(find_missing_names(parse(text)))
    is_version_used = any(name == VERSION for _, name in missing_names)  # after a change, it would be ours, unnoticed
    jose_edits = [] if is_version_used else python_jose.find_edits(text)
    edits: list[Edit] = sorted([*jose_edits, *pyjwt.edits], key=lambda edit: edit.start)
    new_text = apply_edits(text, edits)
    parse(new_text)
    if edits and not dry_run:
        replace_content(path, new_text.encode(plan.encoding))
    changed = [(edit.line, f"{_one_line(edit.old, 'added')} → {_one_line(edit.new, 'removed')}") for edit in edits]
    missing = [(line, describe_missing_name(name)) for line, name in missing_names]
    left = [(line, f"left as it is: {name}") for line, name in python_jose.find_left_texts(text)]
    mentions = _find_mentions(text, python_jose.DISTRIBUTION)
    notes = [*changed, *missing, *pyjwt.by_hand, *pyjwt.notes, *left, *mentions]
    _print_notes(path, sorted(notes, key=lambda note: note[0]))
    return _Outcome(len(edits), len(missing) + len(pyjwt.by_hand))


def _find_mentions(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and a note for each match of `pattern`."""
    for number, line in enumerate(NEWLINE.split(text), start=1):
        yield from ((number, f"left as it is: {found[0]}") for found in pattern.finditer(line))


def _one_line(text: str, otherwise: str) -> str:
    """Return the text of a change for the report, on one line, or a word if there is none."""
    return " ".join(text.split()) or f"({otherwise})"


def _print_notes(path: Path, notes: Iterable[tuple[int, str]]) -> None:
    """Print the notes about a file, each with its line and once."""
    for line, note in dict.fromkeys(notes):
        _print(f"{path}:{line}: {note}")


def _print(line: str) -> None:
    """Print a line of the report."""
    print(line)  # noqa: T201 - the report of the command
