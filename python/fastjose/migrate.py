"""Change the imports of a codebase from python-jose to fastjose: `python -m fastjose.migrate [--dry-run] PATH…`.

The command changes the names of python-jose's modules in the Python files under each PATH, and nothing else:

    from jose import jwt                 from fastjose import jwt
    import jose                          import fastjose as jose
    import jose.jwt                      import fastjose as jose, fastjose.jwt
    patch("jose.jwt.decode")             patch("fastjose.jwt.decode")

It prints each change as `path:line: old → new`. With `--dry-run` it prints the changes without making them.

It also prints the lines that must be changed by hand: requirements, lock files, Dockerfiles, shell scripts, tool
settings, notebooks and documents that name python-jose, and uses of names that fastjose does not have: in imports,
behind an imported module (`jws._x`), and in the texts of patches. A second run makes no further changes.

Exit codes: 0 if everything was changed, or no change was necessary. 1 if a name is not in fastjose, or with `--dry-run`
if a change is necessary. 2 if a file cannot be read or written, or if the arguments are invalid.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import re
import sys
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastjose._missing_names import find_missing_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Edit", "find_edits", "main"]

_SKIPPED_DIRECTORIES = frozenset(
    {".git", ".hg", ".nox", ".tox", ".venv", "__pycache__", "node_modules", "site-packages", "venv"}
)
_PYTHON_SUFFIXES = frozenset({".py", ".pyi"})
_TEXT_FILE_NAME = re.compile(
    r"((.+[.])?(containerfile|dockerfile)([._-].+)?|jenkinsfile|justfile|makefile|pipfile)", re.IGNORECASE
)
_TEXT_FILE_SUFFIXES = frozenset(
    {".bash", ".bat", ".cfg", ".cmd", ".in", ".ini", ".ipynb", ".lock", ".md", ".ps1", ".rst", ".sh", ".toml", ".txt"}
    | {".yaml", ".yml", ".zsh"}
)

_NEWLINE = re.compile(r"\r\n|\r|\n")
_FROM_IMPORT = re.compile(r"from(?:\s|\\[\r\n])*(?P<module>jose[\w.]*)")
_MODULE_NAME = re.compile(r"jose\.(?:backends|constants|exceptions|jwe|jwk|jws|jwt|utils)(?:\.[A-Za-z_]\w*)*")
_IMPORT_FUNCTIONS = frozenset({"__import__", "find_spec", "import_module", "importorskip"})
_STRING_LITERAL = re.compile(r"""[rRuU]?(?P<quote>\"{3}|'{3}|["'])(?P<module>jose[\w.]*)(?P=quote)""")
_DISTRIBUTION = re.compile(r"(?<![\w-])(?:types-)?python[-_]jose\b(?:\[[^\]]*\])?", re.IGNORECASE)
_MENTION = re.compile(
    rf"{_DISTRIBUTION.pattern}|\[mypy-jose[^\]]*\]|[\"']jose(?:\.\*)?[\"']|\b(?:from|import) jose\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Edit:
    """One replacement in the text of a Python file.

    Attributes:
        start: Index of the first character of `old` in the text.
        line: Line number of `start`, beginning with 1.
        old: The replaced text.
        new: The replacement.
    """

    start: int
    line: int
    old: str
    new: str


class _Source:
    """The text of a Python file, with the positions of its syntax tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(newline.end() for newline in _NEWLINE.finditer(text))]

    def index(self, line: int, column: int) -> int:
        """Return the index of a position. `line` begins with 1, `column` with 0 and is in UTF-8 bytes."""
        start = self._line_starts[line - 1]
        before = self.text[start : start + column].encode()[:column]
        return start + len(before.decode())

    def span(self, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
        """Return the indexes of the start and the end of a node."""
        start = self.index(node.lineno, node.col_offset)
        return start, self.index(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def line_number(self, index: int) -> int:
        """Return the line number of an index, beginning with 1."""
        return len(_NEWLINE.findall(self.text, 0, index)) + 1

    def build_edit(self, start: int, old: str, new: str) -> Edit:
        """Return the replacement of `old` at the index `start`."""
        return Edit(start, self.line_number(start), old, new)


def find_edits(text: str) -> list[Edit]:
    """Return the necessary replacements in the text of a Python file, sorted by position.

    Example::

        find_edits("from jose import jwt")  # [Edit(start=5, line=1, old="jose", new="fastjose")]

    Raises:
        SyntaxError: The text is not Python.
        ValueError: The text contains a null character.
        RecursionError: The text is nested too deeply.
    """
    source = _Source(text)
    return sorted(
        (edit for node in ast.walk(_parse(text)) for edit in _find_node_edits(node, source)),
        key=lambda edit: edit.start,
    )


def _parse(text: str) -> ast.Module:
    """Return the syntax tree of the text, without Python's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about invalid escapes in the user's strings
        return ast.parse(text)


def _find_node_edits(node: ast.AST, source: _Source) -> Iterator[Edit]:
    """Yield the replacements in one node, without its children."""
    if isinstance(node, ast.ImportFrom):
        yield from _find_from_import_edits(node, source)
    elif isinstance(node, ast.Import):
        yield from (_build_alias_edit(alias, source) for alias in node.names if _is_jose(alias.name))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _MODULE_NAME.fullmatch(node.value):
            yield from _find_string_edits(node, source)
    elif isinstance(node, ast.Call):
        yield from _find_import_call_edits(node, source)


def _is_jose(module: str) -> bool:
    """Return whether `module` is `jose` or a submodule of it."""
    return module == "jose" or module.startswith("jose.")


def _find_from_import_edits(node: ast.ImportFrom, source: _Source) -> Iterator[Edit]:
    """Yield the replacement in `from jose… import …`."""
    if node.level == 0 and _is_jose(node.module or ""):
        found = _FROM_IMPORT.match(source.text, source.span(node)[0])
        if found:
            yield source.build_edit(found.start("module"), found["module"], f"fast{found['module']}")


def _build_alias_edit(alias: ast.alias, source: _Source) -> Edit:
    """Return the replacement in `import jose…`."""
    start, end = source.span(alias)
    old = source.text[start:end]
    new = f"fast{old}"
    if alias.asname is None:  # it binds the name `jose`, which the code uses later
        new = "fastjose as jose" if alias.name == "jose" else f"fastjose as jose, {new}"
    return source.build_edit(start, old, new)


def _find_import_call_edits(call: ast.Call, source: _Source) -> Iterator[Edit]:
    """Yield the replacement in `import_module("jose")`. In other places `"jose"` may mean anything."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if call.args else None
    if name in _IMPORT_FUNCTIONS and isinstance(first, ast.Constant) and first.value == "jose":
        yield from _find_string_edits(first, source)


def _find_string_edits(node: ast.Constant, source: _Source) -> Iterator[Edit]:
    """Yield the replacement in a string literal that names a module."""
    start, end = source.span(node)
    found = _STRING_LITERAL.fullmatch(source.text, start, end)
    if found:  # otherwise it is a concatenation, or part of an f-string
        old, at = found[0], found.start("module") - start
        yield source.build_edit(start, old, f"{old[:at]}fast{old[at:]}")


def _apply_edits(text: str, edits: list[Edit]) -> str:
    """Return the text with the replacements made."""
    for edit in reversed(edits):
        text = text[: edit.start] + edit.new + text[edit.start + len(edit.old) :]
    return text


def _find_mentions(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and a note for each match of `pattern`."""
    for number, line in enumerate(_NEWLINE.split(text), start=1):
        yield from ((number, f"left as it is: {found[0]}") for found in pattern.finditer(line))


@dataclass(frozen=True)
class _Outcome:
    """The numbers of changes and of missing names in a file."""

    edits: int = 0
    missing: int = 0


def _migrate_file(path: Path, *, dry_run: bool) -> _Outcome:
    """Change one file, and print its changes and notes.

    Raises:
        OSError: The file cannot be read or written.
        SyntaxError: The file is not Python, or its encoding is unknown.
        ValueError: The file does not match its encoding, or contains a null character.
        RecursionError: The file is nested too deeply.
    """
    content = path.read_bytes()
    if _is_text_file(path):
        _print_notes(path, _find_mentions(content.decode(errors="replace"), _MENTION))
        return _Outcome()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    text = content.decode(encoding)
    edits = find_edits(text)
    new_text = _apply_edits(text, edits)
    if edits and not dry_run:
        path.write_bytes(new_text.encode(encoding))
    for edit in edits:
        _print(f"{path}:{edit.line}: {edit.old} → {edit.new}")
    missing = [(line, f"not in fastjose: {name}") for line, name in find_missing_names(_parse(text))]
    _print_notes(path, [*missing, *_find_mentions(new_text, _DISTRIBUTION)])
    return _Outcome(len(edits), len(missing))


def _is_text_file(path: Path) -> bool:
    """Return whether a file is not Python, but may mention python-jose."""
    if path.suffix in _PYTHON_SUFFIXES:
        return False
    return bool(_TEXT_FILE_NAME.fullmatch(path.name)) or path.suffix.lower() in _TEXT_FILE_SUFFIXES


def _walk_files(path: Path) -> Iterator[Path]:
    """Yield the files to read: `path` itself if it is a file, else those below it, sorted by name."""
    if not path.is_dir():
        yield path
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not _is_skipped(Path(folder, name)))
        files = (Path(folder, name) for name in sorted(names))
        yield from (file for file in files if file.suffix in _PYTHON_SUFFIXES or _is_text_file(file))


def _is_skipped(folder: Path) -> bool:
    """Return whether a folder contains third-party code, such as a virtual environment."""
    return folder.name in _SKIPPED_DIRECTORIES or (folder / "pyvenv.cfg").exists()


def _print(line: str) -> None:
    """Print a line of the report."""
    print(line)  # noqa: T201 - the report of the command


def _print_notes(path: Path, notes: Iterator[tuple[int, str]] | list[tuple[int, str]]) -> None:
    """Print the notes about a file, each with its line."""
    for line, note in notes:
        _print(f"{path}:{line}: {note}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: change the imports in all files under the given paths, and print a report.

    Example::

        exit_code = main(["--dry-run", "src", "tests"])

    Args:
        arguments: The arguments of the command. Defaults to the arguments of the process.

    Returns:
        The exit code: 0, 1 or 2.

    Raises:
        SystemExit: The arguments are invalid.
    """
    options = _parse_arguments(arguments)
    files = (file for path in options.paths for file in _walk_files(path))
    outcomes = [_migrate_file_or_report(file, dry_run=options.dry_run) for file in files]
    if None in outcomes:
        return 2
    is_open = any(outcome.missing or (options.dry_run and outcome.edits) for outcome in outcomes if outcome)
    return 1 if is_open else 0


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments: `paths` and `dry_run`."""
    parser = argparse.ArgumentParser(
        prog="python -m fastjose.migrate", description="Change imports of python-jose to fastjose."
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    parser.add_argument("--dry-run", action="store_true", help="print the changes without making them")
    return parser.parse_args(arguments)


def _migrate_file_or_report(file: Path, *, dry_run: bool) -> _Outcome | None:
    """Change one file. If the file cannot be changed, print why and return None."""
    try:
        return _migrate_file(file, dry_run=dry_run)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        _print(f"{file}: skipped: {type(error).__name__}: {error}")
        return None


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the terminal may not support the arrow
    sys.exit(main())
