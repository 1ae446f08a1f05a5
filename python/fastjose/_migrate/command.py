"""The command: its arguments, its report and its exit code."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastjose._migrate import python_jose
from fastjose._migrate.edits import NEWLINE, apply_edits, parse
from fastjose._migrate.files import decode_python, find_module_of_project, is_text_file, replace_content, walk_files
from fastjose._migrate.missing_names import find_missing_names
from fastjose._migrate.pyjwt import find_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fastjose._migrate.edits import Edit

_PYJWT_DISTRIBUTION = re.compile(r"(?<![\w-])pyjwt\b(?:\[[^\]]*\])?", re.IGNORECASE)
_MENTION = re.compile(rf"{python_jose.MENTION.pattern}|{_PYJWT_DISTRIBUTION.pattern}", re.IGNORECASE)


@dataclass(frozen=True)
class _Outcome:
    """The numbers of changes, and of places that must be changed by hand, in a file."""

    edits: int = 0
    open_places: int = 0


def run(arguments: Sequence[str] | None = None) -> int:
    """Change all files under the given paths, print a report, and return the exit code."""
    options = _parse_arguments(arguments)
    files = [(file, path) for path in options.paths for file in walk_files(path)]
    outcomes = [_migrate_file_or_report(file, path, dry_run=options.dry_run) for file, path in files]
    if None in outcomes:
        return 2
    is_open = any(outcome.open_places or (options.dry_run and outcome.edits) for outcome in outcomes if outcome)
    return 1 if is_open else 0


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments: `paths` and `dry_run`."""
    parser = argparse.ArgumentParser(
        prog="python -m fastjose.migrate", description="Change code written for python-jose or PyJWT to fastjose."
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    parser.add_argument("--dry-run", action="store_true", help="print the changes without making them")
    return parser.parse_args(arguments)


def _migrate_file_or_report(file: Path, root: Path, *, dry_run: bool) -> _Outcome | None:
    """Change one file. If the file cannot be changed, print why and return None."""
    try:
        return _migrate_file(file, root, dry_run=dry_run)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        _print(f"{file}: skipped: {type(error).__name__}: {error}")
        return None


def _migrate_file(path: Path, root: Path, *, dry_run: bool) -> _Outcome:
    """Change one file, and print its changes and notes.

    Raises:
        OSError: The file cannot be read or written.
        SyntaxError: The file is not Python, or its encoding is unknown.
        ValueError: The file does not match its encoding, or contains a null character.
        RecursionError: The file is nested too deeply.
    """
    content = path.read_bytes()
    if is_text_file(path):
        _print_notes(path, _find_mentions(content.decode(errors="replace"), _MENTION))
        return _Outcome()
    text, encoding = decode_python(content)
    pyjwt = find_changes(text, find_module_of_project("jwt", path, root))
    edits: list[Edit] = sorted([*python_jose.find_edits(text), *pyjwt.edits], key=lambda edit: edit.start)
    new_text = apply_edits(text, edits)
    parse(new_text)
    if edits and not dry_run:
        replace_content(path, new_text.encode(encoding))
    _print_notes(
        path,
        ((edit.line, f"{_one_line(edit.old) or '(added)'} → {_one_line(edit.new) or '(removed)'}") for edit in edits),
    )
    missing = [(line, f"not in fastjose: {name}") for line, name in find_missing_names(parse(text))]
    _print_notes(path, [*missing, *pyjwt.by_hand, *pyjwt.notes])
    left = [(line, f"left as it is: {name}") for line, name in python_jose.find_left_texts(text)]
    _print_notes(path, [*left, *_find_mentions(new_text, python_jose.DISTRIBUTION)])
    return _Outcome(len(edits), len(missing) + len(pyjwt.by_hand))


def _find_mentions(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and a note for each match of `pattern`."""
    for number, line in enumerate(NEWLINE.split(text), start=1):
        yield from ((number, f"left as it is: {found[0]}") for found in pattern.finditer(line))


def _one_line(text: str) -> str:
    """Return the text of a change for the report, on one line."""
    return " ".join(text.split())


def _print_notes(path: Path, notes: Iterable[tuple[int, str]]) -> None:
    """Print the notes about a file, each with its line and once."""
    for line, note in dict.fromkeys(notes):
        _print(f"{path}:{line}: {note}")


def _print(line: str) -> None:
    """Print a line of the report."""
    print(line)  # noqa: T201 - the report of the command
